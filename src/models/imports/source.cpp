#include "models/imports/source.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "models/errors.h"
#include "models/imports/import.h"
#include "models/limits.h"
#include "platform/http/utf8.h"

namespace kapok::models {
namespace {

namespace http = platform::http;

constexpr std::size_t kShownBytesMax = 200;

std::unexpected<core::Error> bad_source(std::string_view actual) {
    return core::fail(kBadSource, {{"actual", http::printable(actual.substr(0, kShownBytesMax))}},
                      "/source");
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

// Parts of letters, digits and -_. that do not begin with a dot, between slashes.
bool is_plain_path(std::string_view path) {
    if (path.empty() || path.size() > kSourceBytesMax) {
        return false;
    }
    while (true) {
        const auto slash = path.find('/');
        const std::string_view part = path.substr(0, slash);
        if (part.empty() || part.starts_with('.') || !std::ranges::all_of(part, is_word)) {
            return false;
        }
        if (slash == path.npos) {
            return true;
        }
        path.remove_prefix(slash + 1);
    }
}

// Any UTF-8 without control characters, for names of files and labels.
bool is_label(std::string_view text) {
    return !text.empty() && text.size() <= kSourceBytesMax && http::is_utf8(text) &&
           std::ranges::none_of(
               text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// A relative path that names no hidden file; what opens it lets nothing lead out of its folder.
bool is_inbox_path(std::string_view path) {
    const std::string parts = "/" + std::string(path);
    return is_label(path) && !path.ends_with('/') && parts.find("//") == parts.npos &&
           parts.find("/.") == parts.npos;
}

void replace(std::string& text, std::string_view place, std::string_view value) {
    for (auto at = text.find(place); at != text.npos; at = text.find(place, at + value.size())) {
        text.replace(at, place.size(), value);
    }
}

core::Result<Source> parse_hub(std::string_view text, std::string_view whole,
                               std::string_view hub) {
    const auto colon = text.find(':');
    if (colon == text.npos) {
        return bad_source(whole);
    }
    std::string_view repository = text.substr(0, colon);
    const std::string_view file = text.substr(colon + 1);
    std::string_view revision = "main";
    if (const auto at = repository.find('@'); at != repository.npos) {
        revision = repository.substr(at + 1);
        repository = repository.substr(0, at);
    }
    const bool two = std::ranges::count(repository, '/') == 1;
    if (!two || !is_plain_path(repository) || !is_plain_path(revision) || !is_plain_path(file)) {
        return bad_source(whole);
    }
    if (hub.empty()) {
        return core::fail(kNoHub, {}, "/source");
    }
    std::string address(hub);
    if (address.find("{file}") == address.npos) {
        address += address.ends_with('/') ? "" : "/";
        address += "{repo}/resolve/{revision}/{file}";
    }
    replace(address, "{repo}", repository);
    replace(address, "{revision}", revision);
    replace(address, "{file}", file);
    auto web = parse_web(address);
    return web ? core::Result<Source>(*std::move(web)) : std::unexpected(web.error());
}

}  // namespace

std::string file_name_of(std::string_view source) {
    source = source.substr(0, source.find_first_of("?#"));
    const auto place = source.find_last_of("/:");
    std::string name(place == source.npos ? source : source.substr(place + 1));
    std::ranges::replace_if(name, [](char c) { return !is_word(c); }, '_');
    const auto first = std::min(name.find_first_not_of('.'), name.size());
    name = name.substr(first, kWeightsNameBytesMax);
    return name.empty() ? "weights.gguf" : name;
}

core::Result<WebSource> parse_web(std::string_view text) {
    const std::string_view whole = text;
    text = text.substr(0, text.find('#'));
    const auto scheme = text.find("://");
    const bool clean = text.size() <= 4 * kSourceBytesMax && http::printable(text) == text &&
                       text.find(' ') == text.npos;
    if (scheme == text.npos || !clean) {
        return bad_source(whole);
    }
    const auto path = text.find_first_of("/?", scheme + 3);
    auto origin = http::parse_url(text.substr(0, path));
    if (!origin) {
        return bad_source(whole);
    }
    std::string target(path == text.npos ? "/" : text.substr(path));
    if (target.starts_with('?')) {
        target.insert(0, "/");
    }
    return WebSource{*std::move(origin), std::move(target)};
}

core::Result<WebSource> follow(const WebSource& from, std::string_view location) {
    const std::string scheme = from.origin.secure ? "https:" : "http:";
    const std::string here = scheme + "//" + http::authority_of(from.origin);
    std::string target(location);
    if (location.starts_with("//")) {
        target = scheme + target;
    } else if (location.starts_with('/')) {
        target = here + target;
    } else if (location.find("://") == location.npos) {
        const std::string path = from.target.substr(0, from.target.find('?'));
        target = here + path.substr(0, path.rfind('/') + 1) + target;
    }
    auto next = parse_web(target);
    if (!next || location.empty() || (from.origin.secure && !next->origin.secure)) {
        return core::fail(kBadRedirect,
                          {{"server", http::authority_of(from.origin)},
                           {"target", http::printable(location.substr(0, kShownBytesMax))}});
    }
    return next;
}

std::string to_text(const WebSource& source) {
    return http::to_text(source.origin) + source.target;
}

core::Result<Source> parse_source(std::string_view text, std::string_view hub) {
    const std::string_view whole = text;
    if (text.starts_with("http://") || text.starts_with("https://")) {
        auto web = parse_web(text);
        return web ? core::Result<Source>(*std::move(web)) : std::unexpected(web.error());
    }
    const auto cut = [&](std::string_view prefix) {
        const bool starts = text.starts_with(prefix);
        text.remove_prefix(starts ? prefix.size() : 0);
        return starts;
    };
    if (cut("hub:")) {
        return parse_hub(text, whole, hub);
    }
    if (cut("file:")) {
        return is_inbox_path(text) ? core::Result<Source>(InboxSource{std::string(text)})
                                   : bad_source(whole);
    }
    if (cut("upload:")) {
        return is_label(text) ? core::Result<Source>(UploadSource{std::string(text)})
                              : bad_source(whole);
    }
    return bad_source(whole);
}

}  // namespace kapok::models
