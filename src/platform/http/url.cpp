#include "platform/http/url.h"

#include <algorithm>
#include <charconv>

#include <boost/asio/ip/address_v6.hpp>
#include <fmt/format.h>

#include "platform/errors.h"
#include "platform/http/negotiate.h"
#include "platform/http/pointer.h"
#include "platform/http/utf8.h"

namespace kapok::platform::http {
namespace {

bool is_host_name(std::string_view host) {
    return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    });
}

bool is_address_v6(std::string_view host) {
    boost::system::error_code failure;
    boost::asio::ip::make_address_v6(std::string(host), failure);
    return !failure;
}

}  // namespace

core::Result<Url> parse_url(std::string_view text) {
    const auto bad = [&] { return core::fail(kBadUrl, {{"actual", shown(printable(text))}}); };
    const std::string lower = to_lower(text.substr(0, 8));
    Url url;
    url.secure = lower.starts_with("https://");
    if (!url.secure && !lower.starts_with("http://")) {
        return bad();
    }
    url.port = url.secure ? 443 : 80;
    std::string_view rest = text.substr(url.secure ? 8 : 7);
    const auto slash = std::min(rest.find('/'), rest.size());
    std::string_view authority = rest.substr(0, slash);
    std::string_view path = rest.substr(slash);
    while (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    if (printable(path) != path || path.find_first_of(" ?#") != path.npos) {
        return bad();
    }
    url.path = path;
    const bool bracketed = authority.starts_with('[');
    const auto close = authority.find(']');
    const auto end = bracketed ? close : std::min(authority.find(':'), authority.size());
    if (end == authority.npos) {
        return bad();
    }
    url.host = to_lower(bracketed ? authority.substr(1, end - 1) : authority.substr(0, end));
    if (!(bracketed ? is_address_v6(url.host) : is_host_name(url.host))) {
        return bad();
    }
    authority.remove_prefix(end + (bracketed ? 1 : 0));
    if (authority.empty()) {
        return url;
    }
    const char* last = authority.data() + authority.size();
    const auto [after, failure] = std::from_chars(authority.data() + 1, last, url.port);
    if (authority.front() != ':' || failure != std::errc() || after != last || url.port == 0) {
        return bad();
    }
    return url;
}

std::string authority_of(const Url& url) {
    const std::string host = url.host.contains(':') ? "[" + url.host + "]" : url.host;
    const bool usual = url.port == (url.secure ? 443 : 80);
    return usual ? host : fmt::format("{}:{}", host, url.port);
}

std::string to_text(const Url& url) {
    return fmt::format("{}://{}{}", url.secure ? "https" : "http", authority_of(url), url.path);
}

}  // namespace kapok::platform::http
