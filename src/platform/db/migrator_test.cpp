// Migrations go forward only, all or none, and never over a database that is not theirs.

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "platform/db/errors.h"
#include "platform/db/migrations.h"
#include "platform/db/testing/database_test.h"

namespace kapok::platform::db {
namespace {

constexpr Migration kFirst{"one", 1, "first", R"(
-- Comments may stand anywhere; even with a ';' in them;
create table first (
    id {id} primary key,  -- its name
    name text not null default 'a;
b'
);
)"};
constexpr Migration kSecond{"one", 2, "second", R"(
alter table first add column size bigint not null default 7;
create index first_by_size on first (size, name);
)"};
constexpr Migration kThird{"one", 3, "third", R"(
create table third (
    first_id {id} not null references first (id),
    at bigint not null,
    primary key (first_id, at)
) {without_rowid};
{sqlite} create trigger third_fixed before update on third begin select raise(abort, 'fixed'); end;
{postgres} create function third_fixed() returns trigger language plpgsql as $$
begin
    raise exception 'fixed';
end;
$$;
{postgres} create trigger third_fixed before update on third execute function third_fixed();
)"};
constexpr Migration kOther{"two", 1, "other", R"(
create table other (
    id {serial},
    third_at bigint
);
)"};

class Migrations : public db_test::DatabaseTest {
protected:
    std::string code_of(const std::vector<Migration>& migrations) {
        const auto migrated = database().migrate(migrations);
        return migrated ? "done" : std::string(migrated.error().code().name);
    }
    bool works(std::string_view sql) {
        return database()
            .read_blocking([&](Reader& reader) { return reader.query(sql, {}, [](const Row&) {}); })
            .has_value();
    }
};

TEST_P(Migrations, ApplyWhatIsMissingOnce) {
    EXPECT_EQ(code_of({kFirst}), "done");
    EXPECT_EQ(code_of({kFirst}), "done");
    EXPECT_FALSE(works("select size from first"));
    EXPECT_EQ(code_of({kFirst, kSecond, kThird, kOther}), "done");
    EXPECT_TRUE(works("select size, name from first"));
    EXPECT_TRUE(works("select id from other"));
    EXPECT_EQ(code_of({kFirst, kSecond, kThird, kOther}), "done");
}

TEST_P(Migrations, OfAnotherModuleMayComeBetween) {
    EXPECT_EQ(code_of({kFirst, kOther}), "done");
    EXPECT_EQ(code_of({kFirst, kSecond, kOther}), "done");
}

TEST_P(Migrations, AreRefusedWhenTheDatabaseIsNewer) {
    EXPECT_EQ(code_of({kFirst, kSecond, kOther}), "done");
    EXPECT_EQ(code_of({kFirst, kOther}), kNewerDatabase.name);
    EXPECT_EQ(code_of({kFirst, kSecond}), kNewerDatabase.name);
}

TEST_P(Migrations, AreRefusedWhenTheyChanged) {
    EXPECT_EQ(code_of({kFirst}), "done");
    Migration changed = kFirst;
    changed.sql = "create table first (id {id} primary key);\n";
    EXPECT_EQ(code_of({changed, kSecond}), kMigrationChanged.name);
    EXPECT_FALSE(works("select size from first"));
}

TEST_P(Migrations, AreRefusedWhenTheDatabaseLacksOne) {
    EXPECT_EQ(code_of({kFirst, kSecond, kThird}), "done");
    ASSERT_TRUE(database().write_blocking([](Transaction& transaction) {
        return transaction.execute("delete from schema_migrations where number = 2", {});
    }));
    EXPECT_EQ(code_of({kFirst, kSecond, kThird}), kMigrationGap.name);
}

TEST_P(Migrations, MustBeNumberedFromOneWithoutGaps) {
    EXPECT_EQ(code_of({kSecond}), kBadMigration.name);
    EXPECT_EQ(code_of({kFirst, kThird}), kBadMigration.name);
    EXPECT_EQ(code_of({kFirst, kFirst}), kBadMigration.name);
    EXPECT_EQ(code_of({kSecond, kFirst}), kBadMigration.name);
}

TEST_P(Migrations, AreAppliedAllOrNone) {
    Migration broken = kOther;
    broken.sql = "create table other (id {serial});\ninsert into nowhere (a) values (1);\n";
    EXPECT_EQ(code_of({kFirst, kSecond, broken}), kBadMigration.name);
    EXPECT_FALSE(works("select * from first"));
    EXPECT_FALSE(works("select * from other"));
    EXPECT_EQ(code_of({kFirst, kSecond, kOther}), "done");
}

TEST_P(Migrations, MayUseOnlyTypesThatMeanTheSameEverywhere) {
    for (const std::string_view sql :
         {"create table t (a boolean);\n", "create table t (a timestamp);\n",
          "create table t (a varchar(10));\n", "create table t (a bytea);\n",
          "create table t (a integers);\n", "create table t (a);\n", "create table t;\n",
          "create table t (a text) strict;\n",
          "create table t (a bigint references t (a) deferrable initially deferred);\n",
          "create table t (a text);\nalter table t add column b json;\n"}) {
        EXPECT_EQ(code_of({Migration{"bad", 1, "bad", sql}}), kBadMigration.name) << sql;
    }
    EXPECT_FALSE(works("select * from t"));
}

TEST_P(Migrations, MakeImmutableWhatATriggerGuards) {
    ASSERT_EQ(code_of({kFirst, kSecond, kThird}), "done");
    const core::Uuid id{{1}};
    const auto run = [&](std::string_view sql, std::vector<Value> values) {
        return database()
            .write_blocking(
                [&](Transaction& transaction) { return transaction.execute(sql, values); })
            .has_value();
    };
    EXPECT_TRUE(run("insert into first (id) values (?)", {id}));
    EXPECT_TRUE(run("insert into third (first_id, at) values (?, 1)", {id}));
    EXPECT_FALSE(run("update third set at = 2", {}));
    EXPECT_TRUE(works("select name from first where name = 'a;\nb'"));
}

TEST_P(Migrations, LeadFromEveryEarlierVersionToTheNewest) {
    const std::vector<Migration> all{kOther, kFirst, kSecond, kThird};
    db_test::expect_upgrades(
        GetParam(), all,
        [](Transaction& transaction, int version) -> core::Result<void> {
            return version == 0
                       ? core::Result<void>{}
                       : transaction.queue("insert into first (id) values (?)", {core::Uuid{{9}}});
        },
        [](Reader& reader, int version) -> core::Result<void> {
            std::vector<std::int64_t> sizes;
            auto read = reader.query("select size from first", {},
                                     [&](const Row& row) { sizes.push_back(row.integer(0)); });
            EXPECT_EQ(sizes, std::vector<std::int64_t>(version == 0 ? 0 : 1, 7));
            return read;
        });
}

INSTANTIATE_KAPOK_DATABASES(Migrations);

TEST(MigrationList, JoinsModulesInTheirOrder) {
    const std::array one{kFirst, kSecond};
    const std::array two{kOther};
    const auto all = join_migrations({one, two});
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(describe(all[1]), "one migration 2 (second)");
    EXPECT_EQ(describe(all[2]), "two migration 1 (other)");
}

TEST(MigrationList, HasTheChecksumOfSha256) {
    EXPECT_EQ(checksum(Migration{"m", 1, "n", "abc"}),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(DatabaseUrl, MustBeOfAKnownKind) {
    const core::ManualClock clock(core::from_micros(0));
    for (const char* url : {"", "sqlite:", "mysql://localhost/x", "/var/lib/kapok.db"}) {
        Options options;
        options.url = url;
        const auto opened = Database::open(options, clock);
        ASSERT_FALSE(opened) << url;
        EXPECT_EQ(opened.error().code(), kBadUrl);
    }
    Options options;
    options.url = "sqlite:/nowhere/at/all/kapok.db";
    const auto opened = Database::open(options, clock);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), kCannotOpen);
    options.url = "postgres://nobody:hidden@127.0.0.1:1/none";
    const auto refused = Database::open(options, clock);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), kConnectionLost);
    EXPECT_EQ(core::render(refused.error(), core::Language::En).find("hidden"), std::string::npos);
}

TEST(DatabaseUrl, IsNotRepeatedWhereItMayHaveAPassword) {
    const core::ManualClock clock(core::from_micros(0));
    for (const char* url :
         {"postgres://nobody:hidden@[127.0.0.1/none", "postgres://nobody:%hidden@127.0.0.1:1/none",
          "postgres://nobody:hidden/more@127.0.0.1:1/none",
          "postgres://nobody@127.0.0.1:1/none?pass=hidden",
          "postgres://nobody:x@h/none?port=hidden", "host=127.0.0.1 port=1 password=hidden",
          "hidden"}) {
        Options options;
        options.url = url;
        const auto opened = Database::open(options, clock);
        ASSERT_FALSE(opened) << url;
        for (const core::Language language : {core::Language::En, core::Language::Zh}) {
            const std::string said = core::render(opened.error(), language);
            EXPECT_EQ(said.find("hidden"), std::string::npos) << said;
        }
    }
}

}  // namespace
}  // namespace kapok::platform::db
