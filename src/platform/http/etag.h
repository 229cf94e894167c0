#pragma once

// ETags, so that two people who change one thing do not overwrite each other: a thing's version is
// its tag, a change says in If-Match which version it is of.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "platform/http/message.h"

namespace kapok::platform::http {

// "\"v7\""
[[nodiscard]] std::string etag_of(std::int64_t version);

// "\"v7.12.0\"": of a thing that also changes without anybody changing it. `rest` tells its states
// apart for If-None-Match; If-Match looks at the version alone.
[[nodiscard]] std::string etag_of(std::int64_t version, std::string_view rest);

// The version that the change is meant for; nothing if it does not say, or says "*".
[[nodiscard]] core::Result<std::optional<std::int64_t>> if_match(const Request& request);

// Refuses a change that is meant for another version than `current`.
[[nodiscard]] core::Result<void> check_if_match(const Request& request, std::int64_t current);

// Whether the caller has this already and 304 will do.
[[nodiscard]] bool none_match(const Request& request, std::string_view etag);

}  // namespace kapok::platform::http
