#include "compute/scheduler/plan.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "compute/scheduler/profile.h"
#include "core/known.h"
#include "core/timestamp.h"

namespace kapok::compute {

namespace {

constexpr std::int64_t kPpm = 1'000'000;
// An attempt past its limit is being stopped; its room is counted on again after this.
constexpr std::chrono::seconds kOverrun{1};

std::int64_t ppm(std::int64_t part, std::int64_t whole) {
    __extension__ using Int128 = __int128;
    if (whole <= 0) {
        return 0;
    }
    return std::clamp<std::int64_t>(
        static_cast<std::int64_t>(static_cast<Int128>(part) * kPpm / whole), 0, kPpm);
}

// Which of a node's accelerator models a job could use: those it accepts, most cards first. A job
// without accelerators has one choice, no model.
std::vector<std::string> models_for(const PlannedJob& job, const PlannedNode& node) {
    if (job.demand.accelerators == 0) {
        return {""};
    }
    std::vector<AcceleratorPool> pools = node.accelerators;
    std::erase_if(pools, [&](const AcceleratorPool& pool) {
        return !job.accelerator_models.empty() &&
               std::ranges::find(job.accelerator_models, pool.model) ==
                   job.accelerator_models.end();
    });
    std::ranges::sort(pools, [](const AcceleratorPool& left, const AcceleratorPool& right) {
        return std::tie(right.count, left.model) < std::tie(left.count, right.model);
    });
    std::vector<std::string> models;
    models.reserve(pools.size());
    for (const AcceleratorPool& pool : pools) {
        models.push_back(pool.model);
    }
    return models;
}

std::vector<core::Parameter> amounts(std::int64_t actual, std::int64_t wanted) {
    return {{"actual", std::to_string(actual)}, {"wanted", std::to_string(wanted)}};
}

// Why a node may not run a job at all, whatever runs there; nothing if it may.
std::optional<Reason> excluded(const PlannedJob& job, const PlannedNode& node) {
    if (node.state != NodeState::Up) {
        return Reason(kNodeNotUp,
                      {{"state", std::string(kNodeStateNames[std::to_underlying(node.state)])}});
    }
    if (job.site && *job.site != node.site) {
        return Reason(kOtherSite);
    }
    if (!node.missing_isolation.empty() && job.organization != node.operated_by) {
        return Reason(kNotIsolated, {{"feature", node.missing_isolation}});
    }
    return std::nullopt;
}

Reason too_small(const Demand& need, const Demand& total) {
    if (need.accelerators > total.accelerators) {
        return {kAcceleratorsTooFew, amounts(total.accelerators, need.accelerators)};
    }
    if (need.cpu_milli > total.cpu_milli) {
        return {kCpuTooSmall, amounts(total.cpu_milli, need.cpu_milli)};
    }
    return {kMemoryTooSmall, amounts(total.memory_bytes, need.memory_bytes)};
}

Reason in_use(const Demand& need, const Demand& free) {
    if (need.accelerators > free.accelerators) {
        return {kAcceleratorsInUse, amounts(free.accelerators, need.accelerators)};
    }
    if (need.cpu_milli > free.cpu_milli) {
        return {kCpuInUse, amounts(free.cpu_milli, need.cpu_milli)};
    }
    return {kMemoryInUse, amounts(free.memory_bytes, need.memory_bytes)};
}

class Round {
public:
    Round(const Snapshot& snapshot, const Policy& policy) : now_(snapshot.now), policy_(policy) {
        std::vector<const PlannedNode*> nodes;
        for (const PlannedNode& node : snapshot.nodes) {
            nodes.push_back(&node);
            fastest_ = std::max(fastest_, node.standard_unit_ppm);
        }
        std::ranges::sort(nodes, {}, [](const PlannedNode* node) { return node->id; });
        for (const PlannedNode* node : nodes) {
            profiles_.emplace_back(*node, now_);
        }
        for (const PlannedAttempt& attempt : snapshot.attempts) {
            const auto profile = std::ranges::find(
                profiles_, attempt.node, [](const Profile& each) { return each.node().id; });
            if (profile != profiles_.end()) {
                profile->hold(attempt.demand, attempt.accelerator_model, now_,
                              std::max(attempt.ends_by, now_ + kOverrun));
            }
        }
    }

    Decision decide(const PlannedJob& job) {
        Decision decision{job.id, Verdict::Wait, {}, {}, {}, kWaitsInLine, {}};
        std::optional<Choice> now;
        std::optional<Choice> later;
        for (Profile& profile : profiles_) {
            decision.candidates.push_back(judge(job, profile, now, later));
        }
        if (now) {
            start(job, *now, decision);
        } else if (!later) {
            decision.reason = kNoNode;
        } else if (reserved_ < policy_.reservations) {
            reserve(job, *later, decision);
        }
        return decision;
    }

private:
    struct Choice {
        Profile* profile;
        std::string model;
        core::Timestamp time;
        std::int64_t score;
    };

