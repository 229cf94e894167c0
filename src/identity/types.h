#pragma once

// The things that identity keeps. Each row has a version that goes up by one with every change; it
// is the ETag of its resource.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/id.h"
#include "core/principal.h"

namespace kapok::identity {

struct ApiKeyTag {
    static constexpr std::string_view kPrefix = "key";
};
struct SessionTag {
    static constexpr std::string_view kPrefix = "ses";
};
struct EnrollmentTokenTag {
    static constexpr std::string_view kPrefix = "ent";
};
struct AgentTag {
    static constexpr std::string_view kPrefix = "agt";
};
using ApiKeyId = core::Id<ApiKeyTag>;
using SessionId = core::Id<SessionTag>;
using EnrollmentTokenId = core::Id<EnrollmentTokenTag>;
using AgentId = core::Id<AgentTag>;

// A suspended organization keeps its data, but none of its people, keys and agents may do anything,
// nor those of the organizations below it.
enum class Status : std::uint8_t { Active, Suspended };
inline constexpr std::array<std::string_view, 2> kStatusNames{"active", "suspended"};

// Only the root is a platform, and there is one root.
enum class OrganizationKind : std::uint8_t { Platform, Government, Company, Institution };
inline constexpr std::array<std::string_view, 4> kOrganizationKindNames{"platform", "government",
                                                                        "company", "institution"};

struct Organization {
    core::OrganizationId id;
    std::optional<core::OrganizationId> parent;  // Only the root has none.
    std::string name;                            // Unique among the children of one parent.
    OrganizationKind kind = OrganizationKind::Company;
    Status status = Status::Active;
    std::int64_t version = 1;
    core::Timestamp created_at;
    core::Timestamp updated_at;
};

struct Project {
    core::ProjectId id;
    core::OrganizationId organization;
    std::string name;  // Unique in its organization.
    std::string description;
    Status status = Status::Active;
    std::int64_t version = 1;
    core::Timestamp created_at;
    core::Timestamp updated_at;
};

struct User {
    core::UserId id;
    core::OrganizationId organization;  // Where the user is at home.
    std::string name;                   // For signing in; unique on the platform.
    std::string display_name;
    Status status = Status::Active;
    bool must_change_password = true;
    std::vector<core::Grant> grants;
    std::int64_t version = 1;
    core::Timestamp created_at;
    core::Timestamp updated_at;
    std::optional<core::Timestamp> last_sign_in_at;
};

struct Session {
    SessionId id;
    core::UserId user;
    core::OrganizationId organization;  // The user's.
    std::string peer;                   // Where it was opened from.
    core::Timestamp created_at;
    core::Timestamp last_seen_at;
    core::Timestamp expires_at;  // At the latest; idleness ends it sooner.
};

// What a program shows instead of a password. It acts with one role in one organization, within its
// scopes and, if it is bound to one, within its project.
struct ApiKey {
    ApiKeyId id;
    core::OrganizationId organization;
    std::optional<core::ProjectId> project;
    std::string name;
    core::Role role = core::Role::Consumer;
    std::vector<std::string> scopes;
    std::optional<core::UserId> made_by;  // Nobody if the platform itself made it.
    std::optional<ApiKeyId> replaces;     // The key that was rotated into this one.
    core::Timestamp created_at;
    std::optional<core::Timestamp> expires_at;
    std::optional<core::Timestamp> revoked_at;
    std::optional<core::Timestamp> last_used_at;  // Exact to kLastUseFlush.
    std::int64_t version = 1;
};

// What lets one agent join, once.
struct EnrollmentToken {
    EnrollmentTokenId id;
    core::OrganizationId organization;  // Whose site the agent will serve.
    std::string site_name;
    std::optional<core::UserId> made_by;
    core::Timestamp created_at;
    core::Timestamp expires_at;
    std::optional<core::Timestamp> revoked_at;
    std::optional<core::Timestamp> used_at;
    std::optional<AgentId> agent;  // Who used it.
};

struct Agent {
    AgentId id;
    core::OrganizationId organization;
    std::string site_name;
    core::Timestamp enrolled_at;
    core::Timestamp certificate_expires_at;
    std::optional<core::Timestamp> revoked_at;
    std::int64_t version = 1;
};

template <class Enum, std::size_t Size>
[[nodiscard]] constexpr std::optional<Enum> named(const std::array<std::string_view, Size>& names,
                                                  std::string_view name) noexcept {
    for (std::size_t i = 0; i < Size; ++i) {
        if (names[i] == name) {
            return static_cast<Enum>(i);
        }
    }
    return std::nullopt;
}

[[nodiscard]] constexpr std::string_view to_text(Status status) noexcept {
    return kStatusNames[static_cast<std::size_t>(status)];
}
[[nodiscard]] constexpr std::string_view to_text(OrganizationKind kind) noexcept {
    return kOrganizationKindNames[static_cast<std::size_t>(kind)];
}
[[nodiscard]] constexpr std::string_view to_text(core::Role role) noexcept {
    return core::kRoleNames[static_cast<std::size_t>(role)];
}

}  // namespace kapok::identity
