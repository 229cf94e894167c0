#include "platform/db/sqlite_connection.h"

#include <array>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/db/dialect.h"
#include "platform/db/errors.h"
#include "platform/db/limits.h"
#include "platform/db/misuse.h"
#include "platform/db/statement_cache.h"
#include "platform/db/storable.h"

namespace kapok::platform::db {
namespace {

struct CloseConnection {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
};
struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using Handle = std::unique_ptr<sqlite3, CloseConnection>;
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

constexpr int kStepsBetweenClockReads = 20'000;

class SqliteRow final : public Row {
public:
    explicit SqliteRow(sqlite3_stmt* statement) noexcept : statement_(statement) {}

    [[nodiscard]] bool is_null(int column) const override { return type(column) == SQLITE_NULL; }
    [[nodiscard]] std::int64_t integer(int column) const override {
        expect(column, SQLITE_INTEGER, "is not an integer");
        return sqlite3_column_int64(statement_, column);
    }
    [[nodiscard]] double real(int column) const override {
        expect(column, SQLITE_FLOAT, "is not a double precision number");
        return sqlite3_column_double(statement_, column);
    }
    [[nodiscard]] std::string_view text(int column) const override {
        expect(column, SQLITE_TEXT, "is not text");
        const auto* bytes = sqlite3_column_text(statement_, column);
        return {reinterpret_cast<const char*>(bytes), size(column)};
    }
    [[nodiscard]] std::span<const std::byte> blob(int column) const override {
        expect(column, SQLITE_BLOB, "is not bytes");
        const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
        return {bytes, size(column)};
    }
    [[nodiscard]] core::Uuid uuid(int column) const override {
        const auto bytes = blob(column);
        core::Uuid uuid;
        if (bytes.size() != uuid.bytes.size()) {
            stop_misuse("is not an id of 16 bytes", column, sqlite3_sql(statement_));
        }
        std::memcpy(uuid.bytes.data(), bytes.data(), bytes.size());
        return uuid;
    }

private:
    [[nodiscard]] int type(int column) const {
        if (column < 0 || column >= sqlite3_column_count(statement_)) {
            stop_misuse("does not exist", column, sqlite3_sql(statement_));
        }
        return sqlite3_column_type(statement_, column);
    }
    void expect(int column, int wanted, std::string_view otherwise) const {
        const int actual = type(column);
        if (actual != wanted) {
            stop_misuse(actual == SQLITE_NULL ? "is null" : otherwise, column,
                        sqlite3_sql(statement_));
        }
    }
    [[nodiscard]] std::size_t size(int column) const {
        return static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    }

    sqlite3_stmt* statement_;
};

// SQLite copies nothing: the values outlive the steps of their statement.
int bind(sqlite3_stmt* statement, int index, const Value& value) {
    const auto bind_one = [&](const auto& one) -> int {
        using One = std::remove_cvref_t<decltype(one)>;
        if constexpr (std::is_same_v<One, std::nullptr_t>) {
            return sqlite3_bind_null(statement, index);
        } else if constexpr (std::is_same_v<One, std::int64_t>) {
            return sqlite3_bind_int64(statement, index, one);
        } else if constexpr (std::is_same_v<One, double>) {
            return sqlite3_bind_double(statement, index, one);
        } else if constexpr (std::is_same_v<One, std::string>) {
            return sqlite3_bind_text64(statement, index, one.data(), one.size(), SQLITE_STATIC,
                                       SQLITE_UTF8);
        } else if constexpr (std::is_same_v<One, core::Uuid>) {
            return sqlite3_bind_blob64(statement, index, one.bytes.data(), one.bytes.size(),
                                       SQLITE_STATIC);
        } else {
            // A null pointer would store null instead of nothing.
            const void* bytes = one.empty() ? static_cast<const void*>("") : one.data();
            return sqlite3_bind_blob64(statement, index, bytes, one.size(), SQLITE_STATIC);
        }
    };
    return std::visit(bind_one, value.variant());
}

// Leaves a statement ready for its next use, whatever a visitor threw.
class StatementUse {
public:
    explicit StatementUse(sqlite3_stmt* statement) noexcept : statement_(statement) {}
    StatementUse(const StatementUse&) = delete;
    StatementUse& operator=(const StatementUse&) = delete;
    ~StatementUse() {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }

private:
    sqlite3_stmt* statement_;
};

class SqliteConnection final : public Connection {
public:
    SqliteConnection(Handle handle, const SqliteOptions& options)
        : handle_(std::move(handle)), options_(options), statements_(kStatementsKeptMax) {}

