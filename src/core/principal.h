#pragma once

// Who asks. The server fills it in after authentication; every service takes it first, and every
// store call is narrowed by it, so that no query can forget whose data it may see.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/id.h"

namespace kapok::core {

// What a person or key may do in one organization and in those below it.
enum class Role : std::uint8_t { Operator, Provider, Consumer, Auditor, ProgrammeOffice };
inline constexpr std::array<std::string_view, 5> kRoleNames{"operator", "provider", "consumer",
                                                            "auditor", "programme_office"};

enum class PrincipalKind : std::uint8_t { Anonymous, User, ApiKey, Agent, System };

struct Grant {
    OrganizationId organization;
    Role role = Role::Consumer;

    friend bool operator==(const Grant&, const Grant&) = default;
};

struct Principal {
    PrincipalKind kind = PrincipalKind::Anonymous;
    Uuid id;                           // Of the user, the key or the agent; zero if anonymous.
    std::string name;                  // For logs and audit: "user alice", "key kpk_live_…".
    OrganizationId organization;       // Where it is at home, and where what it makes belongs.
    std::optional<ProjectId> project;  // An API key is bound to one.
    std::vector<Grant> grants;         // As given; they also hold in organizations below.
    std::vector<std::string> scopes;   // "job:read"; "*" is all that the grants allow.

    // Jobs of the platform itself, which name themselves so in the audit log.
    [[nodiscard]] static Principal system(std::string_view job) {
        Principal principal;
        principal.kind = PrincipalKind::System;
        principal.name = "system " + std::string(job);
        return principal;
    }
};

// Whose rows a query may see. Stores take one; there is no query without it except for the system.
struct Scope {
    bool everything = false;  // The operator or auditor of the root organization, and the system.
    std::vector<OrganizationId> organizations;

    [[nodiscard]] static Scope all() { return {true, {}}; }
};

}  // namespace kapok::core
