#pragma once

// Where the book is kept. A command loads what its transfers name, lets the rules decide, and saves
// what they made; all inside one transaction, in which nobody else can post.

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/clock.h"
#include "core/principal.h"
#include "core/result.h"
#include "ledger/account.h"
#include "ledger/rules.h"
#include "ledger/transfer.h"
#include "platform/db/database.h"

namespace kapok::ledger {

using platform::db::Reader;
using platform::db::Transaction;

// The part of the book that a command needs, and the ledger's time: the command's, but never before
// the newest transfer, so that times never go back where sequence numbers go on.
struct Book {
    State state;
    core::Timestamp time;
};

[[nodiscard]] core::Result<Book> load_book(Transaction& transaction,
                                           std::span<const Transfer> batch);
// With the open holds whose time is up, the oldest first.
struct DueBook {
    Book book;
    std::vector<TransferId> due;
};
[[nodiscard]] core::Result<DueBook> load_due(Transaction& transaction, std::size_t limit);
// `created` are the new records of `book`.
[[nodiscard]] core::Result<void> save_book(Transaction& transaction, Book& book,
                                           std::span<const Record* const> created);

// True if it was added, false if there is an account of that id already.
[[nodiscard]] core::Result<bool> insert_account(Transaction& transaction, const Account& account);

// Reading. What is outside of `scope` is not there.

[[nodiscard]] core::Result<std::optional<AccountState>> find_account(Reader& reader,
                                                                     const core::Scope& scope,
                                                                     AccountId id);

struct AccountFilter {
    std::optional<core::OrganizationId> organization = {};
    std::optional<core::ProjectId> project = {};
    std::optional<core::ProjectId> project_or_none = {};  // Of this project, or of none.
    std::optional<AccountCode> code = {};
    std::optional<Unit> unit = {};
};
// In the order of their numbers, from behind `after`.
[[nodiscard]] core::Result<std::vector<AccountState>> list_accounts(Reader& reader,
                                                                    const core::Scope& scope,
                                                                    const AccountFilter& filter,
                                                                    std::int64_t after,
                                                                    std::size_t limit);

// Whose one of its accounts is, and how to read that account's balances.
struct Party {
    core::OrganizationId organization;
    std::optional<core::ProjectId> project;
    Side normal = Side::Credit;
};
// There for whoever sees one of its accounts.
struct OwnedRecord {
    Record record;
    Party debit;
    Party credit;
};
[[nodiscard]] core::Result<std::optional<OwnedRecord>> find_transfer(Reader& reader,
                                                                     const core::Scope& scope,
                                                                     TransferId id);
// A line of an account's statement.
struct Entry {
    Record record;
    Side side = Side::Debit;  // On which the account was.
    Balances after;           // Of the account.
};
enum class Order : std::uint8_t { OldestFirst, NewestFirst };
struct EntryRange {
    std::int64_t after = 0;              // Sequence, exclusive.
    std::optional<std::int64_t> before;  // Sequence, exclusive.
    Order order = Order::OldestFirst;
    std::size_t limit = 0;
};
[[nodiscard]] core::Result<std::vector<Entry>> list_entries(Reader& reader, const Account& account,
                                                            const EntryRange& range);

// The past. Sequence 0 is before the first transfer.
struct Head {
    std::int64_t sequence = 0;
    core::Timestamp time;
};
[[nodiscard]] core::Result<Head> newest(Reader& reader);
// The last transfer made at or before `time`.
[[nodiscard]] core::Result<std::int64_t> sequence_at(Reader& reader, core::Timestamp time);
[[nodiscard]] core::Result<Balances> balances_at(Reader& reader, const Account& account,
                                                 std::int64_t sequence);

// The whole book in its order, from behind `after`; for whoever checks it.
[[nodiscard]] core::Result<std::vector<Record>> records_from(Reader& reader, std::int64_t after,
                                                             std::size_t limit);
[[nodiscard]] core::Result<std::unordered_map<AccountId, Balances>> all_balances(Reader& reader);
[[nodiscard]] core::Result<std::unordered_set<TransferId>> open_holds(Reader& reader);

// Of one unit: sums over all its accounts. Debits equal credits, always.
struct TrialBalanceLine {
    Unit unit;
    Balances sums;

    [[nodiscard]] bool balances() const noexcept {
        return sums.debits_posted == sums.credits_posted &&
               sums.debits_pending == sums.credits_pending;
    }
};
[[nodiscard]] core::Result<std::vector<TrialBalanceLine>> trial_balance(Reader& reader);
[[nodiscard]] core::Result<std::vector<TrialBalanceLine>> trial_balance_at(Reader& reader,
                                                                           std::int64_t sequence);

}  // namespace kapok::ledger
