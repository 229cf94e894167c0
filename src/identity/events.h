#pragma once

// What identity tells the audit log. Facts that explain the change; never a secret or its hash.

#include "audit/api.h"
#include "identity/types.h"
#include "platform/db/database.h"

namespace kapok::identity {

[[nodiscard]] core::Result<void> publish(platform::db::Transaction& transaction,
                                         const core::Principal& actor, std::string_view type,
                                         const Organization& organization);
[[nodiscard]] core::Result<void> publish(platform::db::Transaction& transaction,
                                         const core::Principal& actor, std::string_view type,
                                         const Project& project);
[[nodiscard]] core::Result<void> publish(platform::db::Transaction& transaction,
                                         const core::Principal& actor, std::string_view type,
                                         const User& user);
[[nodiscard]] core::Result<void> publish(platform::db::Transaction& transaction,
                                         const core::Principal& actor, std::string_view type,
                                         const Session& session);
[[nodiscard]] core::Result<void> publish(platform::db::Transaction& transaction,
                                         const core::Principal& actor, std::string_view type,
                                         const ApiKey& key);
[[nodiscard]] core::Result<void> publish(platform::db::Transaction& transaction,
                                         const core::Principal& actor, std::string_view type,
                                         const EnrollmentToken& token);
[[nodiscard]] core::Result<void> publish(platform::db::Transaction& transaction,
                                         const core::Principal& actor, std::string_view type,
                                         const Agent& agent);

}  // namespace kapok::identity
