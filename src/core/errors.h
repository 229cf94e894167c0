#pragma once

// The errors of core. Each module has such a file; the route tables, `kapok explain CODE` and the
// documents read it, so a code that is not in its table does not exist for a user.

#include <array>

#include "core/result.h"

namespace kapok::core {

inline constexpr ErrorCode kCurrencyMismatch{"core.currency_mismatch", ErrorKind::Unprocessable,
                                             "amounts in {left} and {right} cannot be combined",
                                             "{left} 与 {right} 的金额不能合并计算"};
inline constexpr ErrorCode kUnitMismatch{"core.unit_mismatch", ErrorKind::Unprocessable,
                                         "the unit must be {expected}, not {actual}",
                                         "计量单位应为 {expected}，不能是 {actual}"};
inline constexpr ErrorCode kOverflow{"core.overflow", ErrorKind::Unprocessable,
                                     "the result exceeds the largest number that can be kept",
                                     "结果超出可记录的最大数值"};
inline constexpr ErrorCode kEmptyBlock{"core.empty_block", ErrorKind::InvalidArgument,
                                       "a price must be for at least 1 {unit}, not {count}",
                                       "价格至少按 1 {unit} 计，不能是 {count}"};

inline constexpr ErrorCode kBadDecimal{
    "core.bad_decimal", ErrorKind::InvalidArgument,
    "an amount must be a decimal with at most 6 places such as 12.50, not {actual}",
    "金额应为最多 6 位小数的十进制数，如 12.50，不能是 {actual}"};
inline constexpr ErrorCode kUnknownCurrency{"core.unknown_currency", ErrorKind::InvalidArgument,
                                            "the currency must be CNY or USD, not {actual}",
                                            "币种应为 CNY 或 USD，不能是 {actual}"};

inline constexpr std::array kErrors{&kCurrencyMismatch, &kUnitMismatch, &kOverflow,
                                    &kEmptyBlock,       &kBadDecimal,   &kUnknownCurrency};
static_assert(languages_agree(kErrors));

}  // namespace kapok::core
