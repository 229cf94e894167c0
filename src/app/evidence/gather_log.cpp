#include "app/evidence/gather_log.h"

#include <utility>

#include <boost/json/parse.hpp>

#include "app/evidence/errors.h"
#include "audit/errors.h"

namespace kapok::app::evidence {
namespace {

constexpr std::size_t kSameSubjectMax = 1'000;  // Events of one type about one thing.

bool is_wanted(const audit::NumberedEvent& event, const LogGatherer::Wish& wish) {
    if (!wish) {
        return true;
    }
    const boost::json::value body = boost::json::parse(event.body);  // Written by us.
    return wish(body.at("data").as_object());
}

}  // namespace

core::Result<LogGatherer> LogGatherer::open(platform::db::Reader& reader,
                                            platform::crypto::Suite suite, bool hurry) {
    auto found = audit::newest_checkpoint(reader);
    if (!found) {
        return std::unexpected(found.error());
    }
    auto& checkpoint = *found;
    if (!checkpoint) {
        return core::fail(kNoLog);
    }
    return LogGatherer(reader, suite, hurry, *std::move(checkpoint));
}

core::Result<void> LogGatherer::want(std::string_view type, const std::string& subject,
                                     const Wish& wish) {
    audit::EventQuery query;
    query.type = std::string(type);
    query.subject = subject;
    query.up_to = static_cast<std::int64_t>(checkpoint_.head.size);
    query.limit = kSameSubjectMax;
    auto events = audit::list_events(reader_, core::Scope::all(), query);
    if (!events) {
        return std::unexpected(events.error());
    }
    bool found = false;
    for (audit::NumberedEvent& event : *events) {
        if (is_wanted(event, wish)) {
            found = true;
            bodies_.emplace(event.sequence, std::move(event.body));
        }
    }
    if (found || hurry_) {
        return {};
    }
    const auto size = audit::log_size(reader_);
    const auto pending = audit::has_pending(reader_);
    if (!size || !pending) {
        return std::unexpected(size ? pending.error() : size.error());
    }
    const bool is_coming = *pending || static_cast<std::uint64_t>(*size) > checkpoint_.head.size;
    return is_coming ? core::fail(kNotCovered) : core::Result<void>();
}

core::Result<std::optional<audit::StoredCheckpoint>> LogGatherer::earlier(
    std::optional<std::uint64_t> kept, core::Timestamp time) {
    if (!kept) {
        auto before = audit::checkpoint_at(reader_, time);
        if (!before || *before) {
            return before;
        }
        auto first = audit::list_checkpoints(reader_, {audit::Order::Ascending, 0, 1});
        if (!first) {
            return std::unexpected(first.error());
        }
        return first->empty() ? std::nullopt : std::optional(std::move(first->front()));
    }
    auto found = audit::find_checkpoint(reader_, *kept);
    if (found && !*found) {
        return core::fail(audit::kUnknownCheckpoint, {{"size", std::to_string(*kept)}},
                          "/query/checkpoint");
    }
    return found;
}

core::Result<Log> LogGatherer::finish(std::optional<std::uint64_t> kept, core::Timestamp time) {
    Log log{checkpoint_.note, {}, {}};
    const auto before = earlier(kept, time);
    if (!before) {
        return std::unexpected(before.error());
    }
    if (const auto& from = *before; from && from->head.size <= checkpoint_.head.size) {
        auto hashes =
            tiles_.hashes(audit::consistency_ranges(from->head.size, checkpoint_.head.size));
        if (!hashes) {
            return std::unexpected(hashes.error());
        }
        log.earlier = EarlierCheckpoint{from->note, *std::move(hashes)};
    }
    for (auto& [sequence, body] : bodies_) {
        auto hashes = tiles_.hashes(
            audit::inclusion_ranges(audit::leaf_index(sequence), checkpoint_.head.size));
        if (!hashes) {
            return std::unexpected(hashes.error());
        }
        log.events.push_back({std::move(body), *std::move(hashes)});
    }
    return log;
}

}  // namespace kapok::app::evidence
