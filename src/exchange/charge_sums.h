#pragma once

// For whoever watches the exchange: what was charged, read on from where one stopped.

#include <cstdint>
#include <map>

#include "core/money.h"
#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::exchange {

struct ChargeSum {
    std::int64_t charges = 0;
    std::int64_t micros = 0;
};
struct ChargeSums {
    std::map<core::Currency, ChargeSum> by_currency;
    std::int64_t upto = 0;  // The last charge that was counted.
};

// The newest charge's number, 0 if there is none.
[[nodiscard]] core::Result<std::int64_t> newest_charge(platform::db::Reader& reader);
// Of those after the charge `after`: at most `most` of them.
[[nodiscard]] core::Result<ChargeSums> sum_charges_after(platform::db::Reader& reader,
                                                         std::int64_t after, std::int64_t most);

}  // namespace kapok::exchange
