#pragma once

// Every statement of audit.

#include <string_view>

namespace kapok::audit::sql {

inline constexpr std::string_view kPublish =
    "insert into audit_outbox"
    " (type, subject, organization_id, project_id, recorded_at, actor, data)"
    " values (?, ?, ?, ?, ?, ?, ?)";

}  // namespace kapok::audit::sql
