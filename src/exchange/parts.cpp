#include "exchange/parts.h"

#include <algorithm>
#include <utility>

#include "exchange/errors.h"
#include "ledger/api.h"

namespace kapok::exchange {
namespace {

// Where the account stands, and whether it may go below zero.
struct Part {
    core::Uuid owner;
    core::OrganizationId organization;
    std::optional<core::ProjectId> project;
    ledger::AccountCode code;
    core::Currency currency;
    ledger::Overdraft overdraft;
};

// Derived, so that two servers that open the same part at once open the same account.
ledger::AccountId account_id(const Part& part) {
    const auto leg = static_cast<std::uint8_t>(std::to_underlying(part.code) * 16 +
                                               std::to_underlying(part.currency));
    return ledger::AccountId(ledger::derived_id(part.owner, leg).uuid());
}

core::Result<ledger::AccountId> ensure(Transaction& transaction, const core::Principal& caller,
                                       const Part& part) {
    const auto found = find_part(transaction, part.owner, part.code, part.currency);
    if (!found) {
        return std::unexpected(found.error());
    }
    if (const auto& known = *found) {
        return *known;
    }
    ledger::Account account;
    account.id = account_id(part);
    account.organization = part.organization;
    account.project = part.project;
    account.unit = ledger::Unit::of(part.currency);
    account.code = part.code;
    account.normal = ledger::info(part.code).normal;
    account.overdraft = part.overdraft;
    const auto opened = ledger::open_account(transaction, caller, account);
    if (!opened) {
        return std::unexpected(opened.error());
    }
    const auto kept = insert_part(transaction, part.owner, part.code, part.currency, opened->id);
    if (!kept) {
        return std::unexpected(kept.error());
    }
    return opened->id;
}

}  // namespace

core::Result<ledger::AccountId> payable_of(Transaction& transaction, const core::Principal& caller,
                                           core::OrganizationId provider, core::Currency currency) {
    return ensure(transaction, caller,
                  {provider.uuid(), provider, std::nullopt, ledger::AccountCode::ProviderPayable,
                   currency, ledger::Overdraft::Refused});
}

core::Result<ledger::AccountId> wallet_of(Reader& reader, core::ProjectId project,
                                          core::Currency currency) {
    const auto found = find_part(reader, project.uuid(), ledger::AccountCode::Wallet, currency);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& wallet = *found;
    if (!wallet) {
        return core::fail(kNoWallet,
                          {{"project", project.text()}, {"currency", core::to_text(currency)}});
    }
    return *wallet;
}

core::Result<ledger::AccountId> open_wallet(Transaction& transaction, const core::Principal& caller,
                                            core::OrganizationId organization,
                                            core::ProjectId project, core::Currency currency) {
    return ensure(transaction, caller,
                  {project.uuid(), organization, project, ledger::AccountCode::Wallet, currency,
                   ledger::Overdraft::Refused});
}

core::Result<ledger::AccountId> platform_part(Transaction& transaction,
                                              const core::Principal& caller,
                                              core::OrganizationId platform,
                                              ledger::AccountCode code, core::Currency currency) {
    return ensure(
        transaction, caller,
        {platform.uuid(), platform, std::nullopt, code, currency, ledger::Overdraft::Refused});
}

core::Result<core::Timestamp> book_time(Transaction& transaction) {
    const auto newest = ledger::newest(transaction);
    if (!newest) {
        return std::unexpected(newest.error());
    }
    return std::max(transaction.now(), newest->time);
}

}  // namespace kapok::exchange
