#include "compute/agent/engine_watch.h"

#include <algorithm>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "compute/inventory/probe.h"
#include "compute/limits.h"
#include "platform/db/bell.h"
#include "platform/http/json.h"
#include "platform/process/files.h"

namespace kapok::compute::agent {

namespace asio = boost::asio;
namespace db = platform::db;
namespace http = platform::http;

namespace {

constexpr std::string_view kReadyFile = "ready";
constexpr std::chrono::milliseconds kStartPerGibibyte{10'000};
constexpr std::chrono::milliseconds kTryAgain{1'000};
constexpr std::uint64_t kAnswerBytesMax = 4 << 20;

const boost::json::value* find(const boost::json::object* object, std::string_view name) {
    return object == nullptr ? nullptr : object->if_contains(name);
}

const boost::json::object* find_object(const boost::json::object* object, std::string_view name) {
    const auto* value = find(object, name);
    return value == nullptr ? nullptr : value->if_object();
}

std::optional<double> find_number(const boost::json::object* object, std::string_view name) {
    const auto* value = find(object, name);
    boost::system::error_code code;
    const double number = value == nullptr ? 0 : value->to_number<double>(code);
    return value != nullptr && !code ? std::optional(number) : std::nullopt;
}

}  // namespace

std::int64_t tokens_of(std::string_view answer) {
    const auto value = http::parse_json(answer);
    const auto* object = value ? value->if_object() : nullptr;
    const auto tokens = find_number(find_object(object, "usage"), "completion_tokens").value_or(0);
    return tokens > 0 && tokens < 1e9 ? static_cast<std::int64_t>(tokens) : 0;
}

std::int64_t tokens_per_s_milli(std::string_view answer, std::chrono::microseconds took) {
    const auto value = http::parse_json(answer);
    const auto* object = value ? value->if_object() : nullptr;
    std::optional<double> rate =
        find_number(find_object(object, "timings"), "predicted_per_second");
    if (!rate) {
        const auto* usage = find_object(object, "usage");
        auto tokens = find_number(usage, "completion_tokens");
        if (!tokens) {  // Embeddings make none, and read some.
            tokens = find_number(usage, "total_tokens");
        }
        if (tokens) {
            rate = *tokens * 1e6 / static_cast<double>(std::max<std::int64_t>(took.count(), 1));
        }
    }
    const double milli = rate.value_or(0) * 1e3;
    return milli > 0 ? static_cast<std::int64_t>(
                           std::min(milli, static_cast<double>(kTokensPerSecondMilliMax)))
                     : 0;
}

bool EngineWatch::fail(std::string why) {
    if (!state_->over) {
        state_->failure = std::move(why);
    }
    return false;
}

asio::awaitable<bool> EngineWatch::answers() {
    http::Call call;
    call.path = engine_.serving.probe_path;
    call.total_time = times_.answer_limit;
    const auto answer = co_await client_->send(std::move(call));
    co_return answer && answer->status == 200;
}

asio::awaitable<bool> EngineWatch::start() {
    const auto limit = times_.start_limit + kStartPerGibibyte * (engine_.serving.model_bytes >> 30);
    const core::Timestamp until = clock_.now() + limit;
    while (!state_->over) {
        const bool healthy = co_await answers();
        if (healthy) {
            co_return !state_->over;
        }
        if (clock_.now() > until) {
            co_return fail("it did not answer " + engine_.serving.probe_path + " within " +
                           std::to_string(limit.count() / 1'000) + " s of its start");
        }
        co_await db::pause(times_.start_look);
    }
    co_return false;
}

asio::awaitable<bool> EngineWatch::tell_ready(Warmth warmth) {
    while (!state_->over) {
        if (note_(protocol::ServiceReady{engine_.attempt, warmth})) {
            // If this is lost, the next agent warms it up once more and says so again.
            static_cast<void>(platform::process::write_durably(engine_.folder, kReadyFile, ""));
            co_return true;
        }
        co_await db::pause(kTryAgain);
    }
    co_return false;
}

asio::awaitable<std::optional<EngineWatch::Timed>> EngineWatch::ask() {
    http::Call call;
    call.method = http::Method::Post;
    call.path = engine_.serving.warm_up_path;
    call.headers["content-type"] = "application/json";
    call.body = engine_.serving.warm_up_body;
    call.idle_time = times_.start_limit;
    call.total_time = times_.start_limit;
    const core::Timestamp began = clock_.now();
    auto answer = co_await client_->send(std::move(call));
    const auto took = std::max(clock_.now() - began, std::chrono::microseconds(0));
    if (!answer) {
        fail("its warm-up was not answered: " + core::render(answer.error(), core::Language::En));
        co_return std::nullopt;
    }
    if (answer->status != 200) {
        fail("its warm-up was answered with status " + std::to_string(answer->status));
        co_return std::nullopt;
    }
    co_return Timed{std::move(answer->body), took};
}

// The same request again and again, one at a time. An odd number of samples has a median.
asio::awaitable<void> EngineWatch::measure() {
    ModelSpeed speed;
    speed.started_at = clock_.now();
    speed.load_milli_before = load_milli();
    while (!state_->over && speed.samples.size() < kSpeedSamples) {
        const bool late = clock_.now() - speed.started_at > times_.measure_limit;
        if (late && speed.samples.size() >= kSpeedSamplesMin) {
            break;
        }
        const std::optional<Timed> timed = co_await ask();
        const std::int64_t rate = timed ? tokens_per_s_milli(timed->answer, timed->took) : 0;
        if (!timed || rate <= 0) {
            co_return;
        }
        speed.samples.push_back(rate);
        speed.build = build_of(timed->answer);
        speed.tokens = tokens_of(timed->answer);
    }
    if (speed.samples.size() % 2 == 0 && !speed.samples.empty()) {
        speed.samples.pop_back();
    }
    speed.ended_at = clock_.now();
    speed.load_milli_after = load_milli();
    if (speed.samples.size() >= kSpeedSamplesMin) {
        engine_.measured(speed);
    }
}

asio::awaitable<bool> EngineWatch::warm_up() {
    Warmth warmth{"http://127.0.0.1:" + std::to_string(engine_.port), 0, 0};
    if (!engine_.serving.warm_up_path.empty()) {
        const std::optional<Timed> timed = co_await ask();
        if (!timed) {
            co_return false;
        }
        warmth.warm_up_ms = std::chrono::floor<std::chrono::milliseconds>(timed->took).count();
        warmth.tokens_per_s_milli = tokens_per_s_milli(timed->answer, timed->took);
        if (engine_.measured) {
            co_await measure();
        }
    }
    const bool told = co_await tell_ready(std::move(warmth));
    co_return told;
}

asio::awaitable<void> EngineWatch::watch() {
    int failures = 0;
    while (!state_->over) {
        const bool healthy = co_await answers();
        failures = healthy ? 0 : failures + 1;
        if (failures >= times_.failures_max) {
            fail("it did not answer " + engine_.serving.probe_path + " " +
                 std::to_string(failures) + " times in a row");
            co_return;
        }
        co_await db::pause(times_.look);
    }
}

asio::awaitable<void> EngineWatch::run(std::shared_ptr<EngineWatch> self) {
    http::ClientOptions options;
    options.connect_time = self->times_.answer_limit;
    options.answer_bytes_max = kAnswerBytesMax;
    auto client = http::Client::create({false, "127.0.0.1", self->engine_.port, ""}, options);
    if (!client) {
        self->fail(core::render(client.error(), core::Language::En));
        co_return;
    }
    self->client_ = *std::move(client);
    if (!std::filesystem::exists(self->engine_.folder / kReadyFile)) {
        const bool started = co_await self->start();
        if (!started) {
            co_return;
        }
        const bool warm = co_await self->warm_up();
        if (!warm) {
            co_return;
        }
    }
    co_await self->watch();
}

}  // namespace kapok::compute::agent
