#include <algorithm>
#include <string_view>

#include "exchange/charge_sums.h"
#include "exchange/sql/rows.h"

namespace kapok::exchange {
namespace {

using platform::db::Reader;
using platform::db::Row;

constexpr std::string_view kNewest = "select coalesce(max(number), 0) from exchange_charge";
constexpr std::string_view kSums =
    "select currency, count(*), cast(sum(amount_micros) as bigint) from exchange_charge "
    "where number > ? and number <= ? group by currency";

}  // namespace

core::Result<std::int64_t> newest_charge(Reader& reader) {
    const auto found = reader.find(kNewest, {}, [](const Row& row) { return row.integer(0); });
    return found ? core::Result<std::int64_t>(found->value_or(0)) : std::unexpected(found.error());
}

core::Result<ChargeSums> sum_charges_after(Reader& reader, std::int64_t after, std::int64_t most) {
    const auto newest = newest_charge(reader);
    if (!newest) {
        return std::unexpected(newest.error());
    }
    ChargeSums sums;
    sums.upto = std::max(after, std::min(*newest, after + most));
    const auto done = reader.query(kSums, {after, sums.upto}, [&](const Row& row) {
        const auto currency = sql::enum_of<core::Currency>(row.text(0), core::kCurrencyNames);
        sums.by_currency[currency] = {row.integer(1), row.integer(2)};
    });
    if (!done) {
        return std::unexpected(done.error());
    }
    return sums;
}

}  // namespace kapok::exchange
