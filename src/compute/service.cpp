#include "compute/service.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "compute/errors.h"
#include "compute/json_fields.h"
#include "compute/limits.h"
#include "platform/http/utf8.h"

namespace kapok::compute {

namespace {

constexpr std::string_view kDigestPrefix = "sha256:";
constexpr std::size_t kDigestBytes = kDigestPrefix.size() + 64;
constexpr std::string_view kLoopback = "http://127.0.0.1:";

std::unexpected<core::Error> bad(std::string_view field, std::string_view expected) {
    return core::fail(kBadService,
                      {{"field", std::string(field)}, {"expected", std::string(expected)}});
}

bool is_printable(std::string_view text) {
    return platform::http::is_utf8(text) && std::ranges::none_of(text, [](char c) {
               return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
           });
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= kEngineNameBytesMax && text.front() != '.' &&
           std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                      c == '_';
           });
}

bool is_digest(std::string_view text) {
    return text.size() == kDigestBytes && text.starts_with(kDigestPrefix) &&
           std::ranges::all_of(text.substr(kDigestPrefix.size()), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

bool is_file_name(std::string_view text) {
    return !text.empty() && text.size() <= kModelFileBytesMax && is_printable(text) &&
           text != "." && text != ".." && text.find('/') == text.npos;
}

// A path of a request, as it is sent.
bool is_target(std::string_view text) {
    return text.starts_with('/') && !text.starts_with("//") &&
           text.size() <= kServicePathBytesMax &&
           std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
}

bool are_arguments(const std::vector<std::string>& arguments) {
    std::size_t bytes = 0;
    for (const std::string& argument : arguments) {
        bytes += argument.size() + 1;
    }
    return arguments.size() < kCommandWordsMax && bytes <= kCommandBytesMax &&
           std::ranges::all_of(arguments, is_printable);
}

}  // namespace

core::Result<void> check(const Serving& serving) {
    if (!is_name(serving.engine)) {
        return bad("engine", "a-z 0-9 - . _, 1..64 byte");
    }
    if (!are_arguments(serving.arguments)) {
        return bad("arguments", "text, < 256 word, <= 32768 byte");
    }
    if (!is_digest(serving.model_digest)) {
        return bad("model_digest", "sha256:…");
    }
    if (!is_file_name(serving.model_file)) {
        return bad("model_file", "name.gguf");
    }
    if (serving.model_bytes < 1 || serving.model_bytes > kModelBytesMax) {
        return bad("model_bytes", "1.." + std::to_string(kModelBytesMax));
    }
    if (!is_target(serving.probe_path)) {
        return bad("probe_path", "/health");
    }
    if (!serving.warm_up_path.empty() && !is_target(serving.warm_up_path)) {
        return bad("warm_up_path", "/v1/chat/completions");
    }
    if (serving.warm_up_body.size() > kWarmUpBytesMax ||
        !platform::http::is_utf8(serving.warm_up_body)) {
        return bad("warm_up_body", "JSON, <= " + std::to_string(kWarmUpBytesMax) + " byte");
    }
    return {};
}

boost::json::object to_json(const Serving& serving) {
    return {{"engine", serving.engine},
            {"arguments", boost::json::array(serving.arguments.begin(), serving.arguments.end())},
            {"model_digest", serving.model_digest},
            {"model_file", serving.model_file},
            {"model_bytes", serving.model_bytes},
            {"probe_path", serving.probe_path},
            {"warm_up_path", serving.warm_up_path},
            {"warm_up_body", serving.warm_up_body}};
}

core::Result<Serving> serving_from_json(const boost::json::object& object) {
    auto read = read_document(boost::json::value(object), [](JsonFields& fields) {
        Serving serving;
        serving.engine = fields.text("engine");
        serving.arguments = fields.texts("arguments");
        serving.model_digest = fields.text("model_digest");
        serving.model_file = fields.text("model_file");
        serving.model_bytes = fields.integer("model_bytes");
        serving.probe_path = fields.text("probe_path");
        serving.warm_up_path = fields.text("warm_up_path");
        serving.warm_up_body = fields.text("warm_up_body");
        return serving;
    });
    if (read) {
        if (auto checked = check(*read); !checked) {
            return std::unexpected(checked.error());
        }
    }
    return read;
}

core::Result<void> check(const Warmth& warmth) {
    const std::string_view port = warmth.url.starts_with(kLoopback)
                                      ? std::string_view(warmth.url).substr(kLoopback.size())
                                      : std::string_view();
    std::uint16_t number = 0;
    const auto parsed = std::from_chars(port.data(), port.data() + port.size(), number);
    const bool whole = parsed.ec == std::errc() && parsed.ptr == port.data() + port.size();
    if (!whole || number == 0 || std::to_string(number) != port) {
        return core::fail(kBadDocument,
                          {{"field", "/url"}, {"expected", std::string(kLoopback) + "PORT"}});
    }
    if (warmth.warm_up_ms < 0 || warmth.tokens_per_s_milli < 0 ||
        warmth.tokens_per_s_milli > kTokensPerSecondMilliMax) {
        return core::fail(kBadDocument, {{"field", "/warm_up_ms"}, {"expected", ">= 0"}});
    }
    return {};
}

ServicePhase phase_of(const JobStatus& status, const Service& service) noexcept {
    if (is_final(status.state)) {
        return ServicePhase::Ended;
    }
    if (status.cancel_requested) {
        return ServicePhase::Stopping;
    }
    if (status.state == JobState::Queued) {
        return ServicePhase::Queued;
    }
    return service.ready_attempt == status.attempt ? ServicePhase::Ready : ServicePhase::Starting;
}

Service after_ready(Service service, std::int64_t attempt, Warmth warmth, core::Timestamp now) {
    service.ready_attempt = attempt;
    service.ready_at = now;
    service.warmth = std::move(warmth);
    service.problem.clear();
    return service;
}

Service after_end(Service service, std::int64_t attempt, std::string problem, bool again,
                  core::Timestamp now) {
    const bool was_healthy = service.ready_attempt == attempt && service.ready_at &&
                             now - *service.ready_at >= kHealthyTime;
    service.failures = was_healthy ? 1 : service.failures + 1;
    service.problem = std::move(problem);
    if (again) {
        ++service.restarts;
        service.not_before = now + back_off(service.failures);
    }
    return service;
}

std::chrono::milliseconds back_off(std::int64_t failures) noexcept {
    constexpr std::int64_t kDoublingsMax = 20;  // Far beyond the bound, far below an overflow.
    const std::int64_t doublings = std::clamp<std::int64_t>(failures - 1, 0, kDoublingsMax);
    return std::min(kServiceBackOffMin * (std::int64_t{1} << doublings), kServiceBackOffMax);
}

}  // namespace kapok::compute
