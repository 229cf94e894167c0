#pragma once

// One engine that serves, watched from outside: asked until it answers, warmed up with one request,
// measured if its speed is not known, reported as ready, and asked again and again until it is over
// or does not answer any more. That it was ready is kept in the attempt's folder, so that the next
// agent only goes on watching.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "compute/agent/model_speed.h"
#include "compute/protocol.h"
#include "core/clock.h"
#include "core/result.h"
#include "platform/http/client.h"

namespace kapok::compute::agent {

struct EngineTimes {
    std::chrono::milliseconds start_look{200};       // Between two looks at one that is starting.
    std::chrono::milliseconds start_limit{600'000};  // And kStartPerGibibyte for its model.
    std::chrono::milliseconds look{5'000};
    std::chrono::milliseconds answer_limit{5'000};    // Of one look.
    std::chrono::milliseconds measure_limit{20'000};  // No new sample of its speed after that.
    int failures_max = 3;                             // In a row.
};

// What the attempt and its watch tell each other; both on the agent's one thread.
struct EngineState {
    bool over = false;    // Told by the attempt: the engine has ended.
    std::string failure;  // Told by the watch: why it must be ended.
};

struct WatchedEngine {
    std::filesystem::path folder;  // Of the attempt.
    protocol::AttemptRef attempt;
    Serving serving;
    std::uint16_t port = 0;
    // Told how fast it is before its first call; empty if nobody wants to know.
    std::function<void(const ModelSpeed&)> measured;
};

class EngineWatch {
public:
    // `clock` outlives it.
    EngineWatch(WatchedEngine engine, std::shared_ptr<EngineState> state, EngineTimes times,
                const core::Clock& clock,
                std::function<core::Result<void>(protocol::ReportBody)> note)
        : engine_(std::move(engine)),
          state_(std::move(state)),
          times_(times),
          clock_(clock),
          note_(std::move(note)) {}

    // Until it is over, or has failed. `self` keeps it alive.
    static boost::asio::awaitable<void> run(std::shared_ptr<EngineWatch> self);

private:
    struct Timed {
        std::string answer;
        std::chrono::microseconds took{};
    };

    [[nodiscard]] boost::asio::awaitable<bool> answers();
    // False once the engine is over or has failed.
    boost::asio::awaitable<bool> start();
    boost::asio::awaitable<bool> warm_up();
    // Nothing, after having told the failure, if it does not answer well.
    boost::asio::awaitable<std::optional<Timed>> ask();
    boost::asio::awaitable<void> measure();
    boost::asio::awaitable<bool> tell_ready(Warmth warmth);
    boost::asio::awaitable<void> watch();
    bool fail(std::string why);

    WatchedEngine engine_;
    std::shared_ptr<EngineState> state_;
    EngineTimes times_;
    const core::Clock& clock_;
    std::function<core::Result<void>(protocol::ReportBody)> note_;
    std::unique_ptr<platform::http::Client> client_;
};

// How many tokens an answer to a completion says it has.
[[nodiscard]] std::int64_t tokens_of(std::string_view answer);

// Thousandths of a token a second, from an answer to a completion that took so long: what the
// engine says of itself if it does (`timings`), else its `usage` over the time; 0 if it says
// neither.
[[nodiscard]] std::int64_t tokens_per_s_milli(std::string_view answer,
                                              std::chrono::microseconds took);

}  // namespace kapok::compute::agent
