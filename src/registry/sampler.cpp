#include "registry/sampler.h"

#include <algorithm>
#include <map>
#include <utility>

#include "registry/limits.h"

namespace kapok::registry {

namespace db = platform::db;

namespace {

constexpr const char* kLeaseName = "registry.sampler";

Observation ended(Observation level, core::Timestamp at) {
    level.value = 0;
    level.at = at;
    return level;
}

core::Result<void> keep(Transaction& transaction, const std::vector<Observation>& changes) {
    for (const Observation& change : changes) {
        if (auto kept = change_level(transaction, change); !kept) {
            return kept;
        }
    }
    return {};
}

// Ends every level that nobody watched for a while, where the watching ended.
core::Result<std::vector<Observation>> end_unwatched(Transaction& transaction,
                                                     const std::optional<Watch>& watch) {
    auto open = open_levels(transaction);
    if (!open || !watch || transaction.now() - watch->last_at <= kSampleGap) {
        return open;
    }
    for (const Observation& level : *open) {
        const Observation end = ended(level, watch->last_at + std::chrono::microseconds(1));
        if (const auto kept = change_level(transaction, end); !kept) {
            return std::unexpected(kept.error());
        }
    }
    return std::vector<Observation>();
}

}  // namespace

std::vector<Observation> changes_between(const std::vector<Observation>& open,
                                         std::string_view series, const std::vector<Level>& seen,
                                         core::Timestamp now) {
    std::map<std::string_view, const Observation*> before;
    for (const Observation& level : open) {
        if (level.series == series) {
            before.emplace(level.subject, &level);
        }
    }
    std::vector<Observation> changes;
    for (const Level& level : seen) {
        const auto known = before.find(level.subject);
        const bool same = known != before.end() && known->second->labels == level.labels &&
                          known->second->value == level.value &&
                          known->second->organization == level.organization;
        if (known != before.end()) {
            before.erase(known);
        }
        if (!same) {
            changes.push_back({std::string(series), level.subject, level.organization, level.labels,
                               level.value, now, 0});
        }
    }
    for (const auto& [subject, level] : before) {
        changes.push_back(ended(*level, now));
    }
    return changes;
}

core::Result<bool> sample(Transaction& transaction, const std::vector<Probe>& probes) {
    const auto found = find_watch(transaction);
    if (!found) {
        return std::unexpected(found.error());
    }
    const std::optional<Watch>& watch = *found;
    const auto open = end_unwatched(transaction, watch);
    if (!open) {
        return std::unexpected(open.error());
    }
    // Never before the last look: what was answered since must stay as it was.
    const core::Timestamp now =
        watch ? std::max(transaction.now(), watch->last_at + std::chrono::microseconds(2))
              : transaction.now();
    bool changed = false;
    for (const Probe& probe : probes) {
        const auto seen = probe.look(transaction, now);
        if (!seen) {
            return std::unexpected(seen.error());
        }
        const auto changes = changes_between(*open, probe.series, *seen, now);
        if (const auto kept = keep(transaction, changes); !kept) {
            return std::unexpected(kept.error());
        }
        changed = changed || !changes.empty();
    }
    const auto saved = save_watch(transaction, {watch ? watch->first_at : now, now});
    return saved ? core::Result<bool>(changed) : std::unexpected(saved.error());
}

boost::asio::awaitable<core::Result<void>> Sampler::round() {
    auto command =
        [this, lease = lease_](Transaction& transaction) -> core::Result<std::optional<db::Lease>> {
        std::optional<db::Lease> held;
        if (lease) {
            const auto kept = db::keep_lease(transaction, *lease, kSamplerLease);
            if (!kept) {
                return std::unexpected(kept.error());
            }
            held = *kept ? lease : std::nullopt;
        }
        if (!held) {
            auto taken = db::take_lease(transaction, kLeaseName, holder_, kSamplerLease);
            if (!taken) {
                return taken;
            }
            held = *std::move(taken);
        }
        if (held) {
            if (const auto looked = sample(transaction, probes_); !looked) {
                return std::unexpected(looked.error());
            }
        }
        return held;
    };
    auto held = co_await database_.write(std::move(command));
    if (!held) {
        co_return std::unexpected(held.error());
    }
    lease_ = *std::move(held);
    co_return core::Result<void>();
}

}  // namespace kapok::registry
