#include "app/evidence/gather.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <boost/json/parse.hpp>

#include "app/evidence/errors.h"
#include "app/evidence/gather_bill.h"
#include "app/evidence/gather_log.h"
#include "app/evidence/limits.h"
#include "audit/canonical.h"
#include "compute/canonical_json.h"
#include "compute/scheduler/blinding.h"
#include "compute/work_store.h"

namespace kapok::app::evidence {
namespace {

namespace json = boost::json;

using core::Result;
using platform::db::Reader;

const core::Scope kAll = core::Scope::all();
constexpr std::size_t kPage = 500;

std::string_view text_member(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                  : std::string_view();
}

class Gatherer {
public:
    Gatherer(Reader& reader, const GatherRequest& request, LogGatherer log)
        : reader_(reader), request_(request), log_(std::move(log)) {
        bundle_.header = request.header;
    }

    Result<Bundle> run() {
        auto done = gather_bills(reader_, log_, bundle_);
        done = done ? gather_decisions() : done;
        done = done ? gather_measurements() : done;
        done = done ? gather_trial_balance(reader_, request_.sees_all_accounts, bundle_) : done;
        if (!done) {
            return std::unexpected(done.error());
        }
        auto log = log_.finish(request_.kept, request_.header.from);
        if (!log) {
            return std::unexpected(log.error());
        }
        bundle_.log = *std::move(log);
        return std::move(bundle_);
    }

private:
    [[nodiscard]] bool in_period(core::Timestamp time) const {
        return time >= request_.header.from && time < request_.header.to;
    }

    Result<void> gather_decisions() {
        core::Window window{kPage, std::nullopt, core::Sort::CreatedDescending};
        for (std::size_t seen = 0;; seen += kPage) {
            auto jobs = compute::store::list_jobs(reader_, kAll,
                                                  {.project = request_.header.project}, window);
            if (!jobs) {
                return std::unexpected(jobs.error());
            }
            for (const compute::Job& job : jobs->items) {
                if (auto done = gather_decisions_of(job); !done) {
                    return done;
                }
            }
            if (!jobs->next) {
                break;
            }
            window.after = std::move(jobs->next);
            if (seen + kPage >= kJobsMax) {
                return too_much("job", kJobsMax);
            }
        }
        for (auto& [number, round] : rounds_) {
            bundle_.rounds.push_back(std::move(round));
        }
        return {};
    }

    static Result<void> too_much(std::string what, std::size_t most) {
        return core::fail(kTooMuch,
                          {{"expected", std::to_string(most)}, {"what", std::move(what)}});
    }

    Result<void> gather_decisions_of(const compute::Job& job) {
        const auto decisions = compute::store::decisions_of(reader_, job.id);
        if (!decisions) {
            return std::unexpected(decisions.error());
        }
        for (const compute::KeptDecision& kept : *decisions) {
            if (!in_period(kept.decided_at)) {
                continue;
            }
            if (bundle_.decisions.size() == kDecisionsMax) {
                return too_much("decision", kDecisionsMax);
            }
            const auto shown = add_round(kept.round, job);
            if (!shown) {
                return std::unexpected(shown.error());
            }
            if (!*shown) {
                continue;
            }
            if (auto done = add_decision(kept); !done) {
                return done;
            }
        }
        return {};
    }

    Result<void> add_decision(const compute::KeptDecision& kept) {
        bundle_.decisions.push_back(
            {kept.job, kept.attempt, kept.round, kept.verdict, kept.body, kept.decided_at});
        const json::value body = json::parse(kept.body);
        if (const auto node = compute::NodeId::parse(text_member(body.as_object(), "node"))) {
            nodes_.insert(*node);
        }
        return log_.want("compute.job_decided", kept.job.text(), [&kept](const json::object& data) {
            return data.at("round").as_int64() == kept.round &&
                   text_member(data, "verdict") == kept.verdict;
        });
    }

