#include "identity/organization_service.h"

#include <utility>

#include "core/limits.h"
#include "identity/errors.h"
#include "identity/events.h"
#include "identity/names.h"

namespace kapok::identity {

using core::Principal;
using core::Result;
using platform::db::Reader;
using platform::db::Transaction;

namespace {

constexpr auto kNameMax = static_cast<std::size_t>(core::kNameBytesMax);

bool is_same(const Organization& found, const NewOrganization& asked) {
    return found.parent == asked.parent && found.name == asked.name && found.kind == asked.kind;
}

Organization changed(Organization organization, const OrganizationChange& change,
                     core::Timestamp now) {
    organization.name = change.name.value_or(organization.name);
    organization.kind = change.kind.value_or(organization.kind);
    organization.status = change.status.value_or(organization.status);
    organization.parent = change.parent ? change.parent : organization.parent;
    organization.version += 1;
    organization.updated_at = now;
    return organization;
}

}  // namespace

OrganizationService::Answer<Made<Organization>> OrganizationService::create(
    Principal caller, NewOrganization request) {
    const Resource parent = place(context_, request.parent, request.parent.text());
    const auto allowed = in_order([&] { return authorize(caller, "organization:create", parent); },
                                  [&] { return check_name(request.name, kNameMax); },
                                  [&]() -> Result<void> {
                                      return request.kind == OrganizationKind::Platform
                                                 ? core::fail(kOneRoot, {}, "/kind")
                                                 : Result<void>();
                                  });
    if (!allowed) {
        co_return std::unexpected(allowed.error());
    }
    const auto command = [this, caller, request](Transaction& transaction) {
        return insert(transaction, caller, request);
    };
    auto made = co_await context_.database.write(command);
    co_return made;
}

Result<Made<Organization>> OrganizationService::insert(Transaction& transaction,
                                                       const Principal& caller,
                                                       const NewOrganization& request) {
    const core::Scope scope = scope_of(context_, caller);
    return make_once(
        Making{context_, transaction, request.naming},
        [&](core::OrganizationId id) {
            return store::find_organization(transaction, core::Scope::all(), id);
        },
        [&](const Organization& found) {
            return found.parent && in_scope(scope, *found.parent) && is_same(found, request);
        },
        [&](core::OrganizationId id) { return insert_as(transaction, caller, request, id); });
}

Result<Organization> OrganizationService::insert_as(Transaction& transaction,
                                                    const Principal& caller,
                                                    const NewOrganization& request,
                                                    core::OrganizationId id) {
    const auto tree = store::system_load_tree(transaction);
    if (!tree) {
        return std::unexpected(tree.error());
    }
    if (!tree->contains(request.parent)) {
        return not_found(request.parent.text());
    }
    if (const auto fits = tree->check_parent(id, request.parent); !fits) {
        return std::unexpected(fits.error());
    }
    const core::Timestamp now = transaction.now();
    Organization organization{
        id, request.parent, request.name, request.kind, Status::Active, 1, now, now};
    const core::Scope scope = scope_of(context_, caller);
    const auto inserted = store::insert_organization(transaction, scope, organization);
    if (!inserted) {
        return std::unexpected(inserted.error());
    }
    if (!*inserted) {
        return core::fail(kNameTaken, {{"name", request.name}}, "/name");
    }
    const auto told = in_order([&] { return context_.directory.change_tree(transaction); },
                               [&] {
                                   return publish(transaction, caller,
                                                  "identity.organization_created", organization);
                               });
    if (!told) {
        return std::unexpected(told.error());
    }
    return organization;
}

OrganizationService::Answer<Organization> OrganizationService::get(Principal caller,
                                                                   core::OrganizationId id) {
    const auto allowed = authorize(caller, "organization:read", place(context_, id, id.text()));
    if (!allowed) {
        co_return std::unexpected(allowed.error());
    }
    const auto read = [id, scope = scope_of(context_, caller)](Reader& reader) {
        return store::find_organization(reader, scope, id);
    };
    auto found = co_await context_.database.read(read);
    co_return require(std::move(found), id.text());
}

OrganizationService::Answer<store::Page<Organization>> OrganizationService::list(
    Principal caller, store::OrganizationFilter filter, store::Window window) {
    const auto read = [scope = scope_of(context_, caller, "organization:read"), filter,
                       window](Reader& reader) {
        return store::list_organizations(reader, scope, filter, window);
    };
    auto page = co_await context_.database.read(read);
    co_return page;
}

OrganizationService::Answer<Organization> OrganizationService::update(Principal caller,
                                                                      core::OrganizationId id,
                                                                      OrganizationChange change) {
    const auto allowed = in_order(
        [&] { return authorize(caller, "organization:update", place(context_, id, id.text())); },
        [&] { return change.name ? check_name(*change.name, kNameMax) : Result<void>(); });
    if (!allowed) {
        co_return std::unexpected(allowed.error());
    }
    const auto command = [this, caller, id, change](Transaction& transaction) {
        return apply(transaction, caller, id, change);
    };
    auto organization = co_await context_.database.write(command);
    co_return organization;
}

Result<Organization> OrganizationService::apply(Transaction& transaction, const Principal& caller,
                                                core::OrganizationId id,
                                                const OrganizationChange& change) {
    const core::Scope scope = scope_of(context_, caller);
    const auto before = require(store::find_organization(transaction, scope, id), id.text());
    if (!before) {
        return std::unexpected(before.error());
    }
    if (const auto fine = check_change(transaction, caller, *before, change); !fine) {
        return std::unexpected(fine.error());
    }
    Organization after = changed(*before, change, transaction.now());
    const auto updated = store::update_organization(transaction, scope, after);
    if (!updated) {
        return std::unexpected(updated.error());
    }
    if (!*updated) {
        return core::fail(kNameTaken, {{"name", after.name}}, "/name");
    }
    const auto told = in_order(
        [&] { return context_.directory.change_tree(transaction); },
        [&] { return publish(transaction, caller, "identity.organization_updated", after); });
    if (!told) {
        return std::unexpected(told.error());
    }
    return after;
}

Result<void> OrganizationService::check_change(Transaction& transaction, const Principal& caller,
                                               const Organization& before,
                                               const OrganizationChange& change) const {
    if (const auto right = check_version(change.expected_version, before.version); !right) {
        return right;
    }
    const bool is_root = !before.parent;
    if (is_root && (change.parent || change.status == Status::Suspended)) {
        return core::fail(kRootIsFixed);
    }
    if (change.kind && (*change.kind == OrganizationKind::Platform) != is_root) {
        return core::fail(kOneRoot, {}, "/kind");
    }
    // An organization does not end its own suspension: whoever is above it does.
    const bool changes_status = change.status && *change.status != before.status;
    if (changes_status) {
        const Resource above = place(context_, *before.parent, before.id.text());
        if (!authorize(caller, "organization:update", above)) {
            return core::fail(kParentDecides);
        }
    }
    if (!change.parent || change.parent == before.parent) {
        return {};
    }
    const Resource moved = place(context_, before.id, before.id.text());
    const Resource target = place(context_, *change.parent, change.parent->text());
    const auto allowed = in_order([&] { return authorize(caller, "organization:move", moved); },
                                  [&] { return authorize(caller, "organization:create", target); });
    if (!allowed) {
        return allowed;
    }
    const auto tree = store::system_load_tree(transaction);
    if (!tree) {
        return std::unexpected(tree.error());
    }
    return tree->contains(*change.parent) ? tree->check_parent(before.id, *change.parent)
                                          : not_found(change.parent->text());
}

}  // namespace kapok::identity
