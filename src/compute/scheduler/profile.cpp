#include "compute/scheduler/profile.h"

#include <algorithm>

namespace kapok::compute {

void Profile::hold(const Demand& demand, std::string_view model, core::Timestamp from,
                   core::Timestamp until) {
    holds_.push_back({demand, std::string(model), from, until});
}

Demand Profile::total(std::string_view model) const {
    const auto pool = std::ranges::find(node_->accelerators, model, &AcceleratorPool::model);
    return {node_->cpu_milli, node_->memory_bytes,
            pool == node_->accelerators.end() ? 0 : pool->count};
}

Demand Profile::free_at(core::Timestamp time, std::string_view model) const {
    Demand free = total(model);
    for (const Hold& held : holds_) {
        if (held.from <= time && time < held.until) {
            free.cpu_milli -= held.demand.cpu_milli;
            free.memory_bytes -= held.demand.memory_bytes;
            free.accelerators -= held.model == model ? held.demand.accelerators : 0;
        }
    }
    return free;
}

// Room only shrinks where a hold begins, so these moments and the first one are all there is to
// see.
bool Profile::fits(const Demand& demand, std::string_view model, core::Timestamp from,
                   core::Timestamp until) const {
    if (!within(demand, free_at(from, model))) {
        return false;
    }
    return std::ranges::all_of(holds_, [&](const Hold& held) {
        return held.from <= from || held.from >= until || within(demand, free_at(held.from, model));
    });
}

std::optional<core::Timestamp> Profile::earliest(const Demand& demand, std::string_view model,
                                                 std::chrono::milliseconds duration) const {
    if (!within(demand, total(model))) {
        return std::nullopt;
    }
    std::vector<core::Timestamp> times{now_};
    for (const Hold& held : holds_) {
        if (held.until > now_) {
            times.push_back(held.until);
        }
    }
    std::ranges::sort(times);
    const auto found = std::ranges::find_if(
        times, [&](core::Timestamp time) { return fits(demand, model, time, time + duration); });
    return found == times.end() ? std::nullopt : std::optional(*found);
}

std::optional<core::Timestamp> Profile::next_reservation() const {
    std::optional<core::Timestamp> next;
    for (const Hold& held : holds_) {
        if (held.from > now_ && (!next || held.from < *next)) {
            next = held.from;
        }
    }
    return next;
}

}  // namespace kapok::compute
