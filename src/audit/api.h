#pragma once

// What other modules may call of audit. An event is published inside the command that changes
// something, so that the change and its record are durable together or not at all. It gets its
// number, its Merkle leaf and its checkpoint within a second, by the sequencer.

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "core/id.h"
#include "core/principal.h"
#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::audit {

struct Event {
    std::string type;                   // "<module>.<thing>_<past tense>": "identity.user_created"
    std::string subject;                // The text id of what changed: "usr_01J…"
    core::OrganizationId organization;  // Whose event it is; zero if the platform's.
    std::optional<core::ProjectId> project;
    boost::json::object data;  // Facts needed to follow the change. Never secrets, never prompts.
};

// Topics of Database::bell: an event was published; events were numbered or a checkpoint was made.
inline constexpr std::string_view kPublished = "audit.published";
inline constexpr std::string_view kNumbered = "audit.numbered";

// `actor` is who did it. Writes without a number; see above.
[[nodiscard]] core::Result<void> publish(platform::db::Transaction& transaction,
                                         const core::Principal& actor, const Event& event);

}  // namespace kapok::audit
