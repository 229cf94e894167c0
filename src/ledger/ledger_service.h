#pragma once

// What people and programs may see of the ledger: their own accounts, statements and transfers, and
// for those who watch over all, the trial balance. What the caller may not see is not there.
// Nothing is posted through it: money moves through exchange and its like, which call api.h.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/clock.h"
#include "core/principal.h"
#include "core/result.h"
#include "identity/organization_tree.h"
#include "ledger/account.h"
#include "ledger/ledger_store.h"
#include "platform/db/database.h"

namespace kapok::ledger {

struct AccountQuery {
    AccountFilter filter;
    std::int64_t after = 0;  // Account number.
    std::size_t limit = 0;
};

// A statement: the account's transfers in a stretch of time, from a place in the book.
struct EntryQuery {
    AccountId account;
    std::optional<core::Timestamp> from;  // Inclusive.
    std::optional<core::Timestamp> to;    // Exclusive.
    Order order = Order::NewestFirst;
    std::int64_t cursor = 0;  // The last sequence of the page before; 0 for the first page.
    std::size_t limit = 0;
};
struct EntryPage {
    Account account;
    std::vector<Entry> entries;
    std::optional<std::int64_t> next;  // Cursor of the next page, if there may be one.
};

// A transfer with the balances after it of those of its accounts that the caller sees.
struct SeenTransfer {
    Record record;
    std::optional<Side> debit_normal;  // The normal side of an account that the caller sees.
    std::optional<Side> credit_normal;
};

struct TrialBalance {
    Head as_of;  // The last transfer that is in it.
    std::vector<TrialBalanceLine> lines;
};

class LedgerService {
public:
    template <class T>
    using Answer = boost::asio::awaitable<core::Result<T>>;
    // The organizations as they are now; never null.
    using Organizations = std::function<std::shared_ptr<const identity::OrganizationTree>()>;

    LedgerService(platform::db::Database& database, Organizations organizations)
        : database_(database), organizations_(std::move(organizations)) {}

    Answer<std::vector<AccountState>> list_accounts(core::Principal caller, AccountQuery query);
    // With the balances of now, or of the end of a past moment.
    Answer<AccountState> get_account(core::Principal caller, AccountId id,
                                     std::optional<core::Timestamp> as_of);
    Answer<EntryPage> list_entries(core::Principal caller, EntryQuery query);
    Answer<SeenTransfer> get_transfer(core::Principal caller, TransferId id);
    Answer<TrialBalance> get_trial_balance(core::Principal caller,
                                           std::optional<core::Timestamp> as_of);

private:
    platform::db::Database& database_;
    Organizations organizations_;
};

}  // namespace kapok::ledger
