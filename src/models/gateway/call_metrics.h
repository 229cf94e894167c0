#pragma once

// What operators watch of model calls: how many, how they end, what they use, and how long their
// callers wait for the first of an answer. A label's model is one of the catalogue; what a caller
// made up is never one.

#include <string_view>

#include "core/clock.h"
#include "core/result.h"
#include "models/gateway/call_money.h"
#include "platform/metrics/metrics.h"

namespace kapok::models {

class CallMetrics {
public:
    explicit CallMetrics(platform::metrics::Registry& registry) : registry_(registry) {}

    void refused(const core::Error& error) const;
    void first_byte(std::string_view model, std::chrono::microseconds after) const;
    void ended(std::string_view model, const Ended& ended) const;

private:
    platform::metrics::Registry& registry_;
};

}  // namespace kapok::models
