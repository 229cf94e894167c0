#include "models/gateway/call_metrics.h"

#include <string>

namespace kapok::models {

using platform::metrics::label;

void CallMetrics::refused(const core::Error& error) const {
    registry_
        .counter("kapok_model_calls_refused_total", "Calls that were not admitted, by why.",
                 label("code", error.code().name))
        .add();
}

void CallMetrics::first_byte(std::string_view model, std::chrono::microseconds after) const {
    registry_
        .histogram("kapok_model_first_byte_seconds",
                   "From a call's arrival to the first that its engine answered.",
                   label("model", model))
        .observe(after.count());
}

void CallMetrics::ended(std::string_view model, const Ended& ended) const {
    const std::string labels = label("model", model) + "," + label("outcome", ended.reason);
    registry_
        .counter("kapok_model_calls_total", "Calls that were admitted, by how they ended.", labels)
        .add();
    const auto tokens = [&](std::string_view kind, std::int64_t count) {
        registry_
            .counter("kapok_model_tokens_total", "Tokens charged for calls.",
                     labels + "," + label("kind", kind))
            .add(static_cast<std::uint64_t>(count));
    };
    tokens("input", ended.count.prompt);
    tokens("output", ended.count.completion);
}

}  // namespace kapok::models
