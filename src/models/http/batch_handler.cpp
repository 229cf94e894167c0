#include "models/http/batch_handler.h"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "platform/http/json.h"

namespace kapok::models {
namespace {

namespace json = boost::json;

using Awaited = boost::asio::awaitable<http::Response>;

constexpr std::size_t kUsualPage = 20;

json::value time_json(const std::optional<core::Timestamp>& time) {
    return time ? json::value(to_seconds(*time)) : json::value(nullptr);
}

json::value file_id_json(const std::optional<FileId>& file) {
    return file ? json::value(json::string(file->text())) : json::value(nullptr);
}

// When it ended, if it ended in this state.
json::value end_json(const Batch& batch, BatchState state) {
    return batch.state == state ? time_json(batch.ended_at) : json::value(nullptr);
}

json::value faults_json(const Batch& batch, core::Language language) {
    const json::value kept = json::parse(batch.errors);
    const json::array& faults = kept.as_array();
    if (faults.empty()) {
        return nullptr;
    }
    json::array data;
    for (const json::value& fault : faults) {
        const json::value& line = fault.at("line");
        const json::value& param = fault.at("param");
        json::object shown{{"code", fault.at("code")},
                           {"message", fault.at(language == core::Language::Zh ? "zh" : "en")},
                           {"line", line.as_int64() == 0 ? json::value(nullptr) : line},
                           {"param", param.as_string().empty() ? json::value(nullptr) : param}};
        data.push_back(std::move(shown));
    }
    return json::object{{"object", "list"}, {"data", std::move(data)}};
}

json::object batch_json(const Batch& batch, core::Language language) {
    return {{"id", batch.id.text()},
            {"object", "batch"},
            {"endpoint", kEndpointPaths[std::to_underlying(batch.endpoint)]},
            {"errors", faults_json(batch, language)},
            {"input_file_id", batch.input.text()},
            {"completion_window", "24h"},
            {"status", kBatchStateNames[std::to_underlying(batch.state)]},
            {"output_file_id", file_id_json(batch.output)},
            {"error_file_id", file_id_json(batch.error_output)},
            {"created_at", to_seconds(batch.created_at)},
            {"in_progress_at", time_json(batch.in_progress_at)},
            {"expires_at", to_seconds(batch.expires_at)},
            {"finalizing_at", time_json(batch.finalizing_at)},
            {"completed_at", end_json(batch, BatchState::Completed)},
            {"failed_at", end_json(batch, BatchState::Failed)},
            {"expired_at", end_json(batch, BatchState::Expired)},
            {"cancelling_at", time_json(batch.cancelling_at)},
            {"cancelled_at", end_json(batch, BatchState::Cancelled)},
            {"request_counts",
             {{"total", batch.counts.total},
              {"completed", batch.counts.completed},
              {"failed", batch.counts.failed}}},
            {"metadata", json::parse(batch.metadata)}};
}

http::Response answer(const core::Result<Batch>& batch, const http::Request& request) {
    return batch ? http::json_response(200, batch_json(*batch, request.language))
                 : openai_refusal(batch.error(), request);
}

std::unexpected<core::Error> bad_metadata(std::string actual) {
    return core::fail(
        kBadCall,
        {{"param", "metadata"},
         {"expected", "at most 16 names of at most 64 bytes with texts of at most 512"},
         {"actual", std::move(actual)}},
        "/metadata");
}

// What people keep with a batch: texts by name.
core::Result<std::string> read_metadata(const json::object& body) {
    const json::object* metadata = http::find_object(body, "metadata");
    if (metadata == nullptr) {
        return "null";
    }
    if (std::cmp_greater(metadata->size(), kMetadataMembersMax)) {
        return bad_metadata(fmt::format("{} names", metadata->size()));
    }
    for (const auto& [name, value] : *metadata) {
        const bool sane = std::cmp_less_equal(name.size(), kMetadataNameBytesMax) &&
                          value.is_string() &&
                          std::cmp_less_equal(value.get_string().size(), kMetadataValueBytesMax);
        if (!sane) {
            return bad_metadata(std::string(name.substr(0, kMetadataNameBytesMax)));
        }
    }
    return json::serialize(*metadata);
}

}  // namespace

Awaited BatchHandler::create(http::Request request) {
    const json::object& body = request.json;
    auto metadata = read_metadata(body);
    if (!metadata) {
        co_return openai_refusal(metadata.error(), request);
    }
    NewBatch wanted;
    wanted.input_file = http::get_text(body, "input_file_id");
    const auto path = std::ranges::find(kEndpointPaths, http::get_text(body, "endpoint"));
    wanted.endpoint = static_cast<Endpoint>(path - kEndpointPaths.begin());
    wanted.metadata = *std::move(metadata);
    wanted.language = request.language;
    if (const json::object* expiry = http::find_object(body, "output_expires_after")) {
        wanted.output_lifetime_s = http::get_integer(*expiry, "seconds");
    }
    if (const auto key = request.headers.find("idempotency-key"); key != request.headers.end()) {
        wanted.idempotency_key = key->second;
    }
    const core::Result<Batch> batch = co_await batches_.create(request.principal, wanted);
    co_return answer(batch, request);
}

Awaited BatchHandler::list(http::Request request) {
    const ListQuery query = list_query_of(request, kUsualPage);
    const core::Result<ListPage<Batch>> page = co_await batches_.list(request.principal, query);
    if (!page) {
        co_return openai_refusal(page.error(), request);
    }
    json::array data;
    for (const Batch& batch : page->items) {
        data.push_back(batch_json(batch, request.language));
    }
    co_return http::json_response(200, list_json(std::move(data), page->more));
}

Awaited BatchHandler::get(http::Request request) {
    const core::Result<Batch> batch =
        co_await batches_.get(request.principal, request.path_parameters.at("id"));
    co_return answer(batch, request);
}

Awaited BatchHandler::cancel(http::Request request) {
    const core::Result<Batch> batch =
        co_await batches_.cancel(request.principal, request.path_parameters.at("id"));
    co_return answer(batch, request);
}

}  // namespace kapok::models
