#pragma once

// What may be a name or a password. User names are ASCII, so that no two look alike; names for
// people to read may be in any language, but only in composed form and without invisible
// characters, so that what looks the same is the same.

#include <string>
#include <string_view>

#include "core/result.h"

namespace kapok::identity {

// 2 to 64 of a-z 0-9 . _ - @, beginning with a letter.
[[nodiscard]] core::Result<void> check_user_name(std::string_view name);

// As typed on a phone: upper case becomes lower case. No other mapping.
[[nodiscard]] std::string fold_user_name(std::string_view typed);

// Of an organization, project, key, site or person.
[[nodiscard]] core::Result<void> check_name(std::string_view name, std::size_t bytes_max);

// A description: the same, but it may be empty and have line breaks.
[[nodiscard]] core::Result<void> check_text(std::string_view text, std::size_t bytes_max);

[[nodiscard]] core::Result<void> check_password(std::string_view password,
                                                std::string_view user_name);

}  // namespace kapok::identity
