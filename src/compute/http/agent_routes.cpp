#include "compute/http/agent_routes.h"

#include <utility>

#include "compute/http/job_routes.h"
#include "compute/http/routes.h"
#include "compute/http/site_routes.h"
#include "compute/http/translate.h"
#include "core/known.h"

namespace kapok::compute {

namespace {

using Answer = boost::asio::awaitable<http::Response>;

protocol::AttemptRef attempt_of(const http::Request& request) {
    return {path_id<JobId>(request),
            http::find_integer_parameter(request.path_parameters, "attempt").value_or(0)};
}

Answer follow_orders(Compute* compute, http::Request request) {
    const auto node = core::known(http::find_id_parameter<NodeId>(request.query, "node_id"));
    const std::int64_t after =
        http::find_integer_parameter(request.headers, "last-event-id").value_or(0);
    const auto source = co_await compute->gate().orders(request.principal, node, after);
    if (!source) {
        co_return http::problem(source.error(), request);
    }
    co_return http::event_stream_response(*source);
}

Answer report(Compute* compute, http::Request request) {
    auto batch = protocol::batch_from_json(request.json);
    if (!batch) {
        co_return http::problem(batch.error(), request);
    }
    const auto answer = co_await compute->gate().report(request.principal, *std::move(batch));
    if (!answer) {
        co_return http::problem(answer.error(), request);
    }
    co_return http::json_response(200, protocol::to_json(*answer));
}

Answer fetch_input(Compute* compute, http::Request request) {
    std::string digest = request.path_parameters.at("digest");
    const std::int64_t offset = http::find_integer_parameter(request.query, "offset").value_or(0);
    const auto input = co_await compute->gate().input(request.principal, attempt_of(request),
                                                      std::move(digest), offset);
    if (!input) {
        co_return http::problem(input.error(), request);
    }
    http::Response response;
    response.headers["content-type"] = "application/octet-stream";
    response.stream = input->stream;
    co_return response;
}

Answer bring_output(Compute* compute, http::Request request) {
    const auto digest = co_await compute->gate().output(request.principal, attempt_of(request),
                                                        std::move(request.body));
    if (!digest) {
        co_return http::problem(digest.error(), request);
    }
    const boost::json::object body{{"digest", *digest}};
    co_return http::json_response(201, body);
}

}  // namespace

void add_routes(http::Router& router, Compute& compute) {
    add_job_routes(router, compute);
    add_site_routes(router, compute);
}

void add_agent_routes(http::Router& router, Compute& compute) {
    add_handlers(router, compute, kAgentRoutes, {follow_orders, report, fetch_input, bring_output});
}

}  // namespace kapok::compute
