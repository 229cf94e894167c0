// What the database layer costs: single commands, batches, commands of many coroutines that share
// commits, and point reads, each beside the same statements through the database's own library,
// measured alternating in the same run. Every commit is durable.
//
// On SQLite in a folder under TMPDIR; on PostgreSQL too if KAPOK_TEST_POSTGRES names one. One JSON
// object a line.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include "core/timestamp.h"
#include "platform/db/database.h"
#include "platform/db/testing/database_test.h"
#include "platform/db/testing/postgres_place.h"

namespace kapok::platform {
namespace {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

constexpr int kRounds = 5;
constexpr int kBatch = 1'000;
constexpr int kBatches = 4;
constexpr int kSingles = 200;
constexpr int kCoroutines = 64;
constexpr int kSharedEach = 40;
constexpr int kReads = 5'000;
constexpr std::string_view kInsert = "insert into rows (id, body, amount) values (?, ?, ?)";
constexpr std::string_view kSelect = "select amount from rows where id = ?";
constexpr std::array kMigrations{db::Migration{"bench", 1, "rows", R"(
create table rows (
    id bigint primary key,
    body text not null,
    amount bigint not null
);
)"}};
const std::string kBody(60, 'b');

[[noreturn]] void stop(std::string_view what) {
    fmt::print(stderr, "{}\n", what);
    std::exit(1);
}
void must(bool good, std::string_view what) {
    if (!good) {
        stop(what);
    }
}

// The same work through the database's own library, written as its manual has it.
class Floor {
public:
    virtual ~Floor() = default;
    virtual void begin() = 0;
    virtual void insert(std::int64_t id) = 0;
    virtual void commit() = 0;
    virtual void read(std::int64_t id) = 0;
};

class SqliteFloor final : public Floor {
public:
    explicit SqliteFloor(const std::string& url) {
        must(sqlite3_open(url.substr(7).c_str(), &handle_) == SQLITE_OK, "sqlite3_open");
        run("pragma synchronous=full; pragma cache_size=-65536; pragma wal_autocheckpoint=4000");
        prepare(kInsert, insert_);
        prepare(kSelect, select_);
    }
    ~SqliteFloor() override {
        sqlite3_finalize(insert_);
        sqlite3_finalize(select_);
        sqlite3_close(handle_);
    }
    void begin() override { run("begin immediate"); }
    void commit() override { run("commit"); }
    void insert(std::int64_t id) override {
        sqlite3_bind_int64(insert_, 1, id);
        sqlite3_bind_text(insert_, 2, kBody.data(), static_cast<int>(kBody.size()), SQLITE_STATIC);
        sqlite3_bind_int64(insert_, 3, id);
        must(sqlite3_step(insert_) == SQLITE_DONE, sqlite3_errmsg(handle_));
        sqlite3_reset(insert_);
    }
    void read(std::int64_t id) override {
        sqlite3_bind_int64(select_, 1, id);
        must(sqlite3_step(select_) == SQLITE_ROW && sqlite3_column_int64(select_, 0) == id, "row");
        sqlite3_reset(select_);
    }

private:
    void run(const char* sql) {
        must(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql);
    }
    void prepare(std::string_view sql, sqlite3_stmt*& statement) {
        must(sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement,
                                nullptr) == SQLITE_OK,
             sql);
    }

    sqlite3* handle_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
    sqlite3_stmt* select_ = nullptr;
};

class PostgresFloor final : public Floor {
public:
    explicit PostgresFloor(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
        check(PQprepare(connection_, "i", "insert into rows (id, body, amount) values ($1, $2, $3)",
                        0, nullptr));
        check(PQprepare(connection_, "s", "select amount from rows where id = $1", 0, nullptr));
    }
    PostgresFloor(const PostgresFloor&) = delete;
    PostgresFloor& operator=(const PostgresFloor&) = delete;
    ~PostgresFloor() override { PQfinish(connection_); }
    void begin() override { check(PQexec(connection_, "begin")); }
    void commit() override { check(PQexec(connection_, "commit")); }
    void insert(std::int64_t id) override {
        const std::string number = std::to_string(id);
        const std::array values{number.c_str(), kBody.c_str(), number.c_str()};
        check(PQexecPrepared(connection_, "i", 3, values.data(), nullptr, nullptr, 0));
    }
    void read(std::int64_t id) override {
        const std::string number = std::to_string(id);
        const std::array values{number.c_str()};
        check(PQexecPrepared(connection_, "s", 1, values.data(), nullptr, nullptr, 0));
    }

private:
    void check(PGresult* result) {
        const ExecStatusType status = PQresultStatus(result);
        PQclear(result);
        must(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, PQerrorMessage(connection_));
    }

    PGconn* connection_;
};

class Bench {
public:
    explicit Bench(db::Backend backend)
        : name_(backend == db::Backend::Sqlite ? "sqlite" : "postgres"),
          place_(db_test::make_place(backend)) {
        db::Options options;
        options.url = place_->url();
        auto opened = db::Database::open(options, clock_);
        must(opened && (*opened)->migrate(kMigrations), "open");
        database_ = *std::move(opened);
        if (backend == db::Backend::Sqlite) {
            floor_ = std::make_unique<SqliteFloor>(options.url);
        } else {
            floor_ = std::make_unique<PostgresFloor>(options.url);
        }
    }

