#include "platform/http/forwarded.h"

#include <algorithm>

#include <boost/asio/ip/address.hpp>

namespace kapok::platform::http {
namespace {

constexpr std::size_t kAddressBytesMax = 64;

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ') || text.starts_with('\t')) {
        text.remove_prefix(1);
    }
    while (text.ends_with(' ') || text.ends_with('\t')) {
        text.remove_suffix(1);
    }
    return text;
}

// One text for each address; nothing if it is none.
std::optional<std::string> address_of(std::string_view text) {
    namespace ip = boost::asio::ip;
    boost::system::error_code failed;
    ip::address address = ip::make_address(std::string(text.substr(0, kAddressBytesMax)), failed);
    if (failed) {
        return std::nullopt;
    }
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        address = ip::make_address_v4(ip::v4_mapped, address.to_v6());
    }
    return address.to_string();
}

}  // namespace

std::optional<std::vector<std::string>> parse_proxies(std::string_view text) {
    std::vector<std::string> proxies;
    while (!trimmed(text).empty()) {
        const auto comma = std::min(text.find(','), text.size());
        auto address = address_of(trimmed(text.substr(0, comma)));
        text.remove_prefix(std::min(comma + 1, text.size()));
        if (!address) {
            return std::nullopt;
        }
        proxies.push_back(*std::move(address));
    }
    return proxies;
}

std::string client_address(std::string peer, std::string_view forwarded,
                           std::span<const std::string> proxies) {
    const auto is_proxy = [proxies](const std::string& address) {
        return std::ranges::find(proxies, address) != proxies.end();
    };
    peer = address_of(peer).value_or(std::move(peer));
    while (!forwarded.empty() && is_proxy(peer)) {
        const auto comma = forwarded.rfind(',');
        const bool last = comma == forwarded.npos;
        auto before = address_of(trimmed(forwarded.substr(last ? 0 : comma + 1)));
        if (!before) {
            break;  // Not what a proxy writes: the last one that is known stands for all behind it.
        }
        peer = *std::move(before);
        forwarded = last ? std::string_view() : forwarded.substr(0, comma);
    }
    return peer;
}

}  // namespace kapok::platform::http