    // The round with the ids of others replaced, and what shows whose `job` is. False if it is of
    // before there were secrets to do so.
    Result<bool> add_round(std::int64_t number, const compute::Job& job) {
        const auto kept = compute::store::find_round(reader_, number);
        if (!kept) {
            return std::unexpected(kept.error());
        }
        const auto& round = *kept;
        if (!round) {
            return false;
        }
        const auto blinding = compute::Blinding::parse(round->blinding);
        if (!blinding) {
            return false;
        }
        const auto [at, added] = rounds_.try_emplace(number);
        if (added) {
            const auto snapshot =
                compute::snapshot_from_json(json::parse(round->snapshot).as_object());
            if (!snapshot) {
                return std::unexpected(snapshot.error());
            }
            auto text = compute::to_canonical(to_json(blinded(*snapshot, *blinding)));
            if (!text) {
                return std::unexpected(text.error());
            }
            at->second = {number, *std::move(text), round->policy, {}};
        }
        for (const std::string& id : {job.id.text(), job.organization.text()}) {
            std::vector<Opening>& openings = at->second.openings;
            if (std::ranges::find(openings, id, &Opening::id) == openings.end()) {
                openings.push_back({id, blinding->opening(id)});
            }
        }
        const auto wanted = log_.want("compute.round_decided", "round " + std::to_string(number));
        return wanted ? Result<bool>(true) : std::unexpected(wanted.error());
    }

    // Of the nodes that worked for the project: what was known of each in the period.
    Result<void> gather_measurements() {
        for (const exchange::Product& product : bundle_.products) {
            const auto node = compute::NodeId::parse(product.subject);
            if (product.kind == exchange::ProductKind::Compute && node) {
                nodes_.insert(*node);
            }
        }
        std::set<std::string> versions;
        for (const compute::NodeId node : nodes_) {
            if (auto done = gather_measurements_of(node, versions); !done) {
                return done;
            }
        }
        for (const compute::GradeRules& rules : request_.rules) {
            if (versions.contains(rules.version)) {
                auto text = compute::to_canonical(to_json(rules));
                if (!text) {
                    return std::unexpected(text.error());
                }
                bundle_.grade_rules.push_back(*std::move(text));
            }
        }
        return {};
    }

    Result<void> gather_measurements_of(compute::NodeId node, std::set<std::string>& versions) {
        const auto all =
            compute::store::list_measurements(reader_, kAll, node, {.limit = kMeasurementsMax});
        if (!all) {
            return std::unexpected(all.error());
        }
        std::vector<compute::StoredMeasurement> wanted;
        for (const compute::StoredMeasurement& stored : all->items) {
            const core::Timestamp time = stored.received_at;
            if (time < request_.header.from) {
                wanted.assign(1, stored);  // The last one of before holds at the start.
            } else if (time < request_.header.to) {
                wanted.push_back(stored);
            }
        }
        if (all->next) {
            return too_much("measurement", kMeasurementsMax);
        }
        for (const compute::StoredMeasurement& stored : wanted) {
            if (auto done = add_measurement(stored, versions); !done) {
                return done;
            }
        }
        return wanted.empty() ? Result<void>() : log_.want("compute.node_joined", node.text());
    }

    Result<void> add_measurement(const compute::StoredMeasurement& stored,
                                 std::set<std::string>& versions) {
        const json::value grade = json::parse(stored.grade);
        auto text = audit::canonical_json(grade);
        if (!text) {
            return std::unexpected(text.error());
        }
        versions.emplace(text_member(grade.as_object(), "rules_version"));
        bundle_.measurements.push_back(
            {stored.document, stored.public_key, stored.signature, *std::move(text)});
        return log_.want("compute.node_measured", stored.node.text(),
                         [id = stored.id.text()](const json::object& data) {
                             return text_member(data, "measurement") == id;
                         });
    }

    Reader& reader_;
    const GatherRequest& request_;
    LogGatherer log_;
    Bundle bundle_;
    std::map<std::int64_t, Round> rounds_;
    std::set<compute::NodeId> nodes_;
};

}  // namespace

Result<Bundle> gather(Reader& reader, const GatherRequest& request) {
    auto log = LogGatherer::open(reader, request.suite, request.hurry);
    if (!log) {
        return std::unexpected(log.error());
    }
    return Gatherer(reader, request, *std::move(log)).run();
}

}  // namespace kapok::app::evidence
