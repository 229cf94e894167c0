#include "models/http/imports_handler.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>

#include "core/known.h"
#include "identity/http/translate.h"
#include "platform/errors.h"
#include "platform/http/json.h"
#include "platform/http/problem.h"
#include "platform/http/query.h"
#include "platform/http/reply.h"
#include "platform/http/sorted_page.h"
#include "platform/objects/errors.h"

namespace kapok::models {
namespace {

namespace json = boost::json;

using Awaited = boost::asio::awaitable<http::Response>;

// The sentence for a stored failure, in the reader's language.
std::string problem_text(const Import& import, core::Language language) {
    const std::array<core::ErrorTable, 3> tables{kErrors, platform::kErrors,
                                                 platform::objects::kErrors};
    boost::system::error_code fault;
    const json::value parameters = json::parse(import.problem_parameters, fault);
    for (const core::ErrorTable table : tables) {
        const auto code = std::ranges::find(table, std::string_view(import.problem_code),
                                            [](const core::ErrorCode* row) { return row->name; });
        if (code == table.end() || fault || !parameters.is_object()) {
            continue;
        }
        std::vector<core::Parameter> values;
        for (const auto& [name, value] : parameters.get_object()) {
            values.push_back({std::string_view(name.data(), name.size()),
                              std::string(value.is_string() ? value.get_string() : "")});
        }
        return core::render(core::Error(**code, std::move(values), {}), language);
    }
    return import.problem_code;
}

json::object import_json(const Import& import, core::Language language) {
    json::object body{{"id", import.id.text()},
                      {"name", import.name},
                      {"state", kImportStateNames[static_cast<std::size_t>(import.state)]},
                      {"received_bytes", import.received},
                      {"source", import.source},
                      {"sha256", import.sha256},
                      {"expected_sha256", import.expected_sha256},
                      {"capability", kCapabilityNames[static_cast<std::size_t>(import.capability)]},
                      {"problem_code", import.problem_code},
                      {"problem", problem_text(import, language)},
                      {"organization", import.organization.text()},
                      {"created_at", http::to_json(import.created_at)},
                      {"updated_at", http::to_json(import.updated_at)}};
    if (import.total) {
        body["total_bytes"] = *import.total;
    }
    if (import.state == ImportState::Done) {
        body["model"] = import.model.text();
    }
    return body;
}

http::Response answer(const core::Result<Import>& import, const http::Request& request,
                      int status) {
    return http::reply(import, request, status,
                       [&](const Import& found) { return import_json(found, request.language); });
}

ImportId id_of(const http::Request& request) {
    return core::known(ImportId::parse(request.path_parameters.at("id")));
}

}  // namespace

Awaited ImportsHandler::list(http::Request request) {
    const auto window = http::window_of(request);
    if (!window) {
        co_return http::problem(window.error(), request);
    }
    ImportFilter filter{identity::query_choice<ImportState>(request, "state", kImportStateNames),
                        http::find_id_parameter<ModelId>(request.query, "model"),
                        http::find_parameter(request.query, "name")};
    const auto found = co_await imports_.list(request.principal, std::move(filter), *window);
    co_return http::page_reply(found, *window, request, [&](const Import& import) {
        return import_json(import, request.language);
    });
}

Awaited ImportsHandler::create(http::Request request) {
    const json::object& body = request.json;
    const std::string capability = http::find_text(body, "capability").value_or("chat");
    auto key = identity::idempotency_key_of(request);
    if (!key) {
        co_return http::problem(key.error(), request);
    }
    NewImport wanted;
    wanted.id = http::find_id<ImportId>(body, "id");
    wanted.name = http::get_text(body, "name");
    wanted.description = http::find_text(body, "description").value_or("");
    wanted.license = http::find_text(body, "license").value_or("");
    wanted.source = http::get_text(body, "source");
    wanted.sha256 = http::find_text(body, "sha256").value_or("");
    wanted.capability = capability == "embeddings" ? Capability::Embeddings : Capability::Chat;
    wanted.context_window = http::find_integer(body, "context_window").value_or(0);
    wanted.bytes = http::find_integer(body, "bytes");
    wanted.key = *std::move(key);
    const auto import = co_await imports_.begin(request.principal, std::move(wanted));
    co_return answer(import, request, 201);
}

Awaited ImportsHandler::get(http::Request request) {
    const auto import = co_await imports_.get(request.principal, id_of(request));
    co_return answer(import, request, 200);
}

Awaited ImportsHandler::append(http::Request request) {
    const std::int64_t offset = core::known(http::find_integer_parameter(request.query, "offset"));
    const auto import = co_await imports_.append(request.principal, id_of(request), offset,
                                                 std::move(request.body));
    co_return answer(import, request, 200);
}

Awaited ImportsHandler::resume(http::Request request) {
    const auto import = co_await imports_.resume(request.principal, id_of(request));
    co_return answer(import, request, 200);
}

Awaited ImportsHandler::cancel(http::Request request) {
    const auto import = co_await imports_.cancel(request.principal, id_of(request));
    co_return answer(import, request, 200);
}

}  // namespace kapok::models
