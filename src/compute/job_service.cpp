#include "compute/job_service.h"

#include <algorithm>
#include <utility>

#include <boost/json/parse.hpp>

#include "audit/api.h"
#include "compute/canonical_json.h"
#include "compute/errors.h"
#include "compute/jobs_change.h"
#include "compute/log_follower.h"
#include "compute/scheduler/blinding.h"
#include "identity/store.h"

namespace kapok::compute {

using core::Principal;
using core::Result;
using platform::db::Reader;
using platform::db::Transaction;

namespace {

// The caller's project, or why a job cannot run in it.
Result<identity::Project> project_for(const Context& context, Reader& reader,
                                      const Principal& caller,
                                      std::optional<core::ProjectId> wanted) {
    const auto id = wanted ? wanted : caller.project;
    if (!id) {
        return core::fail(kProjectMissing, {}, "/project_id");
    }
    const core::Scope scope = identity::visible_scope(caller, *context.organizations());
    auto project = require(identity::store::find_project(reader, scope, *id), id->text());
    if (!project) {
        return project;
    }
    const auto allowed = identity::authorize(caller, "job:submit",
                                             place(context, project->organization, id->text(), id));
    if (!allowed) {
        return std::unexpected(allowed.error());
    }
    if (project->status != identity::Status::Active ||
        !context.organizations()->is_active(project->organization)) {
        return core::fail(kProjectSuspended, {{"project", id->text()}}, "/project_id");
    }
    return project;
}

struct ArtifactUse {
    std::optional<core::ProjectId> project;
    identity::Action action;
    std::string name;
};

// Whose artifacts the caller means, if it may use them so.
Result<core::OrganizationId> artifacts_owner(const Context& context, Reader& reader,
                                             const Principal& caller, const ArtifactUse& use) {
    const auto& [wanted, action, name] = use;
    core::OrganizationId owner = caller.organization;
    if (wanted) {
        const core::Scope scope = identity::visible_scope(caller, *context.organizations());
        const auto project =
            require(identity::store::find_project(reader, scope, *wanted), wanted->text());
        if (!project) {
            return std::unexpected(project.error());
        }
        owner = project->organization;
    }
    const auto allowed = identity::authorize(caller, action, place(context, owner, name, wanted));
    return allowed ? Result<core::OrganizationId>(owner) : std::unexpected(allowed.error());
}

Result<void> check_inputs(Reader& reader, core::OrganizationId organization, const JobSpec& spec) {
    if (auto uploaded = require_artifacts(spec); !uploaded) {
        return uploaded;
    }
    for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
        const auto found = store::find_artifact(reader, organization, spec.inputs[i].artifact);
        if (!found) {
            return std::unexpected(found.error());
        }
        if (!*found) {
            return core::fail(kUnknownArtifact, {{"digest", spec.inputs[i].artifact}},
                              "/inputs/" + std::to_string(i) + "/artifact");
        }
    }
    return {};
}

bool same_request(const Job& job, const NewJob& request, core::ProjectId project) {
    return !job.service && job.spec == request.spec && job.project == project;
}

Result<void> publish_submitted(Transaction& transaction, const Principal& caller, const Job& job) {
    audit::Event event{"compute.job_submitted",
                       job.id.text(),
                       job.organization,
                       job.project,
                       {{"name", job.spec.name},
                        {"cpu_milli", job.spec.demand.cpu_milli},
                        {"memory_bytes", job.spec.demand.memory_bytes},
                        {"accelerators", job.spec.demand.accelerators}}};
    return audit::publish(transaction, caller, event);
}

// The id that the job shall have: of an earlier run of the same request, the client's, or a new
// one.
Result<JobId> choose_id(const Context& context, Transaction& transaction,
                        const Naming<JobId>& naming, bool& repeated) {
    const JobId id = naming.id ? *naming.id : JobId::make(context.clock, context.random);
    const auto earlier = identity::claim_id(transaction, naming.key, id);
    if (!earlier) {
        return std::unexpected(earlier.error());
    }
    if (const std::optional<JobId>& made = *earlier) {
        repeated = true;
        return *made;
    }
    if (auto fresh = check_fresh(id.uuid(), id.text(), transaction.now()); !fresh) {
        return std::unexpected(fresh.error());
    }
    return id;
}

Result<Made<Job>> insert(const Context& context, Transaction& transaction, const Principal& caller,
                         const NewJob& request, Job job) {
    const AttemptBound bound{job.organization, job.project, request.spec.demand,
                             request.spec.time_limit, attempt_name(job.id, 1)};
    // Kept as the text that job_spec_from_json() reads, so what that would refuse is refused here.
    if (auto readable = job_spec_from_json(to_json(request.spec)); !readable) {
        return std::unexpected(readable.error());
    }
    auto done = check_inputs(transaction, job.organization, request.spec);
    if (done) {
        done = context.billing.check(transaction, caller, bound);
    }
    if (!done) {
        return std::unexpected(done.error());
    }
    job.submitted_by = caller.name;
    job.spec = request.spec;
    job.created_at = job.updated_at = transaction.now();
    const auto inserted = store::insert_job(transaction, job);
    if (!inserted) {
        return std::unexpected(inserted.error());
    }
    if (!*inserted) {
        return core::fail(kIdTaken, {}, "/id");
    }
    done = publish_submitted(transaction, caller, job);
    transaction.ring(kQueueBell);
    return done ? Result<Made<Job>>(Made<Job>{job, true}) : std::unexpected(done.error());
}

// A queue holds everybody's jobs, so nobody is shown a round as it was kept.
Result<std::optional<ShownRound>> find_shown_round(Reader& reader, std::int64_t number,
                                                   const Job& job) {
    const auto kept = store::find_round(reader, number);
    if (!kept) {
        return std::unexpected(kept.error());
    }
    const std::optional<KeptRound>& round = *kept;
    const auto blinding = round ? Blinding::parse(round->blinding) : std::nullopt;
    if (!round || !blinding) {
        return std::nullopt;
    }
    const auto snapshot = snapshot_from_json(boost::json::parse(round->snapshot).as_object());
    if (!snapshot) {
        return std::unexpected(snapshot.error());
    }
    auto text = to_canonical(to_json(blinded(*snapshot, *blinding)));
    if (!text) {
        return std::unexpected(text.error());
    }
    return ShownRound{*std::move(text), round->policy, blinding->opening(job.id.text()),
                      blinding->opening(job.organization.text())};
}

}  // namespace

