#pragma once

// The data plane: a call goes in, the upstream's answer comes out as it is made, and whatever ends
// it, its money is settled. A place that does not answer is passed over while there is another; a
// model that rests is woken.

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/clock.h"
#include "core/principal.h"
#include "core/random.h"
#include "core/result.h"
#include "models/deployments/deployment_keeper.h"
#include "models/gateway/call_metrics.h"
#include "models/gateway/call_money.h"
#include "models/gateway/server_watch.h"
#include "platform/db/database.h"
#include "platform/http/client.h"
#include "platform/http/message.h"
#include "platform/log/log.h"

namespace kapok::models {

namespace http = platform::http;

// What somebody writes down of a call, in the same commands as its money, so that neither can be
// there without the other: a batch keeps its line's result so.
class CallRecord {
public:
    virtual ~CallRecord() = default;
    // Before the hold is made; an error refuses the call.
    [[nodiscard]] virtual core::Result<void> admitted(Transaction& transaction) = 0;
    // After the hold was settled with what was used. `reply` is what the caller is about to get.
    [[nodiscard]] virtual core::Result<void> settled(Transaction& transaction,
                                                     const core::Result<http::Response>& reply) = 0;
};

// A call whose hold has an id that its caller made, so that it can be found again.
struct KeptCall {
    exchange::HoldId hold;
    std::shared_ptr<CallRecord> record;
};

// An upstream may be silent so long: a long prompt is until its first token.
inline constexpr std::chrono::seconds kUpstreamIdle{300};
inline constexpr std::chrono::seconds kRestartPatience{60};  // For an engine that is started again.

class Gateway {
public:
    // What the gateway works with; all of it outlives it. What is left to settle when a client has
    // gone is settled on `background`, which runs until nothing is left. `server` names this
    // process's data folder for ever.
    struct Setting {
        platform::db::Database& database;
        const core::Clock& clock;
        core::Random& random;
        platform::log::Log& log;
        DeploymentKeeper& keeper;
        boost::asio::any_io_executor background;
        std::string server;
        platform::metrics::Registry& metrics;
        std::chrono::seconds upstream_idle = kUpstreamIdle;
        std::chrono::seconds restart_patience = kRestartPatience;
    };
    explicit Gateway(Setting setting);

    // Begin it before the first call, and run it as long as there are calls.
    [[nodiscard]] ServerWatch& watch() noexcept { return watch_; }

    // An answer in OpenAI's shape, plain or streamed as the call asks; an error if the call was not
    // admitted or the upstream gave no answer, in which case nothing is charged.
    [[nodiscard]] boost::asio::awaitable<core::Result<http::Response>> call(Endpoint endpoint,
                                                                            http::Request request);
    // The same for a plain call of which a record is kept. An answer means that the record was
    // told; with an error it may not have been, and what is still held is given back before long,
    // or by the next start.
    [[nodiscard]] boost::asio::awaitable<core::Result<http::Response>> call(Endpoint endpoint,
                                                                            http::Request request,
                                                                            KeptCall kept);

private:
    class Session;
    class ReplyStream;

    using Reply = boost::asio::awaitable<core::Result<http::Response>>;
    using Started = std::unique_ptr<http::AnswerStream>;

    [[nodiscard]] core::Result<std::shared_ptr<http::Client>> client_of(const Deployment& place);
    boost::asio::awaitable<core::Result<Admitted>> admit_once(core::Principal caller,
                                                              AdmitRequest wanted,
                                                              std::shared_ptr<CallRecord> record);
    boost::asio::awaitable<core::Result<std::shared_ptr<Session>>> admit_call(Call call,
                                                                              http::Request request,
                                                                              KeptCall kept);
    boost::asio::awaitable<core::Result<Started>> begin(std::shared_ptr<Session> session,
                                                        http::Request request);
    boost::asio::awaitable<core::Result<http::CallAnswer>> ask(std::shared_ptr<Session> session,
                                                               std::string body);
    Reply answer(Endpoint endpoint, http::Request request, KeptCall kept);
    Reply dispatch(std::shared_ptr<Session> session, Call call, http::Request request);
    Reply plain(std::shared_ptr<Session> session, http::EventReader events);
    Reply embed(std::shared_ptr<Session> session, std::string body);
    Reply refused(std::shared_ptr<Session> session, std::unique_ptr<http::AnswerStream> answer);
    // What the database did not take in just now, unless another server has settled it.
    void settle_later(const core::Error& error, ServerWatch::Settlement settlement);

    platform::db::Database& database_;
    const core::Clock& clock_;
    core::Random& random_;
    platform::log::Log& log_;
    DeploymentKeeper& keeper_;
    boost::asio::any_io_executor background_;
    const std::string server_;
    const CallMetrics metrics_;
    const std::chrono::seconds upstream_idle_;
    const std::chrono::seconds restart_patience_;
    ServerWatch watch_;
    std::mutex mutex_;
    // By URL, and whether it may be private. Guarded by mutex_.
    std::map<std::pair<std::string, bool>, std::shared_ptr<http::Client>> clients_;
};

}  // namespace kapok::models
