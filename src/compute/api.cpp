#include "compute/api.h"

#include <utility>

#include "audit/api.h"
#include "compute/errors.h"
#include "compute/jobs_change.h"
#include "compute/limits.h"
#include "compute/services_store.h"
#include "compute/work_store.h"

namespace kapok::compute {

namespace {

Serving serving_of(const NewService& service) {
    return {service.engine,      service.arguments,  service.model_digest, service.model_file,
            service.model_bytes, service.probe_path, service.warm_up_path, service.warm_up_body};
}

// How the planner and whoever lists jobs see it. Its time limit only tells the planner how long
// nothing else may count on the room.
core::Result<JobSpec> spec_of(const NewService& service) {
    JobSpec spec;
    spec.name = service.name;
    spec.command = {service.engine};
    spec.command.insert(spec.command.end(), service.arguments.begin(), service.arguments.end());
    spec.demand = service.demand;
    spec.time_limit = kTimeLimitMax;
    spec.priority = kPriorityMax;
    return job_spec_from_json(to_json(spec));  // Checked as everybody's.
}

core::Result<void> publish(Transaction& transaction, const core::Principal& caller, const Job& job,
                           const Serving& serving) {
    audit::Event event{"compute.service_requested",
                       job.id.text(),
                       job.organization,
                       job.project,
                       {{"name", job.spec.name},
                        {"engine", serving.engine},
                        {"model", serving.model_digest},
                        {"cpu_milli", job.spec.demand.cpu_milli},
                        {"memory_bytes", job.spec.demand.memory_bytes},
                        {"accelerators", job.spec.demand.accelerators}}};
    return audit::publish(transaction, caller, event);
}

// Whether the id is taken by this very service; another one is an error.
core::Result<bool> is_there(Transaction& transaction, const NewService& service,
                            const JobSpec& spec) {
    const auto found_job = store::find_job(transaction, core::Scope::all(), service.id);
    if (!found_job) {
        return std::unexpected(found_job.error());
    }
    const auto& job = *found_job;
    if (!job) {
        return false;
    }
    const auto found_service = store::find_service(transaction, service.id);
    if (!found_service) {
        return std::unexpected(found_service.error());
    }
    const auto& kept = *found_service;
    const bool same = kept && kept->serving == serving_of(service) && job->spec == spec &&
                      job->organization == service.organization && job->project == service.project;
    return same ? core::Result<bool>(true) : core::fail(kIdTaken, {}, "/id");
}

}  // namespace

std::string model_object_name(std::string_view digest) {
    const std::string hex(digest.substr(digest.find(':') + 1));
    return "models/" + hex.substr(0, 2) + "/" + hex;
}

core::Result<void> start_service(Transaction& transaction, const core::Principal& caller,
                                 const NewService& service) {
    const Serving serving = serving_of(service);
    if (auto checked = check(serving); !checked) {
        return checked;
    }
    auto spec = spec_of(service);
    if (!spec) {
        return std::unexpected(spec.error());
    }
    const auto there = is_there(transaction, service, *spec);
    if (!there || *there) {
        return there ? core::Result<void>() : std::unexpected(there.error());
    }
    Job job;
    job.id = service.id;
    job.organization = service.organization;
    job.project = service.project;
    job.submitted_by = caller.name;
    job.spec = *std::move(spec);
    job.service = true;
    job.created_at = job.updated_at = transaction.now();
    const auto inserted = store::insert_job(transaction, job);
    if (!inserted || !*inserted) {
        return inserted ? core::fail(kIdTaken, {}, "/id") : std::unexpected(inserted.error());
    }
    Service kept;
    kept.job = job.id;
    kept.serving = serving;
    kept.not_before = transaction.now();
    auto done = store::insert_service(transaction, kept);
    if (done) {
        done = publish(transaction, caller, job, serving);
    }
    transaction.ring(kQueueBell);
    transaction.ring(kServicesBell);
    return done;
}

core::Result<void> stop_service(Transaction& transaction, const core::Principal& caller, JobId id) {
    auto found = store::find_job(transaction, core::Scope::all(), id);
    if (!found) {
        return std::unexpected(found.error());
    }
    auto& job = *found;
    if (!job || !job->service) {
        return core::fail(kUnknownService, {{"service", id.text()}});
    }
    if (is_final(job->status.state)) {
        return {};
    }
    const auto effect = change_job(transaction, caller, *job, CancelRequest{});
    if (!effect) {
        return std::unexpected(effect.error());
    }
    return *effect == Effect::StopIt ? order_stop(transaction, *job) : core::Result<void>();
}

core::Result<std::optional<ServiceView>> find_service(Reader& reader, JobId id) {
    const auto found_service = store::find_service(reader, id);
    const auto found_job = store::find_job(reader, core::Scope::all(), id);
    if (!found_service || !found_job) {
        return std::unexpected(found_service ? found_job.error() : found_service.error());
    }
    const auto& service = *found_service;
    const auto& job = *found_job;
    if (!service || !job) {
        return std::optional<ServiceView>();
    }
    const JobStatus& status = job->status;
    ServiceView view;
    view.id = id;
    view.phase = phase_of(status, *service);
    view.attempt = status.attempt;
    view.warm_up_ms = service->warmth.warm_up_ms;
    view.tokens_per_s_milli = service->warmth.tokens_per_s_milli;
    view.restarts = service->restarts;
    view.problem = service->problem;
    if (view.phase == ServicePhase::Ready) {
        view.url = service->warmth.url;
    }
    if (status.state == JobState::Dispatched || status.state == JobState::Running) {
        const auto found = store::find_attempt(reader, id, status.attempt);
        if (!found) {
            return std::unexpected(found.error());
        }
        if (const auto& attempt = *found) {
            view.node = attempt->node;
            view.boot_id = attempt->boot_id;
        }
    }
    return std::optional(std::move(view));
}

}  // namespace kapok::compute
