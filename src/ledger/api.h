#pragma once

// What exchange, models and compute call, inside their own command, with its Transaction. What they
// change and what the ledger changes is durable together or not at all. Each call that changes
// something publishes one audit event.
//
// A failed call has written nothing. Ids come from the caller: the same call with the same ids is
// safe to repeat, and answers as it did the first time.
//
//     auto paid = ledger::hold(transaction, actor, {.id = …, .debit = wallet, .credit = clearing,
//     …}); … auto settled = ledger::settle(transaction, actor, {.id = …, .hold = …, .amount = used,
//     …});

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/id.h"
#include "core/principal.h"
#include "core/result.h"
#include "ledger/account.h"
#include "ledger/ledger_store.h"
#include "ledger/rules.h"
#include "ledger/transfer.h"
#include "platform/db/database.h"

namespace kapok::ledger {

// Opens `account`, or finds it as it was opened before; kAccountConflict if it was opened
// otherwise. Answers with the account as it is, its number and time filled in.
[[nodiscard]] core::Result<Account> open_account(Transaction& transaction,
                                                 const core::Principal& actor,
                                                 const Account& account);

// All of `transfers` or none, whether linked or not. The error is that of the first that failed for
// a reason of its own, with the pointer "/transfers/N".
[[nodiscard]] core::Result<std::vector<Outcome>> post(Transaction& transaction,
                                                      const core::Principal& actor,
                                                      std::span<const Transfer> transfers);

// Each for itself, linked chains as a whole: one outcome a transfer. Fails only as a whole if the
// batch is too large or the database fails.
[[nodiscard]] core::Result<std::vector<Outcome>> post_each(Transaction& transaction,
                                                           const core::Principal& actor,
                                                           std::span<const Transfer> transfers);

// Reserves `amount` of `debit` for `credit`.
struct HoldRequest {
    TransferId id;
    AccountId debit;
    AccountId credit;
    std::int64_t amount = 0;
    Unit unit;
    TransferCode code = TransferCode::Charge;
    std::chrono::microseconds timeout{0};  // 0 is for ever.
    core::Uuid reference;
    std::string reference_text;
};
[[nodiscard]] core::Result<Outcome> hold(Transaction& transaction, const core::Principal& actor,
                                         const HoldRequest& request);

// Takes `amount` out of a hold, gives the rest back, and divides what was taken: `shares` are
// posted after the capture, in the same step, usually from the hold's credited account onward. An
// amount of 0 gives all back. An expired hold is kHoldExpired: then charge by post(), if at all.
struct Settlement {
    TransferId id;
    TransferId hold;
    std::int64_t amount = 0;
    TransferCode code = TransferCode::Charge;
    core::Uuid reference;
    std::string reference_text;
    std::vector<Transfer> shares;
};
[[nodiscard]] core::Result<Outcome> settle(Transaction& transaction, const core::Principal& actor,
                                           const Settlement& settlement);

// Gives all of a hold back.
struct ReleaseRequest {
    TransferId id;
    TransferId hold;
    TransferCode code = TransferCode::Charge;
    core::Uuid reference;
    std::string reference_text;
};
[[nodiscard]] core::Result<Outcome> release(Transaction& transaction, const core::Principal& actor,
                                            const ReleaseRequest& request);

// Ends the oldest holds whose time is up, at most kExpiriesPerCommandMax, and says how many: if it
// was that many, there may be more. For a loop that calls it each second.
[[nodiscard]] core::Result<std::size_t> expire_due(Transaction& transaction,
                                                   const core::Principal& actor);

// What stands on an account now; also inside a command, before it decides. Whether the caller may
// know it is the calling module's question.
[[nodiscard]] core::Result<AccountState> balance(Reader& reader, AccountId account);

// Besides, ledger_store.h: find_account, list_accounts, find_transfer, list_entries (a
// statement), sequence_at and balances_at (the past), trial_balance.

}  // namespace kapok::ledger
