#pragma once

// Whether bytes are text, and how bytes that are not are shown.

#include <string>
#include <string_view>

namespace kapok::platform::http {

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

// Everything but printable ASCII becomes "?".
[[nodiscard]] std::string printable(std::string_view bytes);

}  // namespace kapok::platform::http