JobService::Answer<Made<Job>> JobService::submit(Principal caller, NewJob request) {
    auto command = [this, caller, request](Transaction& transaction) -> Result<Made<Job>> {
        const auto project = project_for(context_, transaction, caller, request.project);
        if (!project) {
            return std::unexpected(project.error());
        }
        bool repeated = false;
        const auto id = choose_id(context_, transaction, request.naming, repeated);
        if (!id) {
            return std::unexpected(id.error());
        }
        auto found = store::find_job(transaction, core::Scope::all(), *id);
        if (!found) {
            return std::unexpected(found.error());
        }
        if (auto& existing = *found) {
            if (repeated || same_request(*existing, request, project->id)) {
                return Made<Job>{*std::move(existing), false};
            }
            return core::fail(kIdTaken, {}, "/id");
        }
        Job job;
        job.id = *id;
        job.organization = project->organization;
        job.project = project->id;
        return insert(context_, transaction, caller, request, std::move(job));
    };
    auto made = co_await context_.database.write(std::move(command));
    co_return made;
}

JobService::Answer<Job> JobService::visible(Principal caller, JobId id) {
    auto look = [this, caller, id](Reader& reader) -> Result<Job> {
        const core::Scope scope = scope_of(context_, caller, "job:read");
        auto job = require(store::find_job(reader, scope, id), id.text());
        if (!job) {
            return job;
        }
        const auto allowed = identity::authorize(
            caller, "job:read", place(context_, job->organization, id.text(), job->project));
        return allowed ? job : std::unexpected(allowed.error());
    };
    auto job = co_await context_.database.read(std::move(look));
    co_return job;
}

JobService::Answer<JobView> JobService::get(Principal caller, JobId id) {
    auto job = co_await visible(caller, id);
    if (!job) {
        co_return std::unexpected(job.error());
    }
    auto look = [job = *std::move(job)](Reader& reader) -> Result<JobView> {
        auto attempts = store::attempts_of(reader, job.id);
        if (!attempts) {
            return std::unexpected(attempts.error());
        }
        auto decision = store::latest_decision(reader, job.id);
        if (!decision) {
            return std::unexpected(decision.error());
        }
        auto outputs = store::outputs_of(reader, job.id, job.status.attempt);
        if (!outputs) {
            return std::unexpected(outputs.error());
        }
        return JobView{job, *std::move(attempts), *std::move(decision), *std::move(outputs)};
    };
    auto view = co_await context_.database.read(std::move(look));
    co_return view;
}

JobService::Answer<core::Page<Job>> JobService::list(Principal caller, store::JobFilter filter,
                                                     core::Window window) {
    if (caller.project) {  // A key sees what it is bound to.
        if (filter.project && filter.project != caller.project) {
            co_return core::Page<Job>();
        }
        filter.project = caller.project;
    }
    auto look = [scope = scope_of(context_, caller, "job:read"), filter,
                 window = std::move(window)](Reader& reader) {
        return store::list_jobs(reader, scope, filter, window);
    };
    auto jobs = co_await context_.database.read(std::move(look));
    co_return jobs;
}