    // Applies what holds for the whole life of the connection.
    [[nodiscard]] core::Result<void> prepare_connection();

    core::Result<void> query(std::string_view sql, std::span<const Value> values,
                             const RowVisitor& visit) override {
        return run(sql, values, &visit);
    }
    core::Result<std::int64_t> execute(std::string_view sql,
                                       std::span<const Value> values) override {
        const std::int64_t before = sqlite3_total_changes64(handle_.get());
        const auto ran = run(sql, values, nullptr);
        if (!ran) {
            return std::unexpected(ran.error());
        }
        // The second counter also counts what triggers and foreign keys changed; the first keeps
        // the value of an earlier statement if this one changed nothing.
        const bool changed = sqlite3_total_changes64(handle_.get()) != before;
        return changed ? sqlite3_changes64(handle_.get()) : 0;
    }
    core::Result<void> queue(std::string_view sql, std::span<const Value> values) override {
        return run(sql, values, nullptr);
    }
    core::Result<void> execute_many(std::string_view sql,
                                    std::span<const std::vector<Value>> rows) override {
        Statement own;
        const auto statement = statement_for(sql, own);
        if (!statement) {
            return std::unexpected(statement.error());
        }
        const StatementUse use(*statement);
        for (const auto& row : rows) {
            if (auto ran = run_row(*statement, row); !ran) {
                return ran;
            }
        }
        return {};
    }
    core::Result<void> run_once(const std::string& sql) override {
        start_deadline();
        const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
        return code == SQLITE_OK ? core::Result<void>{} : std::unexpected(last_error());
    }

    core::Result<void> begin(Access access) override {
        return run(access == Access::Write ? "begin immediate" : "begin", {}, nullptr);
    }
    core::Result<void> savepoint() override { return run("savepoint command", {}, nullptr); }
    core::Result<void> release() override { return run("release command", {}, nullptr); }
    core::Result<void> rollback_to_savepoint() override {
        if (auto undone = run("rollback to command", {}, nullptr); !undone) {
            return undone;
        }
        return release();
    }
    core::Result<void> settle() override { return {}; }
    core::Result<void> commit() override;
    void rollback() noexcept override {
        if (transaction_usable()) {
            sqlite3_exec(handle_.get(), "rollback", nullptr, nullptr, nullptr);
        }
    }
    bool transaction_usable() const noexcept override {
        return sqlite3_get_autocommit(handle_.get()) == 0;
    }
    void forget_statements() noexcept override { statements_.clear(); }

private:
    [[nodiscard]] core::Result<sqlite3_stmt*> statement_for(std::string_view sql, Statement& own);
    [[nodiscard]] core::Result<Statement> prepare(std::string_view sql);
    [[nodiscard]] core::Result<void> bind_all(sqlite3_stmt* statement,
                                              std::span<const Value> values);
    [[nodiscard]] core::Result<void> run(std::string_view sql, std::span<const Value> values,
                                         const RowVisitor* visit);
    // A change, and the statement ready for the next one.
    [[nodiscard]] core::Result<void> run_row(sqlite3_stmt* statement,
                                             std::span<const Value> values);
    [[nodiscard]] core::Error last_error() const;

