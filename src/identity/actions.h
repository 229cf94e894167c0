#pragma once

// Who may do what: the one table of actions and roles. A module that gains an action adds its row
// here, so that this page answers every question about rights.
//
// A role holds in the organization where it was given and in all below it. `may` is who may do it
// to any thing there; `own` who may besides, to what is their own; `see` who learns that the thing
// exists: those are told 403, all others 404. Actions at the root need the role in the root
// organization itself: an operator of a company administers the company, not the platform.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "core/principal.h"
#include "identity/scopes.h"

namespace kapok::identity {

class Roles {
public:
    constexpr Roles() noexcept = default;
    constexpr Roles(core::Role role) noexcept  // NOLINT(google-explicit-constructor): a set of one.
        : bits_(static_cast<std::uint8_t>(1U << static_cast<unsigned>(role))) {}

    [[nodiscard]] constexpr bool intersects(Roles other) const noexcept {
        return (bits_ & other.bits_) != 0;
    }
    [[nodiscard]] constexpr bool covers(Roles other) const noexcept {
        return (other.bits_ & ~bits_) == 0;
    }
    friend constexpr Roles operator|(Roles left, Roles right) noexcept {
        Roles both;
        both.bits_ = static_cast<std::uint8_t>(left.bits_ | right.bits_);
        return both;
    }
    friend constexpr bool operator==(Roles, Roles) noexcept = default;

private:
    std::uint8_t bits_ = 0;
};

enum class Level : std::uint8_t { Owner, Root };

struct ActionRow {
    std::string_view name;   // "job:submit"
    std::string_view scope;  // That a credential needs for it.
    Roles may;
    Roles see;
    Roles own = {};
    Level level = Level::Owner;
};

namespace roles {
inline constexpr Roles kNone;
inline constexpr Roles kO = core::Role::Operator;
inline constexpr Roles kP = core::Role::Provider;
inline constexpr Roles kC = core::Role::Consumer;
inline constexpr Roles kA = core::Role::Auditor;
inline constexpr Roles kG = core::Role::ProgrammeOffice;
inline constexpr Roles kTraders = kO | kP | kC;
inline constexpr Roles kBooks = kTraders | kA;  // Who sees an organization's bills.
inline constexpr Roles kAll = kTraders | kA | kG;
}  // namespace roles

// clang-format off
inline constexpr std::array kActions = [] {
    using roles::kNone, roles::kO, roles::kP, roles::kC, roles::kA, roles::kG, roles::kTraders,
        roles::kBooks, roles::kAll;
    return std::to_array<ActionRow>({
        // name                    scope                 may       see       own   level
        {"organization:read",     "organization:read",  kAll,     kAll},
        {"organization:create",   "organization:write", kO,       kAll},
        {"organization:update",   "organization:write", kO,       kAll},
        {"organization:move",     "organization:write", kO,       kAll,     {},   Level::Root},
        {"project:read",          "organization:read",  kAll,     kAll},
        {"project:create",        "organization:write", kTraders, kAll},
        {"project:update",        "organization:write", kTraders, kAll},
        {"user:read",             "user:read",          kO | kA,  kO | kA},
        {"user:create",           "user:write",         kO,       kO | kA},
        {"user:update",           "user:write",         kO,       kO | kA},
        {"user:grant",            "user:write",         kO,       kO | kA},
        {"session:read",          "user:read",          kO | kA,  kO | kA,  kAll},
        {"session:revoke",        "user:write",         kO,       kO | kA,  kAll},
        {"key:read",              "key:read",           kO | kA,  kO | kA,  kTraders},
        {"key:create",            "key:write",          kTraders, kTraders | kA},
        {"key:change",            "key:write",          kO,       kO | kA,  kTraders},
        {"agent:read",            "agent:read",         kO | kP | kA, kO | kP | kA},
        {"agent:enroll",           "agent:write",        kO | kP,  kO | kP | kA},
        {"agent:revoke",          "agent:write",        kO | kP,  kO | kP | kA},
        {"agent:connect",         "agent:connect",      kP,       kO | kP},

        {"event:read",            "event:read",         kO | kA,  kO | kA},

        {"account:read",          "ledger:read",        kBooks,   kBooks},
        {"account:create",        "ledger:write",       kO,       kBooks,   {},   Level::Root},
        {"transfer:read",         "ledger:read",        kBooks,   kBooks},
        {"transfer:post",         "ledger:write",       kO,       kBooks,   {},   Level::Root},
        {"balance:read",          "ledger:read",        kO | kA,  kBooks,   {},   Level::Root},
        {"wallet:read",           "ledger:read",        kBooks,   kBooks},
        {"wallet:top_up",         "ledger:write",       kO,       kBooks,   {},   Level::Root},
        {"wallet:limit",          "ledger:write",       kO,       kBooks,   {},   Level::Root},
        {"statement:read",        "ledger:read",        kBooks,   kBooks},
        {"period:close",          "ledger:write",       kO,       kBooks,   {},   Level::Root},

        {"usage:read",            "usage:read",         kBooks,   kBooks},
        {"usage:report",          "usage:write",        kO | kP,  kBooks},
        {"product:read",          "product:read",       kAll,     kAll},
        {"product:write",         "product:write",      kO | kP,  kAll},
        {"price:read",            "product:read",       kAll,     kAll},
        {"price:publish",         "product:write",      kO | kP,  kAll},
        {"order:read",            "order:read",         kBooks,   kBooks},
        {"order:create",          "order:write",        kTraders, kBooks},
        {"order:cancel",          "order:write",        kTraders, kBooks},

        {"site:read",             "site:read",          kAll,     kAll},
        {"site:create",           "site:write",         kO | kP,  kAll},
        {"site:update",           "site:write",         kO | kP,  kAll},
        {"node:read",             "site:read",          kAll,     kAll},
        {"node:update",           "site:write",         kO | kP,  kAll},
        {"measurement:read",      "site:read",          kAll,     kAll},
        {"measurement:run",       "site:write",         kO | kP,  kAll},
        {"job:read",              "job:read",           kBooks,   kBooks},
        {"job:submit",            "job:write",          kTraders, kBooks},
        {"job:cancel",            "job:write",          kTraders, kBooks},

        {"gateway:call",          "gateway:call",       kTraders, kBooks},
        {"model:read",            "model:read",         kAll,     kAll},
        {"model:write",           "model:write",        kO | kP,  kAll},
        {"import:read",           "model:read",         kO | kP | kA, kO | kP | kA},
        {"import:write",          "model:write",        kO | kP,  kO | kP | kA},
        {"deployment:read",       "model:read",         kAll,     kAll},
        {"deployment:write",      "model:write",        kO | kP,  kAll},
        {"file:read",             "file:read",          kTraders, kTraders},
        {"file:write",            "file:write",         kTraders, kTraders},
        {"batch:read",            "file:read",          kTraders, kTraders},
        {"batch:write",           "file:write",         kTraders, kTraders},

        {"data:read",             "data:read",          kAll,     kAll},
        {"data:write",            "data:write",         kO | kP,  kAll},
        {"evaluation:read",       "evaluation:read",    kAll,     kAll},
        {"evaluation:run",        "evaluation:write",   kTraders, kAll},
        {"programme:read",        "programme:read",     kAll,     kAll},
        {"programme:write",       "programme:write",    kO | kG,  kAll},

        {"platform:read",         "platform:read",      kO | kA,  kO | kA,  {},   Level::Root},
        {"platform:write",        "platform:write",     kO,       kO | kA,  {},   Level::Root},
    });
}();
// clang-format on

static_assert(std::ranges::all_of(kActions, [](const ActionRow& row) {
    return is_scope(row.scope) && row.see.covers(row.may);
}));

// A row of the table. A name that is not in it does not compile.
class Action {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): `authorize(caller, "job:submit", job)`.
    consteval Action(const char* name) : index_(index_of(name)) {}

    [[nodiscard]] constexpr const ActionRow& row() const noexcept { return kActions[index_]; }

private:
    static consteval std::size_t index_of(std::string_view name) {
        for (std::size_t i = 0; i < kActions.size(); ++i) {
            if (kActions[i].name == name) {
                return i;
            }
        }
        throw std::invalid_argument("no such action");
    }

    std::size_t index_;
};

}  // namespace kapok::identity