JobService::Answer<Job> JobService::cancel(Principal caller, JobId id) {
    auto command = [this, caller, id](Transaction& transaction) -> Result<Job> {
        const core::Scope scope = identity::visible_scope(caller, *context_.organizations());
        auto job = require(store::find_job(transaction, scope, id), id.text());
        if (!job) {
            return job;
        }
        const auto allowed = identity::authorize(
            caller, "job:cancel", place(context_, job->organization, id.text(), job->project));
        if (!allowed) {
            return std::unexpected(allowed.error());
        }
        if (job->service) {  // Its deployment would have it started again.
            const auto mine =
                identity::authorize(caller, "platform:write",
                                    place(context_, job->organization, id.text(), job->project));
            if (!mine) {
                return core::fail(kJobIsService, {{"job", id.text()}});
            }
        }
        const auto effect = change_job(transaction, caller, *job, CancelRequest{});
        if (!effect) {
            return std::unexpected(effect.error());
        }
        if (*effect == Effect::StopIt) {
            if (auto told = order_stop(transaction, *job); !told) {
                return std::unexpected(told.error());
            }
        }
        return job;
    };
    auto job = co_await context_.database.write(std::move(command));
    co_return job;
}

JobService::Answer<core::Page<DecisionView>> JobService::decisions(Principal caller, JobId id,
                                                                   core::Window window) {
    const auto job = co_await visible(caller, id);
    if (!job) {
        co_return std::unexpected(job.error());
    }
    auto look = [job = *job,
                 window = std::move(window)](Reader& reader) -> Result<core::Page<DecisionView>> {
        auto kept = store::list_decisions(reader, job.id, window);
        if (!kept) {
            return std::unexpected(kept.error());
        }
        core::Page<DecisionView> views{{}, std::move(kept->next)};
        for (KeptDecision& decision : kept->items) {
            auto round = find_shown_round(reader, decision.round, job);
            if (!round) {
                return std::unexpected(round.error());
            }
            views.items.push_back({std::move(decision), *std::move(round)});
        }
        return views;
    };
    auto views = co_await context_.database.read(std::move(look));
    co_return views;
}

JobService::Answer<std::shared_ptr<platform::http::EventSource>> JobService::follow(
    Principal caller, JobId id, LogCursor from) {
    const auto job = co_await visible(caller, id);
    if (!job) {
        co_return std::unexpected(job.error());
    }
    co_return std::make_shared<LogFollower>(context_.database, id, from);
}

JobService::Answer<Artifact> JobService::upload(Principal caller,
                                                std::optional<core::ProjectId> project,
                                                std::string bytes,
                                                std::optional<identity::IdempotencyKey> key) {
    auto look = [this, caller, project](Reader& reader) {
        return artifacts_owner(context_, reader, caller, {project, "job:submit", "artifacts"});
    };
    const Result<core::OrganizationId> owner = co_await context_.database.read(std::move(look));
    if (!owner) {
        co_return std::unexpected(owner.error());
    }
    if (key) {  // Before the bytes of another request are kept for nothing.
        auto known = [key = *key, now = context_.clock.now()](Reader& reader) {
            return identity::recall(reader, key, now);
        };
        const auto earlier = co_await context_.database.read(std::move(known));
        if (!earlier) {
            co_return std::unexpected(earlier.error());
        }
    }
    const auto stored = co_await context_.artifacts.put(*owner, std::move(bytes));
    if (!stored) {
        co_return std::unexpected(stored.error());
    }
    auto command = [organization = *owner, stored = *stored,
                    key = std::move(key)](Transaction& transaction) -> Result<Artifact> {
        if (key) {  // The same request has the same bytes, and these are the same artifact.
            const auto earlier = identity::claim(transaction, *key, stored.digest);
            if (!earlier) {
                return std::unexpected(earlier.error());
            }
        }
        const Artifact artifact{organization, stored.digest, stored.bytes, transaction.now()};
        const auto done = store::insert_artifact(transaction, artifact);
        return done ? require(store::find_artifact(transaction, organization, stored.digest),
                              stored.digest)
                    : std::unexpected(done.error());
    };
    auto artifact = co_await context_.database.write(std::move(command));
    co_return artifact;
}

JobService::Answer<std::string> JobService::download(Principal caller,
                                                     std::optional<core::ProjectId> project,
                                                     std::string digest) {
    auto look = [this, caller, project, digest](Reader& reader) -> Result<core::OrganizationId> {
        const auto of = artifacts_owner(context_, reader, caller, {project, "job:read", digest});
        if (!of) {
            return of;
        }
        const auto found = require(store::find_artifact(reader, *of, digest), digest);
        return found ? Result<core::OrganizationId>(found->organization)
                     : std::unexpected(found.error());
    };
    const auto owner = co_await context_.database.read(std::move(look));
    if (!owner) {
        co_return std::unexpected(owner.error());
    }
    auto bytes = co_await context_.artifacts.get(*owner, std::move(digest));
    co_return bytes;
}

}  // namespace kapok::compute
