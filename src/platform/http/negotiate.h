#pragma once

// What a client says about itself in its headers.

#include <string>
#include <string_view>

#include "core/result.h"

namespace kapok::platform::http {

// The one of zh and en that Accept-Language prefers; English if it names neither. "zh-Hant" is zh.
[[nodiscard]] core::Language language_of(std::string_view accept_language);

// Whether Accept-Encoding admits `coding` (RFC 9110 section 12.5.3): named, or "*", with q > 0.
[[nodiscard]] bool admits_coding(std::string_view accept_encoding, std::string_view coding);

// "application/json" of "Application/JSON; charset=utf-8".
[[nodiscard]] std::string media_type_of(std::string_view content_type);

[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] std::string_view trim(std::string_view text);

}  // namespace kapok::platform::http
