#include "platform/http/address.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <boost/asio/ip/network_v4.hpp>

namespace kapok::platform::http {
namespace {

namespace asio = boost::asio;

bool is_public_v4(const asio::ip::address_v4& address) {
    static const std::array kClosed{
        asio::ip::make_network_v4("0.0.0.0/8"),      asio::ip::make_network_v4("10.0.0.0/8"),
        asio::ip::make_network_v4("100.64.0.0/10"),  asio::ip::make_network_v4("127.0.0.0/8"),
        asio::ip::make_network_v4("169.254.0.0/16"), asio::ip::make_network_v4("172.16.0.0/12"),
        asio::ip::make_network_v4("192.0.0.0/24"),   asio::ip::make_network_v4("192.168.0.0/16"),
        asio::ip::make_network_v4("198.18.0.0/15"),  asio::ip::make_network_v4("224.0.0.0/3")};
    return std::ranges::none_of(kClosed, [&](const asio::ip::network_v4& network) {
        return asio::ip::make_network_v4(address, network.prefix_length()).canonical() ==
               network.canonical();
    });
}

// The IPv4 address at `place` of an IPv6 one.
asio::ip::address_v4 embedded(const asio::ip::address_v6::bytes_type& bytes, std::size_t place) {
    asio::ip::address_v4::bytes_type four{};
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(place), four.size(), four.begin());
    return asio::ip::address_v4(four);
}

bool is_public_v6(const asio::ip::address_v6& address) {
    const auto bytes = address.to_bytes();
    const bool mapped = address.is_v4_mapped();
    const bool translated =
        bytes[0] == 0x00 && bytes[1] == 0x64 && bytes[2] == 0xFF && bytes[3] == 0x9B;
    if (mapped || translated) {
        return is_public_v4(embedded(bytes, 12));
    }
    if (bytes[0] == 0x20 && bytes[1] == 0x02) {
        return is_public_v4(embedded(bytes, 2));
    }
    return (bytes[0] & 0xE0U) == 0x20;  // 2000::/3, which is all that is given out.
}

}  // namespace

bool is_public_address(std::string_view address) {
    boost::system::error_code failure;
    const auto parsed = asio::ip::make_address(std::string(address), failure);
    if (failure) {
        return false;
    }
    return parsed.is_v4() ? is_public_v4(parsed.to_v4()) : is_public_v6(parsed.to_v6());
}

}  // namespace kapok::platform::http
