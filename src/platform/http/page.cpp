#include "platform/http/page.h"

#include <charconv>

#include "platform/errors.h"
#include "platform/http/pointer.h"
#include "platform/http/query.h"

namespace kapok::platform::http {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::size_t limit_of(const Request& request) {
    const auto limit = find_integer_parameter(request.query, "limit");
    return limit ? static_cast<std::size_t>(*limit) : core::kPageSizeDefault;
}

}  // namespace

std::string write_cursor(std::string_view key) {
    std::string text;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : key) {
        bits = bits << 8U | static_cast<unsigned char>(c);
        for (count += 8; count >= 6;) {
            count -= 6;
            text += kAlphabet[bits >> count & 63U];
        }
    }
    if (count > 0) {
        text += kAlphabet[bits << (6U - count) & 63U];
    }
    return text;
}

std::string write_cursor(std::int64_t sequence) {
    return write_cursor(std::to_string(sequence));
}

std::optional<std::string> read_cursor(std::string_view cursor) {
    std::string key;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : cursor) {
        const auto digit = kAlphabet.find(c);
        if (digit == kAlphabet.npos) {
            return std::nullopt;
        }
        bits = bits << 6U | static_cast<std::uint32_t>(digit);
        count += 6;
        if (count >= 8) {
            count -= 8;
            key += static_cast<char>(bits >> count & 255U);
        }
    }
    // One key has one text, so a cursor that was edited at its end is refused too.
    return write_cursor(key) == cursor ? std::optional(key) : std::nullopt;
}

core::Result<KeyedPageRequest> keyed_page_of(const Request& request) {
    KeyedPageRequest page{limit_of(request), std::nullopt};
    if (const auto cursor = find_parameter(request.query, "cursor")) {
        page.after = read_cursor(*cursor);
        if (!page.after) {
            return core::fail(kBadCursor, {{"actual", shown(*cursor)}});
        }
    }
    return page;
}

core::Result<PageRequest> page_of(const Request& request) {
    const auto keyed = keyed_page_of(request);
    if (!keyed) {
        return std::unexpected(keyed.error());
    }
    PageRequest page{keyed->limit, 0};
    if (const auto& key = keyed->after) {
        const char* last = key->data() + key->size();
        const auto [end, failure] = std::from_chars(key->data(), last, page.after);
        if (failure != std::errc() || end != last || page.after < 0) {
            return core::fail(kBadCursor, {{"actual", shown(request.query.at("cursor"))}});
        }
    }
    return page;
}

}  // namespace kapok::platform::http
