#pragma once

// A product is what can be bought: tokens of a served model, hours of a measured node. Its prices
// are versions that are never changed: each says from when it holds, and what it was used for names
// it. That is how any bill can be recomputed later.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/id.h"
#include "core/money.h"

namespace kapok::exchange {

struct ProductTag {
    static constexpr std::string_view kPrefix = "prd";
};
struct PriceTag {
    static constexpr std::string_view kPrefix = "prc";
};
using ProductId = core::Id<ProductTag>;
using PriceId = core::Id<PriceTag>;

enum class ProductKind : std::uint8_t { Model, Compute };
inline constexpr std::array<std::string_view, 2> kProductKindNames{"model", "compute"};

struct Product {
    ProductId id;
    core::OrganizationId provider;  // Who is paid.
    ProductKind kind = ProductKind::Model;
    std::string name;     // Shown to buyers.
    std::string subject;  // What it is of, as its module names it: a model's name, a node's id.
    std::string grade;    // Of a compute product, from its measurement; else empty.
    core::Timestamp created_at;
};

// One price of one meter of a product, from `valid_from` until a later version of the same meter.
struct Price {
    PriceId id;
    ProductId product;
    std::string meter;  // "input_tokens", "output_tokens", "core_time"
    core::UnitPrice price;
    core::Timestamp valid_from;
    std::string author;  // Who posted it, as in the audit log.
    core::Timestamp created_at;
};

// The version that holds at `when`: of those valid by then the latest valid, and of those that
// start together the latest made. Nothing if there is none yet.
[[nodiscard]] const Price* price_at(std::span<const Price> prices, std::string_view meter,
                                    core::Timestamp when) noexcept;

}  // namespace kapok::exchange
