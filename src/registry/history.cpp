#include "registry/history.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "audit/marks.h"
#include "registry/limits.h"
#include "registry/observations.h"

namespace kapok::registry {
namespace {

using platform::db::Reader;

// Events are facts once they have their number, and a sequencer may be late.
core::Result<History> log_history(Reader& reader, History history) {
    const auto waiting = audit::oldest_pending(reader);
    if (!waiting) {
        return std::unexpected(waiting.error());
    }
    if (const auto& oldest = *waiting) {
        history.settled = std::min(history.settled, *oldest - std::chrono::microseconds(1));
    }
    return history;
}

core::Result<History> observed_history(Reader& reader, History history) {
    const auto watch = find_watch(reader);
    if (!watch) {
        return std::unexpected(watch.error());
    }
    const auto& kept = *watch;
    history.since = kept ? std::optional(kept->first_at) : std::nullopt;
    history.settled = kept ? std::min(history.settled, kept->last_at) : history.settled;
    return history;
}

}  // namespace

core::Result<History> history_of(Reader& reader, Evidence evidence, core::Timestamp now) {
    const auto first = audit::first_event_at(reader);
    if (!first) {
        return std::unexpected(first.error());
    }
    const History history{*first, now - kSettleTime};
    switch (evidence) {
        case Evidence::Logged: return log_history(reader, history);
        case Evidence::Observed: return observed_history(reader, history);
        case Evidence::Signed:
        case Evidence::Booked:
        case Evidence::Metered: return history;
    }
    std::unreachable();
}

}  // namespace kapok::registry
