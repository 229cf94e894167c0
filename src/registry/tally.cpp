#include "registry/tally.h"

#include <algorithm>
#include <utility>

#include "core/errors.h"
#include "registry/limits.h"

namespace kapok::registry {

void Tally::add(const Fact& fact) {
    switch (fold_) {
        case Fold::Total: sums_[fact.labels] += fact.value; return;
        case Fold::Level: add_level(fact); return;
        case Fold::Share: add_share(fact); return;
    }
    std::unreachable();
}

void Tally::add_level(const Fact& fact) {
    if (const auto known = levels_.find(fact.subject); known != levels_.end()) {
        sums_[known->second.labels] -= known->second.value;
        levels_.erase(known);
    }
    if (fact.value != 0) {
        levels_.emplace(fact.subject, Held{fact.labels, fact.value});
        sums_[fact.labels] += fact.value;
    }
}

void Tally::add_share(const Fact& fact) {
    std::deque<Change>& changes = changes_[fact.subject];
    changes.push_back({fact.at, {fact.labels, fact.value}});
    while (changes.size() > 1 && changes[1].at <= fact.at - kShareWindow) {
        changes.pop_front();
    }
}

core::Result<Values> Tally::at(core::Timestamp time) const {
    return fold_ == Fold::Share ? core::Result<Values>(shares(time)) : sums();
}

core::Result<Values> Tally::sums() const {
    Values values;
    for (const auto& [labels, sum] : sums_) {
        const auto fitting = static_cast<std::int64_t>(sum);
        if (fitting != sum) {
            return core::fail(core::kOverflow);
        }
        values.emplace(labels, fitting);
    }
    return values;
}

Values Tally::shares(core::Timestamp time) const {
    struct Time {
        Wide good = 0;
        Wide seen = 0;
    };
    std::map<Labels, Time> times;
    const core::Timestamp start = time - kShareWindow;
    for (const auto& [subject, changes] : changes_) {
        for (std::size_t i = 0; i < changes.size(); ++i) {
            const auto& [at, held] = changes[i];
            const auto from = std::max(at, start);
            const auto to = i + 1 < changes.size() ? changes[i + 1].at : time;
            if (held.value < 0 || to <= from) {
                continue;
            }
            Time& sum = times[held.labels];
            sum.seen += (to - from).count();
            sum.good += held.value > 0 ? (to - from).count() : 0;
        }
    }
    constexpr std::int64_t kPpm = 1'000'000;
    Values values;
    for (const auto& [labels, sum] : times) {
        values.emplace(labels, static_cast<std::int64_t>(sum.good * kPpm / sum.seen));
    }
    return values;
}

}  // namespace kapok::registry
