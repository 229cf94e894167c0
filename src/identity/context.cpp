#include "identity/context.h"

#include <algorithm>

#include "identity/errors.h"
#include "platform/errors.h"
#include "platform/http/etag.h"

namespace kapok::identity {

core::Result<void> check_version(std::optional<std::int64_t> expected, std::int64_t actual) {
    if (expected && *expected != actual) {
        return core::fail(platform::kEtagMismatch,
                          {{"expected", platform::http::etag_of(*expected)},
                           {"actual", platform::http::etag_of(actual)}});
    }
    return {};
}

core::Result<void> check_fresh_id(const core::Uuid& id, std::string text, core::Timestamp now) {
    if (!core::is_fresh(id, now)) {
        return core::fail(kStaleId, {{"id", std::move(text)}}, "/id");
    }
    return {};
}

bool can_give(const Context& context, const core::Principal& principal,
              core::OrganizationId organization, core::Role role) {
    const auto tree = context.directory.tree();
    return principal.kind == core::PrincipalKind::System ||
           std::ranges::any_of(principal.grants, [&](const core::Grant& grant) {
               return (grant.role == role || grant.role == core::Role::Operator) &&
                      tree->is_within(organization, grant.organization);
           });
}

}  // namespace kapok::identity
