#include "ledger/account.h"

#include <algorithm>

#include "ledger/errors.h"
#include "ledger/limits.h"

namespace kapok::ledger {

std::optional<AccountCode> parse_account_code(std::string_view name) {
    const auto found = std::ranges::find(kAccountCodes, name, &AccountCodeInfo::name);
    if (found == kAccountCodes.end()) {
        return std::nullopt;
    }
    return static_cast<AccountCode>(found - kAccountCodes.begin());
}

std::optional<Side> parse_side(std::string_view name) {
    const auto found = std::ranges::find(kSideNames, name);
    if (found == kSideNames.end()) {
        return std::nullopt;
    }
    return static_cast<Side>(found - kSideNames.begin());
}

std::optional<Overdraft> parse_overdraft(std::string_view name) {
    const auto found = std::ranges::find(kOverdraftNames, name);
    if (found == kOverdraftNames.end()) {
        return std::nullopt;
    }
    return static_cast<Overdraft>(found - kOverdraftNames.begin());
}

core::Result<void> check(const Account& account) {
    if (account.id.is_zero()) {
        return core::fail(kBadAccountId);
    }
    if (account.organization.is_zero()) {
        return core::fail(kNoOwner, {{"account", account.id.text()}});
    }
    if (account.unit.is_none()) {
        return core::fail(kBadUnit, {{"actual", "\"\""}});
    }
    if (account.name.size() > kAccountNameBytesMax) {
        return core::fail(kNameTooLong, {{"expected", std::to_string(kAccountNameBytesMax)},
                                         {"actual", std::to_string(account.name.size())}});
    }
    return {};
}

core::Result<void> check_same(const Account& stored, const Account& again) {
    const char* field = stored.organization != again.organization ? "organization"
                        : stored.project != again.project         ? "project"
                        : stored.unit != again.unit               ? "unit"
                        : stored.code != again.code               ? "code"
                        : stored.normal != again.normal           ? "normal side"
                        : stored.overdraft != again.overdraft     ? "overdraft rule"
                                                                  : nullptr;
    if (field != nullptr) {
        return core::fail(kAccountConflict, {{"account", again.id.text()}, {"field", field}});
    }
    return {};
}

}  // namespace kapok::ledger
