#pragma once

// Sums that cannot overflow unseen, and comparisons that say what differs; for the checks of bills.

#include <cstdint>
#include <string>
#include <string_view>

#include "app/evidence/errors.h"
#include "core/money.h"
#include "core/result.h"

namespace kapok::app::evidence {

__extension__ using Wide = __int128;

[[nodiscard]] inline std::string text(core::Money money) {
    return core::to_decimal(money) + " " + core::to_text(money.currency());
}

[[nodiscard]] inline std::string text(Wide sum) {
    const bool negative = sum < 0;
    std::string digits;
    do {
        const int digit = static_cast<int>(sum % 10);
        digits.insert(digits.begin(), static_cast<char>('0' + (digit < 0 ? -digit : digit)));
        sum /= 10;
    } while (sum != 0);
    return negative ? "-" + digits : digits;
}

// Nothing, or kDiffers.
[[nodiscard]] inline core::Result<void> expect(std::string_view subject, std::string_view field,
                                               std::string actual, std::string expected) {
    if (actual == expected) {
        return {};
    }
    return core::fail(kDiffers, {{"subject", std::string(subject)},
                                 {"field", std::string(field)},
                                 {"actual", std::move(actual)},
                                 {"expected", std::move(expected)}});
}
[[nodiscard]] inline core::Result<void> expect(std::string_view subject, std::string_view field,
                                               Wide actual, Wide expected) {
    return actual == expected ? core::Result<void>()
                              : expect(subject, field, text(actual), text(expected));
}

}  // namespace kapok::app::evidence
