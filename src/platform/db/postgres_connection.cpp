#include "platform/db/postgres_connection.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <thread>
#include <utility>

#include "platform/db/errors.h"
#include "platform/db/limits.h"
#include "platform/db/postgres_session.h"
#include "platform/db/sql/postgres_sql.h"

namespace kapok::platform::db {
namespace {

using SteadyClock = std::chrono::steady_clock;

class PostgresConnection final : public Connection {
public:
    PostgresConnection(std::unique_ptr<PostgresSession> session, PostgresOptions options)
        : session_(std::move(session)), options_(std::move(options)) {}

    core::Result<void> query(std::string_view sql, std::span<const Value> values,
                             const RowVisitor& visit) override;
    core::Result<std::int64_t> execute(std::string_view sql,
                                       std::span<const Value> values) override;
    core::Result<void> queue(std::string_view sql, std::span<const Value> values) override;
    core::Result<void> execute_many(std::string_view sql,
                                    std::span<const std::vector<Value>> rows) override;
    core::Result<void> run_once(const std::string& sql) override;

    core::Result<void> begin(Access access) override;
    core::Result<void> savepoint() override { return send(sql::kSavepoint); }
    core::Result<void> release() override { return send(sql::kRelease); }
    core::Result<void> rollback_to_savepoint() override;
    core::Result<void> settle() override;
    core::Result<void> commit() override;
    void rollback() noexcept override;
    bool transaction_usable() const noexcept override {
        return state_ == State::Open && session_->connected();
    }
    void forget_statements() noexcept override { session_->forget_statements(); }

private:
    enum class State : std::uint8_t { None, Open, Failed };

    [[nodiscard]] core::Result<void> send(std::string_view sql, std::span<const Value> values = {});
    [[nodiscard]] core::Result<ResultHandle> answer();
    [[nodiscard]] core::Result<void> reconnect();
    [[nodiscard]] core::Result<void> find_out_about_commit(const std::string& transaction_id);

