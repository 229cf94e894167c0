#include "platform/db/source.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "platform/db/errors.h"
#include "platform/db/postgres_connection.h"
#include "platform/db/sqlite_connection.h"

namespace kapok::platform::db {
namespace {

namespace fs = std::filesystem;

class SqliteFile final : public Source {
public:
    SqliteFile(std::string path, const Options& options) : path_(std::move(path)) {
        statement_time_ = options.statement_time;
    }

    core::Result<std::unique_ptr<Connection>> connect(Access access) override {
        return open_sqlite({path_, access, true, statement_time_});
    }
    Backend backend() const noexcept override { return Backend::Sqlite; }

private:
    std::string path_;
    std::chrono::milliseconds statement_time_{};
};

// SQLite's own databases in memory lock whole tables between connections; a file that goes with the
// program behaves like every other one.
class SqliteScratch final : public Source {
public:
    SqliteScratch(fs::path folder, const Options& options)
        : folder_(std::move(folder)), statement_time_(options.statement_time) {}
    ~SqliteScratch() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }

    core::Result<std::unique_ptr<Connection>> connect(Access access) override {
        return open_sqlite({folder_ / "scratch.db", access, false, statement_time_});
    }
    Backend backend() const noexcept override { return Backend::Sqlite; }

private:
    fs::path folder_;
    std::chrono::milliseconds statement_time_;
};

class PostgresServer final : public Source {
public:
    explicit PostgresServer(const Options& options)
        : options_{options.url, Access::Read, options.statement_time, options.reconnect_time} {}

    core::Result<std::unique_ptr<Connection>> connect(Access access) override {
        PostgresOptions options = options_;
        options.access = access;
        return open_postgres(options);
    }
    Backend backend() const noexcept override { return Backend::Postgres; }

private:
    PostgresOptions options_;
};

core::Result<std::unique_ptr<Source>> open_scratch(const Options& options) {
    std::error_code failed;
    std::string folder = fs::temp_directory_path(failed) / "kapok-db-XXXXXX";
    if (failed || ::mkdtemp(folder.data()) == nullptr) {
        return core::fail(kCannotOpen, {{"url", options.url}, {"detail", "no temporary folder"}});
    }
    return std::make_unique<SqliteScratch>(folder, options);
}

}  // namespace

core::Result<std::unique_ptr<Source>> Source::open(const Options& options) {
    constexpr std::string_view kSqlite = "sqlite:";
    const std::string_view url = options.url;
    if (url == "sqlite::memory:") {
        return open_scratch(options);
    }
    if (url.starts_with(kSqlite) && url.size() > kSqlite.size()) {
        return std::make_unique<SqliteFile>(std::string(url.substr(kSqlite.size())), options);
    }
    if (url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        return std::make_unique<PostgresServer>(options);
    }
    // What is no URL may well be one of libpq's lists with a password in it: it is not shown.
    const auto scheme = url.find("://");
    const std::string_view actual = scheme == url.npos ? "…" : url.substr(0, scheme);
    return core::fail(kBadUrl, {{"actual", std::string(actual)}});
}

}  // namespace kapok::platform::db
