#include "exchange/wallets.h"

#include <utility>

#include "core/timestamp.h"
#include "exchange/errors.h"
#include "exchange/parts.h"
#include "identity/context.h"
#include "ledger/api.h"

namespace kapok::exchange {
namespace {

using ledger::AccountCode;

// Moves `amount` between a part of the platform and a wallet, in the direction given.
struct Movement {
    core::Uuid id;
    ledger::AccountId debit;
    ledger::AccountId credit;
    core::Money amount;
    ledger::TransferCode code;
    std::string reference;
};

core::Result<void> move(Transaction& transaction, const core::Principal& caller,
                        const Movement& movement) {
    ledger::Transfer transfer;
    transfer.id = ledger::TransferId(movement.id);
    transfer.debit = movement.debit;
    transfer.credit = movement.credit;
    transfer.amount = movement.amount.micros();
    transfer.unit = ledger::Unit::of(movement.amount.currency());
    transfer.code = movement.code;
    transfer.reference_text = movement.reference;
    const auto posted = ledger::post(transaction, caller, std::span(&transfer, 1));
    return posted ? core::Result<void>() : std::unexpected(posted.error());
}

// What was lent: credits of the project's own credit line, kept as an account of its own.
core::Result<ledger::AccountId> credit_line_of(Transaction& transaction,
                                               const core::Principal& caller,
                                               const CreditChange& change) {
    const auto found = find_part(transaction, change.project.uuid(), AccountCode::CreditLine,
                                 change.limit.currency());
    if (!found) {
        return std::unexpected(found.error());
    }
    if (const auto& line = *found) {
        return *line;
    }
    ledger::Account account;
    account.id = ledger::AccountId(
        ledger::derived_id(
            change.project.uuid(),
            static_cast<std::uint8_t>(std::to_underlying(AccountCode::CreditLine) * 16 +
                                      std::to_underlying(change.limit.currency())))
            .uuid());
    account.organization = change.platform;
    account.unit = ledger::Unit::of(change.limit.currency());
    account.code = AccountCode::CreditLine;
    account.normal = ledger::info(AccountCode::CreditLine).normal;
    const auto opened = ledger::open_account(transaction, caller, account);
    if (!opened) {
        return std::unexpected(opened.error());
    }
    const auto kept = insert_part(transaction, change.project.uuid(), AccountCode::CreditLine,
                                  change.limit.currency(), opened->id);
    return kept ? core::Result<ledger::AccountId>(opened->id) : std::unexpected(kept.error());
}

core::Result<core::Money> lent_to(Reader& reader, core::ProjectId project,
                                  core::Currency currency) {
    const auto found = find_part(reader, project.uuid(), AccountCode::CreditLine, currency);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& line = *found;
    if (!line) {
        return core::Money::zero(currency);
    }
    const auto state = ledger::balance(reader, *line);
    if (!state) {
        return std::unexpected(state.error());
    }
    return core::Money(currency, state->balances.posted(state->account.normal));
}

// From here to the end of the command nobody else changes the limit; it is the one that was meant.
core::Result<void> keep_limit(Transaction& transaction, const CreditChange& change) {
    const core::Currency currency = change.limit.currency();
    const auto locked =
        lock_part(transaction, change.project.uuid(), AccountCode::Wallet, currency);
    if (!locked) {
        return std::unexpected(locked.error());
    }
    const auto version = credit_changes(transaction, change.project, currency);
    return version ? identity::check_version(change.expected, *version)
                   : std::unexpected(version.error());
}

core::Result<std::int64_t> posted_at(Reader& reader, const ledger::Account& account,
                                     core::Timestamp time) {
    const auto sequence = ledger::sequence_at(reader, time - std::chrono::microseconds(1));
    if (!sequence) {
        return std::unexpected(sequence.error());
    }
    const auto balances = ledger::balances_at(reader, account, *sequence);
    if (!balances) {
        return std::unexpected(balances.error());
    }
    return balances->posted(account.normal);
}

}  // namespace

core::Result<Wallet> find_wallet(Reader& reader, core::ProjectId project, core::Currency currency) {
    const auto account = wallet_of(reader, project, currency);
    if (!account) {
        return std::unexpected(account.error());
    }
    const auto state = ledger::balance(reader, *account);
    if (!state) {
        return std::unexpected(state.error());
    }
    const auto lent = lent_to(reader, project, currency);
    if (!lent) {
        return std::unexpected(lent.error());
    }
    const auto version = credit_changes(reader, project, currency);
    if (!version) {
        return std::unexpected(version.error());
    }
    const ledger::Side normal = state->account.normal;
    const std::int64_t posted = state->balances.posted(normal);
    const std::int64_t available = state->balances.available(normal);
    return Wallet{project,
                  *account,
                  core::Money(currency, posted),
                  core::Money(currency, posted - available),
                  core::Money(currency, available),
                  *lent,
                  *version};
}

core::Result<Wallet> top_up(Transaction& transaction, const core::Principal& caller,
                            const TopUp& payment) {
    if (payment.amount.micros() <= 0) {
        return core::fail(kNotPositive, {{"amount", core::to_decimal(payment.amount)}}, "/amount");
    }
    const core::Currency currency = payment.amount.currency();
    const auto cash =
        platform_part(transaction, caller, payment.platform, AccountCode::Cash, currency);
    if (!cash) {
        return std::unexpected(cash.error());
    }
    const auto wallet =
        open_wallet(transaction, caller, payment.organization, payment.project, currency);
    if (!wallet) {
        return std::unexpected(wallet.error());
    }
    const auto moved = move(transaction, caller,
                            {payment.id, *cash, *wallet, payment.amount,
                             ledger::TransferCode::TopUp, payment.reference});
    if (!moved) {
        return std::unexpected(moved.error());
    }
    const auto now = book_time(transaction);
    if (!now) {
        return std::unexpected(now.error());
    }
    const auto kept = insert_payment(transaction, {payment.id, payment.project, PaymentKind::TopUp,
                                                   payment.amount, payment.reference, *now});
    if (!kept) {
        return std::unexpected(kept.error());
    }
    return find_wallet(transaction, payment.project, currency);
}

core::Result<Wallet> set_credit_limit(Transaction& transaction, const core::Principal& caller,
                                      const CreditChange& change) {
    if (change.limit.micros() < 0) {
        return core::fail(kNotPositive, {{"amount", core::to_decimal(change.limit)}}, "/limit");
    }
    const core::Currency currency = change.limit.currency();
    const auto wallet =
        open_wallet(transaction, caller, change.organization, change.project, currency);
    if (const auto still = keep_limit(transaction, change); !still) {
        return std::unexpected(still.error());
    }
    const auto line = credit_line_of(transaction, caller, change);
    const auto lent = lent_to(transaction, change.project, currency);
    if (!wallet || !line || !lent) {
        return std::unexpected(!wallet ? wallet.error() : !line ? line.error() : lent.error());
    }
    const auto difference = core::subtract(change.limit, *lent);
    if (!difference) {
        return std::unexpected(difference.error());
    }
    if (difference->micros() < 0) {
        const auto now = find_wallet(transaction, change.project, currency);
        if (!now) {
            return std::unexpected(now.error());
        }
        if (now->available.micros() < -difference->micros()) {
            const core::Money used(currency, lent->micros() - now->available.micros());
            return core::fail(
                kCreditInUse,
                {{"used", core::to_decimal(used)}, {"amount", core::to_decimal(change.limit)}},
                "/limit");
        }
    }
    if (difference->micros() != 0) {
        const bool more = difference->micros() > 0;
        const core::Money amount(currency, more ? difference->micros() : -difference->micros());
        const auto moved = move(transaction, caller,
                                {change.id, more ? *line : *wallet, more ? *wallet : *line, amount,
                                 ledger::TransferCode::CreditGrant, ""});
        if (!moved) {
            return std::unexpected(moved.error());
        }
        const auto now = book_time(transaction);
        if (!now) {
            return std::unexpected(now.error());
        }
        const auto kept = insert_payment(
            transaction, {change.id, change.project, PaymentKind::Credit, *difference, "", *now});
        if (!kept) {
            return std::unexpected(kept.error());
        }
    }
    return find_wallet(transaction, change.project, currency);
}

core::Result<Statement> statement(Reader& reader, core::ProjectId project, core::Currency currency,
                                  core::Timestamp from, core::Timestamp to) {
    if (from >= to) {
        return core::fail(kBadPeriod,
                          {{"from", core::to_rfc3339(from)}, {"to", core::to_rfc3339(to)}}, "/to");
    }
    const auto account = wallet_of(reader, project, currency);
    if (!account) {
        return std::unexpected(account.error());
    }
    const auto state = ledger::balance(reader, *account);
    auto lines = statement_lines(reader, project, currency, from, to);
    const auto lost = written_off(reader, project, currency, from, to);
    if (!state || !lines || !lost) {
        return std::unexpected(!state ? state.error() : !lines ? lines.error() : lost.error());
    }
    const auto opening = posted_at(reader, state->account, from);
    const auto closing = posted_at(reader, state->account, to);
    if (!opening || !closing) {
        return std::unexpected(!opening ? opening.error() : closing.error());
    }
    core::Money charged = core::Money::zero(currency);
    for (const StatementLine& line : *lines) {
        const auto sum = core::add(charged, line.amount);
        if (!sum) {
            return std::unexpected(sum.error());
        }
        charged = *sum;
    }
    const auto paid = payments_between(reader, project, currency, PaymentKind::TopUp, from, to);
    const auto lent = payments_between(reader, project, currency, PaymentKind::Credit, from, to);
    if (!paid || !lent) {
        return std::unexpected(!paid ? paid.error() : lent.error());
    }
    const std::int64_t expected =
        *opening + paid->micros() + lent->micros() - charged.micros() + lost->micros();
    if (expected != *closing) {  // Two books that should agree do not.
        return core::fail(kUnbalanced,
                          {{"expected", core::to_decimal(core::Money(currency, expected))},
                           {"actual", core::to_decimal(core::Money(currency, *closing))}});
    }
    return Statement{
        project,           from,    to,    core::Money(currency, *opening), *paid, *lent,
        std::move(*lines), charged, *lost, core::Money(currency, *closing)};
}

}  // namespace kapok::exchange
