#pragma once

// What an optional holds that has a value by construction: a schema demands it, or the state of the
// thing. Where that proves wrong the program ends, in every build.

#include <cassert>
#include <optional>
#include <utility>

namespace kapok::core {

template <class T>
[[nodiscard]] constexpr T& known(std::optional<T>& found) {
    assert(found.has_value());
    return *found;
}
template <class T>
[[nodiscard]] constexpr const T& known(const std::optional<T>& found) {
    assert(found.has_value());
    return *found;
}
template <class T>
[[nodiscard]] constexpr T known(std::optional<T>&& found) {
    assert(found.has_value());
    return *std::move(found);
}

}  // namespace kapok::core
