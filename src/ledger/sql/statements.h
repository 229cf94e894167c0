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
    "select a.number, a.id, a.unit, a.normal_side, a.overdraft,"
    " b.debits_posted, b.debits_pending, b.credits_posted, b.credits_pending"
    " from ledger_account a join ledger_balance b on b.account = a.number"
    " where a.id in ({list})";

inline constexpr std::string_view kInsertAccount =
    "insert into ledger_account (id, unit, normal_side, overdraft, code, organization_id,"
    " project_id, name, created_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " on conflict (id) do nothing";
inline constexpr std::string_view kInsertBalance =
    "insert into ledger_balance (account, floor, debits_posted, debits_pending, credits_posted,"
    " credits_pending) select number, ?, 0, 0, 0, 0 from ledger_account where id = ?";
inline constexpr std::string_view kUpdateBalance =
    "update ledger_balance set debits_posted = ?, debits_pending = ?, credits_posted = ?,"
    " credits_pending = ? where account = ?";

inline constexpr std::string_view kInsertTransfer =
    "insert into ledger_transfer (sequence, id, kind, debit_account, credit_account, amount, code,"
    " hold, created_at, expires_at, reference, reference_text,"
    " debit_debits_posted, debit_debits_pending, debit_credits_posted, debit_credits_pending,"
    " credit_debits_posted, credit_debits_pending, credit_credits_posted, credit_credits_pending)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
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
    " t.credit_credits_pending, d.organization_id, c.organization_id"                            \
    " from ledger_transfer t"                                                                    \
    " join ledger_account d on d.number = t.debit_account"                                       \
    " join ledger_account c on c.number = t.credit_account"                                      \
    " left join ledger_transfer x on x.sequence = t.hold"                                        \
    " left join ledger_transfer e on e.hold = t.sequence"
inline constexpr std::string_view kRecordsById = KAPOK_LEDGER_RECORD " where t.id in ({list})";
inline constexpr std::string_view kRecordById = KAPOK_LEDGER_RECORD " where t.id = ?";
inline constexpr std::string_view kRecordsByReference =
    KAPOK_LEDGER_RECORD " where t.reference = ? order by t.sequence limit ?";
inline constexpr std::string_view kRecordsFrom =
    KAPOK_LEDGER_RECORD " where t.sequence > ? order by t.sequence limit ?";

// One account's transfers in either direction, from two indexes that are in order already.
#define KAPOK_LEDGER_ENTRIES(order)                                                 \
    "select * from (select sequence from ledger_transfer where debit_account = ?"   \
    " and sequence > ? and sequence < ? order by sequence " order                   \
    " limit ?) debits"                                                              \
    " union all"                                                                    \
    " select * from (select sequence from ledger_transfer where credit_account = ?" \
    " and sequence > ? and sequence < ? order by sequence " order " limit ?) credits"
inline constexpr std::string_view kEntriesOldestFirst = KAPOK_LEDGER_RECORD
    " where t.sequence in (" KAPOK_LEDGER_ENTRIES("asc") ") order by t.sequence asc limit ?";
inline constexpr std::string_view kEntriesNewestFirst = KAPOK_LEDGER_RECORD
    " where t.sequence in (" KAPOK_LEDGER_ENTRIES("desc") ") order by t.sequence desc limit ?";
#undef KAPOK_LEDGER_ENTRIES
#undef KAPOK_LEDGER_RECORD

#define KAPOK_LEDGER_ACCOUNT                                                             \
    "select a.number, a.id, a.unit, a.normal_side, a.overdraft, b.debits_posted,"        \
    " b.debits_pending, b.credits_posted, b.credits_pending, a.code, a.organization_id," \
    " a.project_id, a.name, a.created_at"                                                \
    " from ledger_account a join ledger_balance b on b.account = a.number"
inline constexpr std::string_view kAccountById = KAPOK_LEDGER_ACCOUNT " where a.id = ?";
// Followed by the filters that are asked for, then kAccountsEnd.
inline constexpr std::string_view kAccounts = KAPOK_LEDGER_ACCOUNT " where a.number > ?";
#undef KAPOK_LEDGER_ACCOUNT
inline constexpr std::string_view kInOrganizations = " and a.organization_id in ({list})";
inline constexpr std::string_view kOfOrganization = " and a.organization_id = ?";
inline constexpr std::string_view kOfProject = " and a.project_id = ?";
inline constexpr std::string_view kOfCode = " and a.code = ?";
inline constexpr std::string_view kOfUnit = " and a.unit = ?";
inline constexpr std::string_view kAccountsEnd = " order by a.number limit ?";

inline constexpr std::string_view kBalances =
    "select a.id, b.debits_posted, b.debits_pending, b.credits_posted, b.credits_pending"
    " from ledger_account a join ledger_balance b on b.account = a.number";
inline constexpr std::string_view kOpenHolds =
    "select t.id from ledger_hold h join ledger_transfer t on t.sequence = h.sequence";

inline constexpr std::string_view kTimeOfSequence =
    "select created_at from ledger_transfer where sequence = ?";

// Two parts of each sum, as one of many accounts need not fit into 64 bits.
inline constexpr std::string_view kTrialBalance =
    "select a.unit,"
    " cast(sum(b.debits_posted / 1000000000) as bigint),"
    " cast(sum(b.debits_posted % 1000000000) as bigint),"
    " cast(sum(b.debits_pending / 1000000000) as bigint),"
    " cast(sum(b.debits_pending % 1000000000) as bigint),"
    " cast(sum(b.credits_posted / 1000000000) as bigint),"
    " cast(sum(b.credits_posted % 1000000000) as bigint),"
    " cast(sum(b.credits_pending / 1000000000) as bigint),"
    " cast(sum(b.credits_pending % 1000000000) as bigint)"
    " from ledger_account a join ledger_balance b on b.account = a.number"
    " group by a.unit order by a.unit";

// What stood on each account after the last transfer that debited it by then, and after the last
// that credited it: the newer of the two is what stood on it.
#define KAPOK_LEDGER_PAST                                                                     \
    "select a.unit, d.sequence, d.debit_debits_posted, d.debit_debits_pending,"               \
    " d.debit_credits_posted, d.debit_credits_pending, c.sequence, c.credit_debits_posted,"   \
    " c.credit_debits_pending, c.credit_credits_posted, c.credit_credits_pending"             \
    " from ledger_account a"                                                                  \
    " left join ledger_transfer d on d.sequence = (select max(sequence) from ledger_transfer" \
    " where debit_account = a.number and sequence <= ?)"                                      \
    " left join ledger_transfer c on c.sequence = (select max(sequence) from ledger_transfer" \
    " where credit_account = a.number and sequence <= ?)"
inline constexpr std::string_view kPastBalances = KAPOK_LEDGER_PAST " order by a.unit";
inline constexpr std::string_view kPastBalance = KAPOK_LEDGER_PAST " where a.number = ?";
#undef KAPOK_LEDGER_PAST

}  // namespace kapok::ledger::sql
