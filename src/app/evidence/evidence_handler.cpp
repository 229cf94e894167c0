#include "app/evidence/evidence_handler.h"

#include <utility>

#include "core/known.h"
#include "platform/http/json.h"
#include "platform/http/problem.h"
#include "platform/http/query.h"

namespace kapok::app::evidence {

boost::asio::awaitable<http::Response> EvidenceHandler::get_evidence(http::Request request) {
    EvidenceRequest wanted;
    wanted.project = core::known(core::ProjectId::parse(request.path_parameters.at("project")));
    wanted.from = http::find_time_parameter(request.query, "from").value_or(core::Timestamp());
    wanted.to = http::find_time_parameter(request.query, "to").value_or(clock_.now());
    if (const auto kept = http::find_integer_parameter(request.query, "checkpoint")) {
        wanted.kept = static_cast<std::uint64_t>(*kept);
    }
    core::Result<std::string> file = co_await evidence_.export_bundle(request.principal, wanted);
    if (!file) {
        co_return http::problem(file.error(), request);
    }
    http::Response response;
    response.headers["content-type"] = kEvidenceType;
    response.headers["content-disposition"] = "attachment; filename=\"evidence.json\"";
    response.headers["cache-control"] = "no-store";
    response.body = *std::move(file);
    response.compressible = true;
    co_return response;
}

}  // namespace kapok::app::evidence