    std::unique_ptr<PostgresSession> session_;
    PostgresOptions options_;
    State state_ = State::None;
    bool patient_ = true;  // Until a reconnection with patience has failed.
};

core::Result<void> PostgresConnection::send(std::string_view sql, std::span<const Value> values) {
    return session_->send(sql, values);
}

core::Result<ResultHandle> PostgresConnection::answer() {
    if (auto ended = session_->finish_batch(); !ended) {
        return std::unexpected(ended.error());
    }
    auto received = session_->receive();
    if (!received && state_ == State::Open) {
        state_ = State::Failed;  // Nothing else works until it is undone.
    }
    return received;
}

core::Result<void> PostgresConnection::query(std::string_view sql, std::span<const Value> values,
                                             const RowVisitor& visit) {
    if (auto sent = send(sql, values); !sent) {
        return sent;
    }
    const auto result = answer();
    if (!result) {
        return std::unexpected(result.error());
    }
    const int rows = PQntuples(result->get());
    for (int row = 0; row < rows; ++row) {
        visit(PostgresRow(result->get(), row, sql));
    }
    return {};
}

core::Result<std::int64_t> PostgresConnection::execute(std::string_view sql,
                                                       std::span<const Value> values) {
    if (auto sent = send(sql, values); !sent) {
        return std::unexpected(sent.error());
    }
    const auto result = answer();
    if (!result) {
        return std::unexpected(result.error());
    }
    return std::strtoll(PQcmdTuples(result->get()), nullptr, 10);
}

core::Result<void> PostgresConnection::queue(std::string_view sql, std::span<const Value> values) {
    if (auto sent = send(sql, values); !sent) {
        return sent;
    }
    return session_->under_way() < kPipelineMax ? core::Result<void>{} : settle();
}

core::Result<void> PostgresConnection::execute_many(std::string_view sql,
                                                    std::span<const std::vector<Value>> rows) {
    for (const auto& row : rows) {
        if (auto queued = queue(sql, row); !queued) {
            return queued;
        }
    }
    return settle();
}

core::Result<void> PostgresConnection::run_once(const std::string& sql) {
    if (auto sent = session_->send_once(sql); !sent) {
        return sent;
    }
    return settle();
}

core::Result<void> PostgresConnection::begin(Access access) {
    if (!session_->usable()) {
        if (auto connected = reconnect(); !connected) {
            return connected;
        }
    }
    state_ = State::Open;
    if (access == Access::Read) {
        return send(sql::kBeginRead);
    }
    auto begun = send(sql::kBeginWrite);
    return begun ? session_->send_transaction_id() : begun;
}

core::Result<void> PostgresConnection::rollback_to_savepoint() {
    // What the command queued may have failed unseen, or not; it is undone in either case.
    if (auto abandoned = session_->abandon(); !abandoned) {
        return abandoned;
    }
    if (auto undone = send(sql::kRollbackToSavepoint); !undone) {
        return undone;
    }
    state_ = State::Open;
    return release();
}

core::Result<void> PostgresConnection::settle() {
    if (session_->under_way() == 0) {
        return {};
    }
    const auto result = answer();
    return result ? core::Result<void>{} : std::unexpected(result.error());
}

// The server's number for the transaction tells, after a connection broke during the commit,
// whether the commit happened. So it must be known before the commit is sent.
core::Result<void> PostgresConnection::commit() {
    if (session_->transaction_id().empty()) {
        if (auto settled = settle(); !settled) {
            return settled;
        }
    }
    const std::string transaction_id = session_->transaction_id();
    if (auto sent = send(sql::kCommit); !sent) {
        return sent;
    }
    const auto result = answer();
    if (!result) {
        return session_->connected() ? core::Result<void>(std::unexpected(result.error()))
                                     : find_out_about_commit(transaction_id);
    }
    state_ = State::None;
    // The server answers ROLLBACK when it had to give the transaction up.
    return std::string_view(PQcmdStatus(result->get())) == "COMMIT" ? core::Result<void>{}
                                                                    : core::fail(kConflict);
}

core::Result<void> PostgresConnection::find_out_about_commit(const std::string& transaction_id) {
    state_ = State::None;
    const std::string timeline = session_->timeline();
    const auto end = SteadyClock::now() + options_.reconnect_time;
    while (SteadyClock::now() < end) {
        if (!session_->usable() && !reconnect()) {
            break;
        }
        // What another server took over from this one may have ended before the transaction, and
        // have given its number to another one.
        if (session_->timeline() != timeline) {
            break;
        }
        std::string status;
        const std::array values{Value(transaction_id)};
        const auto asked = query(sql::kTransactionStatus, values,
                                 [&](const Row& row) { status = row.text_if(0).value_or(""); });
        if (asked && status == "committed") {
            return {};
        }
        if (asked && status == "aborted") {
            return core::fail(kConnectionLost, {{"detail", "the transaction was given up"}});
        }
        if (asked && status != "in progress") {
            break;
        }
        std::this_thread::sleep_for(kReconnectWaitFirst);
    }
    return core::fail(kCommitUnknown);
}

void PostgresConnection::rollback() noexcept {
    if (std::exchange(state_, State::None) == State::None || !session_->usable()) {
        return;
    }
    // The answers are read with those of the next transaction, which they do not concern.
    if (session_->abandon() && session_->send(sql::kRollback, {})) {
        static_cast<void>(session_->abandon());
    }
}

core::Result<void> PostgresConnection::reconnect() {
    const auto end = SteadyClock::now() + options_.reconnect_time;
    auto wait = kReconnectWaitFirst;
    while (true) {
        auto session =
            PostgresSession::connect(options_.url, options_.access, options_.statement_time);
        if (session) {
            session_ = *std::move(session);
            patient_ = true;
            return {};
        }
        if (!patient_ || SteadyClock::now() + wait > end) {
            patient_ = false;  // The next ones in line are not kept waiting as long.
            return std::unexpected(session.error());
        }
        std::this_thread::sleep_for(wait);
        wait = std::min(wait * 2, std::chrono::milliseconds(kReconnectWaitMax));
    }
}

}  // namespace

core::Result<std::unique_ptr<Connection>> open_postgres(const PostgresOptions& options) {
    auto session = PostgresSession::connect(options.url, options.access, options.statement_time);
    if (!session) {
        return std::unexpected(session.error());
    }
    return std::make_unique<PostgresConnection>(*std::move(session), options);
}

}  // namespace kapok::platform::db
