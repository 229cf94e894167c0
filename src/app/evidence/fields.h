#pragma once

// Readers of the values that the parts of a bundle share, on top of compute's JsonFields.

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "audit/canonical.h"
#include "compute/json_fields.h"
#include "core/clock.h"
#include "core/money.h"
#include "core/timestamp.h"

namespace kapok::app::evidence {

using compute::JsonFields;

[[nodiscard]] inline core::Timestamp read_time(JsonFields& fields, std::string_view name) {
    const std::string text = fields.text(name);
    const auto time = core::parse_rfc3339(text);
    if (!time || core::to_rfc3339(*time) != text) {
        fields.blame(name, "a time in UTC with microseconds");
    }
    return time.value_or(core::Timestamp{});
}

// A whole number as text.
[[nodiscard]] inline std::int64_t read_count(JsonFields& fields, std::string_view name) {
    const std::string text = fields.text(name);
    std::int64_t count = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), count).ptr;
    if (end != text.data() + text.size() || std::to_string(count) != text) {
        fields.blame(name, "a whole number as text");
    }
    return count;
}

[[nodiscard]] inline core::Money read_money(JsonFields& fields, std::string_view name,
                                            core::Currency currency) {
    const std::string text = fields.text(name);
    const auto money = core::parse_money(text, core::to_text(currency));
    if (!money || core::to_decimal(*money) != text) {
        fields.blame(name, "an amount with six decimals");
    }
    return money.value_or(core::Money::zero(currency));
}

// The place of a text among `names`.
template <class Enum>
[[nodiscard]] Enum read_choice(JsonFields& fields, std::string_view name,
                               std::span<const std::string_view> names) {
    const auto found = std::ranges::find(names, fields.text(name));
    if (found == names.end()) {
        fields.blame(name, "one of the names in the schema");
        return Enum{};
    }
    return static_cast<Enum>(found - names.begin());
}

// 26 characters; a zero one is all zeros.
[[nodiscard]] inline core::Uuid read_uuid(JsonFields& fields, std::string_view name) {
    const auto uuid = core::from_base32(fields.text(name));
    if (!uuid) {
        fields.blame(name, "26 characters of base 32");
    }
    return uuid.value_or(core::Uuid{});
}

// A document within the bundle, as the canonical text that it has by itself.
[[nodiscard]] inline std::string read_document_text(JsonFields& fields, std::string_view name) {
    const auto text = audit::canonical_json(fields.object(name));
    if (!text) {
        fields.blame(name, "canonical JSON");
    }
    return text.value_or(std::string());
}

}  // namespace kapok::app::evidence
