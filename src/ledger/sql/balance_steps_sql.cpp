#include <algorithm>
#include <string_view>

#include "ledger/balance_steps.h"
#include "ledger/sql/rows.h"

namespace kapok::ledger {
namespace {

using platform::db::Row;

// Parameters: after, upto and code, twice.
#define KAPOK_LEDGER_STEP(order, side)                                                    \
    "select t.sequence, " order                                                           \
    ", t.id, t.created_at, a.id, a.organization_id, a.unit, a.normal_side, t." side       \
    "_debits_posted, t." side "_debits_pending, t." side "_credits_posted, t." side       \
    "_credits_pending from ledger_transfer t join ledger_account a on a.number = t." side \
    "_account where t.sequence > ? and t.sequence <= ? and a.code = ?"
constexpr std::string_view kSteps =
    KAPOK_LEDGER_STEP("0", "debit") " union all " KAPOK_LEDGER_STEP("1", "credit") " order by 1, 2";
#undef KAPOK_LEDGER_STEP

bool sees(const core::Scope& scope, core::OrganizationId owner) {
    return scope.everything ||
           std::ranges::find(scope.organizations, owner) != scope.organizations.end();
}

}  // namespace

core::Result<void> visit_steps(platform::db::Reader& reader, const core::Scope& scope,
                               AccountCode code, std::int64_t after, std::int64_t upto,
                               const std::function<void(const BalanceStep&)>& visit) {
    const std::string_view name = info(code).name;
    return reader.query(kSteps, {after, upto, name, after, upto, name}, [&](const Row& row) {
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
