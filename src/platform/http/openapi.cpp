#include "platform/http/openapi.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "platform/errors.h"
#include "platform/http/json.h"
#include "platform/http/negotiate.h"
#include "platform/http/openapi_schema.h"
#include "platform/http/problem.h"
#include "platform/http/query.h"
#include "platform/http/status.h"

namespace kapok::platform::http {
namespace {

namespace json = boost::json;

constexpr std::array kAny{&kInternal,        &kBusy,           &kBadHttp,
                          &kHeadersTooLarge, &kRequestTimeout, &kBadAddress};
constexpr std::array kOfParameters{&kUnknownParameter, &kDuplicateParameter, &kMissingParameter,
                                   &kBadParameter};
constexpr std::array kOfPages{&kBadCursor};
constexpr std::array kOfBodies{&kBodyTooLarge};
constexpr std::array kOfJson{&kNotJson,      &kBadJson,      &kTooDeep,      &kDuplicateField,
                             &kUnknownField, &kMissingField, &kWrongType,    &kOutOfRange,
                             &kBadId,        &kBadTime,      &kNulCharacter, &kMediaType};
constexpr std::array kOfNoBody{&kBodyRefused};

std::string template_of(const Route& route) {
    std::string path(route.path);
    std::erase(path, '*');
    return path;
}

std::vector<std::string> names_in(std::string_view path) {
    std::vector<std::string> names;
    while (const auto name = core::take_piece(path).name) {
        names.emplace_back(*name);
    }
    return names;
}

// "jobs" of /api/v1/jobs/{id}; "v1" of /v1/chat/completions.
std::string tag_of(const Route& route) {
    std::string_view path = route.path;
    for (const std::string_view prefix : {"/api/v1/", "/api/", "/"}) {
        if (path.starts_with(prefix)) {
            path.remove_prefix(prefix.size());
            break;
        }
    }
    return std::string(path.substr(0, path.find('/')));
}

json::object parameter(const Field& field, std::string_view in) {
    json::object schema = schema_of(field, Direction::Request);
    schema.erase("description");
    schema.erase("x-zh");
    json::object object{{"name", field.name}, {"in", in}};
    if (in == "path" || field.presence == Presence::Required) {
        object["required"] = true;
    }
    if (!field.en.empty()) {
        object["description"] = field.en;
        object["x-zh"] = field.zh;
    }
    if (field.type == Type::List) {  // a,b,c
        object["style"] = in == "query" ? "form" : "simple";
        object["explode"] = false;
    }
    object["schema"] = std::move(schema);
    return object;
}

json::array parameters_of(const Route& route) {
    json::array parameters;
    for (const std::string& name : names_in(template_of(route))) {
        const auto declared = std::ranges::find(route.path_parameters, name, &Field::name);
        parameters.push_back(parameter(declared == route.path_parameters.end()
                                           ? Field{.name = name, .range = {1, 4'096, "byte"}}
                                           : *declared,
                                       "path"));
    }
    for (const Field& field : query_schema(route)) {
        parameters.push_back(parameter(field, "query"));
    }
    for (const Field& field : route.headers) {
        parameters.push_back(parameter(field, "header"));
    }
    return parameters;
}

// Collects what the operations refer to.
class Components {
public:
    json::object add_schema(const std::string& name, Schema fields, Direction direction) {
        json::object schema = schema_of(fields, direction);
        const json::value* known = schemas_.if_contains(name);
        assert(!known || *known == schema);  // One name, one schema.
        if (!known) {
            schemas_[name] = std::move(schema);
        }
        return reference_to("schemas", name);
    }
    void add_error(const core::ErrorCode& code) { errors_.emplace(code.name, &code); }

    json::object schemas() && { return std::move(schemas_); }
    [[nodiscard]] json::object errors() const {
        json::object errors;
        for (const auto& [name, code] : errors_) {
            errors[name] = {{"status", status_of(*code)}, {"en", code->en}, {"zh", code->zh}};
        }
        return errors;
    }

private:
    json::object schemas_;
    std::map<std::string_view, const core::ErrorCode*> errors_;
};

json::object reply_content(const Route& route, Components& components) {
    const auto named = [&] {
        const std::string name = route.response_name.empty() ? pascal_case(route.id) + "Response"
                                                             : std::string(route.response_name);
        return components.add_schema(name, route.response, Direction::Reply);
    };
    switch (route.reply) {
        case Reply::Json: return {{"application/json", {{"schema", named()}}}};
        case Reply::Page:
            return {{"application/json",
                     {{"schema",
                       {{"type", "object"},
                        {"properties",
                         {{"items", {{"type", "array"}, {"items", named()}}},
                          {"next_cursor", {{"type", "string"}}}}},
                        {"required", json::array{"items"}}}}}}};
        // Not a schema: OpenAPI 3.1 leaves open whether it would be one of an event or of them all.
        case Reply::EventStream: return {{"text/event-stream", json::object()}};
        case Reply::Raw: return {{"*/*", json::object()}};
        case Reply::Empty: return {};
    }
    std::unreachable();  // -Wswitch names any reply that is added and forgotten here.
}

// The codes by status that the operation may answer, its own and those of its parts.
std::map<int, std::vector<const core::ErrorCode*>> errors_of(const Route& route,
                                                             const ApiInfo& info) {
    std::map<int, std::vector<const core::ErrorCode*>> by_status;
    std::set<std::string_view> seen;
    const auto add = [&](core::ErrorTable table) {
        for (const core::ErrorCode* code : table) {
            if (seen.insert(code->name).second) {
                by_status[status_of(*code)].push_back(code);
            }
        }
    };
    add(route.errors);
    add(kAny);
    if (!query_schema(route).empty() || !route.path_parameters.empty() || !route.headers.empty()) {
        add(kOfParameters);
    } else {
        add(core::ErrorTable(kOfParameters).first(1));  // Any query parameter is unknown.
    }
    if (route.reply == Reply::Page) {
        add(kOfPages);
    }
    switch (route.body) {
        case Body::None: add(kOfNoBody); break;
        case Body::Json:
            add(kOfBodies);
            add(kOfJson);
            break;
        case Body::Raw:
        case Body::Stream: add(kOfBodies); break;
    }
    if (route.scope != kPublic) {
        add(info.authorization_errors);
    }
    return by_status;
}

json::object responses_of(const Route& route, const ApiInfo& info, Components& components) {
    const int status = route.reply == Reply::Empty ? 204 : route.status;
    json::object success{{"description", route.en}, {"x-zh", route.zh}};
    if (json::object content = reply_content(route, components); !content.empty()) {
        success["content"] = std::move(content);
    }
    json::object responses;
    responses[std::to_string(status)] = std::move(success);
    const bool problems = route.path.starts_with("/api/") || route.path.starts_with("/agent/");
    for (const auto& [code_status, codes] : errors_of(route, info)) {
        json::array names;
        for (const core::ErrorCode* code : codes) {
            names.emplace_back(code->name);
            components.add_error(*code);
        }
        const core::ErrorKind kind = codes.front()->kind;
        json::object response{{"description", title_of(kind, core::Language::En)},
                              {"x-zh", title_of(kind, core::Language::Zh)},
                              {"x-codes", std::move(names)}};
        if (problems) {
            response["content"] = {
                {"application/problem+json", {{"schema", reference_to("schemas", "Problem")}}}};
        }
        responses[std::to_string(code_status)] = std::move(response);
    }
    return responses;
}

json::object request_body(const Route& route, Components& components) {
    const bool known = route.body == Body::Json;
    if (!known && route.request.empty()) {
        return {{"content", {{"*/*", json::object()}}}};
    }
    const bool required = std::ranges::any_of(
        route.request, [](const Field& field) { return field.presence == Presence::Required; });
    // A handler that reads the body itself may take more members than it tells of.
    const json::object schema =
        components.add_schema(pascal_case(route.id) + "Request", route.request,
                              known ? Direction::Request : Direction::Reply);
    return {{"required", required}, {"content", {{"application/json", {{"schema", schema}}}}}};
}

json::object operation_of(const Route& route, const ApiInfo& info, Components& components) {
    json::object operation{{"operationId", route.id},
                           {"summary", route.en},
                           {"x-zh", route.zh},
                           {"tags", json::array{tag_of(route)}},
                           {"x-scope", route.scope}};
    if (route.scope == kPublic) {
        operation["security"] = json::array();
    } else if (route.path.starts_with("/agent/")) {
        operation["security"] = json::array{{{"certificate", json::array()}}};
    }
    if (json::array parameters = parameters_of(route); !parameters.empty()) {
        operation["parameters"] = std::move(parameters);
    }
    if (route.body != Body::None) {
        operation["requestBody"] = request_body(route, components);
    }
    operation["responses"] = responses_of(route, info, components);
    return operation;
}

json::object security_schemes(const ApiInfo& info) {
    return {
        {"session",
         {{"type", "apiKey"},
          {"in", "cookie"},
          {"name", info.session_cookie},
          {"description", "A person who has signed in to the console"},
          {"x-zh", "已登录控制台的用户"}}},
        {"api_key",
         {{"type", "http"},
          {"scheme", "bearer"},
          {"description", "An API key: Authorization: Bearer kpk_…"},
          {"x-zh", "API 密钥：Authorization: Bearer kpk_…"}}},
        {"certificate",
         {{"type", "mutualTLS"},
          {"description", "An agent's client certificate"},
          {"x-zh", "代理的客户端证书"}}},
    };
}

void find_undocumented(Schema fields, const std::string& where, std::vector<std::string>& found) {
    for (const Field& field : fields) {
        const std::string name = fmt::format("{}{}", where, field.name);
        if (field.en.empty() || field.zh.empty()) {
            found.push_back(name);
        }
        find_undocumented(field.fields, name + "/", found);
    }
}

}  // namespace

json::object openapi_document(std::span<const Route* const> routes, const ApiInfo& info) {
    Components components;
    json::object paths;
    for (const Route* route : routes) {
        json::value& path = paths[template_of(*route)];
        if (path.is_null()) {
            path.emplace_object();
        }
        path.as_object()[to_lower(to_text(route->method))] = operation_of(*route, info, components);
    }
    json::object errors = components.errors();
    json::object schemas = std::move(components).schemas();
    schemas["Money"] = money_schema();
    schemas["Problem"] = problem_schema();
    return {
        {"openapi", "3.1.0"},
        {"info", {{"title", info.title_en}, {"x-zh", info.title_zh}, {"version", info.version}}},
        {"servers", json::array{{{"url", "/"}}}},
        {"security", json::array{{{"session", json::array()}}, {{"api_key", json::array()}}}},
        {"paths", std::move(paths)},
        {"components",
         {{"schemas", std::move(schemas)}, {"securitySchemes", security_schemes(info)}}},
        {"x-errors", std::move(errors)}};
}

void serve_openapi(Router& router, const ApiInfo& info) {
    static constexpr Route kRoute{.method = Method::Get,
                                  .path = "/api/openapi.json",
                                  .id = "get_openapi",
                                  .scope = kPublic,
                                  .en = "This document",
                                  .zh = "本文档",
                                  .reply = Reply::Raw};
    const auto text = std::make_shared<std::string>();
    router.add(kRoute, [text](Request /*request*/) -> boost::asio::awaitable<Response> {
        Response response;
        response.headers = {{"content-type", "application/json"}, {"cache-control", "no-cache"}};
        response.body = *text;
        response.compressible = true;
        co_return response;
    });
    *text = json::serialize(openapi_document(router.routes(), info));
}

std::vector<std::string> undocumented(std::span<const Route* const> routes) {
    std::vector<std::string> found;
    for (const Route* route : routes) {
        if (route->en.empty() || route->zh.empty()) {
            found.emplace_back(route->id);
        }
        const std::string id(route->id);
        find_undocumented(route->path_parameters, id + ": path/", found);
        find_undocumented(route->query, id + ": query/", found);
        find_undocumented(route->headers, id + ": headers/", found);
        find_undocumented(route->request, id + ": request/", found);
        find_undocumented(route->response, id + ": response/", found);
    }
    return found;
}

namespace {

void write_pretty(std::string& text, const json::value& value, std::size_t depth) {
    const std::string indent(2 * (depth + 1), ' ');
    const auto begin = [&](bool& first) {
        text += first ? "\n" : ",\n";
        text += indent;
        first = false;
    };
    bool first = true;
    if (const json::object* object = value.if_object(); object && !object->empty()) {
        text += "{";
        for (const auto& member : *object) {
            begin(first);
            text += json::serialize(json::string(member.key())) + ": ";
            write_pretty(text, member.value(), depth + 1);
        }
        text += "\n" + std::string(2 * depth, ' ') + "}";
    } else if (const json::array* array = value.if_array(); array && !array->empty()) {
        text += "[";
        for (const json::value& item : *array) {
            begin(first);
            write_pretty(text, item, depth + 1);
        }
        text += "\n" + std::string(2 * depth, ' ') + "]";
    } else {
        text += json::serialize(value);
    }
}

}  // namespace

std::string to_pretty_text(const json::value& value) {
    std::string text;
    write_pretty(text, value, 0);
    return text += "\n";
}

}  // namespace kapok::platform::http
