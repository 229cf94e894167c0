#include "app/evidence/evidence_service.h"

#include <memory>
#include <utility>

#include "app/evidence/errors.h"
#include "app/evidence/gather.h"
#include "app/evidence/limits.h"
#include "app/evidence/sealing.h"
#include "audit/api.h"
#include "core/timestamp.h"
#include "exchange/errors.h"
#include "identity/authorize.h"
#include "identity/organization_tree.h"
#include "identity/store.h"
#include "platform/db/bell.h"

namespace kapok::app::evidence {
namespace {

using platform::db::Reader;
using Tree = std::shared_ptr<const identity::OrganizationTree>;

// Whose the project is, if the caller may see its bill.
core::Result<core::OrganizationId> enter(Reader& reader, const identity::OrganizationTree& tree,
                                         const core::Principal& caller, core::ProjectId project) {
    const auto found = identity::store::find_project(reader, core::Scope::all(), project);
    if (!found) {
        return std::unexpected(found.error());
    }
    const std::optional<identity::Project>& owned = *found;
    if (!owned) {
        return identity::not_found(project.text());
    }
    const auto allowed = identity::authorize(
        caller, "statement:read",
        identity::resource_of(tree, owned->organization, project.text(), project));
    if (!allowed) {
        return std::unexpected(allowed.error());
    }
    return owned->organization;
}

// What a read of the database needs; it may run on another thread.
struct Look {
    Tree tree;
    core::Principal caller;
    GatherRequest request;

    core::Result<Bundle> operator()(Reader& reader) {
        const auto owner = enter(reader, *tree, caller, request.header.project);
        if (!owner) {
            return std::unexpected(owner.error());
        }
        request.header.organization = *owner;
        return gather(reader, request);
    }
};

}  // namespace

boost::asio::awaitable<core::Result<std::string>> EvidenceService::export_bundle(
    core::Principal caller, EvidenceRequest request) {
    if (request.from >= request.to) {
        co_return core::fail(
            exchange::kBadPeriod,
            {{"from", core::to_rfc3339(request.from)}, {"to", core::to_rfc3339(request.to)}},
            "/query/to");
    }
    const Tree tree = setting_.directory.tree();
    const platform::crypto::PublicKey& key = setting_.signer.public_key();
    Look look{tree, std::move(caller), {}};
    look.request.header = {setting_.clock.now(), setting_.origin, key.text(), {},
                           request.project,      request.from,    request.to};
    look.request.suite = key.suite();
    look.request.rules = setting_.rules;
    look.request.kept = request.kept;
    look.request.sees_all_accounts =
        identity::authorize(look.caller, "balance:read",
                            identity::resource_of(*tree, tree->root(), ""))
            .has_value();
    platform::db::Bell& bell = setting_.database.bell(audit::kNumbered);
    for (int wait = 0;; ++wait) {
        look.request.hurry = wait >= setting_.waits;
        const std::uint64_t seen = bell.count();
        const core::Result<Bundle> bundle = co_await setting_.database.read(look);
        if (bundle) {
            co_return seal(*bundle, setting_.signer);
        }
        const core::ErrorCode& code = bundle.error().code();
        if (wait >= setting_.waits || (code != kNotCovered && code != kNoLog)) {
            co_return std::unexpected(bundle.error());
        }
        co_await bell.wait(seen, kWait);
    }
}

}  // namespace kapok::app::evidence
