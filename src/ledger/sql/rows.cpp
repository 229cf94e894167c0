#include "ledger/sql/rows.h"

#include <string>
#include <utility>

#include "ledger/errors.h"

namespace kapok::ledger::sql {

using platform::db::Row;

template <class Enum>
Enum RowReader::known(std::optional<Enum> value, std::string_view text) {
    if (!value && !damage_) {
        damage_ = core::Error(kCorrupt, {{"detail", std::string(text)}}, {});
    }
    return value.value_or(Enum{});
}

Unit RowReader::unit(std::string_view text) {
    if (text != last_unit_.text()) {  // Most rows of one query are of one unit.
        auto parsed = Unit::parse(text);
        last_unit_ = known(parsed ? std::optional(*std::move(parsed)) : std::nullopt, text);
    }
    return last_unit_;
}

Balances balances_from(const Row& row, int column) {
    return {row.integer(column), row.integer(column + 1), row.integer(column + 2),
            row.integer(column + 3)};
}

// The side that must not outweigh the other says both which one is normal and that overdraft is
// refused. Where it is allowed, the rules do not ask for the normal side.
AccountState RowReader::account_for_rules(const Row& row) {
    AccountState state;
    state.account.number = row.integer(0);
    state.account.id = row.id<AccountId>(1);
    state.account.unit = unit(row.text(2));
    state.account.overdraft = Overdraft::Allowed;
    if (!row.is_null(3)) {
        const Side floor = known(parse_side(row.text(3)), row.text(3));
        state.account.normal = floor == Side::Debit ? Side::Credit : Side::Debit;
        state.account.overdraft = Overdraft::Refused;
    }
    state.balances = balances_from(row, 4);
    state.transfers = row.integer(8);
    state.last_sequence = row.integer(9);
    return state;
}

AccountState RowReader::account(const Row& row) {
    AccountState state = account_for_rules(row);
    state.account.normal = known(parse_side(row.text(10)), row.text(10));
    state.account.code = known(parse_account_code(row.text(11)), row.text(11));
    state.account.organization = row.id<core::OrganizationId>(12);
    state.account.project = row.id_if<core::ProjectId>(13);
    state.account.name = row.text(14);
    state.account.created_at = row.time(15);
    return state;
}

Party RowReader::party(const Row& row, int column) {
    return {row.id<core::OrganizationId>(column), row.id_if<core::ProjectId>(column + 1),
            known(parse_side(row.text(column + 2)), row.text(column + 2))};
}

OwnedRecord RowReader::record(const Row& row) {
    OwnedRecord owned;
    Record& record = owned.record;
    record.sequence = row.integer(0);
    record.transfer.id = row.id<TransferId>(1);
    record.transfer.kind = known(parse_transfer_kind(row.text(2)), row.text(2));
    record.transfer.debit = row.id<AccountId>(3);
    record.transfer.credit = row.id<AccountId>(4);
    record.transfer.unit = unit(row.text(5));
    record.transfer.amount = row.integer(6);
    record.transfer.code = known(parse_transfer_code(row.text(7)), row.text(7));
    record.transfer.hold = row.id_if<TransferId>(8).value_or(TransferId());
    record.created_at = row.time(9);
    record.expires_at = row.time_if(10);
    if (record.expires_at) {
        record.transfer.timeout = *record.expires_at - record.created_at;
    }
    record.transfer.reference = row.is_null(11) ? core::Uuid() : row.uuid(11);
    record.transfer.reference_text = row.text(12);
    if (!row.is_null(13)) {
        record.hold_state = end_of(known(parse_transfer_kind(row.text(13)), row.text(13)));
    }
    record.debit_after = balances_from(row, 14);
    record.credit_after = balances_from(row, 18);
    owned.debit = party(row, 22);
    owned.credit = party(row, 25);
    return owned;
}

core::Result<void> RowReader::outcome(core::Result<void> done) const {
    if (done && damage_) {
        return std::unexpected(*damage_);
    }
    return done;
}

}  // namespace kapok::ledger::sql
