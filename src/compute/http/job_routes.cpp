#include "compute/http/job_routes.h"

#include <utility>

#include <boost/json/array.hpp>

#include "compute/http/translate.h"
#include "compute/http/views.h"

namespace kapok::compute {

namespace {

using Answer = boost::asio::awaitable<http::Response>;

Answer submit_job(Compute* compute, http::Request request) {
    auto naming = naming_of<JobId>(request);
    if (!naming) {
        co_return http::problem(naming.error(), request);
    }
    NewJob wanted{
        *std::move(naming), http::find_id<core::ProjectId>(request.json, "project_id"), {}};
    boost::json::object fields = request.json;
    fields.erase("id");
    fields.erase("project_id");
    auto spec = job_spec_from_json(fields);
    if (!spec) {
        co_return http::problem(spec.error(), request);
    }
    wanted.spec = *std::move(spec);
    const auto made = co_await compute->jobs().submit(request.principal, std::move(wanted));
    if (!made) {
        co_return http::problem(made.error(), request);
    }
    co_return http::json_response(201, summary_json(made->thing));
}

Answer list_jobs(Compute* compute, http::Request request) {
    const auto window = http::window_of(request, core::Sort::CreatedDescending);
    if (!window) {
        co_return http::problem(window.error(), request);
    }
    store::JobFilter filter;
    filter.project = http::find_id_parameter<core::ProjectId>(request.query, "project_id");
    filter.state = identity::query_choice<JobState>(request, "state", kJobStateNames);
    const auto jobs = co_await compute->jobs().list(request.principal, filter, *window);
    co_return http::page_reply(jobs, *window, request, summary_json);
}

Answer get_job(Compute* compute, http::Request request) {
    const auto view = co_await compute->jobs().get(request.principal, path_id<JobId>(request));
    if (!view) {
        co_return http::problem(view.error(), request);
    }
    co_return http::json_response(200, job_json(*view, request.language));
}

Answer cancel_job(Compute* compute, http::Request request) {
    const auto job = co_await compute->jobs().cancel(request.principal, path_id<JobId>(request));
    if (!job) {
        co_return http::problem(job.error(), request);
    }
    co_return http::json_response(200, summary_json(*job));
}

Answer list_job_decisions(Compute* compute, http::Request request) {
    const auto window = http::window_of(request);
    if (!window) {
        co_return http::problem(window.error(), request);
    }
    const auto page =
        co_await compute->jobs().decisions(request.principal, path_id<JobId>(request), *window);
    if (!page) {
        co_return http::problem(page.error(), request);
    }
    boost::json::array decisions;
    for (const DecisionView& view : page->items) {
        decisions.push_back(decision_record_json(view, request.language));
    }
    boost::json::object body{{"decisions", std::move(decisions)}};
    if (auto next = http::write_cursor(page->next, window->sort)) {
        body["next_cursor"] = *std::move(next);
    }
    co_return http::json_response(200, body);
}

Answer follow_job_log(Compute* compute, http::Request request) {
    LogCursor from;
    if (const auto last = http::find_parameter(request.headers, "last-event-id")) {
        from = LogCursor::parse(*last).value_or(from);  // One of another stream begins anew.
    }
    const auto source =
        co_await compute->jobs().follow(request.principal, path_id<JobId>(request), from);
    if (!source) {
        co_return http::problem(source.error(), request);
    }
    co_return http::event_stream_response(*source);
}

Answer upload_artifact(Compute* compute, http::Request request) {
    const auto project = http::find_id_parameter<core::ProjectId>(request.query, "project_id");
    auto key = identity::idempotency_key_of(request);
    if (!key) {
        co_return http::problem(key.error(), request);
    }
    const auto artifact = co_await compute->jobs().upload(request.principal, project,
                                                          std::move(request.body), *std::move(key));
    if (!artifact) {
        co_return http::problem(artifact.error(), request);
    }
    co_return http::json_response(201, artifact_json(*artifact));
}

Answer download_artifact(Compute* compute, http::Request request) {
    std::string digest = request.path_parameters.at("digest");
    const auto project = http::find_id_parameter<core::ProjectId>(request.query, "project_id");
    auto bytes = co_await compute->jobs().download(request.principal, project, std::move(digest));
    if (!bytes) {
        co_return http::problem(bytes.error(), request);
    }
    http::Response response;
    // What somebody's job wrote is never shown as a page of ours.
    response.headers["content-type"] = "application/octet-stream";
    response.headers["content-disposition"] = "attachment";
    response.headers["x-content-type-options"] = "nosniff";
    response.body = *std::move(bytes);
    co_return response;
}

}  // namespace

void add_job_routes(http::Router& router, Compute& compute) {
    add_handlers(router, compute, kJobRoutes,
                 {submit_job, list_jobs, get_job, cancel_job, list_job_decisions, follow_job_log,
                  upload_artifact, download_artifact});
}

}  // namespace kapok::compute