    // What one node means for the job. Improves the best choice to start at once and, for a job
    // that may get a reservation, the earliest one for later.
    Candidate judge(const PlannedJob& job, Profile& profile, std::optional<Choice>& now,
                    std::optional<Choice>& later) {
        const PlannedNode& node = profile.node();
        if (auto reason = excluded(job, node)) {
            return {node.id, *std::move(reason), {}, 0};
        }
        const auto models = models_for(job, node);
        if (models.empty()) {
            return {node.id, too_small(job.demand, profile.total("")), {}, 0};
        }
        std::optional<Reason> refusal;
        for (const std::string& model : models) {
            if (!within(job.demand, profile.total(model))) {
                refusal = refusal.value_or(too_small(job.demand, profile.total(model)));
                continue;
            }
            if (profile.fits(job.demand, model, now_, now_ + job.time_limit)) {
                Candidate candidate{node.id, kNodeFits, score(job, profile, model), 0};
                for (const ScoreTerm& term : candidate.terms) {
                    candidate.score += term.contribution;
                }
                if (!now || candidate.score > now->score) {
                    now = Choice{&profile, model, now_, candidate.score};
                }
                return candidate;
            }
            refusal = blocked(job.demand, profile, model);
            note_later(job, profile, model, later);
        }
        return {node.id, core::known(std::move(refusal)), {}, 0};
    }

    Reason blocked(const Demand& need, const Profile& profile, std::string_view model) const {
        const Demand free = profile.free_at(now_, model);
        if (!within(need, free)) {
            return in_use(need, free);
        }
        return {kKeptForReservation,
                {{"time", core::to_rfc3339(profile.next_reservation().value_or(now_))}}};
    }

    void note_later(const PlannedJob& job, Profile& profile, const std::string& model,
                    std::optional<Choice>& later) const {
        if (reserved_ >= policy_.reservations && later) {
            return;  // It only matters that it could run some day.
        }
        const auto time = profile.earliest(job.demand, model, job.time_limit);
        if (time && (!later || *time < later->time)) {
            later = Choice{&profile, model, *time, 0};
        }
    }

    std::vector<ScoreTerm> score(const PlannedJob& job, const Profile& profile,
                                 std::string_view model) const {
        const PlannedNode& node = profile.node();
        const Demand free = profile.free_at(now_, model);
        const std::int64_t cpu_left = ppm(free.cpu_milli - job.demand.cpu_milli, node.cpu_milli);
        const std::int64_t memory_left =
            ppm(free.memory_bytes - job.demand.memory_bytes, node.memory_bytes);
        const bool wastes_cards = job.demand.accelerators == 0 && !node.accelerators.empty();
        const auto term = [](std::string_view name, std::int64_t value, std::int64_t weight) {
            return ScoreTerm{name, value, weight, value * weight / 1'000};
        };
        return {term("fit", kPpm - (cpu_left + memory_left) / 2, policy_.weight_fit),
                term("accelerators", wastes_cards ? 0 : kPpm, policy_.weight_accelerators),
                term("speed", ppm(node.standard_unit_ppm, fastest_), policy_.weight_speed),
                term("freshness", kPpm - ppm(node.heartbeat_age_ms, policy_.heartbeat_limit_ms),
                     policy_.weight_freshness)};
    }

    void start(const PlannedJob& job, const Choice& choice, Decision& decision) {
        choice.profile->hold(job.demand, choice.model, now_, now_ + job.time_limit);
        decision.verdict = Verdict::Start;
        decision.node = choice.profile->node().id;
        decision.accelerator_model = choice.model;
        decision.starts_at = now_;
        decision.reason =
            Reason(reserved_ > 0 ? kBackfilled : kStarts, {{"node", decision.node.text()}});
    }

    void reserve(const PlannedJob& job, const Choice& choice, Decision& decision) {
        ++reserved_;
        choice.profile->hold(job.demand, choice.model, choice.time, choice.time + job.time_limit);
        decision.verdict = Verdict::Reserve;
        decision.node = choice.profile->node().id;
        decision.accelerator_model = choice.model;
        decision.starts_at = choice.time;
        decision.reason = Reason(
            kReserved, {{"node", decision.node.text()}, {"time", core::to_rfc3339(choice.time)}});
    }

    core::Timestamp now_;
    const Policy& policy_;
    std::vector<Profile> profiles_;  // In order of node id.
    std::int64_t fastest_ = 0;
    std::int64_t reserved_ = 0;
};

}  // namespace

std::vector<Decision> plan(const Snapshot& snapshot, const Policy& policy) {
    std::vector<const PlannedJob*> order;
    order.reserve(snapshot.queue.size());
    for (const PlannedJob& job : snapshot.queue) {
        order.push_back(&job);
    }
    std::ranges::sort(order, [](const PlannedJob* left, const PlannedJob* right) {
        return std::tie(right->priority, left->sequence, left->id) <
               std::tie(left->priority, right->sequence, right->id);
    });
    Round round(snapshot, policy);
    std::vector<Decision> decisions;
    for (const PlannedJob* job : order) {
        if (std::ssize(decisions) < policy.considered) {
            decisions.push_back(round.decide(*job));
        } else {
            decisions.push_back(
                {job->id,
                 Verdict::Wait,
                 {},
                 {},
                 {},
                 Reason(kNotConsidered, {{"limit", std::to_string(policy.considered)}}),
                 {}});
        }
    }
    return decisions;
}

}  // namespace kapok::compute
