#include "app/telemetry/counts.h"

#include <utility>

#include "audit/event_log.h"
#include "ledger/ledger_store.h"

namespace kapok::app::telemetry {
namespace {

using platform::db::Reader;

core::Result<RunningCounts> begin(Reader& reader) {
    const auto events = audit::log_size(reader);
    const auto charges = exchange::newest_charge(reader);
    if (!events || !charges) {
        return std::unexpected(events ? charges.error() : events.error());
    }
    return RunningCounts{true, *events, *charges, {}, {}};
}

core::Result<RunningCounts> go_on(Reader& reader, RunningCounts counts) {
    const auto events = audit::count_events(reader, counts.events_upto, kCountedPerLookMax);
    const auto charges =
        exchange::sum_charges_after(reader, counts.charges_upto, kCountedPerLookMax);
    if (!events || !charges) {
        return std::unexpected(events ? charges.error() : events.error());
    }
    counts.events_upto = events->upto;
    for (const auto& [type, count] : events->by_type) {
        counts.events[type] += count;
    }
    counts.charges_upto = charges->upto;
    for (const auto& [currency, sum] : charges->by_currency) {
        exchange::ChargeSum& all = counts.charges[currency];
        all.charges += sum.charges;
        all.micros += sum.micros;
    }
    return counts;
}

}  // namespace

core::Result<Counts> look(Reader& reader, RunningCounts before, core::Timestamp now,
                          std::chrono::milliseconds heartbeat_limit) {
    auto running = before.begun ? go_on(reader, std::move(before)) : begin(reader);
    auto fleet = compute::read_fleet(reader, now, heartbeat_limit);
    const auto models = models::count_models(reader);
    auto held = ledger::sum_open_holds(reader);
    const auto head = ledger::newest(reader);
    const auto backlog = audit::backlog(reader);
    if (!running || !fleet || !models) {
        return std::unexpected(!running ? running.error()
                               : !fleet ? fleet.error()
                                        : models.error());
    }
    if (!held || !head || !backlog) {
        return std::unexpected(!held ? held.error() : !head ? head.error() : backlog.error());
    }
    return Counts{now,      *std::move(fleet),  *models, *std::move(held), head->sequence,
                  *backlog, *std::move(running)};
}

}  // namespace kapok::app::telemetry
