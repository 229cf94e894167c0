#pragma once

// What a metric's value is, from its facts alone: the same facts in the same order always give the
// same values, whoever asks and whenever.

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "core/clock.h"
#include "core/result.h"
#include "registry/metric.h"

namespace kapok::registry {

using Values = std::map<Labels, std::int64_t>;

class Tally {
public:
    explicit Tally(Fold fold) noexcept : fold_(fold) {}

    // Facts come in the order of their time.
    void add(const Fact& fact);
    // As of `time`, which is not before the newest fact. Labels that were once seen stay, with 0.
    // core::kOverflow if a sum does not fit into 64 bits.
    [[nodiscard]] core::Result<Values> at(core::Timestamp time) const;

private:
    __extension__ using Wide = __int128;

    struct Held {
        Labels labels;
        std::int64_t value = 0;
    };
    struct Change {
        core::Timestamp at;
        Held held;
    };

    void add_level(const Fact& fact);
    void add_share(const Fact& fact);
    [[nodiscard]] core::Result<Values> sums() const;
    [[nodiscard]] Values shares(core::Timestamp time) const;

    Fold fold_;
    std::map<Labels, Wide> sums_;
    std::map<std::string, Held> levels_;                 // Each subject's newest fact.
    std::map<std::string, std::deque<Change>> changes_;  // Those that a window can still reach.
};

}  // namespace kapok::registry
