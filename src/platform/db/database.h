#pragma once

// One database, SQLite or PostgreSQL, behind one thin layer. Reads run on a pool and see committed
// data. Every change is a command given to the single writer, which runs commands one after the
// other, each in its own savepoint, and commits them in groups; the answer goes out after the
// commit.
//
// A command is a function `(Transaction&) -> core::Result<T>`. It does no input or output except
// the database, and may be run a second time after its first run was rolled back. After a failed
// statement a command must return: on PostgreSQL nothing else works until its savepoint is undone.
// To learn of a duplicate without failing, write `on conflict do nothing` and look at the count.
//
// SQL is written once, with `?` for parameters, in the subset that both databases have, in
// `<module>/sql/` and nowhere else. `{for_update}` at the end of a select locks its rows where
// several servers share a database; sums of integers are written `cast(sum(x) as bigint)`.
//
// A database must be destroyed before the executors of the coroutines that wait for it. A coroutine
// that is cancelled while its command still waits gets kCancelled and nothing was done; once the
// command runs, it gets its answer.

#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/clock.h"
#include "core/id.h"
#include "core/result.h"
#include "core/timestamp.h"
#include "platform/db/errors.h"

namespace kapok::platform::db {

class Bell;

using Blob = std::vector<std::byte>;

// A parameter of a statement. It owns its text, so that it may be queued.
class Value {
public:
    using Variant =
        std::variant<std::nullptr_t, std::int64_t, double, std::string, core::Uuid, Blob>;

    // Implicit, so that `{id, amount, "CNY"}` reads as a row does.
    // NOLINTBEGIN(google-explicit-constructor)
    Value(std::nullptr_t) : value_(nullptr) {}
    template <class T>
        requires std::is_integral_v<T>
    Value(T number) : value_(static_cast<std::int64_t>(number)) {
        assert(static_cast<T>(std::get<std::int64_t>(value_)) == number &&
               (number < T{1}) == (std::get<std::int64_t>(value_) < 1));
    }
    Value(double number) : value_(number) {}
    Value(std::string text) : value_(std::move(text)) {}
    Value(std::string_view text) : value_(std::string(text)) {}
    Value(const char* text) : value_(std::string(text)) {}
    Value(const core::Uuid& uuid) : value_(uuid) {}
    template <class Tag>
    Value(const core::Id<Tag>& id) : value_(id.uuid()) {}
    Value(core::Timestamp time) : value_(core::to_micros(time)) {}
    Value(Blob bytes) : value_(std::move(bytes)) {}
    Value(std::span<const std::byte> bytes) : value_(Blob(bytes.begin(), bytes.end())) {}
    template <class T>
    Value(const std::optional<T>& maybe)
        : value_(maybe ? Value(*maybe).value_ : Variant(nullptr)) {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] const Variant& variant() const noexcept { return value_; }

private:
    Variant value_;
};

// A row of a result, valid only inside the callback that gets it. Columns count from 0. Asking for
// another type than the column has is a bug and stops the program.
class Row {
public:
    virtual ~Row() = default;
    [[nodiscard]] virtual bool is_null(int column) const = 0;
    [[nodiscard]] virtual std::int64_t integer(int column) const = 0;
    [[nodiscard]] virtual double real(int column) const = 0;
    [[nodiscard]] virtual std::string_view text(int column) const = 0;
    [[nodiscard]] virtual std::span<const std::byte> blob(int column) const = 0;
    [[nodiscard]] virtual core::Uuid uuid(int column) const = 0;

    [[nodiscard]] bool boolean(int column) const { return integer(column) != 0; }
    [[nodiscard]] core::Timestamp time(int column) const {
        return core::from_micros(integer(column));
    }
    template <class Id>
    [[nodiscard]] Id id(int column) const {
        return Id(uuid(column));
    }