    void start_deadline() noexcept {
        deadline_ = std::chrono::steady_clock::now() + options_.statement_time;
    }
    static int deadline_passed(void* self) noexcept {
        return std::chrono::steady_clock::now() > static_cast<SqliteConnection*>(self)->deadline_;
    }

    Handle handle_;
    SqliteOptions options_;
    std::chrono::steady_clock::time_point deadline_;
    StatementCache<Statement> statements_;  // Goes before the handle that it needs.
};

core::Error error_of(int extended, std::string detail, std::chrono::milliseconds limit) {
    switch (extended) {
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_ROWID: return {kDuplicate, {{"what", std::move(detail)}}, {}};
        default: break;
    }
    switch (extended & 0xFF) {
        case SQLITE_CONSTRAINT: return {kConstraint, {{"what", std::move(detail)}}, {}};
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return {kLocked, {}, {}};
        case SQLITE_FULL: return {kDiskFull, {}, {}};
        case SQLITE_IOERR:
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN: return {kDiskFailed, {{"detail", std::move(detail)}}, {}};
        case SQLITE_INTERRUPT:
            return {kStatementTimeout, {{"limit", fmt::format("{} ms", limit.count())}}, {}};
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return {kCorrupt, {{"detail", std::move(detail)}}, {}};
        default: return {kBadStatement, {{"detail", std::move(detail)}}, {}};
    }
}

// What a disk didn't promise to keep may be there after a crash all the same.
core::Result<void> SqliteConnection::commit() {
    auto done = run("commit", {}, nullptr);
    const bool unknown = !done && done.error().code() == kDiskFailed;
    return unknown ? core::fail(kCommitUnknown) : done;
}

core::Error SqliteConnection::last_error() const {
    return error_of(sqlite3_extended_errcode(handle_.get()), sqlite3_errmsg(handle_.get()),
                    options_.statement_time);
}

core::Result<void> SqliteConnection::prepare_connection() {
    sqlite3_extended_result_codes(handle_.get(), 1);
    sqlite3_busy_timeout(handle_.get(), static_cast<int>(kLockWait.count()));
    sqlite3_progress_handler(handle_.get(), kStepsBetweenClockReads, deadline_passed, this);
    const bool writer = options_.access == Access::Write;
    // Case-sensitive LIKE and no double-quoted literals, as PostgreSQL has it.
    sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    std::string settings = fmt::format(
        "pragma foreign_keys=on; pragma case_sensitive_like=on; pragma temp_store=memory;"
        "pragma trusted_schema=off; pragma cache_size=-{};",
        writer ? kSqliteWriterCacheKib : kSqliteReaderCacheKib);
    settings +=
        writer ? fmt::format(
                     "pragma journal_mode=wal; pragma synchronous={};"
                     "pragma wal_autocheckpoint={}; pragma journal_size_limit={};",
                     options_.durable ? "full" : "off", kSqliteCheckpointPages, kSqliteJournalBytes)
               : fmt::format("pragma query_only=on; pragma mmap_size={};", kSqliteReaderMapBytes);
    return run_once(settings);
}

core::Result<Statement> SqliteConnection::prepare(std::string_view sql) {
    const NativeSql native = native_statement(sql, Backend::Sqlite);
    sqlite3_stmt* made = nullptr;
    const int code =
        sqlite3_prepare_v3(handle_.get(), native.text.data(), static_cast<int>(native.text.size()),
                           SQLITE_PREPARE_PERSISTENT, &made, nullptr);
    Statement statement(made);
    if (code != SQLITE_OK) {
        return std::unexpected(last_error());
    }
    if (!statement) {
        return core::fail(kBadStatement, {{"detail", "it is empty"}});
    }
    return statement;
}

// The kept statement, or one of its own (in `own`) for a visitor that runs the statement whose rows
// it is given.
core::Result<sqlite3_stmt*> SqliteConnection::statement_for(std::string_view sql, Statement& own) {
    const Statement* kept = statements_.find(sql);
    if (kept != nullptr && sqlite3_stmt_busy(kept->get()) == 0) {
        return kept->get();
    }
    auto prepared = prepare(sql);
    if (!prepared) {
        return std::unexpected(prepared.error());
    }
    if (kept != nullptr) {
        own = std::move(*prepared);
        return own.get();
    }
    while (statements_.full() && sqlite3_stmt_busy(statements_.oldest().get()) == 0) {
        statements_.erase_oldest();
    }
    return statements_.add(std::string(sql), std::move(*prepared)).get();
}

core::Result<void> SqliteConnection::bind_all(sqlite3_stmt* statement,
                                              std::span<const Value> values) {
    if (static_cast<std::size_t>(sqlite3_bind_parameter_count(statement)) != values.size()) {
        return core::fail(
            kBadStatement,
            {{"detail", fmt::format("{} values for: {}", values.size(), sqlite3_sql(statement))}});
    }
    if (auto storable = check_storable(values); !storable) {
        return storable;
    }
    int index = 0;
    for (const Value& value : values) {
        if (bind(statement, ++index, value) != SQLITE_OK) {
            return std::unexpected(last_error());
        }
    }
    return {};
}

core::Result<void> SqliteConnection::run(std::string_view sql, std::span<const Value> values,
                                         const RowVisitor* visit) {
    Statement own;
    const auto statement = statement_for(sql, own);
    if (!statement) {
        return std::unexpected(statement.error());
    }
    const StatementUse use(*statement);
    if (auto bound = bind_all(*statement, values); !bound) {
        return bound;
    }
    start_deadline();
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(*statement)) == SQLITE_ROW) {
        if (visit != nullptr) {
            (*visit)(SqliteRow(*statement));
        }
    }
    return code == SQLITE_DONE ? core::Result<void>{} : std::unexpected(last_error());
}

