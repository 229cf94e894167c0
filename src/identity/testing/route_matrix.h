#pragma once

// Asks every route of a router as everybody who must not get through, and reports who did: nobody,
// another tenant's operator, an auditor (who may only look), a key without the scope, a revoked key
// and an expired one. Requests are made from the route tables, with the victim's ids wherever a
// table asks for an id, so that a new route is covered the day it is added.
//
// What counts as a leak:
// - anonymous, revoked, expired: anything but 401 where the route is not public
//   (and, for the latter two, also where it is);
// - no scope: anything but 403 where the route names a scope, except for reads that are 404;
// - other tenant: a changed or read thing of the victim (2xx with its id in the path or body), and
//   any answer that has one of the victim's secrets in it;
// - lower role: a change that goes through where the route names a scope.
// In every case a 5xx.

#include <map>
#include <string>
#include <vector>

#include "core/clock.h"
#include "platform/http/router.h"

namespace kapok::identity {

enum class Intruder : std::uint8_t {
    Anonymous,
    OtherTenant,
    LowerRole,
    NoScope,
    RevokedKey,
    ExpiredKey
};
inline constexpr std::array<std::string_view, 6> kIntruderNames{
    "anonymous", "other tenant", "lower role", "no scope", "revoked key", "expired key"};

struct MatrixPlan {
    // "org" -> the victim's organization; every prefix that routes ask for.
    std::map<std::string, std::string, std::less<>> victims;
    std::vector<std::string> secrets;  // Texts that only the victim's people may see.
    // The Authorization header of each intruder but the first; keys with all scopes, except that
    // NoScope has one that no route names.
    std::map<Intruder, std::string> credentials;
    core::Timestamp now;
};

struct MatrixLeak {
    std::string route;
    Intruder intruder;
    int status = 0;
    std::string why;
};

struct MatrixReport {
    std::size_t requests = 0;
    std::vector<MatrixLeak> leaks;
    std::vector<std::string> missing;  // Prefixes without a victim.
};

[[nodiscard]] MatrixReport run_matrix(const platform::http::Router& router, const MatrixPlan& plan);

}  // namespace kapok::identity
