#pragma once

// Whose request it is when a proxy stands before the server. Anybody can send x-forwarded-for, so
// it is believed from those proxies alone that the operator has named, and of it only what they
// wrote.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kapok::platform::http {

// Addresses, split at commas; nothing if one of them is none: a name or a network, say.
[[nodiscard]] std::optional<std::vector<std::string>> parse_proxies(std::string_view text);

// From the right of `forwarded` the first address that is no proxy of ours: each proxy adds at the
// right whom it saw, and what is left of that the client may have invented. `peer` is who has
// connected.
[[nodiscard]] std::string client_address(std::string peer, std::string_view forwarded,
                                         std::span<const std::string> proxies);

}  // namespace kapok::platform::http
