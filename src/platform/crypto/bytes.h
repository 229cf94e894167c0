#pragma once

// Bytes and views of them, and how text becomes one. Everything in crypto takes and gives these.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kapok::platform::crypto {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

[[nodiscard]] inline ByteView bytes_of(std::string_view text) noexcept {
    return std::as_bytes(std::span(text));
}
[[nodiscard]] inline std::string_view text_of(ByteView bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace kapok::platform::crypto
