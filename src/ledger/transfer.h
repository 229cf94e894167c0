#pragma once

// A transfer moves an amount of one unit from the account it debits to the account it credits. It
// is made once and never changed: its id is the key under which a retry finds it, and a mistake is
// corrected by another transfer. A hold is a transfer that only reserves; a capture of it, a
// release or its expiry ends it, each being a transfer of its own.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/id.h"
#include "ledger/account.h"
#include "ledger/unit.h"

namespace kapok::ledger {

struct TransferTag {
    static constexpr std::string_view kPrefix = "trf";
};
using TransferId = core::Id<TransferTag>;

enum class TransferKind : std::uint8_t {
    Post,     // Moves the amount at once.
    Hold,     // Reserves it.
    Capture,  // Moves it, or less, out of a hold, and gives the rest back.
    Release,  // Gives all of a hold back.
    Expiry,   // The same, made by the ledger when a hold's time is up.
};
inline constexpr std::array<std::string_view, 5> kTransferKindNames{"post", "hold", "capture",
                                                                    "release", "expiry"};
[[nodiscard]] constexpr std::string_view name(TransferKind kind) noexcept {
    return kTransferKindNames[static_cast<std::size_t>(kind)];
}

// Is it linked to the next transfer of its batch? A chain of links is made as a whole or not at
// all.
enum class Link : std::uint8_t { None, Next };

// Why money moved. The ledger treats all alike; statements name them.
enum class TransferCode : std::uint8_t {
    TopUp,
    Charge,
    Settlement,
    Fee,
    Tax,
    Refund,
    Payout,
    CreditGrant,
    VoucherGrant,
    VoucherUse,
    Rounding,
    Adjustment,
    Reversal,
    Opening,
};

struct TransferCodeInfo {
    std::string_view name;
    std::string_view en;
    std::string_view zh;
};
inline constexpr std::array<TransferCodeInfo, 14> kTransferCodes{{
    {"top_up", "Top-up", "充值"},
    {"charge", "Charge for use", "使用扣费"},
    {"settlement", "Settlement with a provider", "与供应方结算"},
    {"fee", "Fee of the platform", "平台服务费"},
    {"tax", "Tax", "税费"},
    {"refund", "Refund", "退款"},
    {"payout", "Payout to a bank account", "付款至银行账户"},
    {"credit_grant", "Credit granted", "授予信用额度"},
    {"voucher_grant", "Voucher granted", "发放算力券"},
    {"voucher_use", "Voucher used", "核销算力券"},
    {"rounding", "Difference of rounding", "尾差调整"},
    {"adjustment", "Adjustment", "调整"},
    {"reversal", "Reversal of an earlier transfer", "冲正"},
    {"opening", "Opening balance", "期初余额"},
}};
[[nodiscard]] constexpr const TransferCodeInfo& info(TransferCode code) noexcept {
    return kTransferCodes[static_cast<std::size_t>(code)];
}
[[nodiscard]] std::optional<TransferKind> parse_transfer_kind(std::string_view name);
[[nodiscard]] std::optional<TransferCode> parse_transfer_code(std::string_view name);

struct Transfer {
    TransferId id;
    TransferKind kind = TransferKind::Post;
    Link link = Link::None;
    AccountId debit;          // A capture or release may leave accounts and unit to its hold.
    AccountId credit;         //
    std::int64_t amount = 0;  // Positive; a release may leave it to its hold.
    Unit unit;
    TransferCode code = TransferCode::Charge;
    TransferId hold;                       // What a capture or release ends.
    std::chrono::microseconds timeout{0};  // Of a hold; 0 is for ever.
    core::Uuid reference;                  // What it is for: a usage record, an invoice; or zero.
    std::string reference_text;            // The same for people; may be empty.
};

// What became of a hold; Open until a capture, release or expiry names it.
enum class HoldState : std::uint8_t { Open, Captured, Released, Expired };
// What a transfer of this kind makes of the hold that it names.
[[nodiscard]] constexpr HoldState end_of(TransferKind kind) noexcept {
    switch (kind) {
        case TransferKind::Post:
        case TransferKind::Hold: break;
        case TransferKind::Capture: return HoldState::Captured;
        case TransferKind::Release: return HoldState::Released;
        case TransferKind::Expiry: return HoldState::Expired;
    }
    return HoldState::Open;
}

// A transfer that was made. Accounts, unit and amount are filled in.
struct Record {
    Transfer transfer;
    std::int64_t sequence = 0;  // Counts the ledger's transfers from 1, without a gap.
    core::Timestamp created_at;
    std::optional<core::Timestamp> expires_at;  // Of a hold.
    HoldState hold_state = HoldState::Open;     // Of a hold.
    Balances debit_after;                       // Of the debited account, right after.
    Balances credit_after;
};

// One source often makes several transfers for one thing: a charge, a fee, a provider's share. Give
// each a leg of 0 to 255, and a retry makes the same ids again. `of` must be an id that its maker
// drew at random.
[[nodiscard]] TransferId derived_id(const core::Uuid& of, std::uint8_t leg) noexcept;

// The id under which the ledger expires a hold. No other transfer can have one like it, because
// callers may use only ids that are UUIDs of today's variant.
[[nodiscard]] TransferId expiry_id(TransferId hold) noexcept;
[[nodiscard]] bool is_transfer_id(TransferId id) noexcept;

// The transfer that undoes a post or a capture. Its id is derived, so that it can be made only
// once.
[[nodiscard]] Transfer reversal_of(const Record& record);

}  // namespace kapok::ledger
