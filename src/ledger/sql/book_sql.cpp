// The writing half of the store: what a command loads, and what it saves.

#include <algorithm>
#include <utility>

#include "ledger/errors.h"
#include "ledger/ledger_store.h"
#include "ledger/limits.h"
#include "ledger/sql/in_list.h"
#include "ledger/sql/rows.h"
#include "ledger/sql/statements.h"

namespace kapok::ledger {
namespace {

using core::Result;
using platform::db::Row;
using platform::db::Value;

void sort_unique(std::vector<core::Uuid>& ids) {
    std::ranges::sort(ids);
    ids.erase(std::ranges::unique(ids).begin(), ids.end());
}

template <class Id>
void add_if(std::vector<core::Uuid>& ids, const Id& id) {
    if (!id.is_zero()) {
        ids.push_back(id.uuid());
    }
}

// Nobody else posts until this transaction is over.
Result<Book> lock_book(Transaction& transaction) {
    const auto found = transaction.find(
        sql::kLockHead, {}, [](const Row& row) { return Head{row.integer(0), row.time(1)}; });
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& head = *found;
    if (!head) {
        return core::fail(kCorrupt, {{"detail", "ledger_head has no row"}});
    }
    return Book{State(head->sequence), std::max(head->time, transaction.now())};
}

Result<void> load_records(Transaction& transaction, std::vector<core::Uuid> ids, Book& book,
                          std::vector<core::Uuid>& accounts) {
    sort_unique(ids);
    sql::RowReader rows;
    return rows.outcome(sql::query_in(transaction, sql::kRecordsById, ids, [&](const Row& row) {
        Record record = rows.record(row).record;
        accounts.push_back(record.transfer.debit.uuid());
        accounts.push_back(record.transfer.credit.uuid());
        book.state.add(std::move(record));
    }));
}

Result<void> load_accounts(Transaction& transaction, std::vector<core::Uuid> ids, Book& book) {
    sort_unique(ids);
    sql::RowReader rows;
    return rows.outcome(
        sql::query_in(transaction, sql::kAccountsForRules, ids,
                      [&](const Row& row) { book.state.add(rows.account_for_rules(row)); }));
}

using Rows = std::vector<std::vector<Value>>;

// A transfer becomes the newest of an account: what was the newest before it.
std::int64_t append(AccountState& account, std::int64_t sequence, Rows& waypoints) {
    ++account.transfers;
    if (account.transfers % kWaypointEvery == 0) {
        waypoints.push_back({account.account.number, sequence});
    }
    return std::exchange(account.last_sequence, sequence);
}

std::vector<Value> transfer_row(State& state, const Record& record, Rows& waypoints) {
    const Transfer& transfer = record.transfer;
    AccountState& debit = *state.account(transfer.debit);
    AccountState& credit = *state.account(transfer.credit);
    const Record* hold = transfer.hold.is_zero() ? nullptr : state.transfer(transfer.hold);
    std::vector<Value> row;
    row.reserve(22);
    row.emplace_back(record.sequence);
    row.emplace_back(transfer.id);
    row.emplace_back(name(transfer.kind));
    row.emplace_back(debit.account.number);
    row.emplace_back(credit.account.number);
    row.emplace_back(transfer.amount);
    row.emplace_back(info(transfer.code).name);
    row.emplace_back(hold == nullptr ? Value(nullptr) : Value(hold->sequence));
    row.emplace_back(record.created_at);
    row.emplace_back(record.expires_at);
    row.emplace_back(transfer.reference.is_zero() ? Value(nullptr) : Value(transfer.reference));
    row.emplace_back(transfer.reference_text);
    row.emplace_back(append(debit, record.sequence, waypoints));
    row.emplace_back(append(credit, record.sequence, waypoints));
    for (const Balances* after : {&record.debit_after, &record.credit_after}) {
        row.emplace_back(after->debits_posted);
        row.emplace_back(after->debits_pending);
        row.emplace_back(after->credits_posted);
        row.emplace_back(after->credits_pending);
    }
    return row;
}

// In the order of their keys: neighbouring pages are written once.
Rows balance_rows(const State& state) {
    std::vector<const AccountState*> touched;
    for (const auto& [id, found] : state.accounts()) {
        if (found.touched) {
            touched.push_back(&found);
        }
    }
    std::ranges::sort(touched, {}, [](const AccountState* one) { return one->account.number; });
    Rows rows;
    rows.reserve(touched.size());
    for (const AccountState* one : touched) {
        const Balances& balances = one->balances;
        rows.push_back({balances.debits_posted, balances.debits_pending, balances.credits_posted,
                        balances.credits_pending, one->transfers, one->last_sequence,
                        one->account.number});
    }
    return rows;
}

Result<void> write_rows(Transaction& transaction, std::string_view statement, const Rows& rows) {
    return rows.empty() ? Result<void>() : transaction.execute_many(statement, rows);
}

}  // namespace

Result<Book> load_book(Transaction& transaction, std::span<const Transfer> batch) {
    auto book = lock_book(transaction);
    if (!book) {
        return book;
    }
    std::vector<core::Uuid> transfers;
    std::vector<core::Uuid> accounts;
    for (const Transfer& transfer : batch) {
        add_if(transfers, transfer.id);
        add_if(transfers, transfer.hold);
        add_if(accounts, transfer.debit);
        add_if(accounts, transfer.credit);
    }
    if (auto loaded = load_records(transaction, std::move(transfers), *book, accounts); !loaded) {
        return std::unexpected(loaded.error());
    }
    if (auto loaded = load_accounts(transaction, std::move(accounts), *book); !loaded) {
        return std::unexpected(loaded.error());
    }
    return book;
}

Result<DueBook> load_due(Transaction& transaction, std::size_t limit) {
    auto book = lock_book(transaction);
    if (!book) {
        return std::unexpected(book.error());
    }
    auto due = transaction.list(sql::kDueHolds, {book->time, limit},
                                [](const Row& row) { return row.id<TransferId>(0); });
    if (!due) {
        return std::unexpected(due.error());
    }
    std::vector<core::Uuid> transfers;
    std::vector<core::Uuid> accounts;
    for (const TransferId id : *due) {
        transfers.push_back(id.uuid());
    }
    if (auto loaded = load_records(transaction, std::move(transfers), *book, accounts); !loaded) {
        return std::unexpected(loaded.error());
    }
    if (auto loaded = load_accounts(transaction, std::move(accounts), *book); !loaded) {
        return std::unexpected(loaded.error());
    }
    return DueBook{*std::move(book), *std::move(due)};
}

Result<void> save_book(Transaction& transaction, Book& book,
                       std::span<const Record* const> created) {
    Rows transfers;
    Rows opened;
    Rows ended;
    Rows waypoints;
    transfers.reserve(created.size());
    for (const Record* record : created) {
        transfers.push_back(transfer_row(book.state, *record, waypoints));
        if (record->transfer.kind == TransferKind::Hold) {
            opened.push_back({record->sequence, record->expires_at});
        } else if (record->transfer.kind != TransferKind::Post) {
            ended.push_back({book.state.transfer(record->transfer.hold)->sequence});
        }
    }
    auto done = transaction.queue(sql::kMoveHead, {book.state.last_sequence(), book.time});
    if (done) {
        done = write_rows(transaction, sql::kInsertTransfer, transfers);
    }
    if (done) {
        done = write_rows(transaction, sql::kInsertHold, opened);
    }
    if (done) {
        done = write_rows(transaction, sql::kDeleteHold, ended);
    }
    if (done) {
        done = write_rows(transaction, sql::kInsertWaypoint, waypoints);
    }
    if (done) {
        done = write_rows(transaction, sql::kUpdateBalance, balance_rows(book.state));
    }
    return done;
}

Result<bool> insert_account(Transaction& transaction, const Account& account) {
    const auto added =
        transaction.execute(sql::kInsertAccount,
                            {account.id, account.unit.text(), name(account.normal),
                             name(account.overdraft), info(account.code).name, account.organization,
                             account.project, account.name, transaction.now()});
    if (!added) {
        return std::unexpected(added.error());
    }
    if (*added == 0) {
        return false;
    }
    // Which side must not outweigh the other.
    const Side lowered = account.normal == Side::Credit ? Side::Debit : Side::Credit;
    const Value floor = account.overdraft == Overdraft::Refused ? Value(name(lowered)) : nullptr;
    if (auto opened = transaction.execute(sql::kInsertBalance, {floor, account.id}); !opened) {
        return std::unexpected(opened.error());
    }
    return true;
}

}  // namespace kapok::ledger
