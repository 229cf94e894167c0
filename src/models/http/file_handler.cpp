#include "models/http/file_handler.h"

#include <charconv>
#include <chrono>
#include <utility>

#include <boost/json/array.hpp>

#include "models/http/gateway_handler.h"
#include "platform/http/json.h"
#include "platform/http/query.h"

namespace kapok::models {
namespace {

namespace json = boost::json;

using Awaited = boost::asio::awaitable<http::Response>;

json::object file_json(const File& file) {
    json::object body{{"id", file.id.text()},  {"object", "file"},
                      {"bytes", file.bytes},   {"created_at", to_seconds(file.created_at)},
                      {"filename", file.name}, {"purpose", file.purpose},
                      {"status", "processed"}};
    if (file.expires_at) {
        body["expires_at"] = to_seconds(*file.expires_at);
    }
    return body;
}

http::Response answer(const core::Result<File>& file, const http::Request& request) {
    return file ? http::json_response(200, file_json(*file))
                : openai_refusal(file.error(), request);
}

std::string query_of(const http::Request& request, std::string_view name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? std::string() : found->second;
}

}  // namespace

std::int64_t to_seconds(core::Timestamp time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

http::Response openai_refusal(const core::Error& error, const http::Request& request) {
    return openai_error(error, request, core::http_status(error.code().kind));
}

ListQuery list_query_of(const http::Request& request, std::size_t usual_limit) {
    ListQuery query;
    query.after = query_of(request, "after");
    query.order =
        query_of(request, "order") == "asc" ? ListOrder::OldestFirst : ListOrder::NewestFirst;
    query.project = query_of(request, "project_id");
    query.limit = usual_limit;
    const std::string limit = query_of(request, "limit");  // Checked by the route's table.
    std::from_chars(limit.data(), limit.data() + limit.size(), query.limit);
    return query;
}

json::object list_json(json::array data, bool more) {
    json::object list{{"object", "list"}, {"has_more", more}};
    list["first_id"] = data.empty() ? json::value(nullptr) : data.front().at("id");
    list["last_id"] = data.empty() ? json::value(nullptr) : data.back().at("id");
    list["data"] = std::move(data);
    return list;
}

Awaited FileHandler::create(http::Request request) {
    const auto type = request.headers.find("content-type");
    const std::string content_type = type == request.headers.end() ? "" : type->second;
    NewFile wanted{query_of(request, "project_id"), content_type, request.body_source,
                   http::find_parameter(request.headers, "idempotency-key")};
    const core::Result<File> file = co_await files_.create(request.principal, std::move(wanted));
    co_return answer(file, request);
}

Awaited FileHandler::list(http::Request request) {
    const ListQuery query = list_query_of(request, kFilesPageMax);
    const std::string purpose = query_of(request, "purpose");
    const core::Result<ListPage<File>> page =
        co_await files_.list(request.principal, query, purpose);
    if (!page) {
        co_return openai_refusal(page.error(), request);
    }
    json::array data;
    for (const File& file : page->items) {
        data.push_back(file_json(file));
    }
    co_return http::json_response(200, list_json(std::move(data), page->more));
}

Awaited FileHandler::get(http::Request request) {
    const core::Result<File> file =
        co_await files_.get(request.principal, request.path_parameters.at("id"));
    co_return answer(file, request);
}

Awaited FileHandler::content(http::Request request) {
    core::Result<std::shared_ptr<http::BodyStream>> stream =
        co_await files_.content(request.principal, request.path_parameters.at("id"));
    if (!stream) {
        co_return openai_refusal(stream.error(), request);
    }
    http::Response response;
    response.headers["content-type"] = "application/octet-stream";
    response.headers["content-disposition"] = "attachment";
    response.stream = *std::move(stream);
    co_return response;
}

Awaited FileHandler::remove(http::Request request) {
    const core::Result<File> file =
        co_await files_.remove(request.principal, request.path_parameters.at("id"));
    if (!file) {
        co_return openai_refusal(file.error(), request);
    }
    co_return http::json_response(
        200, json::object{{"id", file->id.text()}, {"object", "file"}, {"deleted", true}});
}

}  // namespace kapok::models
