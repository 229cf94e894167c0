#pragma once

// Which network an address is of.

#include <string_view>

namespace kapok::platform::http {

// Whether an address is one of the public internet: not loopback, private, link-local, shared,
// multicast or reserved, nor one of those in an IPv6 dress. What is no address is not public.
[[nodiscard]] bool is_public_address(std::string_view address);

}  // namespace kapok::platform::http
