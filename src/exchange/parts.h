#pragma once

// The parts that accounts of the ledger play in the exchange, opened when they are first needed:
// a project's wallet, a provider's payable, the platform's cash and credit line.

#include "core/clock.h"
#include "core/money.h"
#include "core/principal.h"
#include "core/result.h"
#include "exchange/exchange_store.h"
#include "ledger/account.h"

namespace kapok::exchange {

// What the platform owes a provider.
[[nodiscard]] core::Result<ledger::AccountId> payable_of(Transaction& transaction,
                                                         const core::Principal& caller,
                                                         core::OrganizationId provider,
                                                         core::Currency currency);

// The wallet of a project; kNoWallet if it has none in this currency.
[[nodiscard]] core::Result<ledger::AccountId> wallet_of(Reader& reader, core::ProjectId project,
                                                        core::Currency currency);
[[nodiscard]] core::Result<ledger::AccountId> open_wallet(Transaction& transaction,
                                                          const core::Principal& caller,
                                                          core::OrganizationId organization,
                                                          core::ProjectId project,
                                                          core::Currency currency);

// The platform's own, in the organization that runs it.
[[nodiscard]] core::Result<ledger::AccountId> platform_part(Transaction& transaction,
                                                            const core::Principal& caller,
                                                            core::OrganizationId platform,
                                                            ledger::AccountCode code,
                                                            core::Currency currency);

// When something is charged or paid: now, but never before the ledger's newest transfer. A clock
// that was set back would else put a charge into another period than its transfer.
[[nodiscard]] core::Result<core::Timestamp> book_time(Transaction& transaction);

}  // namespace kapok::exchange
