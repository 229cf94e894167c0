#include <algorithm>
#include <string_view>

#include "ledger/balance_steps.h"
#include "ledger/sql/rows.h"

namespace kapok::ledger {
namespace {

using platform::db::Row;

// Parameters: after, upto and code, twice.
constexpr std::string_view kSteps =
    "select t.sequence, 0, t.id, t.created_at, a.id, a.organization_id, a.unit, a.normal_side,"
    " t.debit_debits_posted, t.debit_debits_pending, t.debit_credits_posted,"
    " t.debit_credits_pending"
    " from ledger_transfer t join ledger_account a on a.number = t.debit_account"
    " where t.sequence > ? and t.sequence <= ? and a.code = ?"
    " union all"
    " select t.sequence, 1, t.id, t.created_at, a.id, a.organization_id, a.unit, a.normal_side,"
    " t.credit_debits_posted, t.credit_debits_pending, t.credit_credits_posted,"
    " t.credit_credits_pending"
    " from ledger_transfer t join ledger_account a on a.number = t.credit_account"
    " where t.sequence > ? and t.sequence <= ? and a.code = ?"
    " order by 1, 2";

bool sees(const core::Scope& scope, core::OrganizationId owner) {
    return scope.everything ||
           std::ranges::find(scope.organizations, owner) != scope.organizations.end();
}

}  // namespace

core::Result<void> visit_steps(platform::db::Reader& reader, const core::Scope& scope,
                               AccountCode code, const SequenceSpan& span,
                               const std::function<void(const BalanceStep&)>& visit) {
    const std::string_view name = info(code).name;
    return reader.query(kSteps, {span.after, span.upto, name, span.after, span.upto, name},
                        [&](const Row& row) {
                            BalanceStep step;
                            step.organization = row.id<core::OrganizationId>(5);
                            if (!sees(scope, step.organization)) {
                                return;
                            }
                            step.sequence = row.integer(0);
                            step.transfer = row.id<TransferId>(2);
                            step.at = row.time(3);
                            step.account = row.id<AccountId>(4);
                            step.unit = row.text(6);
                            step.normal = row.text(7) == "debit" ? Side::Debit : Side::Credit;
                            step.after = sql::balances_from(row, 8);
                            visit(step);
                        });
}

}  // namespace kapok::ledger
