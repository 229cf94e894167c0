#pragma once

// Where the catalogue, the deployments and the calls under way are kept.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/page.h"
#include "core/principal.h"
#include "core/result.h"
#include "exchange/api.h"
#include "models/catalog.h"
#include "models/gateway/stream_meter.h"
#include "platform/db/database.h"

namespace kapok::models {

using platform::db::Reader;
using platform::db::Transaction;

// The catalogue is public: anybody who is signed in may look.
[[nodiscard]] core::Result<void> insert_model(Transaction& transaction, const Model& model);
[[nodiscard]] core::Result<std::optional<Model>> find_model(Reader& reader, ModelId id);
[[nodiscard]] core::Result<std::optional<Model>> find_model(Reader& reader, std::string_view name);
struct ModelFilter {
    std::optional<std::string> name = {};
    std::optional<std::string> license = {};
    std::optional<core::OrganizationId> provider = {};
    std::optional<Capability> capability = {};
};
[[nodiscard]] core::Result<core::Page<Model>> list_models(Reader& reader, const ModelFilter& filter,
                                                          const core::Window& window);
// Whether a model of this organization has these weights, kept by the platform.
[[nodiscard]] core::Result<bool> has_weights(Reader& reader, core::OrganizationId provider,
                                             std::string_view revision);
// Those that a call finds, if only by waking them.
[[nodiscard]] core::Result<std::vector<Model>> list_callable(Reader& reader);

// A call under way; its id is that of its hold.
struct CallRow {
    exchange::HoldId id;
    std::string server;
    ModelId model;
    exchange::ProductId product;
    core::OrganizationId organization;
    core::ProjectId project;
    std::string request;
    TokenCount count;
    core::Timestamp started_at;
    core::Timestamp progressed_at;
    std::optional<DeploymentId> deployment = {};  // Where it went.
};
[[nodiscard]] core::Result<void> insert_call(Transaction& transaction, const CallRow& call);
[[nodiscard]] core::Result<void> update_call(Transaction& transaction, exchange::HoldId id,
                                             const TokenCount& count);
// It goes to another deployment.
[[nodiscard]] core::Result<void> move_call(Transaction& transaction, exchange::HoldId id,
                                           DeploymentId to);
[[nodiscard]] core::Result<std::optional<CallRow>> find_call(Reader& reader, exchange::HoldId id);
// False if it was not there any more: somebody has settled it.
[[nodiscard]] core::Result<bool> delete_call(Transaction& transaction, exchange::HoldId id);
// Other servers than `own` that have calls without any progress since `before`.
[[nodiscard]] core::Result<std::vector<std::string>> servers_with_stale_calls(
    Reader& reader, std::string_view own, core::Timestamp before);
// Those that an earlier run of this server left behind.
[[nodiscard]] core::Result<std::vector<CallRow>> calls_of_server(Reader& reader,
                                                                 std::string_view server);

}  // namespace kapok::models
