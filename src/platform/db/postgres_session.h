#pragma once

// A connection to a PostgreSQL server with what is under way on it. It knows how to send and how to
// read answers in their order, and nothing of transactions.

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <libpq-fe.h>

#include "core/result.h"
#include "platform/db/connection.h"
#include "platform/db/postgres_values.h"
#include "platform/db/statement_cache.h"

namespace kapok::platform::db {

// Before a URL is used: what libpq says of one that it cannot read may repeat the password in it.
[[nodiscard]] core::Result<void> check_postgres_url(const std::string& url);

class PostgresSession {
public:
    // Connects and checks that the server is fit for use.
    [[nodiscard]] static core::Result<std::unique_ptr<PostgresSession>> connect(
        const std::string& url, Access access, std::chrono::milliseconds statement_time);

    // Sends a prepared statement, preparing it first if need be. The values may go afterwards.
    [[nodiscard]] core::Result<void> send(std::string_view sql, std::span<const Value> values);
    // Asks for the number of the transaction that was begun, on the way of what follows.
    [[nodiscard]] core::Result<void> send_transaction_id();
    // Empty until the answer was received.
    [[nodiscard]] const std::string& transaction_id() const noexcept { return transaction_id_; }
    // Of the server's log, when the connection was made to write. On another one the same number
    // may be another transaction's.
    [[nodiscard]] const std::string& timeline() const noexcept { return timeline_; }
    // Sends a text that is used once and has no parameters.
    [[nodiscard]] core::Result<void> send_once(const std::string& sql);
    // Lets the server answer all that was sent, without waiting for it.
    [[nodiscard]] core::Result<void> finish_batch();
    // Ends the batch, so that what is sent next runs whatever becomes of what was sent before, and
    // forgets the errors of the latter.
    [[nodiscard]] core::Result<void> abandon();
    // Waits for every answer. The last statement's result, or the first error.
    [[nodiscard]] core::Result<ResultHandle> receive();

    [[nodiscard]] std::size_t under_way() const noexcept { return under_way_.size(); }
    [[nodiscard]] bool connected() const noexcept {
        return !silent_ && PQstatus(connection_.get()) == CONNECTION_OK;
    }
    // For one more transaction.
    [[nodiscard]] bool usable() const noexcept { return connected() && !stale_; }
    void forget_statements() noexcept { stale_ = true; }

private:
    struct CloseConnection {
        void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
    };
    enum class Kind : std::uint8_t { Prepare, Statement, TransactionId, BatchEnd };
    struct Sent {
        Kind kind;
        std::string key;         // Of the statement that is being prepared.
        bool abandoned = false;  // Nobody wants to know how it went.
    };

    PostgresSession(PGconn* connection, std::chrono::milliseconds statement_time);

    [[nodiscard]] core::Result<void> prepare_session(Access access);
    [[nodiscard]] core::Result<void> check_server(Access access) const;
    // The name by which the server knows the statement.
    [[nodiscard]] core::Result<const std::string*> statement_for(std::string_view sql,
                                                                 std::span<const Value> values,
                                                                 const Parameters& parameters);
    [[nodiscard]] core::Result<void> sent(int succeeded, Kind kind, std::string key = {});
    [[nodiscard]] core::Result<ResultHandle> receive_one(const Sent& sent);
    // Waits for it, but no longer than a server that lives may be silent.
    [[nodiscard]] ResultHandle next_result();
    [[nodiscard]] core::Error lost() const;

    std::unique_ptr<PGconn, CloseConnection> connection_;
    std::chrono::milliseconds statement_time_;
    StatementCache<std::string> statements_;
    std::deque<Sent> under_way_;
    std::uint64_t statements_made_ = 0;
    std::string transaction_id_;
    std::string timeline_;
    bool stale_ = false;
    bool silent_ = false;  // For too long: nothing is expected of this connection any more.
};

}  // namespace kapok::platform::db
