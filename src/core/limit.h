#pragma once

// A limit that is built in, as `kapok config show` prints it. Each module lists its own in
// limit_table.h with the constants themselves, so that no number stands twice.

#include <chrono>
#include <concepts>
#include <cstdint>
#include <ratio>
#include <span>
#include <string_view>
#include <type_traits>

namespace kapok::core {

struct Limit {
    std::string_view name;  // "audit.type_bytes_max": the module and its constant.
    std::int64_t value = 0;
    std::string_view unit;
    std::string_view en;
    std::string_view zh;
};

using LimitTable = std::span<const Limit>;

template <std::integral T>
[[nodiscard]] consteval Limit limit(std::string_view name, T value, std::string_view unit,
                                    std::string_view en, std::string_view zh) {
    return {name, static_cast<std::int64_t>(value), unit, en, zh};
}

template <class Rep, class Period>
[[nodiscard]] consteval Limit time_limit(std::string_view name,
                                         std::chrono::duration<Rep, Period> value,
                                         std::string_view en, std::string_view zh) {
    constexpr std::string_view kUnit = std::is_same_v<Period, std::micro>         ? "us"
                                       : std::is_same_v<Period, std::milli>       ? "ms"
                                       : std::is_same_v<Period, std::ratio<1>>    ? "s"
                                       : std::is_same_v<Period, std::ratio<60>>   ? "min"
                                       : std::is_same_v<Period, std::ratio<3600>> ? "h"
                                                                                  : "";
    static_assert(!kUnit.empty());
    return {name, static_cast<std::int64_t>(value.count()), kUnit, en, zh};
}

}  // namespace kapok::core
