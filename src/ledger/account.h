#pragma once

// An account of the double-entry book, and what stands on it. Accounts never change and are never
// deleted; a balance is four sums that only transfers move.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/id.h"
#include "core/result.h"
#include "ledger/unit.h"

namespace kapok::ledger {

struct AccountTag {
    static constexpr std::string_view kPrefix = "acc";
};
using AccountId = core::Id<AccountTag>;

// The side on which the account normally stands: a wallet is what the platform owes its owner, so
// credits raise it; cash is what the platform has, so debits raise it.
enum class Side : std::uint8_t { Debit, Credit };
inline constexpr std::array<std::string_view, 2> kSideNames{"debit", "credit"};

// May the balance go below zero, on the account's normal side? Open holds count as spent.
enum class Overdraft : std::uint8_t { Allowed, Refused };
inline constexpr std::array<std::string_view, 2> kOverdraftNames{"allowed", "refused"};

// What an account is for. The ledger treats all alike; reports and people don't.
enum class AccountCode : std::uint8_t {
    Wallet,
    Revenue,
    ProviderPayable,
    Cash,
    Clearing,
    CreditLine,
    VoucherIssue,
    TaxPayable,
    Fee,
    Rounding,
    Usage,
    Suspense,
};

struct AccountCodeInfo {
    std::string_view name;
    std::string_view en;
    std::string_view zh;
    Side normal;
};
inline constexpr std::array<AccountCodeInfo, 12> kAccountCodes{{
    {"wallet", "Wallet: prepaid by its owner", "钱包：机构的预付款", Side::Credit},
    {"revenue", "Revenue of the platform", "平台收入", Side::Credit},
    {"provider_payable", "Owed to a provider", "应付供应方款", Side::Credit},
    {"cash", "Cash: mirrors a bank account", "现金：与银行账户对应", Side::Debit},
    {"clearing", "In passing, between capture and split", "清算过渡", Side::Credit},
    {"credit_line", "Credit granted to wallets", "已授予的信用额度", Side::Debit},
    {"voucher_issue", "Vouchers issued", "已发放的算力券", Side::Debit},
    {"tax_payable", "Tax owed", "应交税费", Side::Credit},
    {"fee", "Fees of the platform", "平台服务费", Side::Credit},
    {"rounding", "Differences of rounding", "尾差", Side::Credit},
    {"usage", "Use of what was granted in units", "额度用量", Side::Credit},
    {"suspense", "To be explained", "待查款项", Side::Credit},
}};
[[nodiscard]] constexpr const AccountCodeInfo& info(AccountCode code) noexcept {
    return kAccountCodes[static_cast<std::size_t>(code)];
}
[[nodiscard]] std::optional<AccountCode> parse_account_code(std::string_view name);
[[nodiscard]] std::optional<Side> parse_side(std::string_view name);
[[nodiscard]] std::optional<Overdraft> parse_overdraft(std::string_view name);
[[nodiscard]] constexpr std::string_view name(Side side) noexcept {
    return kSideNames[static_cast<std::size_t>(side)];
}
[[nodiscard]] constexpr std::string_view name(Overdraft overdraft) noexcept {
    return kOverdraftNames[static_cast<std::size_t>(overdraft)];
}

struct Account {
    AccountId id;  // Made by whoever opens it, so that opening twice is opening once.
    core::OrganizationId organization;  // Whose it is; the platform's own are its root's.
    std::optional<core::ProjectId> project;
    Unit unit;
    AccountCode code = AccountCode::Wallet;
    Side normal = Side::Credit;
    Overdraft overdraft = Overdraft::Refused;
    std::string name;            // For people: "Wallet of Lab 3". May be empty.
    std::int64_t number = 0;     // Set by the ledger: the order of opening.
    core::Timestamp created_at;  // Set by the ledger.
};

// All four are sums since the account was opened and are never negative. For each side posted plus
// pending fits in 64 bits, which apply() keeps, so that the differences below cannot overflow.
struct Balances {
    std::int64_t debits_posted = 0;
    std::int64_t debits_pending = 0;
    std::int64_t credits_posted = 0;
    std::int64_t credits_pending = 0;

    friend bool operator==(const Balances&, const Balances&) = default;

    // What stands on the account, positive on its normal side.
    [[nodiscard]] constexpr std::int64_t posted(Side normal) const noexcept {
        return normal == Side::Credit ? credits_posted - debits_posted
                                      : debits_posted - credits_posted;
    }
    // The same less what open holds have spoken for. Holds that would raise it do not count.
    [[nodiscard]] constexpr std::int64_t available(Side normal) const noexcept {
        return normal == Side::Credit ? credits_posted - debits_posted - debits_pending
                                      : debits_posted - credits_posted - credits_pending;
    }
};

// Nothing if the account may be opened: its id, owner, unit and name are right.
[[nodiscard]] core::Result<void> check(const Account& account);
// Nothing if opening `again` an account that exists as `stored` changes nothing.
[[nodiscard]] core::Result<void> check_same(const Account& stored, const Account& again);

}  // namespace kapok::ledger
