#pragma once

// What is held on one node, now and later: by attempts until their time limits, and by
// reservations. It answers when something fits for how long.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compute/scheduler/plan.h"

namespace kapok::compute {

class Profile {
public:
    Profile(const PlannedNode& node, core::Timestamp now) : node_(&node), now_(now) {}

    void hold(const Demand& demand, std::string_view model, core::Timestamp from,
              core::Timestamp until);

    // What is free at one moment; accelerators of `model` only.
    [[nodiscard]] Demand free_at(core::Timestamp time, std::string_view model) const;
    [[nodiscard]] Demand total(std::string_view model) const;

    [[nodiscard]] bool fits(const Demand& demand, std::string_view model, core::Timestamp from,
                            core::Timestamp until) const;
    // The first time at or after now; nothing if the node is too small.
    [[nodiscard]] std::optional<core::Timestamp> earliest(const Demand& demand,
                                                          std::string_view model,
                                                          std::chrono::milliseconds duration) const;
    // When the next hold begins that is not there yet.
    [[nodiscard]] std::optional<core::Timestamp> next_reservation() const;

    [[nodiscard]] const PlannedNode& node() const noexcept { return *node_; }

private:
    struct Hold {
        Demand demand;
        std::string model;
        core::Timestamp from;
        core::Timestamp until;
    };

    const PlannedNode* node_;
    core::Timestamp now_;
    std::vector<Hold> holds_;
};

// Whether `need` is within `room` in every dimension.
[[nodiscard]] inline bool within(const Demand& need, const Demand& room) {
    return need.cpu_milli <= room.cpu_milli && need.memory_bytes <= room.memory_bytes &&
           need.accelerators <= room.accelerators;
}

}  // namespace kapok::compute
