// Ids, times, randomness and decimal texts: the values whose written form is a contract.

#include <chrono>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "core/id.h"
#include "core/money.h"
#include "core/random.h"
#include "core/secret.h"
#include "core/timestamp.h"

namespace kapok::core {
namespace {

constexpr Timestamp kNow = from_micros(1'795'000'000'123'456);

TEST(Id, IsAUuidOfVersion7WithTheTimeInFront) {
    const ManualClock clock(kNow);
    SeededRandom random(7);
    const Uuid uuid = make_uuid(clock, random);
    EXPECT_EQ(uuid.bytes[6] >> 4, 7);
    EXPECT_EQ(uuid.bytes[8] >> 6, 2);
    EXPECT_EQ(uuid.made_at(), from_micros(1'795'000'000'123'000));
}

TEST(Id, SortsByWhenItWasMadeDownToTheMicrosecond) {
    ManualClock clock(kNow);
    SeededRandom random(7);
    Uuid last = make_uuid(clock, random);
    for (int i = 0; i < 2'000; ++i) {
        clock.advance(std::chrono::microseconds(1));
        const Uuid next = make_uuid(clock, random);
        EXPECT_LT(last, next);
        last = next;
    }
}

TEST(Id, HasOneText) {
    SeededRandom random(7);
    for (int i = 0; i < 1'000; ++i) {
        Uuid uuid;
        random.fill(std::as_writable_bytes(std::span(uuid.bytes)));
        const OrganizationId id(uuid);
        EXPECT_EQ(id.text().size(), 30U);
        EXPECT_EQ(OrganizationId::parse(id.text()), id);
    }
    EXPECT_EQ(to_base32(Uuid{}), "00000000000000000000000000");
    Uuid largest;
    largest.bytes.fill(0xFF);
    EXPECT_EQ(to_base32(largest), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
}

TEST(Id, RefusesWhatIsNotItsText) {
    const std::string body(26, '0');
    EXPECT_TRUE(OrganizationId::parse("org_" + body).has_value());
    for (const std::string& text :
         {std::string(), body, "usr_" + body, "org" + body, "org_" + body + "0",
          "org_" + body.substr(1), "org_8" + body.substr(1), "org_" + body.substr(1) + "i",
          "org_" + body.substr(1) + "a", "ORG_" + body, "org-" + body}) {
        EXPECT_FALSE(OrganizationId::parse(text).has_value()) << text;
    }
}

TEST(Id, IsFreshForFiveMinutesAheadAnd72HoursBehind) {
    SeededRandom random(7);
    const auto made = [&](std::chrono::microseconds offset) {
        return make_uuid(ManualClock(kNow + offset), random);
    };
    EXPECT_TRUE(is_fresh(made(std::chrono::minutes(5)), kNow));
    EXPECT_FALSE(is_fresh(made(std::chrono::minutes(5) + std::chrono::milliseconds(1)), kNow));
    EXPECT_TRUE(is_fresh(made(std::chrono::milliseconds(1) - std::chrono::hours(72)), kNow));
    EXPECT_FALSE(is_fresh(made(-std::chrono::hours(72) - std::chrono::milliseconds(1)), kNow));
}

TEST(Timestamp, IsWrittenWithMicrosecondsAndReadInEveryRfc3339Form) {
    EXPECT_EQ(to_rfc3339(from_micros(7)), "1970-01-01T00:00:00.000007Z");
    EXPECT_EQ(to_rfc3339(kNow), "2026-11-18T11:06:40.123456Z");
    EXPECT_EQ(parse_rfc3339("2026-11-18T11:06:40.123456Z"), kNow);
    EXPECT_EQ(parse_rfc3339("2026-11-18t19:06:40.123456+08:00"), kNow);
    EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), from_micros(0));
    EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00.5-00:30"), from_micros(1'800'500'000));
    for (const std::string_view text :
         {"", "2026-11-18", "2026-02-30T00:00:00Z", "2026-11-18T24:00:00Z", "2026-11-18T11:06:60Z",
          "2026-11-18T11:06:40", "2026-11-18T11:06:40.Z", "2026-11-18T11:06:40.1234567Z",
          "2026-11-18 11:06:40Z", "1969-12-31T23:59:59Z", "2262-01-01T00:00:00Z",
          "2026-11-18T11:06:40Zx", "2026-11-18T11:06:40+24:00", "2026-1x-18T11:06:40Z"}) {
        EXPECT_FALSE(parse_rfc3339(text).has_value()) << text;
    }
}

TEST(Random, RepeatsFromItsSeedAndIsFair) {
    SeededRandom one(42);
    SeededRandom two(42);
    std::array<int, 10> seen{};
    for (int i = 0; i < 100'000; ++i) {
        const auto value = one.below(10);
        EXPECT_EQ(value, two.below(10));
        ++seen[value];
    }
    for (const int count : seen) {
        EXPECT_NEAR(count, 10'000, 500);  // 5 standard deviations are 474.
    }
    SystemRandom system;
    std::set<std::uint64_t> values;
    for (int i = 0; i < 1'000; ++i) {
        values.insert(system.next());
    }
    EXPECT_EQ(values.size(), 1'000U);
}

TEST(Money, IsReadExactlyOrNotAtAll) {
    EXPECT_EQ(parse_money("12.50", "CNY"), Money(Currency::Cny, 12'500'000));
    EXPECT_EQ(parse_money("-0.000001", "USD"), Money(Currency::Usd, -1));
    EXPECT_EQ(parse_money("9223372036854.775807", "CNY")->micros(), INT64_MAX);
    EXPECT_EQ(parse_money("-9223372036854.775808", "CNY")->micros(), INT64_MIN);
    EXPECT_EQ(parse_money("9223372036854.775808", "CNY").error().code(), kOverflow);
    EXPECT_EQ(parse_money("99999999999999999999", "CNY").error().code(), kOverflow);
    EXPECT_EQ(parse_money("1", "EUR").error().code(), kUnknownCurrency);
    for (const std::string_view text :
         {"", "-", ".5", "1.", "1.0000001", "1e3", "+1", " 1", "1 ", "1,5", "0x1", "--1", "１"}) {
        EXPECT_EQ(parse_money(text, "CNY").error().code(), kBadDecimal) << text;
    }
}

TEST(Money, SubtractsWithinItsCurrencyAndRange) {
    const Money one(Currency::Cny, 1);
    EXPECT_EQ(subtract(one, one), Money::zero(Currency::Cny));
    EXPECT_EQ(subtract(one, Money(Currency::Usd, 1)).error().code(), kCurrencyMismatch);
    EXPECT_EQ(subtract(Money(Currency::Cny, INT64_MIN), one).error().code(), kOverflow);
}

TEST(Secret, PrintsAsStars) {
    const Secret secret("hunter2");
    EXPECT_EQ(fmt::format("{}", secret), "***");
    EXPECT_EQ(secret.reveal(), "hunter2");
}

}  // namespace
}  // namespace kapok::core