    void run() {
        const auto lone = [this] { floor_commits(kSingles, 1); };
        compare("single_commands", {kSingles, [this] { single_commands(); }}, {kSingles, lone});
        compare("batches_of_1000", {kBatch * kBatches, [this] { batches(); }},
                {kBatch * kBatches, [this] { floor_commits(kBatches, kBatch); }});
        compare("shared_commits", {kCoroutines * kSharedEach, [this] { shared_commits(); }},
                {kSingles, lone});
        compare("point_reads", {kReads, [this] { reads(); }}, {kReads, [this] { floor_reads(); }});
    }

private:
    struct Work {
        int operations;
        std::function<void()> run;
    };

    static double rate_of(const Work& work) {
        const auto begin = SteadyClock::now();
        work.run();
        const std::chrono::duration<double> taken = SteadyClock::now() - begin;
        return work.operations / taken.count();
    }
    static double median(std::vector<double> values) {
        std::ranges::nth_element(values, values.begin() + kRounds / 2);
        return values[kRounds / 2];
    }
    void compare(std::string_view what, const Work& ours, const Work& peer) {
        std::vector<double> our_rates;
        std::vector<double> peer_rates;
        for (int round = 0; round < kRounds; ++round) {
            our_rates.push_back(rate_of(ours));
            peer_rates.push_back(rate_of(peer));
        }
        const auto [least, most] = std::ranges::minmax(our_rates);
        const double value = median(our_rates);
        const double peer_value = median(peer_rates);
        fmt::print(R"({{"name":"db_{}_{}","value":{:.0f},"unit":"1/s","n":{},"spread":{:.3f},)"
                   R"("peer":"{}","peer_value":{:.0f},"ratio":{:.3f}}})"
                   "\n",
                   name_, what, value, kRounds, (most - least) / value,
                   name_ == "sqlite" ? "sqlite3" : "libpq", peer_value, value / peer_value);
        std::fflush(stdout);
    }

    static core::Result<std::int64_t> insert(db::Transaction& transaction, std::int64_t id) {
        return transaction.execute(kInsert, {id, kBody, id});
    }
    void single_commands() {
        for (int i = 0; i < kSingles; ++i) {
            const std::int64_t id = ++last_id_;
            must(database_->write_blocking([id](db::Transaction& t) { return insert(t, id); })
                     .has_value(),
                 "insert");
        }
    }
    void batches() {
        for (int i = 0; i < kBatches; ++i) {
            std::vector<std::vector<db::Value>> rows;
            for (int row = 0; row < kBatch; ++row) {
                const std::int64_t id = ++last_id_;
                rows.push_back({id, kBody, id});
            }
            const auto done = database_->write_blocking(
                [&](db::Transaction& t) { return t.execute_many(kInsert, rows); });
            must(done.has_value(), "batch");
        }
    }
    asio::awaitable<void> insert_some(std::int64_t first) {
        for (std::int64_t id = first; id < first + kSharedEach; ++id) {
            const auto command = [id](db::Transaction& t) { return insert(t, id); };
            const auto done = co_await database_->write(command);
            must(done.has_value(), "insert");
        }
    }
    void shared_commits() {
        asio::io_context context(1);
        for (int i = 0; i < kCoroutines; ++i) {
            asio::co_spawn(context, insert_some(last_id_ + 1), asio::detached);
            last_id_ += kSharedEach;
        }
        context.run();
    }
    void reads() {
        const auto done = database_->read_blocking([](db::Reader& reader) -> core::Result<void> {
            for (std::int64_t id = 1; id <= kReads; ++id) {
                const auto found =
                    reader.find(kSelect, {id}, [](const db::Row& row) { return row.integer(0); });
                must(found && *found == id, "row");
            }
            return {};
        });
        must(done.has_value(), "read");
    }
    void floor_commits(int commits, int rows) {
        for (int i = 0; i < commits; ++i) {
            floor_->begin();
            for (int row = 0; row < rows; ++row) {
                floor_->insert(++last_id_);
            }
            floor_->commit();
        }
    }
    void floor_reads() {
        floor_->begin();
        for (std::int64_t id = 1; id <= kReads; ++id) {
            floor_->read(id);
        }
        floor_->commit();
    }

    std::string name_;
    core::SystemClock clock_;
    std::unique_ptr<db_test::Place> place_;
    std::unique_ptr<db::Database> database_;
    std::unique_ptr<Floor> floor_;
    std::int64_t last_id_ = 0;
};

void run_all() {
    Bench(db::Backend::Sqlite).run();
    if (db_test::is_available(db::Backend::Postgres)) {
        Bench(db::Backend::Postgres).run();
    } else {
        fmt::print(stderr, "PostgreSQL is left out: KAPOK_TEST_POSTGRES is not set\n");
    }
}

}  // namespace
}  // namespace kapok::platform

int main() {
    kapok::platform::run_all();
}