    // The same for columns that may be null.
    [[nodiscard]] std::optional<std::int64_t> integer_if(int column) const {
        return is_null(column) ? std::nullopt : std::optional(integer(column));
    }
    [[nodiscard]] std::optional<double> real_if(int column) const {
        return is_null(column) ? std::nullopt : std::optional(real(column));
    }
    [[nodiscard]] std::optional<std::string> text_if(int column) const {
        return is_null(column) ? std::nullopt : std::optional(std::string(text(column)));
    }
    [[nodiscard]] std::optional<core::Timestamp> time_if(int column) const {
        return is_null(column) ? std::nullopt : std::optional(time(column));
    }
    template <class Id>
    [[nodiscard]] std::optional<Id> id_if(int column) const {
        return is_null(column) ? std::nullopt : std::optional(Id(uuid(column)));
    }
};

using Values = std::initializer_list<Value>;
using RowVisitor = std::function<void(const Row&)>;

// A consistent view of committed data, or, inside a command, of what the command sees.
class Reader {
public:
    virtual ~Reader() = default;
    // Calls `visit` for each row in order.
    [[nodiscard]] virtual core::Result<void> query(std::string_view sql,
                                                   std::span<const Value> values,
                                                   const RowVisitor& visit) = 0;
    [[nodiscard]] core::Result<void> query(std::string_view sql, Values values,
                                           const RowVisitor& visit) {
        return query(sql, std::span(values.begin(), values.size()), visit);
    }
    // The first row, mapped; nothing if there is none.
    template <class Map>
    [[nodiscard]] auto find(std::string_view sql, Values values, Map map)
        -> core::Result<std::optional<std::invoke_result_t<Map, const Row&>>> {
        std::optional<std::invoke_result_t<Map, const Row&>> found;
        const auto done = query(sql, values, [&](const Row& row) {
            if (!found) {
                found.emplace(map(row));
            }
        });
        if (!done) {
            return std::unexpected(done.error());
        }
        return found;
    }
    // Every row, mapped.
    template <class Map>
    [[nodiscard]] auto list(std::string_view sql, std::span<const Value> values, Map map)
        -> core::Result<std::vector<std::invoke_result_t<Map, const Row&>>> {
        std::vector<std::invoke_result_t<Map, const Row&>> rows;
        const auto done = query(sql, values, [&](const Row& row) { rows.push_back(map(row)); });
        if (!done) {
            return std::unexpected(done.error());
        }
        return rows;
    }
    template <class Map>
    [[nodiscard]] auto list(std::string_view sql, Values values, Map map) {
        return list(sql, std::span(values.begin(), values.size()), std::move(map));
    }
};

// What a command changes the database through.
class Transaction : public Reader {
public:
    // Returns how many rows were changed. A violated unique constraint is kDuplicate.
    [[nodiscard]] virtual core::Result<std::int64_t> execute(std::string_view sql,
                                                             std::span<const Value> values) = 0;
    [[nodiscard]] core::Result<std::int64_t> execute(std::string_view sql, Values values) {
        return execute(sql, std::span(values.begin(), values.size()));
    }
    // The same statement for many rows, as fast as the backend can (one round trip on PostgreSQL).
    [[nodiscard]] virtual core::Result<void> execute_many(
        std::string_view sql, std::span<const std::vector<Value>> rows) = 0;
    // A change whose count nobody needs, the fastest way to write: PostgreSQL gets it together with
    // what follows. If it fails, the command fails, at the latest when it returns.
    [[nodiscard]] virtual core::Result<void> queue(std::string_view sql,
                                                   std::span<const Value> values) = 0;
    [[nodiscard]] core::Result<void> queue(std::string_view sql, Values values) {
        return queue(sql, std::span(values.begin(), values.size()));
    }
    // Runs after the group's commit and before its answers, on the writer's thread; not at all if
    // the command fails. For waking others: it must not block, nor touch the database.
    virtual void after_commit(std::function<void()> action) = 0;
    // Rings a bell of the database (Database::bell) after the commit, to wake those who look for
    // what this command wrote.
    virtual void ring(std::string_view topic) = 0;
    // When this command runs, from the injected clock; the same in all of the command.
    [[nodiscard]] virtual core::Timestamp now() const = 0;
};

struct Options {
    std::string url;                 // "sqlite:/path/kapok.db", "sqlite::memory:" or "postgres://…"
    std::size_t readers = 4;         // Connections of the read pool, each with a thread.
    std::size_t queue_max = 10'000;  // Commands that may wait for the writer; more get kBusy (503).
    std::size_t group_max = 1'000;   // Commands in one commit.
    std::chrono::microseconds group_time{2'000};       // After this a group commits, full or not.
    std::chrono::milliseconds statement_time{30'000};  // A statement that takes longer is ended.
    // How long work waits for a server that is away, before it gets kConnectionLost.
    std::chrono::milliseconds reconnect_time{10'000};
};

enum class Backend : std::uint8_t { Sqlite, Postgres };

// Since the database was opened.
struct Statistics {
    std::uint64_t commands = 0;  // That got an answer, good or bad.
    std::uint64_t failed = 0;    // Of these, with an error.
    std::uint64_t groups = 0;    // Commits.
    std::uint64_t redone = 0;    // Groups that had to be undone and run again.
    std::uint64_t reads = 0;
    std::size_t commands_waiting = 0;  // Now.
    std::size_t reads_waiting = 0;     // Now.
};

// A module's table definitions. Numbers ascend from 1 within a module and never change once landed.
// What may be in the text, and what becomes of it, is in platform/db/migrations.h.
struct Migration {
    std::string_view module;
    int number;
    std::string_view name;
    std::string_view sql;  // Statements, each ended by ";" at the end of a line.
};

class Database {
public:
    // Opens without changing anything. `clock` must outlive the database.
    [[nodiscard]] static core::Result<std::unique_ptr<Database>> open(const Options& options,
                                                                      const core::Clock& clock);
    virtual ~Database() = default;  // Finishes the commands that were accepted.

    // Applies what is missing, all in one transaction. Refuses a database whose migrations are
    // newer than, or other than, those given.
    [[nodiscard]] virtual core::Result<void> migrate(std::span<const Migration> migrations) = 0;

    [[nodiscard]] virtual Backend backend() const noexcept = 0;

    // Rung when a command of this process that asked for it was committed; see bell.h. Other
    // servers' commands do not ring it, so a waiter looks now and then without it.
    [[nodiscard]] virtual Bell& bell(std::string_view topic) = 0;
    [[nodiscard]] virtual Statistics statistics() const = 0;

    // Runs a read function `(Reader&) -> Result<T>` on the pool; blocking work belongs nowhere
    // else.
    template <class Read>
    [[nodiscard]] auto read(Read function)
        -> boost::asio::awaitable<std::invoke_result_t<Read, Reader&>> {
        using Outcome = std::invoke_result_t<Read, Reader&>;
        const auto outcome = not_run<Outcome>();
        ReadFunction keep = [outcome, function = std::move(function)](
                                Reader& reader) mutable -> core::Result<void> {
            *outcome = function(reader);
            return {};
        };
        core::Result<void> ran = co_await run_read(std::move(keep));
        if (!ran) {
            co_return std::unexpected(ran.error());
        }
        co_return std::move(*outcome);
    }

    // Gives a command to the writer and waits until it is durable.
    template <class Command>
    [[nodiscard]] auto write(Command command)
        -> boost::asio::awaitable<std::invoke_result_t<Command, Transaction&>> {
        using Outcome = std::invoke_result_t<Command, Transaction&>;
        const auto outcome = not_run<Outcome>();
        core::Result<void> ran =
            co_await run_write(keep_outcome<Outcome>(outcome, std::move(command)));
        if (!ran) {
            co_return std::unexpected(ran.error());
        }
        co_return std::move(*outcome);
    }

    // The same for threads that have no executor: the command line, tests, start-up.
    template <class Read>
    [[nodiscard]] auto read_blocking(Read function) -> std::invoke_result_t<Read, Reader&> {
        using Outcome = std::invoke_result_t<Read, Reader&>;
        const auto outcome = not_run<Outcome>();
        const auto ran = run_read_blocking([&](Reader& reader) -> core::Result<void> {
            *outcome = function(reader);
            return {};
        });
        if (!ran) {
            return std::unexpected(ran.error());
        }
        return std::move(*outcome);
    }
    template <class Command>
    [[nodiscard]] auto write_blocking(Command command)
        -> std::invoke_result_t<Command, Transaction&> {
        using Outcome = std::invoke_result_t<Command, Transaction&>;
        const auto outcome = not_run<Outcome>();
        const auto ran = run_write_blocking(keep_outcome<Outcome>(outcome, std::move(command)));
        if (!ran) {
            return std::unexpected(ran.error());
        }
        return std::move(*outcome);
    }

protected:
    using ReadFunction = std::move_only_function<core::Result<void>(Reader&)>;
    using WriteFunction = std::move_only_function<core::Result<void>(Transaction&)>;

    virtual boost::asio::awaitable<core::Result<void>> run_read(ReadFunction function) = 0;
    virtual boost::asio::awaitable<core::Result<void>> run_write(WriteFunction command) = 0;
    virtual core::Result<void> run_read_blocking(ReadFunction function) = 0;
    virtual core::Result<void> run_write_blocking(WriteFunction command) = 0;

private:
    // Where a function leaves its answer, which may outlive who waits for it.
    template <class Outcome>
    static std::shared_ptr<Outcome> not_run() {
        return std::make_shared<Outcome>(core::fail(kCancelled));
    }

    // A command's error rolls its savepoint back and is the answer.
    template <class Outcome, class Command>
    static WriteFunction keep_outcome(std::shared_ptr<Outcome> outcome, Command command) {
        return [outcome = std::move(outcome), command = std::move(command)](
                   Transaction& transaction) mutable -> core::Result<void> {
            *outcome = command(transaction);
            if (!outcome->has_value()) {
                return std::unexpected(outcome->error());
            }
            return {};
        };
    }
};

}  // namespace kapok::platform::db
