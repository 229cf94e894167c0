#pragma once

// Money is an exact amount of one currency, held as a whole number of micros (1 CNY = 1'000'000).
// A Quantity is a whole number of one base unit. A UnitPrice is Money for a stated block of units.
//
// Why micros, not cents: one model call can cost 0.0008 CNY, which cents would round to nothing.
// Why a block: at 0.50 CNY for 1'000'000 tokens, one token costs half a micro.
// Why not double: a ledger must balance to the last digit, and 0.1 + 0.2 != 0.3.
// Why no operator+: a sum can overflow or mix currencies, so its type has to say that it can fail.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/errors.h"
#include "core/result.h"

namespace kapok::core {

enum class Currency : std::uint8_t { Cny, Usd };
inline constexpr std::array<std::string_view, 2> kCurrencyNames{"CNY", "USD"};

// Base units only: a card-hour is 3'600'000 card_ms, and becomes hours where it is shown.
enum class Unit : std::uint8_t { Token, Byte, ByteSecond, CardMs, CoreMs, Request };
inline constexpr std::array<std::string_view, 6> kUnitNames{"token",   "byte",    "byte_s",
                                                            "card_ms", "core_ms", "request"};

[[nodiscard]] inline std::string to_text(Currency currency) {
    return std::string(kCurrencyNames[std::to_underlying(currency)]);
}
[[nodiscard]] inline std::string to_text(Unit unit) {
    return std::string(kUnitNames[std::to_underlying(unit)]);
}

class Money {
public:
    static constexpr std::int64_t kMicrosPerUnit = 1'000'000;

    constexpr Money(Currency currency, std::int64_t micros) noexcept
        : micros_(micros), currency_(currency) {}

    [[nodiscard]] static constexpr Money zero(Currency currency) noexcept { return {currency, 0}; }

    [[nodiscard]] constexpr Currency currency() const noexcept { return currency_; }
    [[nodiscard]] constexpr std::int64_t micros() const noexcept { return micros_; }

    // Equality only: 5 CNY and 5 USD differ, and neither is the smaller one.
    friend constexpr bool operator==(const Money&, const Money&) noexcept = default;

private:
    std::int64_t micros_;
    Currency currency_;
};

// Any unit and any count are right together, so there is nothing here for a class to protect.
struct Quantity {
    Unit unit;
    std::int64_t count;

    friend constexpr bool operator==(const Quantity&, const Quantity&) noexcept = default;
};

class UnitPrice {
public:
    // 0.50 CNY per million tokens: create({Currency::Cny, 500'000}, {Unit::Token, 1'000'000}).
    [[nodiscard]] static Result<UnitPrice> create(Money amount, Quantity per) {
        if (per.count <= 0) {
            return fail(kEmptyBlock,
                        {{"unit", to_text(per.unit)}, {"count", std::to_string(per.count)}});
        }
        return UnitPrice(amount, per);
    }

    [[nodiscard]] constexpr Money amount() const noexcept { return amount_; }
    [[nodiscard]] constexpr Quantity per() const noexcept { return per_; }

private:
    constexpr UnitPrice(Money amount, Quantity per) noexcept : amount_(amount), per_(per) {}

    Money amount_;
    Quantity per_;  // The block. Its count is positive.
};

[[nodiscard]] inline Result<Money> add(Money left, Money right) {
    if (left.currency() != right.currency()) {
        return fail(kCurrencyMismatch,
                    {{"left", to_text(left.currency())}, {"right", to_text(right.currency())}});
    }
    std::int64_t sum = 0;
    if (__builtin_add_overflow(left.micros(), right.micros(), &sum)) {
        return fail(kOverflow);
    }
    return Money(left.currency(), sum);
}

[[nodiscard]] inline Result<Money> subtract(Money left, Money right) {
    if (left.currency() != right.currency()) {
        return fail(kCurrencyMismatch,
                    {{"left", to_text(left.currency())}, {"right", to_text(right.currency())}});
    }
    std::int64_t difference = 0;
    if (__builtin_sub_overflow(left.micros(), right.micros(), &difference)) {
        return fail(kOverflow);
    }
    return Money(left.currency(), difference);
}

[[nodiscard]] inline Result<Quantity> add(Quantity left, Quantity right) {
    if (left.unit != right.unit) {
        return fail(kUnitMismatch,
                    {{"expected", to_text(left.unit)}, {"actual", to_text(right.unit)}});
    }
    std::int64_t sum = 0;
    if (__builtin_add_overflow(left.count, right.count, &sum)) {
        return fail(kOverflow);
    }
    return Quantity{left.unit, sum};
}

// What `used` costs. The product of two 64-bit numbers always fits in 128 bits, so the one rounding
// at the end is the only one; half goes to even, so that many small charges drift to neither side.
[[nodiscard]] inline Result<Money> charge(UnitPrice price, Quantity used) {
    const auto [unit, block] = price.per();
    if (used.unit != unit) {
        return fail(kUnitMismatch, {{"expected", to_text(unit)}, {"actual", to_text(used.unit)}});
    }
    __extension__ using Int128 = __int128;
    const Int128 exact = static_cast<Int128>(price.amount().micros()) * used.count;
    Int128 rounded = exact / block;  // Toward zero; the rest is weighed against half a block.
    const Int128 twice_rest = 2 * (exact < 0 ? -(exact % block) : exact % block);
    if (twice_rest > block || (twice_rest == block && rounded % 2 != 0)) {
        rounded += exact < 0 ? -1 : 1;
    }
    const auto micros = static_cast<std::int64_t>(rounded);
    if (micros != rounded) {
        return fail(kOverflow);
    }
    return Money(price.amount().currency(), micros);
}

// "-0.000800". For the API too: a JSON number would pass through somebody's double on its way.
[[nodiscard]] inline std::string to_decimal(Money amount) {
    const bool negative = amount.micros() < 0;
    const auto bits = static_cast<std::uint64_t>(amount.micros());
    const std::uint64_t magnitude = negative ? 0 - bits : bits;  // Right for INT64_MIN as well.
    const auto unit = static_cast<std::uint64_t>(Money::kMicrosPerUnit);
    return fmt::format("{}{}.{:06}", negative ? "-" : "", magnitude / unit, magnitude % unit);
}

// The reverse: "12", "-0.5", "0.000001"; at most 6 decimals, no exponent, no spaces, no plus sign.
[[nodiscard]] Result<Money> parse_money(std::string_view decimal, std::string_view currency);

}  // namespace kapok::core
