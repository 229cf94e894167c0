#pragma once

// What tests of identity look at that no service shows.

#include <string_view>

namespace kapok::identity::sql {

inline constexpr std::string_view kCountEvents = "select count(*) from audit_outbox where type = ?";

}  // namespace kapok::identity::sql
