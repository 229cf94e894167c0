#include "platform/http/etag.h"

#include <charconv>

#include "platform/errors.h"
#include "platform/http/pointer.h"
#include "platform/http/utf8.h"

namespace kapok::platform::http {

std::string etag_of(std::int64_t version) {
    return "\"v" + std::to_string(version) + "\"";
}

std::string etag_of(std::int64_t version, std::string_view rest) {
    return "\"v" + std::to_string(version) + "." + std::string(rest) + "\"";
}

core::Result<std::optional<std::int64_t>> if_match(const Request& request) {
    const auto header = request.headers.find("if-match");
    if (header == request.headers.end() || header->second == "*") {
        return std::nullopt;
    }
    const std::string& tag = header->second;
    std::int64_t version = 0;
    if (tag.starts_with("\"v") && tag.size() > 3) {
        const char* last = tag.data() + tag.size() - 1;
        const auto [end, failure] = std::from_chars(tag.data() + 2, last, version);
        const bool whole = end == last || *end == '.';
        const bool alone = tag.find('"', 2) == tag.size() - 1;
        if (failure == std::errc() && whole && alone) {
            return version;
        }
    }
    return core::fail(kBadEtag, {{"expected", etag_of(7)}, {"actual", shown(printable(tag))}});
}

core::Result<void> check_if_match(const Request& request, std::int64_t current) {
    const auto asked = if_match(request);
    if (!asked) {
        return std::unexpected(asked.error());
    }
    const auto& wanted = *asked;
    if (wanted && *wanted != current) {
        return core::fail(kEtagMismatch,
                          {{"expected", etag_of(*wanted)}, {"actual", etag_of(current)}});
    }
    return {};
}

bool none_match(const Request& request, std::string_view etag) {
    const auto header = request.headers.find("if-none-match");
    if (header == request.headers.end()) {
        return false;
    }
    std::string_view rest = header->second;
    while (!rest.empty()) {
        const auto comma = rest.find(',');
        std::string_view one = rest.substr(0, comma);
        rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 1);
        while (one.starts_with(' ')) {
            one.remove_prefix(1);
        }
        while (one.ends_with(' ')) {
            one.remove_suffix(1);
        }
        if (one == "*" || one == etag || (one.starts_with("W/") && one.substr(2) == etag)) {
            return true;
        }
    }
    return false;
}

}  // namespace kapok::platform::http
