#include "platform/http/sorted_page.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>

#include "platform/errors.h"
#include "platform/http/pointer.h"
#include "platform/http/query.h"

namespace kapok::platform::http {
namespace {

// "17", or "17:name" in lists sorted by name.
std::optional<core::Position> parse_position(std::string_view key, core::Sort sort) {
    core::Position position;
    const auto colon = std::min(key.find(':'), key.size());
    const char* const stop = std::next(key.begin(), static_cast<std::ptrdiff_t>(colon));
    const auto [end, failure] = std::from_chars(key.begin(), stop, position.sequence);
    const bool named = colon < key.size();
    if (failure != std::errc() || end != stop || position.sequence < 0 ||
        named != core::is_by_name(sort)) {
        return std::nullopt;
    }
    position.name = named ? key.substr(colon + 1) : std::string_view();
    return position;
}

}  // namespace

core::Result<core::Window> window_of(const Request& request, core::Sort usual) {
    const auto page = keyed_page_of(request);
    if (!page) {
        return std::unexpected(page.error());
    }
    core::Window window{page->limit, std::nullopt, usual};
    if (const auto sort = find_parameter(request.query, "sort")) {
        const auto* const found = std::ranges::find(core::kSortNames, *sort);
        if (found != core::kSortNames.end()) {
            window.sort = static_cast<core::Sort>(found - core::kSortNames.begin());
        }
    }
    if (const auto& after = page->after) {
        window.after = parse_position(*after, window.sort);
        if (!window.after) {
            return core::fail(kBadCursor, {{"actual", shown(request.query.at("cursor"))}});
        }
    }
    return window;
}

std::optional<std::string> write_cursor(const std::optional<core::Position>& next,
                                        core::Sort sort) {
    if (!next) {
        return std::nullopt;
    }
    std::string key = std::to_string(next->sequence);
    if (core::is_by_name(sort)) {
        key.append(":").append(next->name);
    }
    return write_cursor(key);
}

}  // namespace kapok::platform::http
