#pragma once

// Which addresses count as one when guesses at passwords are counted. Whoever has one IPv6 address
// has 2^64 of them, so that these count by their network.

#include <string>
#include <string_view>

namespace kapok::identity {

// An IPv4 address itself (also one mapped into IPv6), the /64 of an IPv6 address, "other" if it is
// neither, such as a Unix socket.
[[nodiscard]] std::string peer_group(std::string_view address);

}  // namespace kapok::identity
