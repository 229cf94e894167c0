#include "core/money.h"

#include <algorithm>

namespace kapok::core {

Result<Money> parse_money(std::string_view decimal, std::string_view currency) {
    const auto found = std::ranges::find(kCurrencyNames, currency);
    if (found == kCurrencyNames.end()) {
        return fail(kUnknownCurrency, {{"actual", std::string(currency.substr(0, 16))}});
    }
    const auto bad = [&] {
        return fail(kBadDecimal, {{"actual", std::string(decimal.substr(0, 32))}});
    };
    const bool negative = decimal.starts_with('-');
    const std::string_view digits = decimal.substr(negative ? 1 : 0);
    const auto point = digits.find('.');
    const std::string_view whole = digits.substr(0, point);
    const std::string_view places = point == digits.npos ? "" : digits.substr(point + 1);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (whole.empty() || (point != digits.npos && places.empty()) || places.size() > 6 ||
        !std::ranges::all_of(whole, is_digit) || !std::ranges::all_of(places, is_digit)) {
        return bad();
    }
    std::int64_t micros = 0;
    const std::string all =
        std::string(whole) + std::string(places) + std::string(6 - places.size(), '0');
    for (const char c : all) {  // Counted downwards, since INT64_MIN has no positive counterpart.
        if (__builtin_mul_overflow(micros, 10, &micros) ||
            __builtin_sub_overflow(micros, c - '0', &micros)) {
            return fail(kOverflow);
        }
    }
    if (!negative && __builtin_sub_overflow(0, micros, &micros)) {
        return fail(kOverflow);
    }
    return Money(static_cast<Currency>(found - kCurrencyNames.begin()), micros);
}

}  // namespace kapok::core
