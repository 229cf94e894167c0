#pragma once

// How rows become the ledger's types. A text in a row that no table names was written by a newer
// version or by somebody else; it is kCorrupt, and `RowReader` keeps it until its query is over.

#include <optional>
#include <string_view>

#include "core/result.h"
#include "ledger/ledger_store.h"
#include "platform/db/database.h"

namespace kapok::ledger::sql {

class RowReader {
public:
    // Columns as kAccountsForRules has them.
    [[nodiscard]] AccountState account_for_rules(const platform::db::Row& row);
    // Columns as kAccountById has them.
    [[nodiscard]] AccountState account(const platform::db::Row& row);

    // Columns as kRecordById has them.
    [[nodiscard]] OwnedRecord record(const platform::db::Row& row);

    // `done`, unless a row could not be read.
    [[nodiscard]] core::Result<void> outcome(core::Result<void> done) const;

private:
    template <class Enum>
    Enum known(std::optional<Enum> value, std::string_view text);
    Unit unit(std::string_view text);
    Party party(const platform::db::Row& row, int column);

    std::optional<core::Error> damage_;
    Unit last_unit_;
};

[[nodiscard]] Balances balances_from(const platform::db::Row& row, int column);

}  // namespace kapok::ledger::sql
