#pragma once

// Where weights come from, as an operator writes it, and where a redirect may lead. Pure text.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "core/result.h"
#include "platform/http/url.h"

namespace kapok::models {

// An address split at its path, because that may have a query and the client's URL may not.
struct WebSource {
    platform::http::Url origin;
    std::string target;  // "/a/b.gguf?token=x"

    friend bool operator==(const WebSource&, const WebSource&) = default;
};
struct InboxSource {
    std::string path;  // Beneath the server's inbox folder.
};
struct UploadSource {
    std::string label;
};
using Source = std::variant<WebSource, InboxSource, UploadSource>;

// https://…, hub:OWNER/NAME[@REVISION]:FILE, file:NAME or upload:LABEL. `hub` is the address of a
// hub, with {repo}, {revision} and {file} where these belong; without them the layout is
// HUB/{repo}/resolve/{revision}/{file}.
[[nodiscard]] core::Result<Source> parse_source(std::string_view text, std::string_view hub);

// Splits an http or https address; a fragment is left out. kBadSource.
[[nodiscard]] core::Result<WebSource> parse_web(std::string_view text);

// Where `location` leads from `from` (RFC 3986 section 5, without dot segments). A step from https
// to http is refused.
[[nodiscard]] core::Result<WebSource> follow(const WebSource& from, std::string_view location);

[[nodiscard]] std::string to_text(const WebSource& source);

}  // namespace kapok::models
