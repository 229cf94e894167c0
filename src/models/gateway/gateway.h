#pragma once

// The data plane: a call goes in, the upstream's answer comes out as it is made, and whatever ends
// it, its money is settled.

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
#include "models/gateway/call_money.h"
#include "platform/db/database.h"
#include "platform/http/client.h"
#include "platform/http/message.h"
#include "platform/log/log.h"

namespace kapok::models {

namespace http = platform::http;

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
        boost::asio::any_io_executor background;
        std::string server;
    };
    explicit Gateway(Setting setting);

    // Settles what an earlier run left. Before the first call.
    [[nodiscard]] core::Result<std::size_t> recover_blocking();

    // An answer in OpenAI's shape, plain or streamed as the call asks; an error if the call was not
    // admitted or the upstream gave no answer, in which case nothing is charged.
    [[nodiscard]] boost::asio::awaitable<core::Result<http::Response>> call(Endpoint endpoint,
                                                                            http::Request request);

private:
    class Session;
    class ReplyStream;

    // An admitted call with its upstream's answer begun; embeddings are sent later, whole.
    struct Opened {
        std::shared_ptr<Session> session;
        std::shared_ptr<http::Client> client;
        std::unique_ptr<http::AnswerStream> answer;
    };
    using Reply = boost::asio::awaitable<core::Result<http::Response>>;

    [[nodiscard]] core::Result<std::shared_ptr<http::Client>> client_of(const Deployment& place);
    boost::asio::awaitable<core::Result<Opened>> open(Endpoint endpoint, Call call,
                                                      http::Request request);
    Reply plain(std::shared_ptr<Session> session, http::EventReader events);
    Reply embed(std::shared_ptr<Session> session, std::shared_ptr<http::Client> client,
                std::string body);
    Reply refused(std::shared_ptr<Session> session, std::unique_ptr<http::AnswerStream> answer);

    platform::db::Database& database_;
    const core::Clock& clock_;
    core::Random& random_;
    platform::log::Log& log_;
    boost::asio::any_io_executor background_;
    const std::string server_;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<http::Client>> clients_;  // By URL. Guarded by mutex_.
};

}  // namespace kapok::models
