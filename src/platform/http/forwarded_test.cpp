#include "platform/http/forwarded.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.h"

namespace kapok::platform::http {
namespace {

const std::vector<std::string> kProxies{"10.0.0.1", "10.0.0.2", "fd00::1"};

TEST(Forwarded, IsBelievedFromNamedProxiesOnly) {
    EXPECT_EQ(client_address("203.0.113.7", "198.51.100.1", {}), "203.0.113.7");
    EXPECT_EQ(client_address("203.0.113.7", "198.51.100.1", kProxies), "203.0.113.7");
    EXPECT_EQ(client_address("10.0.0.1", "198.51.100.1", kProxies), "198.51.100.1");
    EXPECT_EQ(client_address("fd00::1", "2001:DB8::5", kProxies), "2001:db8::5");
}

TEST(Forwarded, TakesWhatTheProxySawAndNotWhatTheClientSaid) {
    EXPECT_EQ(client_address("10.0.0.1", "1.1.1.1, 198.51.100.1", kProxies), "198.51.100.1");
    EXPECT_EQ(client_address("10.0.0.1", "10.0.0.2, 198.51.100.1", kProxies), "198.51.100.1");
    EXPECT_EQ(client_address("10.0.0.1", "1.1.1.1, 198.51.100.1 ,10.0.0.2", kProxies),
              "198.51.100.1");
    EXPECT_EQ(client_address("::ffff:10.0.0.1", "::ffff:198.51.100.1", kProxies), "198.51.100.1");
}

TEST(Forwarded, FallsBackToTheLastOneThatIsKnown) {
    for (const std::string text :
         {"", " ", ",", "unknown", "198.51.100.1, x", "198.51.100.1:80", "198.51.100.1,"}) {
        EXPECT_EQ(client_address("10.0.0.1", text, kProxies), "10.0.0.1") << text;
    }
    EXPECT_EQ(client_address("10.0.0.1", "x, 10.0.0.2", kProxies), "10.0.0.2");
    EXPECT_EQ(client_address("10.0.0.1", "10.0.0.2", kProxies), "10.0.0.2");
    EXPECT_EQ(client_address("10.0.0.1", std::string(100'000, ','), kProxies), "10.0.0.1");
}

// Goal: what stands left of the proxy's own word never counts. Method: random bytes before it.
TEST(Forwarded, IsNotMovedByWhatTheClientInvents) {
    core::SeededRandom random(7);
    for (int round = 0; round < 2'000; ++round) {
        std::string invented;
        for (auto left = random.below(40); left > 0; --left) {
            invented += static_cast<char>(random.below(256));
        }
        EXPECT_EQ(client_address("10.0.0.1", invented + ", 198.51.100.1", kProxies),
                  "198.51.100.1");
    }
}

TEST(Proxies, AreAddresses) {
    EXPECT_TRUE(parse_proxies("")->empty());
    EXPECT_EQ(*parse_proxies(" 10.0.0.1,10.0.0.2 , fd00::1"), kProxies);
    EXPECT_EQ(*parse_proxies("::ffff:10.0.0.1"), std::vector<std::string>{"10.0.0.1"});
    for (const std::string text : {"proxy.example", "10.0.0.0/8", ",", "10.0.0.1,,10.0.0.2", "*"}) {
        EXPECT_FALSE(parse_proxies(text)) << text;
    }
}

}  // namespace
}  // namespace kapok::platform::http
