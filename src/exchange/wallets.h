#pragma once

// Wallets: what a project has paid in, what it owes of credit, what is held, and its bill.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/money.h"
#include "core/principal.h"
#include "core/result.h"
#include "exchange/exchange_store.h"

namespace kapok::exchange {

struct Wallet {
    core::ProjectId project;
    ledger::AccountId account;
    core::Money balance;       // Posted, credit included.
    core::Money held;          // Reserved for work under way.
    core::Money available;     // Balance less held: what new work may reserve.
    core::Money credit_limit;  // Of the balance, what was lent.
    std::int64_t version = 0;  // How often the limit was changed: the rest moves with every call.
};
[[nodiscard]] core::Result<Wallet> find_wallet(Reader& reader, core::ProjectId project,
                                               core::Currency currency);

// A payment that the operator has received. `id` is the idempotency key.
struct TopUp {
    core::Uuid id;
    core::OrganizationId platform;  // Whose cash account it came into.
    core::OrganizationId organization;
    core::ProjectId project;
    core::Money amount;
    std::string reference;  // Of the bank's record.
};
[[nodiscard]] core::Result<Wallet> top_up(Transaction& transaction, const core::Principal& caller,
                                          const TopUp& payment);

// Lends the project up to `limit`, by a transfer of the difference to the limit so far. Another
// version than the expected one is kEtagMismatch: somebody else has changed the limit since.
struct CreditChange {
    core::Uuid id;
    core::OrganizationId platform;
    core::OrganizationId organization;
    core::ProjectId project;
    core::Money limit;
    std::optional<std::int64_t> expected = {};
};
[[nodiscard]] core::Result<Wallet> set_credit_limit(Transaction& transaction,
                                                    const core::Principal& caller,
                                                    const CreditChange& change);

// What a wallet did in [from, to): opening + paid_in + credit - charged + written_off = closing,
// always.
struct Statement {
    core::ProjectId project;
    core::Timestamp from;
    core::Timestamp to;
    core::Money opening;
    core::Money paid_in;  // Top-ups.
    core::Money credit;   // Lent, less what was taken back; negative if that was more.
    std::vector<StatementLine> lines;
    core::Money charged;      // Sum of the lines.
    core::Money written_off;  // Of it, what was not taken.
    core::Money closing;
};
[[nodiscard]] core::Result<Statement> statement(Reader& reader, core::ProjectId project,
                                                core::Currency currency, core::Timestamp from,
                                                core::Timestamp to);

}  // namespace kapok::exchange
