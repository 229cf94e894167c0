#pragma once

// What an account counts: a currency (in micros), a base unit of usage, perhaps of one thing only
// (token:qwen3), or one issue of vouchers. Amounts in different units never meet: each unit is a
// book of its own, with a trial balance of its own.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/money.h"
#include "core/result.h"

namespace kapok::ledger {

class Unit {
public:
    Unit() = default;  // None: a capture or release takes that of its hold.

    // "CNY", "card_ms", "token:qwen3-8b", "voucher:yangzhou-2026"; at most 64 bytes, the part
    // behind the colon of letters, digits, '.', '_' and '-'.
    [[nodiscard]] static core::Result<Unit> parse(std::string_view text);
    [[nodiscard]] static Unit of(core::Currency currency) { return Unit(core::to_text(currency)); }
    [[nodiscard]] static Unit of(core::Unit unit) { return Unit(core::to_text(unit)); }

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] bool is_none() const noexcept { return text_.empty(); }
    // The currency, if the unit is money; amounts are then micros of it.
    [[nodiscard]] std::optional<core::Currency> currency() const;

    friend auto operator<=>(const Unit&, const Unit&) = default;

private:
    explicit Unit(std::string text) : text_(std::move(text)) {}

    std::string text_;
};

// An amount as people write it: "12.500000" of a currency, "12500000" of anything else.
[[nodiscard]] std::string to_text(std::int64_t amount, const Unit& unit);

}  // namespace kapok::ledger
