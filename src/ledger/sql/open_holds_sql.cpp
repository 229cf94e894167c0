#include <cassert>

#include "ledger/open_holds.h"

namespace kapok::ledger {
namespace {

// Goes by the few holds that are open, however many transfers there are.
constexpr std::string_view kHeld =
    "select a.unit, count(*), cast(sum(t.amount) as bigint) from ledger_hold h "
    "join ledger_transfer t on t.sequence = h.sequence "
    "join ledger_account a on a.number = t.debit_account group by a.unit order by a.unit";

}  // namespace

core::Result<std::vector<HeldSum>> sum_open_holds(platform::db::Reader& reader) {
    return reader.list(kHeld, {}, [](const platform::db::Row& row) {
        auto unit = Unit::parse(row.text(0));
        assert(unit.has_value());  // Checked before it was written.
        return HeldSum{*std::move(unit), row.integer(1), row.integer(2)};
    });
}

}  // namespace kapok::ledger
