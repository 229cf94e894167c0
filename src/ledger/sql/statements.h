#pragma once

// Every statement of the ledger. `{list}` stands for a list of parameters, see in_list.h.

#include <string_view>

namespace kapok::ledger::sql {

inline constexpr std::string_view kLockHead =
    "select sequence, created_at from ledger_head where id = 1 {for_update}";
inline constexpr std::string_view kHead =
    "select sequence, created_at from ledger_head where id = 1";
inline constexpr std::string_view kMoveHead =
    "update ledger_head set sequence = ?, created_at = ? where id = 1";

// What the rules need of an account.
inline constexpr std::string_view kAccountsForRules =
    "select account, account_id, unit, floor, debits_posted, debits_pending, credits_posted,"
    " credits_pending, transfers, last_sequence from ledger_balance where account_id in ({list})";

inline constexpr std::string_view kInsertAccount =
    "insert into ledger_account (id, unit, normal_side, overdraft, code, organization_id,"
    " project_id, name, created_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " on conflict (id) do nothing";
inline constexpr std::string_view kInsertBalance =
    "insert into ledger_balance (account_id, account, unit, floor, debits_posted, debits_pending,"
    " credits_posted, credits_pending, transfers, last_sequence)"
    " select id, number, unit, ?, 0, 0, 0, 0, 0, 0 from ledger_account where id = ?";
inline constexpr std::string_view kUpdateBalance =
    "update ledger_balance set debits_posted = ?, debits_pending = ?, credits_posted = ?,"
    " credits_pending = ?, transfers = ?, last_sequence = ? where account = ?";

inline constexpr std::string_view kInsertTransfer =
    "insert into ledger_transfer (sequence, id, kind, debit_account, credit_account, amount, code,"
    " hold, created_at, expires_at, reference, reference_text, debit_previous, credit_previous,"
    " debit_debits_posted, debit_debits_pending, debit_credits_posted, debit_credits_pending,"
    " credit_debits_posted, credit_debits_pending, credit_credits_posted, credit_credits_pending)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
inline constexpr std::string_view kInsertWaypoint =
    "insert into ledger_waypoint (account, sequence) values (?, ?)";
inline constexpr std::string_view kInsertHold =
    "insert into ledger_hold (sequence, expires_at) values (?, ?)";
inline constexpr std::string_view kDeleteHold = "delete from ledger_hold where sequence = ?";
inline constexpr std::string_view kDueHolds =
    "select t.id from ledger_hold h join ledger_transfer t on t.sequence = h.sequence"
    " where h.expires_at <= ? order by h.expires_at, h.sequence limit ?";

// A whole record: the transfer, its accounts, the hold that it ends, and what ended it.
#define KAPOK_LEDGER_RECORD                                                                      \
    "select t.sequence, t.id, t.kind, d.id, c.id, d.unit, t.amount, t.code, x.id, t.created_at," \
    " t.expires_at, t.reference, t.reference_text, e.kind, t.debit_debits_posted,"               \
    " t.debit_debits_pending, t.debit_credits_posted, t.debit_credits_pending,"                  \
    " t.credit_debits_posted, t.credit_debits_pending, t.credit_credits_posted,"                 \
    " t.credit_credits_pending, d.organization_id, d.project_id, d.normal_side, "                \
    "c.organization_id, c.project_id, c.normal_side"                                             \
    " from ledger_transfer t"                                                                    \
    " join ledger_account d on d.number = t.debit_account"                                       \
    " join ledger_account c on c.number = t.credit_account"                                      \
    " left join ledger_transfer x on x.sequence = t.hold"                                        \
    " left join ledger_transfer e on e.hold = t.sequence"
inline constexpr std::string_view kRecordsById = KAPOK_LEDGER_RECORD " where t.id in ({list})";
inline constexpr std::string_view kRecordById = KAPOK_LEDGER_RECORD " where t.id = ?";
inline constexpr std::string_view kRecordsFrom =
    KAPOK_LEDGER_RECORD " where t.sequence > ? order by t.sequence limit ?";

// Where to start along an account's chain: at the waypoint that is so many behind a sequence, or,
// if there are not so many, at its newest transfer.
inline constexpr std::string_view kWaypoint =
    "select coalesce((select sequence from ledger_waypoint where account = ? and sequence >= ?"
    " order by sequence limit 1 offset ?),"
    " (select last_sequence from ledger_balance where account = ?))";
// From there back along the chain of the account, as far as it is behind `after`, at most so many
// steps; of these, those before `before`. Parameters: account, start, after, account, after, steps,
// before, limit.
#define KAPOK_LEDGER_CHAIN                                                    \
    "with recursive chain (sequence, previous, step) as ("                    \
    " select s.sequence, case when s.debit_account = ? then s.debit_previous" \
    " else s.credit_previous end, 1"                                          \
    " from ledger_transfer s where s.sequence = ? and s.sequence > ?"         \
    " union all"                                                              \
    " select n.sequence, case when n.debit_account = ? then n.debit_previous" \
    " else n.credit_previous end, chain.step + 1"                             \
    " from chain join ledger_transfer n on n.sequence = chain.previous"       \
    " where chain.previous > ? and chain.step < ?) " KAPOK_LEDGER_RECORD      \
    " where t.sequence in (select sequence from chain where sequence < ?)"
inline constexpr std::string_view kEntriesOldestFirst =
    KAPOK_LEDGER_CHAIN " order by t.sequence asc limit ?";
inline constexpr std::string_view kEntriesNewestFirst =
    KAPOK_LEDGER_CHAIN " order by t.sequence desc limit ?";
#undef KAPOK_LEDGER_CHAIN
#undef KAPOK_LEDGER_RECORD

#define KAPOK_LEDGER_ACCOUNT                                                                 \
    "select a.number, a.id, a.unit, b.floor, b.debits_posted,"                               \
    " b.debits_pending, b.credits_posted, b.credits_pending, b.transfers, b.last_sequence, " \
    "a.normal_side,"                                                                         \
    " a.code, a.organization_id,"                                                            \
    " a.project_id, a.name, a.created_at"                                                    \
    " from ledger_account a join ledger_balance b on b.account = a.number"
inline constexpr std::string_view kAccountById = KAPOK_LEDGER_ACCOUNT " where a.id = ?";
// Followed by the filters that are asked for, then kAccountsEnd.
inline constexpr std::string_view kAccounts = KAPOK_LEDGER_ACCOUNT " where a.number > ?";
#undef KAPOK_LEDGER_ACCOUNT
inline constexpr std::string_view kInOrganizations = " and a.organization_id in ({list})";
inline constexpr std::string_view kOfOrganization = " and a.organization_id = ?";
inline constexpr std::string_view kOfProject = " and a.project_id = ?";
inline constexpr std::string_view kOfProjectOrNone =
    " and (a.project_id is null or a.project_id = ?)";
inline constexpr std::string_view kOfCode = " and a.code = ?";
inline constexpr std::string_view kOfUnit = " and a.unit = ?";
inline constexpr std::string_view kAccountsEnd = " order by a.number limit ?";

inline constexpr std::string_view kBalances =
    "select account_id, debits_posted, debits_pending, credits_posted, credits_pending"
    " from ledger_balance";
inline constexpr std::string_view kOpenHolds =
    "select t.id from ledger_hold h join ledger_transfer t on t.sequence = h.sequence";

inline constexpr std::string_view kTimeOfSequence =
    "select created_at from ledger_transfer where sequence = ?";

// Two parts of each sum, as one of many accounts need not fit into 64 bits.
inline constexpr std::string_view kTrialBalance =
    "select unit,"
    " cast(sum(debits_posted / 1000000000) as bigint),"
    " cast(sum(debits_posted % 1000000000) as bigint),"
    " cast(sum(debits_pending / 1000000000) as bigint),"
    " cast(sum(debits_pending % 1000000000) as bigint),"
    " cast(sum(credits_posted / 1000000000) as bigint),"
    " cast(sum(credits_posted % 1000000000) as bigint),"
    " cast(sum(credits_pending / 1000000000) as bigint),"
    " cast(sum(credits_pending % 1000000000) as bigint)"
    " from ledger_balance group by unit order by unit";

// What stood on each account after its last transfer up to a sequence (three times the same one);
// nothing for those that had none by then.
inline constexpr std::string_view kPastBalances =
    "with recursive chain (account, unit, sequence) as ("
    " select b.account, b.unit, coalesce((select min(w.sequence) from ledger_waypoint w"
    " where w.account = b.account and w.sequence >= ?), b.last_sequence) from ledger_balance b"
    " union all"
    " select chain.account, chain.unit,"
    " case when n.debit_account = chain.account then n.debit_previous"
    " else n.credit_previous end"
    " from chain join ledger_transfer n on n.sequence = chain.sequence"
    " where chain.sequence > ?)"
    " select chain.unit,"
    " case when t.debit_account = chain.account then t.debit_debits_posted"
    " else t.credit_debits_posted end,"
    " case when t.debit_account = chain.account then t.debit_debits_pending"
    " else t.credit_debits_pending end,"
    " case when t.debit_account = chain.account then t.debit_credits_posted"
    " else t.credit_credits_posted end,"
    " case when t.debit_account = chain.account then t.debit_credits_pending"
    " else t.credit_credits_pending end"
    " from chain join ledger_transfer t on t.sequence = chain.sequence"
    " where chain.sequence <= ?";

}  // namespace kapok::ledger::sql
