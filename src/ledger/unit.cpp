#include "ledger/unit.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "ledger/errors.h"
#include "ledger/limits.h"

namespace kapok::ledger {
namespace {

constexpr std::string_view kVoucher = "voucher";

bool is_qualifier(std::string_view text) {
    constexpr std::string_view kAllowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    return !text.empty() && text.find_first_not_of(kAllowed) == text.npos;
}

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view text) {
    return std::ranges::find(names, text) != names.end();
}

bool is_unit(std::string_view text) {
    if (text.size() > kUnitBytesMax) {
        return false;
    }
    if (is_one_of(core::kCurrencyNames, text)) {
        return true;
    }
    const auto colon = text.find(':');
    const std::string_view family = text.substr(0, colon);
    if (colon == text.npos) {
        return is_one_of(core::kUnitNames, family);
    }
    return (family == kVoucher || is_one_of(core::kUnitNames, family)) &&
           is_qualifier(text.substr(colon + 1));
}

}  // namespace

core::Result<Unit> Unit::parse(std::string_view text) {
    if (!is_unit(text)) {
        return core::fail(kBadUnit, {{"actual", std::string(text.substr(0, kUnitBytesMax))}});
    }
    return Unit(std::string(text));
}

std::optional<core::Currency> Unit::currency() const {
    const auto found = std::ranges::find(core::kCurrencyNames, text_);
    if (found == core::kCurrencyNames.end()) {
        return std::nullopt;
    }
    return static_cast<core::Currency>(found - core::kCurrencyNames.begin());
}

std::string to_text(std::int64_t amount, const Unit& unit) {
    const auto currency = unit.currency();
    return currency ? core::to_decimal(core::Money(*currency, amount)) : std::to_string(amount);
}

}  // namespace kapok::ledger
