#pragma once

// The errors of the exchange: products, prices, usage, wallets and holds.

#include <array>

#include "core/result.h"

namespace kapok::exchange {

using core::ErrorCode;
using core::ErrorKind;

inline constexpr ErrorCode kNoProduct{"exchange.no_product", ErrorKind::NotFound,
                                      "there is no product {product}", "没有产品 {product}"};
inline constexpr ErrorCode kNoPrice{
    "exchange.no_price", ErrorKind::Unprocessable,
    "product {product} has no price for {meter} at {time}; its provider must post one first",
    "产品 {product} 的 {meter} 在 {time} 没有价格；须由供应方先发布价格"};
inline constexpr ErrorCode kPriceInPast{
    "exchange.price_in_past", ErrorKind::Unprocessable,
    "a price can hold from now on at the earliest, not from {time}: what was used is priced "
    "already",
    "价格最早从现在起生效，不能从 {time} 起：已发生的用量已经计价"};
inline constexpr ErrorCode kNegativePrice{"exchange.negative_price", ErrorKind::InvalidArgument,
                                          "a price cannot be negative: {amount}",
                                          "价格不能为负：{amount}"};
inline constexpr ErrorCode kPriceCurrency{
    "exchange.price_currency", ErrorKind::Unprocessable,
    "all prices of a product are in one currency, {expected}, not {actual}",
    "同一产品的价格须用同一币种 {expected}，不能是 {actual}"};
inline constexpr ErrorCode kPriceUnit{
    "exchange.price_unit", ErrorKind::Unprocessable,
    "{meter} of this product is counted in {expected}, not {actual}",
    "该产品的 {meter} 以 {expected} 计量，不能是 {actual}"};
inline constexpr ErrorCode kTooManyMeters{"exchange.too_many_meters", ErrorKind::Unprocessable,
                                          "a product has at most {expected} meters",
                                          "一个产品最多有 {expected} 个计量项"};
inline constexpr ErrorCode kDuplicateName{
    "exchange.duplicate_name", ErrorKind::Conflict,
    "{name} is a product already; take another name, or post a new price to it",
    "产品 {name} 已存在；请换一个名称，或为其发布新价格"};
inline constexpr ErrorCode kBadUsage{"exchange.bad_usage", ErrorKind::InvalidArgument,
                                     "{field} of a usage record must be {expected}, not {actual}",
                                     "计量记录的 {field} 应为 {expected}，不能是 {actual}"};
inline constexpr ErrorCode kUsageConflict{
    "exchange.usage_conflict", ErrorKind::Conflict,
    "usage record {usage} was recorded with other content; a record never changes",
    "计量记录 {usage} 已以不同内容入库；记录不可更改"};
inline constexpr ErrorCode kTooManyRecords{"exchange.too_many_records", ErrorKind::TooLarge,
                                           "one call takes at most {expected} usage records",
                                           "一次最多提交 {expected} 条计量记录"};
inline constexpr ErrorCode kNoUsage{"exchange.no_usage", ErrorKind::NotFound,
                                    "there is no usage record {usage}", "没有计量记录 {usage}"};
inline constexpr ErrorCode kNoWallet{
    "exchange.no_wallet", ErrorKind::NotFound,
    "project {project} has no wallet in {currency}; a top-up by the operator opens one",
    "项目 {project} 没有 {currency} 钱包；由运营方充值即可开通"};
inline constexpr ErrorCode kInsufficientFunds{
    "exchange.insufficient_funds", ErrorKind::LimitExceeded,
    "{needed} {currency} must be reserved, but the wallet has {available} available",
    "需冻结 {needed} {currency}，但钱包可用余额为 {available}"};
inline constexpr ErrorCode kNoHold{"exchange.no_hold", ErrorKind::NotFound,
                                   "there is no hold {hold}", "没有冻结 {hold}"};
inline constexpr ErrorCode kNotPositive{"exchange.not_positive", ErrorKind::InvalidArgument,
                                        "the amount must be more than zero, not {amount}",
                                        "金额应大于零，不能是 {amount}"};
inline constexpr ErrorCode kCreditInUse{
    "exchange.credit_in_use", ErrorKind::Conflict,
    "{used} of the credit is in use, so the limit cannot fall to {amount}; top up the wallet first",
    "已使用信用额度 {used}，不能降至 {amount}；请先充值"};
inline constexpr ErrorCode kBadPeriod{"exchange.bad_period", ErrorKind::InvalidArgument,
                                      "a period ends after it begins: {from} is not before {to}",
                                      "账期的结束须晚于开始：{from} 不早于 {to}"};
inline constexpr ErrorCode kTooManySteps{
    "exchange.too_many_steps", ErrorKind::InvalidArgument,
    "{from} to {to} has more than {expected} steps of {step} s; take a longer step",
    "{from} 至 {to} 以 {step} 秒为步长超过 {expected} 步；请加大步长"};
inline constexpr ErrorCode kUnbalanced{
    "exchange.unbalanced", ErrorKind::Internal,
    "the bill comes to {expected}, but the ledger says {actual}; tell the operator",
    "账单合计为 {expected}，而账本为 {actual}；请联系运营方"};

inline constexpr std::array kErrors{
    &kNoProduct,      &kNoPrice,       &kPriceInPast,   &kNegativePrice,     &kPriceCurrency,
    &kPriceUnit,      &kTooManyMeters, &kDuplicateName, &kBadUsage,          &kUsageConflict,
    &kTooManyRecords, &kNoUsage,       &kNoWallet,      &kInsufficientFunds, &kNoHold,
    &kNotPositive,    &kCreditInUse,   &kBadPeriod,     &kTooManySteps,      &kUnbalanced};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::exchange
