// Goal: what may be reached only from inside is told from what everybody reaches.

#include "platform/http/address.h"

#include <string_view>

#include <gtest/gtest.h>

namespace kapok::platform::http {
namespace {

TEST(Address, IsPublicOrNot) {
    for (const std::string_view open : {"8.8.8.8", "172.32.0.1", "100.128.0.1", "2400:3200::1"}) {
        EXPECT_TRUE(is_public_address(open)) << open;
    }
    for (const std::string_view closed : {"127.0.0.1",
                                          "10.1.2.3",
                                          "172.16.0.1",
                                          "172.31.255.255",
                                          "192.168.1.1",
                                          "169.254.169.254",
                                          "100.64.0.1",
                                          "0.0.0.0",
                                          "224.0.0.1",
                                          "255.255.255.255",
                                          "::1",
                                          "::",
                                          "fe80::1",
                                          "fc00::1",
                                          "ff02::1",
                                          "::ffff:127.0.0.1",
                                          "::ffff:10.0.0.1",
                                          "64:ff9b::7f00:1",
                                          "2002:7f00:1::",
                                          "nonsense",
                                          ""}) {
        EXPECT_FALSE(is_public_address(closed)) << closed;
    }
}

}  // namespace
}  // namespace kapok::platform::http