core::Result<void> SqliteConnection::run_row(sqlite3_stmt* statement,
                                             std::span<const Value> values) {
    if (auto bound = bind_all(statement, values); !bound) {
        return bound;
    }
    start_deadline();
    int code = SQLITE_ROW;
    while (code == SQLITE_ROW) {
        code = sqlite3_step(statement);
    }
    if (code != SQLITE_DONE) {
        return std::unexpected(last_error());
    }
    sqlite3_reset(statement);
    return {};
}

// Counting every allocation for statistics that nobody asks for would take a lock for each.
void configure_library() {
    static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(configured);  // Refused if somebody used SQLite before; then they count.
}

// Hashes of passwords stand in it, so that it is for nobody else to read. SQLite gives its journal
// the permissions of the database; one that is there already gets them here. A file that was made
// is closed before SQLite has it: closing later would take SQLite's locks away.
void keep_private(const std::string& path) {
    constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;
    const int made =
        ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly);
    if (made >= 0) {
        ::close(made);
    }
    for (const char* const file : {"", "-wal", "-shm"}) {
        static_cast<void>(::chmod((path + file).c_str(), kOwnerOnly));  // As far as it is ours.
    }
}

}  // namespace

core::Result<std::unique_ptr<Connection>> open_sqlite(const SqliteOptions& options) {
    configure_library();
    if (options.access == Access::Write) {
        keep_private(options.path);
    }
    sqlite3* opened = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                      (options.access == Access::Write ? SQLITE_OPEN_CREATE : 0);
    const int code = sqlite3_open_v2(options.path.c_str(), &opened, flags, nullptr);
    Handle handle(opened);
    if (code != SQLITE_OK) {
        const char* detail = handle ? sqlite3_errmsg(handle.get()) : sqlite3_errstr(code);
        return core::fail(kCannotOpen, {{"url", "sqlite:" + options.path}, {"detail", detail}});
    }
    auto connection = std::make_unique<SqliteConnection>(std::move(handle), options);
    if (auto prepared = connection->prepare_connection(); !prepared) {
        return std::unexpected(prepared.error());
    }
    return connection;
}

}  // namespace kapok::platform::db
