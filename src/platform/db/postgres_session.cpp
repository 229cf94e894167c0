#include "platform/db/postgres_session.h"

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <poll.h>

#include "platform/db/dialect.h"
#include "platform/db/errors.h"
#include "platform/db/limits.h"
#include "platform/db/sql/postgres_sql.h"
#include "platform/db/storable.h"

namespace kapok::platform::db {
namespace {

constexpr int kBinaryResults = 1;

// libpq ends its messages with a line break.
std::string message_of(const PGconn* connection) {
    std::string message = PQerrorMessage(connection);
    while (!message.empty() && message.back() == '\n') {
        message.pop_back();
    }
    return message;
}

// libpq quotes what it cannot read, which may be the URL with its password, or a part of that.
std::string without_quotations(std::string_view message) {
    std::string kept;
    bool quoted = false;
    for (const char letter : message) {
        if (letter == '"') {
            quoted = !quoted;
            kept += quoted ? "\"…\"" : "";
        } else if (!quoted && letter != '\n') {
            kept += letter;
        }
    }
    return kept;
}

struct FreeOptions {
    void operator()(PQconninfoOption* options) const noexcept { ::PQconninfoFree(options); }
};

void ignore_notice(void* /*self*/, const PGresult* /*notice*/) {}

PGconn* open_connection(const std::string& url) {
    // What the URL says itself comes later and wins, except for the encoding.
    const std::array<const char*, 6> names{"application_name", "connect_timeout",
                                           "tcp_user_timeout", "dbname",
                                           "client_encoding",  nullptr};
    const std::array<const char*, 6> values{"kapok", "5", "30000", url.c_str(), "UTF8", nullptr};
    constexpr int kExpandUrl = 1;
    return PQconnectdbParams(names.data(), values.data(), kExpandUrl);
}

}  // namespace

core::Result<void> check_postgres_url(const std::string& url) {
    char* fault = nullptr;
    const std::unique_ptr<PQconninfoOption, FreeOptions> options(
        ::PQconninfoParse(url.c_str(), &fault));
    if (options == nullptr) {
        std::string reason = without_quotations(fault == nullptr ? "" : fault);
        ::PQfreemem(fault);
        return core::fail(kCannotOpen, {{"url", "postgres://…"}, {"detail", std::move(reason)}});
    }
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
        const std::string_view name = option->keyword;
        const std::string_view value = option->val == nullptr ? "" : option->val;
        // A password with a colon or a slash that is not percent-encoded ends up here.
        if (name == "port" && value.find_first_not_of("0123456789,") != value.npos) {
            return core::fail(kCannotOpen,
                              {{"url", "postgres://…"}, {"detail", "its port is not a number"}});
        }
    }
    return {};
}

PostgresSession::PostgresSession(PGconn* connection, std::chrono::milliseconds statement_time)
    : connection_(connection), statement_time_(statement_time), statements_(kStatementsKeptMax) {}

core::Result<std::unique_ptr<PostgresSession>> PostgresSession::connect(
    const std::string& url, Access access, std::chrono::milliseconds statement_time) {
    if (auto readable = check_postgres_url(url); !readable) {
        return std::unexpected(readable.error());
    }
    std::unique_ptr<PostgresSession> session(
        new PostgresSession(open_connection(url), statement_time));
    if (!session->usable()) {
        return std::unexpected(session->lost());
    }
    if (auto checked = session->check_server(access); !checked) {
        return std::unexpected(checked.error());
    }
    if (auto prepared = session->prepare_session(access); !prepared) {
        return std::unexpected(prepared.error());
    }
    return session;
}

