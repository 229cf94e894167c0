// The reading half of the store: accounts, statements, the past, the trial balance.

#include <algorithm>
#include <limits>
#include <map>
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
__extension__ using Wide = __int128;

bool sees(const core::Scope& scope, core::OrganizationId owner) {
    return scope.everything ||
           std::ranges::find(scope.organizations, owner) != scope.organizations.end();
}

Result<std::vector<Record>> list_records(Reader& reader, std::string_view statement,
                                         std::span<const Value> values) {
    sql::RowReader rows;
    std::vector<Record> records;
    auto done = rows.outcome(reader.query(
        statement, values, [&](const Row& row) { records.push_back(rows.record(row).record); }));
    if (!done) {
        return std::unexpected(done.error());
    }
    return records;
}

// A sum of one unit in the making.
struct WideBalances {
    Wide debits_posted = 0;
    Wide debits_pending = 0;
    Wide credits_posted = 0;
    Wide credits_pending = 0;
};

Result<TrialBalanceLine> to_line(Unit unit, const WideBalances& wide) {
    TrialBalanceLine line{std::move(unit), {}};
    const auto fit = [](Wide sum, std::int64_t& place) {
        place = static_cast<std::int64_t>(sum);
        return place == sum;
    };
    if (!fit(wide.debits_posted, line.sums.debits_posted) ||
        !fit(wide.debits_pending, line.sums.debits_pending) ||
        !fit(wide.credits_posted, line.sums.credits_posted) ||
        !fit(wide.credits_pending, line.sums.credits_pending)) {
        return core::fail(core::kOverflow);
    }
    return line;
}

Result<std::vector<TrialBalanceLine>> to_lines(const std::map<std::string, WideBalances>& sums) {
    std::vector<TrialBalanceLine> lines;
    for (const auto& [text, wide] : sums) {
        auto unit = Unit::parse(text);
        if (!unit) {
            return core::fail(kCorrupt, {{"detail", text}});
        }
        auto line = to_line(*std::move(unit), wide);
        if (!line) {
            return std::unexpected(line.error());
        }
        lines.push_back(*std::move(line));
    }
    return lines;
}

// Two columns of kTrialBalance.
Wide sum_of_parts(const Row& row, int column) {
    constexpr std::int64_t kPart = 1'000'000'000;
    return Wide{row.integer(column)} * kPart + row.integer(column + 1);
}

Result<std::optional<core::Timestamp>> time_of(Reader& reader, std::int64_t sequence) {
    return reader.find(sql::kTimeOfSequence, {sequence},
                       [](const Row& row) { return row.time(0); });
}

}  // namespace

Result<std::optional<AccountState>> find_account(Reader& reader, const core::Scope& scope,
                                                 AccountId id) {
    sql::RowReader rows;
    std::optional<AccountState> found;
    auto done = rows.outcome(reader.query(sql::kAccountById, {id}, [&](const Row& row) {
        AccountState account = rows.account(row);
        if (sees(scope, account.account.organization)) {
            found = std::move(account);
        }
    }));
    if (!done) {
        return std::unexpected(done.error());
    }
    return found;
}

Result<std::vector<AccountState>> list_accounts(Reader& reader, const core::Scope& scope,
                                                const AccountFilter& filter, std::int64_t after,
                                                std::size_t limit) {
    std::vector<AccountState> found;
    if (!scope.everything && scope.organizations.empty()) {
        return found;
    }
    std::string statement(sql::kAccounts);
    std::vector<Value> values{after};
    if (!scope.everything) {
        std::vector<core::Uuid> owners;
        owners.reserve(scope.organizations.size());
        for (const core::OrganizationId owner : scope.organizations) {
            owners.push_back(owner.uuid());
        }
        const std::size_t places = sql::places_for(owners.size());
        statement += sql::with_places(sql::kInOrganizations, places);
        sql::add_filled(values, owners, places);
    }
    const auto add = [&](std::string_view condition, Value value) {
        statement += condition;
        values.push_back(std::move(value));
    };
    if (filter.organization) {
        add(sql::kOfOrganization, *filter.organization);
    }
    if (filter.project) {
        add(sql::kOfProject, *filter.project);
    }
    if (filter.project_or_none) {
        add(sql::kOfProjectOrNone, *filter.project_or_none);
    }
    if (filter.code) {
        add(sql::kOfCode, info(*filter.code).name);
    }
    if (filter.unit) {
        add(sql::kOfUnit, filter.unit->text());
    }
    add(sql::kAccountsEnd, limit);
    sql::RowReader rows;
    auto done = rows.outcome(reader.query(
        statement, values, [&](const Row& row) { found.push_back(rows.account(row)); }));
    if (!done) {
        return std::unexpected(done.error());
    }
    return found;
}

Result<std::optional<OwnedRecord>> find_transfer(Reader& reader, const core::Scope& scope,
                                                 TransferId id) {
    sql::RowReader rows;
    std::optional<OwnedRecord> found;
    auto done = rows.outcome(reader.query(sql::kRecordById, {id}, [&](const Row& row) {
        OwnedRecord owned = rows.record(row);
        if (sees(scope, owned.debit.organization) || sees(scope, owned.credit.organization)) {
            found = std::move(owned);
        }
    }));
    if (!done) {
        return std::unexpected(done.error());
    }
    return found;
}

