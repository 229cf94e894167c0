#pragma once

// Does the whole book add up? Every transfer is read again from the first one on, and what stands
// on the accounts is computed anew: numbers without a gap, times that never go back, balances after
// each transfer, holds that end once and never for more than they held, the balances of today, the
// open holds, debits equal to credits. For `kapok doctor`, for auditors, and after every crash
// test.

#include <cstdint>

#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::ledger {

struct BookCheck {
    std::int64_t transfers = 0;
    std::int64_t accounts = 0;
    std::int64_t open_holds = 0;
};
// kCorrupt says what is wrong, and at which transfer or account.
[[nodiscard]] core::Result<BookCheck> check_book(platform::db::Reader& reader);

}  // namespace kapok::ledger