core::Result<void> PostgresSession::check_server(Access access) const {
    const auto unsuitable = [](std::string expected, std::string actual) {
        return core::fail(kUnsuitable,
                          {{"expected", std::move(expected)}, {"actual", std::move(actual)}});
    };
    const auto setting = [&](const char* name) {
        const char* text = PQparameterStatus(connection_.get(), name);
        return std::string(text == nullptr ? "" : text);
    };
    const int version = PQserverVersion(connection_.get());
    if (version < kPostgresVersionMin) {
        return unsuitable(fmt::format("PostgreSQL {}", kPostgresVersionMin / 10'000),
                          fmt::format("PostgreSQL {}", version / 10'000));
    }
    if (setting("server_encoding") != "UTF8") {
        return unsuitable("UTF8", setting("server_encoding"));
    }
    if (access == Access::Write && setting("in_hot_standby") == "on") {
        return unsuitable("read-write", "read-only (standby)");
    }
    return {};
}

core::Result<void> PostgresSession::prepare_session(Access access) {
    PQsetNoticeReceiver(connection_.get(), ignore_notice, nullptr);
    const bool writes = access == Access::Write;
    std::string settings =
        fmt::format("set statement_timeout={}; set jit=off; set standard_conforming_strings=on;",
                    statement_time_.count());
    if (writes) {
        settings += fmt::format("set synchronous_commit=on; {};", sql::kTimeline);
    }
    const ResultHandle result(PQexec(connection_.get(), settings.c_str()));
    if (PQresultStatus(result.get()) != (writes ? PGRES_TUPLES_OK : PGRES_COMMAND_OK)) {
        return std::unexpected(error_of(result.get(), statement_time_));
    }
    if (writes) {
        timeline_ = PQgetvalue(result.get(), 0, 0);
    }
    return PQenterPipelineMode(connection_.get()) == 1 ? core::Result<void>{}
                                                       : std::unexpected(lost());
}

core::Error PostgresSession::lost() const {
    std::string detail = silent_ ? "it says nothing" : message_of(connection_.get());
    return {kConnectionLost, {{"detail", std::move(detail)}}, {}};
}

core::Result<void> PostgresSession::sent(int succeeded, Kind kind, std::string key) {
    if (succeeded != 1) {
        return std::unexpected(lost());
    }
    under_way_.push_back(Sent{kind, std::move(key), false});
    return {};
}

core::Result<const std::string*> PostgresSession::statement_for(std::string_view sql,
                                                                std::span<const Value> values,
                                                                const Parameters& parameters) {
    std::string key = type_letters(values);
    key += ' ';
    key += sql;
    if (const std::string* kept = statements_.find(key)) {
        return kept;
    }
    if (statements_.full()) {
        const std::string deallocate = "deallocate " + statements_.oldest();
        statements_.erase_oldest();
        if (auto gone = send_once(deallocate); !gone) {
            return std::unexpected(gone.error());
        }
    }
    const NativeSql native = native_statement(sql, Backend::Postgres);
    if (native.parameters != values.size()) {
        return core::fail(kBadStatement,
                          {{"detail", fmt::format("{} values for: {}", values.size(), sql)}});
    }
    std::string name = fmt::format("k{}", ++statements_made_);
    const int succeeded = PQsendPrepare(connection_.get(), name.c_str(), native.text.c_str(),
                                        parameters.count(), parameters.types());
    if (auto done = sent(succeeded, Kind::Prepare, key); !done) {
        return std::unexpected(done.error());
    }
    return &statements_.add(std::move(key), std::move(name));
}

core::Result<void> PostgresSession::send(std::string_view sql, std::span<const Value> values) {
    if (auto storable = check_storable(values); !storable) {
        return storable;
    }
    const Parameters parameters(values);
    const auto statement = statement_for(sql, values, parameters);
    if (!statement) {
        return std::unexpected(statement.error());
    }
    const int succeeded = PQsendQueryPrepared(
        connection_.get(), (*statement)->c_str(), parameters.count(), parameters.bytes(),
        parameters.sizes(), parameters.formats(), kBinaryResults);
    return sent(succeeded, Kind::Statement);
}

core::Result<void> PostgresSession::send_transaction_id() {
    transaction_id_.clear();
    auto sent_id = send(sql::kTransactionId, {});
    if (sent_id) {
        under_way_.back().kind = Kind::TransactionId;
    }
    return sent_id;
}

core::Result<void> PostgresSession::send_once(const std::string& sql) {
    const int succeeded = PQsendQueryParams(connection_.get(), sql.c_str(), 0, nullptr, nullptr,
                                            nullptr, nullptr, kBinaryResults);
    return sent(succeeded, Kind::Statement);
}

core::Result<void> PostgresSession::finish_batch() {
    return sent(PQpipelineSync(connection_.get()), Kind::BatchEnd);
}

core::Result<void> PostgresSession::abandon() {
    if (under_way_.empty()) {
        return {};
    }
    for (Sent& one : under_way_) {
        one.abandoned = true;
    }
    return finish_batch();
}

core::Result<ResultHandle> PostgresSession::receive() {
    core::Result<ResultHandle> last;
    std::optional<core::Error> first_error;
    while (!under_way_.empty()) {
        const Sent next = std::move(under_way_.front());
        under_way_.pop_front();
        auto received = receive_one(next);
        if (!received && !next.abandoned && !first_error) {
            first_error = received.error();
        }
        if (next.kind == Kind::Statement) {
            last = std::move(received);
        } else if (next.kind == Kind::TransactionId && received && !next.abandoned) {
            transaction_id_ = PQgetvalue(received->get(), 0, 0);
        }
    }
    if (first_error) {
        return std::unexpected(*std::move(first_error));
    }
    return last;
}

ResultHandle PostgresSession::next_result() {
    const auto end = std::chrono::steady_clock::now() + statement_time_ + kSilenceMax;
    while (!silent_ && PQisBusy(connection_.get()) == 1) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        pollfd socket{.fd = PQsocket(connection_.get()), .events = POLLIN, .revents = 0};
        silent_ = left.count() <= 0;
        const bool spoke = !silent_ && ::poll(&socket, 1, static_cast<int>(left.count())) > 0;
        if (spoke && PQconsumeInput(connection_.get()) != 1) {
            break;  // Its result says what happened.
        }
    }
    return ResultHandle(silent_ ? nullptr : PQgetResult(connection_.get()));
}

core::Result<ResultHandle> PostgresSession::receive_one(const Sent& sent) {
    ResultHandle result = next_result();
    if (!result) {
        return std::unexpected(lost());
    }
    if (sent.kind == Kind::BatchEnd) {
        return PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC ? core::Result<ResultHandle>{}
                                                                   : std::unexpected(lost());
    }
    const ExecStatusType status = PQresultStatus(result.get());
    const bool fine = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    // Each statement's results end with a null, the end of a batch does not.
    while (const ResultHandle rest = next_result()) {
    }
    if (fine && !silent_) {
        return result;
    }
    if (sent.kind == Kind::Prepare) {
        statements_.erase(sent.key);
    }
    stale_ = stale_ || is_stale_statement(result.get());
    if (!connected()) {
        return std::unexpected(lost());
    }
    return std::unexpected(error_of(result.get(), statement_time_));
}

}  // namespace kapok::platform::db
