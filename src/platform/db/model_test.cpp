// Random commands against a plain map: whatever mixture of successes, failures, exceptions and
// readers there is, the table holds exactly what the answers said. Seeds are fixed; a failure names
// its own.

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.h"
#include "platform/db/errors.h"
#include "platform/db/group_duration.h"
#include "platform/db/testing/database_test.h"

namespace kapok::platform::db {
namespace {

constexpr std::array kMigrations{Migration{"model", 1, "entries", R"(
create table entries (
    key bigint primary key,
    value text not null
);
create table totals (
    worker bigint primary key,
    entries bigint not null
);
)"}};
constexpr int kWorkers = 4;
constexpr int kKeysEach = 12;
constexpr int kSteps = 150;

// How a command ends, after it has written.
enum class Ending : std::uint8_t { Success, OwnError, Exception, Duplicate };

// Each worker has keys of its own, so that its answers alone say what must be there.
class Worker {
public:
    Worker(Database& database, int number, std::uint64_t seed)
        : database_(database), number_(number), random_(seed) {}

    void run() {
        for (int step = 0; step < kSteps; ++step) {
            one_step();
            if (step % 10 == 0) {
                check();
            }
        }
        check();
    }

private:
    using Changes = std::map<std::int64_t, std::optional<std::string>>;

    std::int64_t any_key() {
        return std::int64_t{number_} * 1'000 + static_cast<std::int64_t>(random_.below(kKeysEach));
    }

    Changes any_changes() {
        Changes changes;
        const std::uint64_t count = 1 + random_.below(6);
        for (std::uint64_t i = 0; i < count; ++i) {
            const bool removes = random_.below(3) == 0;
            changes[any_key()] =
                removes ? std::nullopt : std::optional(std::to_string(random_.next()));
        }
        return changes;
    }

    static core::Result<void> execute(Transaction& transaction, std::string_view sql,
                                      std::span<const Value> values) {
        const auto changed = transaction.execute(sql, values);
        return changed ? core::Result<void>{} : std::unexpected(changed.error());
    }

    // Applies the changes and keeps a count beside them, which must fit at every commit.
    static core::Result<void> apply(Transaction& transaction, int worker, const Changes& changes,
                                    bool queued) {
        for (const auto& [key, value] : changes) {
            const std::array put{Value(key), Value(value)};
            const std::array remove{Value(key)};
            const std::string_view sql =
                value ? "insert into entries (key, value) values (?, ?) "
                        "on conflict (key) do update set value = excluded.value"
                      : "delete from entries where key = ?";
            const std::span<const Value> values =
                value ? std::span<const Value>(put) : std::span<const Value>(remove);
            const auto done =
                queued ? transaction.queue(sql, values) : execute(transaction, sql, values);
            if (!done) {
                return done;
            }
        }
        return transaction.queue(
            "insert into totals (worker, entries) select cast(? as bigint), count(*) from entries "
            "where key / 1000 = ? on conflict (worker) do update set entries = excluded.entries",
            {worker, worker});
    }

    Ending any_ending() {
        constexpr std::array kFailures{Ending::OwnError, Ending::Exception, Ending::Duplicate};
        const std::uint64_t number = random_.below(10);
        return number < kFailures.size() ? kFailures.at(number) : Ending::Success;
    }

    static core::Result<void> end(Transaction& transaction, int worker, Ending ending) {
        switch (ending) {
            case Ending::Success: return {};
            case Ending::OwnError: return core::fail(kBadNumber);
            case Ending::Exception: throw std::runtime_error("on purpose");
            case Ending::Duplicate: break;
        }
        return transaction.queue("insert into totals (worker, entries) values (?, 0)", {worker});
    }

    void one_step() {
        const Changes changes = any_changes();
        const Ending ending = any_ending();
        const bool queued = random_.below(2) == 0;
        const auto done = database_.write_blocking([&](Transaction& transaction) {
            auto applied = apply(transaction, number_, changes, queued);
            return applied ? end(transaction, number_, ending) : applied;
        });
        EXPECT_EQ(done.has_value(), ending == Ending::Success);
        if (done) {
            take_over(changes);
        }
    }

    void take_over(const Changes& changes) {
        for (const auto& [key, value] : changes) {
            if (value) {
                model_[key] = *value;
            } else {
                model_.erase(key);
            }
        }
        counted_ = true;
    }

    void check() {
        std::map<std::int64_t, std::string> stored;
        std::int64_t total = -1;
        const auto read = database_.read_blocking([&](Reader& reader) -> core::Result<void> {
            auto entries =
                reader.query("select key, value from entries where key / 1000 = ?", {number_},
                             [&](const Row& row) { stored.emplace(row.integer(0), row.text(1)); });
            if (!entries) {
                return entries;
            }
            return reader.query("select entries from totals where worker = ?", {number_},
                                [&](const Row& row) { total = row.integer(0); });
        });
        EXPECT_TRUE(read);
        EXPECT_EQ(stored, model_);
        EXPECT_EQ(total, counted_ ? static_cast<std::int64_t>(model_.size()) : -1);
    }

    Database& database_;
    int number_;
    core::SeededRandom random_;
    std::map<std::int64_t, std::string> model_;
    bool counted_ = false;  // Nothing is, until the first success.
};

class Model : public db_test::DatabaseTest {
protected:
    Model() : DatabaseTest(kMigrations) {}
};

TEST_P(Model, AgreesWithAMapHoweverCommandsFail) {
    constexpr std::uint64_t kSeed = 20'261'123;
    SCOPED_TRACE(kSeed);
    std::vector<std::thread> threads;
    for (int i = 1; i <= kWorkers; ++i) {
        threads.emplace_back(
            [this, i] { Worker(database(), i, kSeed + static_cast<std::uint64_t>(i)).run(); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    const Statistics statistics = database().statistics();
    EXPECT_EQ(statistics.commands, std::uint64_t{kWorkers} * kSteps);
    EXPECT_GT(statistics.failed, 0U);
    EXPECT_GT(statistics.redone, 0U);
    EXPECT_EQ(group_duration(database()).count, statistics.groups);
    EXPECT_GT(group_duration(database()).sum_us, 0);
}

INSTANTIATE_KAPOK_DATABASES(Model);

}  // namespace
}  // namespace kapok::platform::db