// The transfer from which a walk back along the account's chain finds all of the range: 0 if there
// is none. So many waypoints behind the range's beginning are enough for the oldest of it.
Result<std::int64_t> walk_start(Reader& reader, const Account& account, const EntryRange& range,
                                std::int64_t before) {
    const bool oldest_first = range.order == Order::OldestFirst;
    const std::int64_t from = oldest_first ? range.after + 1 : before;
    const std::int64_t skip =
        oldest_first ? static_cast<std::int64_t>(range.limit) / kWaypointEvery + 1 : 0;
    const auto start = reader.find(sql::kWaypoint, {account.number, from, skip, account.number},
                                   [](const Row& row) { return row.integer_if(0); });
    if (!start) {
        return std::unexpected(start.error());
    }
    return start->value_or(std::nullopt).value_or(0);
}

Result<std::vector<Entry>> list_entries(Reader& reader, const Account& account,
                                        const EntryRange& range) {
    const std::int64_t before = range.before.value_or(std::numeric_limits<std::int64_t>::max());
    const auto start = walk_start(reader, account, range, before);
    if (!start) {
        return std::unexpected(start.error());
    }
    // As many as are wanted, and those on the way there from the waypoint.
    const std::int64_t steps = static_cast<std::int64_t>(range.limit) + 3 * kWaypointEvery;
    const std::vector<Value> values{account.number, *start, range.after, account.number,
                                    range.after,    steps,  before,      range.limit};
    auto records = list_records(
        reader,
        range.order == Order::OldestFirst ? sql::kEntriesOldestFirst : sql::kEntriesNewestFirst,
        values);
    if (!records) {
        return std::unexpected(records.error());
    }
    std::vector<Entry> entries;
    entries.reserve(records->size());
    for (Record& record : *records) {
        const bool debited = record.transfer.debit == account.id;
        const Balances after = debited ? record.debit_after : record.credit_after;
        entries.push_back({std::move(record), debited ? Side::Debit : Side::Credit, after});
    }
    return entries;
}

Result<Head> newest(Reader& reader) {
    const auto head = reader.find(sql::kHead, {},
                                  [](const Row& row) { return Head{row.integer(0), row.time(1)}; });
    if (!head) {
        return std::unexpected(head.error());
    }
    return head->value_or(Head{});
}

// Times never go back along the sequence, so halving finds it; an index would cost every transfer.
Result<std::int64_t> sequence_at(Reader& reader, core::Timestamp time) {
    const auto head = newest(reader);
    if (!head) {
        return std::unexpected(head.error());
    }
    std::int64_t low = 0;  // At or before `time`, if it is not 0.
    std::int64_t high = head->sequence;
    while (low < high) {
        const std::int64_t middle = low + (high - low + 1) / 2;
        const auto found = time_of(reader, middle);
        if (!found) {
            return std::unexpected(found.error());
        }
        const auto& made = *found;
        if (!made) {
            return core::fail(kCorrupt, {{"detail", "no transfer " + std::to_string(middle)}});
        }
        if (*made <= time) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
}

Result<Balances> balances_at(Reader& reader, const Account& account, std::int64_t sequence) {
    const auto last = list_entries(reader, account, {0, sequence + 1, Order::NewestFirst, 1});
    if (!last) {
        return std::unexpected(last.error());
    }
    return last->empty() ? Balances{} : last->front().after;
}

Result<std::vector<Record>> records_from(Reader& reader, std::int64_t after, std::size_t limit) {
    const std::vector<Value> values{after, limit};
    return list_records(reader, sql::kRecordsFrom, values);
}

Result<std::unordered_map<AccountId, Balances>> all_balances(Reader& reader) {
    std::unordered_map<AccountId, Balances> balances;
    auto done = reader.query(sql::kBalances, {}, [&](const Row& row) {
        balances.emplace(row.id<AccountId>(0), sql::balances_from(row, 1));
    });
    if (!done) {
        return std::unexpected(done.error());
    }
    return balances;
}

Result<std::unordered_set<TransferId>> open_holds(Reader& reader) {
    std::unordered_set<TransferId> holds;
    auto done = reader.query(sql::kOpenHolds, {},
                             [&](const Row& row) { holds.insert(row.id<TransferId>(0)); });
    if (!done) {
        return std::unexpected(done.error());
    }
    return holds;
}

Result<std::vector<TrialBalanceLine>> trial_balance(Reader& reader) {
    std::map<std::string, WideBalances> sums;
    auto done = reader.query(sql::kTrialBalance, {}, [&](const Row& row) {
        sums[std::string(row.text(0))] = {sum_of_parts(row, 1), sum_of_parts(row, 3),
                                          sum_of_parts(row, 5), sum_of_parts(row, 7)};
    });
    if (!done) {
        return std::unexpected(done.error());
    }
    return to_lines(sums);
}

Result<std::vector<TrialBalanceLine>> trial_balance_at(Reader& reader, std::int64_t sequence) {
    std::map<std::string, WideBalances> sums;
    auto done =
        reader.query(sql::kPastBalances, {sequence, sequence, sequence}, [&](const Row& row) {
            WideBalances& sum = sums[std::string(row.text(0))];
            const Balances past = sql::balances_from(row, 1);
            sum.debits_posted += past.debits_posted;
            sum.debits_pending += past.debits_pending;
            sum.credits_posted += past.credits_posted;
            sum.credits_pending += past.credits_pending;
        });
    if (!done) {
        return std::unexpected(done.error());
    }
    return to_lines(sums);
}

}  // namespace kapok::ledger
