#include "models/models_store.h"

#include <utility>

#include "models/sql/rows.h"
#include "platform/db/select.h"

namespace kapok::models {
namespace {

using platform::db::Row;
using sql::done;

constexpr std::string_view kInsertModel =
    "insert into models_model (id, provider_id, name, description, license, source, revision, "
    "context_window, embedding_dimension, created_at, file, bytes, quality) "
    "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kFindModel =
    "select id, provider_id, name, description, license, source, revision, context_window, "
    "embedding_dimension, created_at, file, bytes, quality from models_model where id = ?";
constexpr std::string_view kFindModelByName =
    "select id, provider_id, name, description, license, source, revision, context_window, "
    "embedding_dimension, created_at, file, bytes, quality from models_model where name = ?";
constexpr std::string_view kListModels =
    "select id, provider_id, name, description, license, source, revision, context_window, "
    "embedding_dimension, created_at, file, bytes, quality, number from models_model";
constexpr platform::db::Order kModelOrder{"number", "name", 13};
constexpr std::string_view kHasWeights =
    "select 1 from models_model where provider_id = ? and revision = ? and file <> '' limit 1";
constexpr std::string_view kListCallable =
    "select id, provider_id, name, description, license, source, revision, context_window, "
    "embedding_dimension, created_at, file, bytes, quality from models_model m where exists "
    "(select 1 from models_deployment d where d.model_id = m.id and (d.state = 'ready' "
    "or (d.slots > 0 and d.wanted <> 'stopped' and d.state in ('starting', 'idle', 'draining')))) "
    "order by number";
constexpr std::string_view kInsertCall =
    "insert into models_call (id, server, model_id, product_id, organization_id, project_id, "
    "request, prompt_tokens, completion_tokens, started_at, progressed_at, deployment_id) "
    "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kUpdateCall =
    "update models_call set prompt_tokens = ?, completion_tokens = ?, progressed_at = ? "
    "where id = ?";
constexpr std::string_view kMoveCall = "update models_call set deployment_id = ? where id = ?";
constexpr std::string_view kDeleteCall = "delete from models_call where id = ?";
constexpr std::string_view kFindCall =
    "select id, server, model_id, product_id, organization_id, project_id, request, "
    "prompt_tokens, completion_tokens, started_at, progressed_at, deployment_id from models_call "
    "where id = ?";
constexpr std::string_view kServersWithStaleCalls =
    "select distinct server from models_call where server <> ? and progressed_at < ? "
    "order by server";
constexpr std::string_view kCallsOfServer =
    "select id, server, model_id, product_id, organization_id, project_id, request, "
    "prompt_tokens, completion_tokens, started_at, progressed_at, deployment_id from models_call "
    "where server = ? order by started_at, id";

Model read_model(const Row& row) {
    return {row.id<ModelId>(0),
            row.id<core::OrganizationId>(1),
            std::string(row.text(2)),
            std::string(row.text(3)),
            std::string(row.text(4)),
            std::string(row.text(5)),
            std::string(row.text(6)),
            row.integer(7),
            row.integer(8),
            row.time(9),
            std::string(row.text(10)),
            row.integer(11),
            std::string(row.text(12))};
}

CallRow read_call_row(const Row& row) {
    return {row.id<exchange::HoldId>(0),
            std::string(row.text(1)),
            row.id<ModelId>(2),
            row.id<exchange::ProductId>(3),
            row.id<core::OrganizationId>(4),
            row.id<core::ProjectId>(5),
            std::string(row.text(6)),
            TokenCount{row.integer(7), 0, row.integer(8)},
            row.time(9),
            row.time(10),
            row.id_if<DeploymentId>(11)};
}

}  // namespace

core::Result<void> insert_model(Transaction& transaction, const Model& model) {
    return done(transaction.execute(
        kInsertModel,
        {model.id, model.provider, model.name, model.description, model.license, model.source,
         model.revision, model.context_window, model.embedding_dimension, model.created_at,
         model.file, model.bytes, model.quality}));
}

core::Result<std::optional<Model>> find_model(Reader& reader, ModelId id) {
    return reader.find(kFindModel, {id}, read_model);
}

core::Result<std::optional<Model>> find_model(Reader& reader, std::string_view name) {
    return reader.find(kFindModelByName, {name}, read_model);
}

core::Result<core::Page<Model>> list_models(Reader& reader, const ModelFilter& filter,
                                            const core::Window& window) {
    platform::db::Select select(kListModels, "provider_id", core::Scope::all());
    select.where_if("name = ?", filter.name)
        .where_if("license = ?", filter.license)
        .where_if("provider_id = ?", filter.provider);
    if (filter.capability) {
        const bool embeds = *filter.capability == Capability::Embeddings;
        select.where(embeds ? "embedding_dimension > 0" : "embedding_dimension = 0", {});
    }
    select.window(window, kModelOrder);
    return platform::db::read_page<Model>(reader, select, window, read_model,
                                          [](const Model& model) { return model.name; });
}

core::Result<bool> has_weights(Reader& reader, core::OrganizationId provider,
                               std::string_view revision) {
    const auto found = reader.find(kHasWeights, {provider, revision},
                                   [](const Row& row) { return row.integer(0); });
    return found ? core::Result<bool>(found->has_value()) : std::unexpected(found.error());
}

core::Result<std::vector<Model>> list_callable(Reader& reader) {
    return reader.list(kListCallable, {}, read_model);
}

core::Result<void> insert_call(Transaction& transaction, const CallRow& call) {
    return done(transaction.execute(
        kInsertCall, {call.id, call.server, call.model, call.product, call.organization,
                      call.project, call.request, call.count.prompt, call.count.completion,
                      call.started_at, call.progressed_at, call.deployment}));
}

core::Result<void> update_call(Transaction& transaction, exchange::HoldId id,
                               const TokenCount& count) {
    return done(
        transaction.execute(kUpdateCall, {count.prompt, count.completion, transaction.now(), id}));
}

core::Result<std::optional<CallRow>> find_call(Reader& reader, exchange::HoldId id) {
    return reader.find(kFindCall, {id}, read_call_row);
}

core::Result<void> move_call(Transaction& transaction, exchange::HoldId id, DeploymentId to) {
    return done(transaction.execute(kMoveCall, {to, id}));
}

core::Result<bool> delete_call(Transaction& transaction, exchange::HoldId id) {
    const auto deleted = transaction.execute(kDeleteCall, {id});
    if (!deleted) {
        return std::unexpected(deleted.error());
    }
    return *deleted == 1;
}

core::Result<std::vector<std::string>> servers_with_stale_calls(Reader& reader,
                                                                std::string_view own,
                                                                core::Timestamp before) {
    return reader.list(kServersWithStaleCalls, {own, before},
                       [](const Row& row) { return std::string(row.text(0)); });
}

core::Result<std::vector<CallRow>> calls_of_server(Reader& reader, std::string_view server) {
    return reader.list(kCallsOfServer, {server}, read_call_row);
}

}  // namespace kapok::models
