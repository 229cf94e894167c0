#pragma once

// What stood on accounts right after each of their transfers, along the book: for whoever follows
// how balances came to be. SQL is in sql/balance_steps_sql.cpp.

#include <cstdint>
#include <functional>
#include <string>

#include "core/clock.h"
#include "core/principal.h"
#include "core/result.h"
#include "ledger/account.h"
#include "ledger/transfer.h"
#include "platform/db/database.h"

namespace kapok::ledger {

struct BalanceStep {
    std::int64_t sequence = 0;
    TransferId transfer;
    core::Timestamp at;
    AccountId account;
    core::OrganizationId organization;
    std::string unit;
    Side normal = Side::Credit;
    Balances after;
};
// Sequences: from behind the first, up to and with the second.
struct SequenceSpan {
    std::int64_t after = 0;
    std::int64_t upto = 0;
};
// Of all accounts of one part; of a transfer between two of them the debited one first.
[[nodiscard]] core::Result<void> visit_steps(platform::db::Reader& reader, const core::Scope& scope,
                                             AccountCode code, const SequenceSpan& span,
                                             const std::function<void(const BalanceStep&)>& visit);

}  // namespace kapok::ledger
