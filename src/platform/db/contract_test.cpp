// What every module may rely on, on both databases alike: values come back as they went in, errors
// have the same codes, commands are isolated from each other, and readers see what is committed.

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.h"
#include "platform/db/errors.h"
#include "platform/db/testing/database_test.h"

namespace kapok::platform::db {
namespace {

constexpr std::array kMigrations{Migration{"contract", 1, "things", R"(
create table things (
    id {id} primary key,
    name text unique,
    amount bigint,
    weight double precision,
    bytes {blob}
);
create table parts (
    number {serial},
    thing {id} not null references things (id),
    size bigint not null check (size > 0)
);
)"}};

constexpr std::string_view kInsert =
    "insert into things (id, name, amount, weight, bytes) values (?, ?, ?, ?, ?)";

struct Thing {
    core::ProjectId id;
    std::optional<std::string> name;
    std::optional<std::int64_t> amount;
    std::optional<double> weight;
    std::optional<Blob> bytes;

    friend bool operator==(const Thing&, const Thing&) = default;
};

Blob bytes_of(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

Thing thing_of(const Row& row) {
    Thing thing{row.id<core::ProjectId>(0), row.text_if(1), row.integer_if(2), row.real_if(3), {}};
    if (!row.is_null(4)) {
        thing.bytes.emplace(row.blob(4).begin(), row.blob(4).end());
    }
    return thing;
}

class Contract : public db_test::DatabaseTest {
protected:
    Contract() : DatabaseTest(kMigrations) {}

    core::ProjectId make_id() { return core::ProjectId::make(clock(), random_); }

    core::Result<std::int64_t> insert(const Thing& thing) {
        return database().write_blocking([thing](Transaction& transaction) {
            return transaction.execute(
                kInsert, {thing.id, thing.name, thing.amount, thing.weight, thing.bytes});
        });
    }
    core::Result<std::int64_t> insert_named(std::string name) {
        return insert(Thing{make_id(), std::move(name), {}, {}, {}});
    }
    std::vector<Thing> all() {
        const auto read = database().read_blocking([](Reader& reader) {
            return reader.list("select id, name, amount, weight, bytes from things order by name",
                               {}, thing_of);
        });
        EXPECT_TRUE(read);
        return read.value_or(std::vector<Thing>{});
    }
    std::int64_t count() { return static_cast<std::int64_t>(all().size()); }

private:
    core::SeededRandom random_{11};
};

TEST_P(Contract, ValuesComeBackAsTheyWentIn) {
    using Integers = std::numeric_limits<std::int64_t>;
    using Reals = std::numeric_limits<double>;
    const std::vector<Thing> things{
        {make_id(), {}, {}, {}, {}},
        {make_id(), "", 0, 0.0, Blob{}},
        {make_id(), "a", Integers::max(), Reals::max(), bytes_of(std::string_view("\0\xFF\0", 3))},
        {make_id(), "b", Integers::min(), -Reals::denorm_min(), Blob(100'000, std::byte{0xA5})},
        {make_id(), "c", -1, 0.1, bytes_of("x")},
        {make_id(), "d' or ''='", 1, -Reals::infinity(), {}},
        {make_id(), "木棉 \xF0\x9F\x8C\xB3 \n\t\\ ? $1 %", 1, Reals::infinity(), {}},
        {make_id(), std::string(2'000, 'z'), 1, 1.0, {}},
    };
    for (const Thing& thing : things) {
        ASSERT_EQ(insert(thing), 1);
    }
    for (const Thing& thing : things) {
        const auto found = database().read_blocking([&](Reader& reader) {
            return reader.find("select id, name, amount, weight, bytes from things where id = ?",
                               {thing.id}, thing_of);
        });
        ASSERT_TRUE(found);
        EXPECT_EQ(*found, thing);
    }
}

TEST_P(Contract, LongTextsComeBackWhole) {
    const std::string text(3'000'000, 'z');
    const auto found = database().read_blocking([&](Reader& reader) {
        return reader.find("select cast(? as text)", {text},
                           [](const Row& row) { return row.text_if(0); });
    });
    ASSERT_TRUE(found && *found);
    EXPECT_EQ(**found, text);
}

TEST_P(Contract, RefusesWhatOneOfTheDatabasesCouldNotKeep) {
    for (const std::string& text : {std::string("a\0b", 3), std::string("\xFF"),
                                    std::string("\xED\xA0\x80"), std::string("\xC0\x80")}) {
        const auto refused = insert_named(text);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code(), kBadText);
    }
    const auto refused = insert({make_id(), "nan", {}, std::nan(""), {}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), kBadNumber);
    EXPECT_EQ(count(), 0);
}

TEST_P(Contract, ComparesAndSortsTextByBytes) {
    for (const char* name : {"b", "B", "a", "ä", "_", "Z", "aa", "a b", "中"}) {
        ASSERT_EQ(insert_named(name), 1);
    }
    std::vector<std::string> names;
    for (const Thing& thing : all()) {
        names.push_back(*thing.name);
    }
    EXPECT_EQ(names, (std::vector<std::string>{"B", "Z", "_", "a", "a b", "aa", "b", "ä", "中"}));
    const auto like = database().read_blocking([](Reader& reader) {
        return reader.list("select name from things where name like ?", {"A%"},
                           [](const Row& row) { return row.text_if(0); });
    });
    EXPECT_TRUE(like && like->empty());
}

TEST_P(Contract, ViolationsHaveTheirCodes) {
    const Thing thing{make_id(), "one", {}, {}, {}};
    ASSERT_EQ(insert(thing), 1);
    const auto code_of = [&](std::string_view sql, std::vector<Value> values) {
        const auto changed = database().write_blocking(
            [&](Transaction& transaction) { return transaction.execute(sql, values); });
        return changed ? std::string_view("none") : changed.error().code().name;
    };
    EXPECT_EQ(code_of(kInsert, {thing.id, "other", nullptr, nullptr, nullptr}), kDuplicate.name);
    EXPECT_EQ(code_of(kInsert, {make_id(), "one", nullptr, nullptr, nullptr}), kDuplicate.name);
    constexpr std::string_view kPart = "insert into parts (thing, size) values (?, ?)";
    EXPECT_EQ(code_of(kPart, {make_id(), 1}), kConstraint.name);
    EXPECT_EQ(code_of(kPart, {thing.id, 0}), kConstraint.name);
    EXPECT_EQ(code_of(kPart, {nullptr, 1}), kConstraint.name);
    EXPECT_EQ(code_of("delete from things where id = ?", {thing.id}), "none");
    EXPECT_EQ(code_of("insert into nothing values (?)", {1}), kBadStatement.name);
    EXPECT_EQ(code_of("delete from things where id = ?", {}), kBadStatement.name);
    EXPECT_EQ(code_of("delete from things", {1}), kBadStatement.name);
    EXPECT_EQ(code_of("", {}), kBadStatement.name);
}

TEST_P(Contract, RefusesAValueOfAnotherTypeThanItsColumn) {
    for (const Value& amount : {Value("much"), Value(Blob{}), Value(make_id())}) {
        const auto refused = database().write_blocking([&](Transaction& transaction) {
            return transaction.execute(kInsert, {make_id(), "x", amount, nullptr, nullptr});
        });
        EXPECT_FALSE(refused);
    }
    EXPECT_EQ(count(), 0);
}

TEST_P(Contract, TellsHowManyRowsChanged) {
    for (const char* name : {"a", "b", "c"}) {
        ASSERT_EQ(insert_named(name), 1);
    }
    const auto counts = database().write_blocking(
        [](Transaction& transaction) -> core::Result<std::vector<std::int64_t>> {
            std::vector<std::int64_t> changed;
            for (const std::string_view sql :
                 {"update things set amount = 1 where name <> 'a'",
                  "update things set amount = 2 where name = 'none'",
                  "insert into things (id, name) select id, name from things "
                  "where name = 'a' on conflict do nothing",
                  "delete from things"}) {
                const auto done = transaction.execute(sql, {});
                if (!done) {
                    return std::unexpected(done.error());
                }
                changed.push_back(*done);
            }
            return changed;
        });
    ASSERT_TRUE(counts);
    EXPECT_EQ(*counts, (std::vector<std::int64_t>{2, 0, 0, 3}));
}

TEST_P(Contract, CountsUpSerialNumbersAndNeverReusesThem) {
    const Thing thing{make_id(), "one", {}, {}, {}};
    ASSERT_EQ(insert(thing), 1);
    const auto add = [&] {
        return database().write_blocking([&](Transaction& transaction) {
            return transaction.list(
                "insert into parts (thing, size) values (?, 1) returning number", {thing.id},
                [](const Row& row) { return row.integer(0); });
        });
    };
    EXPECT_EQ(add(), std::vector<std::int64_t>{1});
    EXPECT_EQ(add(), std::vector<std::int64_t>{2});
    ASSERT_TRUE(database().write_blocking(
        [](Transaction& transaction) { return transaction.execute("delete from parts", {}); }));
    EXPECT_EQ(add(), std::vector<std::int64_t>{3});
}

TEST_P(Contract, ACommandSeesItsOwnChangesAndReadersOnlyCommittedOnes) {
    const auto seen =
        database().write_blocking([&](Transaction& transaction) -> core::Result<std::int64_t> {
            const auto inserted =
                transaction.execute(kInsert, {make_id(), "new", 1, nullptr, nullptr});
            if (!inserted) {
                return inserted;
            }
            const auto inside = transaction.find("select count(*) from things", {},
                                                 [](const Row& row) { return row.integer(0); });
            return inside ? core::Result<std::int64_t>(**inside) : std::unexpected(inside.error());
        });
    EXPECT_EQ(seen, 1);
    EXPECT_EQ(count(), 1);
}

TEST_P(Contract, AFailedCommandLeavesNothing) {
    const core::Error own(kBusy, {}, {});
    const auto failed =
        database().write_blocking([&](Transaction& transaction) -> core::Result<std::int64_t> {
            const auto inserted =
                transaction.execute(kInsert, {make_id(), "half", 1, nullptr, nullptr});
            EXPECT_TRUE(inserted);
            return std::unexpected(own);
        });
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error(), own);
    EXPECT_EQ(count(), 0);
    ASSERT_EQ(insert_named("half"), 1);
}

TEST_P(Contract, ACommandThatThrowsIsUndoneAndTheWriterGoesOn) {
    const auto thrown =
        database().write_blocking([&](Transaction& transaction) -> core::Result<void> {
            EXPECT_TRUE(transaction.execute(kInsert, {make_id(), "x", 1, nullptr, nullptr}));
            throw std::runtime_error("lamp broke");
        });
    ASSERT_FALSE(thrown);
    EXPECT_EQ(thrown.error().code(), kCommandThrew);
    EXPECT_EQ(thrown.error().parameters().front().value, "lamp broke");
    EXPECT_EQ(count(), 0);
    ASSERT_EQ(insert_named("x"), 1);
    const auto read = database().read_blocking(
        [](Reader& /*reader*/) -> core::Result<int> { throw std::runtime_error("again"); });
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code(), kCommandThrew);
    EXPECT_EQ(count(), 1);
}

TEST_P(Contract, AfterAFailedStatementACommandCannotGoOn) {
    ASSERT_EQ(insert_named("one"), 1);
    const auto ignored =
        database().write_blocking([&](Transaction& transaction) -> core::Result<void> {
            EXPECT_TRUE(transaction.execute(kInsert, {make_id(), "two", 1, nullptr, nullptr}));
            const auto twice =
                transaction.execute(kInsert, {make_id(), "one", 1, nullptr, nullptr});
            EXPECT_FALSE(twice);
            const auto later =
                transaction.execute(kInsert, {make_id(), "three", 1, nullptr, nullptr});
            EXPECT_FALSE(later);
            return {};  // Although it claims that all is well.
        });
    ASSERT_FALSE(ignored);
    EXPECT_EQ(ignored.error().code(), kDuplicate);
    EXPECT_EQ(count(), 1);
}

TEST_P(Contract, AQueuedStatementThatFailsFailsItsCommandAlone) {
    ASSERT_EQ(insert_named("one"), 1);
    const auto failed =
        database().write_blocking([&](Transaction& transaction) -> core::Result<void> {
            EXPECT_TRUE(transaction.queue(kInsert, {make_id(), "two", 1, nullptr, nullptr}));
            return transaction.queue(kInsert, {make_id(), "one", 1, nullptr, nullptr});
        });
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), kDuplicate);
    EXPECT_EQ(count(), 1);
    const auto fine = database().write_blocking([&](Transaction& transaction) {
        return transaction.queue(kInsert, {make_id(), "two", 1, nullptr, nullptr});
    });
    EXPECT_TRUE(fine);
    EXPECT_EQ(count(), 2);
}

TEST_P(Contract, WritesManyRowsAtOnceOrNone) {
    std::vector<std::vector<Value>> rows;
    rows.reserve(1'000);
    for (int i = 0; i < 1'000; ++i) {
        rows.push_back({make_id(), "row " + std::to_string(i), i, nullptr, nullptr});
    }
    const auto write = [&] {
        return database().write_blocking(
            [&](Transaction& transaction) { return transaction.execute_many(kInsert, rows); });
    };
    ASSERT_TRUE(write());
    EXPECT_EQ(count(), 1'000);
    std::swap(rows.front()[1], rows.back()[1]);
    for (auto& row : rows) {
        row[0] = make_id();
    }
    rows.resize(500);
    rows.front()[1] = "fresh";
    const auto again = write();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code(), kDuplicate);
    EXPECT_EQ(count(), 1'000);
}

TEST_P(Contract, ReadersCannotWrite) {
    const auto refused = database().read_blocking([&](Reader& reader) {
        return reader.query(kInsert, {make_id(), "sly", 1, nullptr, nullptr}, [](const Row&) {});
    });
    EXPECT_FALSE(refused);
    EXPECT_EQ(count(), 0);
}

TEST_P(Contract, AStatementMayRunAgainInsideItsOwnRows) {
    for (const char* name : {"a", "b", "c"}) {
        ASSERT_EQ(insert_named(name), 1);
    }
    int rows = 0;
    const auto read = database().read_blocking([&](Reader& reader) -> core::Result<void> {
        constexpr std::string_view kNames = "select name from things order by name";
        return reader.query(kNames, {}, [&](const Row& outer) {
            const std::string name(outer.text(0));
            EXPECT_TRUE(reader.query(kNames, {}, [&](const Row&) { ++rows; }));
            EXPECT_EQ(outer.text(0), name);
        });
    });
    ASSERT_TRUE(read);
    EXPECT_EQ(rows, 9);
}

TEST_P(Contract, TimeInACommandComesFromTheGivenClock) {
    clock().advance(std::chrono::hours(5));
    const auto now =
        database().write_blocking([](Transaction& transaction) -> core::Result<core::Timestamp> {
            return transaction.now();
        });
    EXPECT_EQ(now, clock().now());
}

TEST_P(Contract, WhatWasAnsweredIsThereAfterReopening) {
    ASSERT_EQ(insert_named("kept"), 1);
    reopen();
    EXPECT_EQ(count(), 1);
}

TEST_P(Contract, AStatementThatTakesTooLongIsEnded) {
    options().statement_time = std::chrono::milliseconds(50);
    reopen();
    const auto endless = database().read_blocking([](Reader& reader) {
        return reader.query(
            "with recursive n (i) as (select cast(1 as bigint) union all "
            "select i + 1 from n where i < 100000000) select max(i) from n",
            {}, [](const Row&) {});
    });
    ASSERT_FALSE(endless);
    EXPECT_EQ(endless.error().code(), kStatementTimeout);
    EXPECT_EQ(count(), 0);
}

TEST_P(Contract, AskingForAnotherTypeStopsTheProgram) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    ASSERT_EQ(insert_named("one"), 1);
    const auto ask = [&](auto take) {
        const auto read = database().read_blocking([&](Reader& reader) {
            return reader.query("select name, amount from things", {}, take);
        });
    };
    EXPECT_DEATH(ask([](const Row& row) { static_cast<void>(row.integer(0)); }),
                 "column 0 is not an integer");
    EXPECT_DEATH(ask([](const Row& row) { static_cast<void>(row.integer(1)); }),
                 "column 1 is null");
    EXPECT_DEATH(ask([](const Row& row) { static_cast<void>(row.text(2)); }),
                 "column 2 does not exist");
}

INSTANTIATE_KAPOK_DATABASES(Contract);

}  // namespace
}  // namespace kapok::platform::db
