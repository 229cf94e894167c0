#pragma once

// The errors of the ledger: what can be wrong with an account, a transfer, a hold or a chain.

#include <array>

#include "core/result.h"

namespace kapok::ledger {

using core::ErrorCode;
using core::ErrorKind;

inline constexpr ErrorCode kNoAccount{"ledger.no_account", ErrorKind::NotFound,
                                      "there is no account {account}", "没有账户 {account}"};
inline constexpr ErrorCode kNoTransfer{"ledger.no_transfer", ErrorKind::NotFound,
                                       "there is no transfer {transfer}", "没有转账 {transfer}"};
inline constexpr ErrorCode kBadUnit{
    "ledger.bad_unit", ErrorKind::InvalidArgument,
    "a unit is a currency such as CNY, a base unit such as card_ms or token:qwen3, or "
    "voucher:NAME, not {actual}",
    "计量单位应为币种（如 CNY）、基本单位（如 card_ms、token:qwen3）或 voucher:名称，不能是 "
    "{actual}"};
inline constexpr ErrorCode kBadAccountId{"ledger.bad_account_id", ErrorKind::InvalidArgument,
                                         "an account needs an id that is not zero",
                                         "账户编号不能为零"};
inline constexpr ErrorCode kNoOwner{"ledger.no_owner", ErrorKind::InvalidArgument,
                                    "account {account} needs an organization that owns it",
                                    "账户 {account} 须有所属机构"};
inline constexpr ErrorCode kNameTooLong{
    "ledger.name_too_long", ErrorKind::InvalidArgument,
    "the name of an account has at most {expected} bytes, not {actual}",
    "账户名称最多 {expected} 字节，不能是 {actual} 字节"};
inline constexpr ErrorCode kAccountConflict{
    "ledger.account_conflict", ErrorKind::Conflict,
    "account {account} exists with another {field}; an account never changes",
    "账户 {account} 已存在且 {field} 不同；账户开立后不可更改"};
inline constexpr ErrorCode kBadTransferId{
    "ledger.bad_transfer_id", ErrorKind::InvalidArgument,
    "the id of a transfer must be a UUID of the variant of RFC 9562, not {actual}",
    "转账编号应为 RFC 9562 规定变体的 UUID，不能是 {actual}"};
inline constexpr ErrorCode kBadAmount{"ledger.bad_amount", ErrorKind::InvalidArgument,
                                      "the amount must be {expected}, not {actual}",
                                      "金额应为 {expected}，不能是 {actual}"};
inline constexpr ErrorCode kBadTimeout{
    "ledger.bad_timeout", ErrorKind::InvalidArgument,
    "only a hold has a timeout, of 0 (none) to 366 days, not {actual} microseconds",
    "只有冻结可设有效期，应为 0（不限）至 366 天，不能是 {actual} 微秒"};
inline constexpr ErrorCode kReferenceTooLong{
    "ledger.reference_too_long", ErrorKind::InvalidArgument,
    "the reference text has at most {expected} bytes, not {actual}",
    "附注最多 {expected} 字节，不能是 {actual} 字节"};
inline constexpr ErrorCode kSameAccount{
    "ledger.same_account", ErrorKind::InvalidArgument,
    "a transfer needs two different accounts, not {account} twice",
    "转账双方应为不同账户，不能都是 {account}"};
inline constexpr ErrorCode kUnexpectedHold{
    "ledger.unexpected_hold", ErrorKind::InvalidArgument,
    "only a capture or a release names a hold, not a transfer of kind {kind}",
    "只有扣款和解冻可指明冻结，{kind} 类转账不能"};
inline constexpr ErrorCode kReservedKind{"ledger.reserved_kind", ErrorKind::InvalidArgument,
                                         "the ledger itself expires holds; release it instead",
                                         "冻结到期由账本自行处理；如需提前结束请解冻"};
inline constexpr ErrorCode kUnitDiffers{"ledger.unit_differs", ErrorKind::Unprocessable,
                                        "account {account} is kept in {expected}, not {actual}",
                                        "账户 {account} 以 {expected} 记账，不能是 {actual}"};
inline constexpr ErrorCode kInsufficientFunds{
    "ledger.insufficient_funds", ErrorKind::Unprocessable,
    "account {account} has {available} {unit} available, but {needed} {unit} are needed",
    "账户 {account} 可用 {available} {unit}，所需 {needed} {unit}"};
inline constexpr ErrorCode kBalanceOverflow{
    "ledger.balance_overflow", ErrorKind::Unprocessable,
    "the balance of account {account} would exceed the largest number that can be kept",
    "账户 {account} 的余额将超出可记录的最大数值"};
inline constexpr ErrorCode kTransferConflict{
    "ledger.transfer_conflict", ErrorKind::Conflict,
    "transfer {transfer} exists with another {field}; a new transfer needs a new id",
    "转账 {transfer} 已存在且 {field} 不同；新的转账应使用新的编号"};
inline constexpr ErrorCode kChainOpen{"ledger.chain_open", ErrorKind::InvalidArgument,
                                      "the last transfer of a batch cannot be linked to a next one",
                                      "一批中的最后一笔转账不能与下一笔相连"};
inline constexpr ErrorCode kChainFailed{
    "ledger.chain_failed", ErrorKind::Unprocessable,
    "another transfer of the same chain failed, so none of the chain was made",
    "同一链中另有转账失败，因此整链均未入账"};
inline constexpr ErrorCode kChainPartlyExists{
    "ledger.chain_partly_exists", ErrorKind::Conflict,
    "some transfers of the chain exist already and some do not, so none was made",
    "链中部分转账已存在、部分不存在，因此均未入账"};
inline constexpr ErrorCode kNoHold{"ledger.no_hold", ErrorKind::NotFound, "there is no hold {hold}",
                                   "没有冻结 {hold}"};
inline constexpr ErrorCode kNotAHold{"ledger.not_a_hold", ErrorKind::Unprocessable,
                                     "transfer {hold} is of kind {kind}, not a hold",
                                     "转账 {hold} 的类型为 {kind}，不是冻结"};
inline constexpr ErrorCode kHoldCaptured{"ledger.hold_captured", ErrorKind::Conflict,
                                         "hold {hold} has been captured already",
                                         "冻结 {hold} 已扣款"};
inline constexpr ErrorCode kHoldReleased{"ledger.hold_released", ErrorKind::Conflict,
                                         "hold {hold} has been released already",
                                         "冻结 {hold} 已解冻"};
inline constexpr ErrorCode kHoldExpired{"ledger.hold_expired", ErrorKind::Conflict,
                                        "hold {hold} expired at {time}",
                                        "冻结 {hold} 已于 {time} 到期"};
inline constexpr ErrorCode kHoldDiffers{"ledger.hold_differs", ErrorKind::Unprocessable,
                                        "hold {hold} has another {field}; leave it out",
                                        "冻结 {hold} 的 {field} 不同；可不填写"};
inline constexpr ErrorCode kCaptureExceedsHold{
    "ledger.capture_exceeds_hold", ErrorKind::Unprocessable,
    "hold {hold} is for {held}, so {amount} cannot be captured from it",
    "冻结 {hold} 的金额为 {held}，不能扣款 {amount}"};
inline constexpr ErrorCode kBatchTooLarge{
    "ledger.batch_too_large", ErrorKind::TooLarge,
    "one command takes at most {expected} transfers, not {actual}",
    "一次最多提交 {expected} 笔转账，不能是 {actual} 笔"};

inline constexpr ErrorCode kCorrupt{"ledger.corrupt", ErrorKind::Internal,
                                    "the book is damaged: {detail}", "账本数据损坏：{detail}"};

inline constexpr std::array kErrors{
    &kNoAccount,       &kNoTransfer,         &kBadUnit,      &kBadAccountId, &kNameTooLong,
    &kAccountConflict, &kBadTransferId,      &kBadAmount,    &kBadTimeout,   &kReferenceTooLong,
    &kSameAccount,     &kUnexpectedHold,     &kReservedKind, &kUnitDiffers,  &kInsufficientFunds,
    &kBalanceOverflow, &kTransferConflict,   &kChainOpen,    &kChainFailed,  &kChainPartlyExists,
    &kNoHold,          &kNotAHold,           &kHoldCaptured, &kHoldReleased, &kHoldExpired,
    &kHoldDiffers,     &kCaptureExceedsHold, &kNoOwner,      &kCorrupt,      &kBatchTooLarge};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::ledger
