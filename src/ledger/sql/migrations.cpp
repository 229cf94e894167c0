#include "ledger/migrations.h"

#include <array>
#include <string_view>

namespace kapok::ledger {
namespace sql {

extern const std::string_view ledger_0001_ledger;
extern const std::string_view ledger_0002_balances_by_number;

}  // namespace sql

std::span<const platform::db::Migration> migrations() {
    static const std::array kMigrations{
        platform::db::Migration{"ledger", 1, "ledger", sql::ledger_0001_ledger},
        platform::db::Migration{"ledger", 2, "balances by number",
                                sql::ledger_0002_balances_by_number},
    };
    return kMigrations;
}

}  // namespace kapok::ledger
