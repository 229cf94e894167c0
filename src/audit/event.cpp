#include <fmt/format.h>

#include "audit/canonical.h"
#include "audit/event_log.h"
#include "core/timestamp.h"

namespace kapok::audit {
namespace {

template <class Id>
std::string id_text(const std::optional<Id>& id) {
    return id ? fmt::format("\"{}\"", id->text()) : "null";
}

}  // namespace

// The members stand in the order that RFC 8785 gives them.
std::string canonical_event(const PendingEvent& event, std::int64_t sequence) {
    std::string text;
    text.reserve(256 + event.actor.size() + event.data.size());
    fmt::format_to(std::back_inserter(text),
                   R"({{"actor":{},"data":{},"organization_id":{},"project_id":{},"sequence":{},)",
                   event.actor, event.data, id_text(event.organization), id_text(event.project),
                   sequence);
    text += R"("subject":)";
    append_quoted(text, event.subject);
    text += R"(,"time":)";
    append_quoted(text, core::to_rfc3339(event.recorded_at));
    text += R"(,"type":)";
    append_quoted(text, event.type);
    text += '}';
    return text;
}

}  // namespace kapok::audit
