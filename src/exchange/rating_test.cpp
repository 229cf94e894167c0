// Which price holds, what usage costs, what a hold must cover, and who bears what it did not.

#include "exchange/rating.h"

#include <chrono>

#include <gtest/gtest.h>

#include "core/random.h"
#include "core/timestamp.h"
#include "exchange/errors.h"

namespace kapok::exchange {
namespace {

using core::Currency;
using core::Money;
using core::Quantity;
using core::Unit;

constexpr core::Timestamp kStart = core::from_micros(1'800'000'000'000'000);

core::Uuid uuid(std::uint8_t last) {
    core::Uuid id;
    id.bytes[15] = last;
    return id;
}

Price price(std::uint8_t id, std::string meter, std::int64_t micros, std::chrono::seconds from) {
    return {PriceId(uuid(id)),
            ProductId(uuid(1)),
            std::move(meter),
            core::UnitPrice::create(Money(Currency::Cny, micros), {Unit::Token, 1'000'000}).value(),
            kStart + from,
            "operator",
            kStart + std::chrono::microseconds(id)};
}

UsageRecord usage(std::int64_t tokens, std::chrono::seconds at) {
    UsageRecord record;
    record.id = UsageId(uuid(9));
    record.product = ProductId(uuid(1));
    record.meter = "output_tokens";
    record.organization = core::OrganizationId(uuid(2));
    record.project = core::ProjectId(uuid(3));
    record.quantity = {Unit::Token, tokens};
    record.window_start = kStart + at;
    record.window_end = record.window_start + std::chrono::seconds(1);
    return record;
}

const std::vector<Price> kPrices{price(1, "output_tokens", 500'000, std::chrono::seconds(0)),
                                 price(2, "output_tokens", 900'000, std::chrono::seconds(60)),
                                 price(3, "output_tokens", 800'000, std::chrono::seconds(60)),
                                 price(4, "input_tokens", 100'000, std::chrono::seconds(0))};

TEST(PriceAt, IsTheLatestThatHasStarted) {
    const auto at = [](std::chrono::microseconds when) {
        return price_at(kPrices, "output_tokens", kStart + when);
    };
    EXPECT_EQ(at(std::chrono::microseconds(-1)), nullptr);
    EXPECT_EQ(at(std::chrono::microseconds(0))->id, PriceId(uuid(1)));
    EXPECT_EQ(at(std::chrono::seconds(60) - std::chrono::microseconds(1))->id, PriceId(uuid(1)));
    EXPECT_EQ(at(std::chrono::seconds(60))->id, PriceId(uuid(3))) << "the later made of two wins";
    EXPECT_EQ(price_at(kPrices, "cards", kStart), nullptr);
}

TEST(Rate, UsesThePriceOfTheStartAndRoundsOnce) {
    const auto early = rate(usage(3, std::chrono::seconds(59)), kPrices);
    EXPECT_EQ(early->amount, Money(Currency::Cny, 2)) << "1.5 micro-yuan goes to even";
    EXPECT_EQ(early->price, PriceId(uuid(1)));
    EXPECT_EQ(rate(usage(1'000'000, std::chrono::seconds(60)), kPrices)->amount,
              Money(Currency::Cny, 800'000));
    EXPECT_EQ(rate(usage(0, std::chrono::seconds(0)), kPrices)->amount.micros(), 0);
    EXPECT_EQ(rate(usage(1, std::chrono::seconds(-1)), kPrices).error().code(), kNoPrice);
    auto wrong = usage(1, std::chrono::seconds(0));
    wrong.quantity.unit = Unit::Byte;
    EXPECT_EQ(rate(wrong, kPrices).error().code(), core::kUnitMismatch);
}

// Property: whatever is used within the bound never costs more than the bound.
TEST(Bound, CoversEverythingWithinIt) {
    core::SeededRandom random(20'261'123);
    for (int round = 0; round < 10'000; ++round) {
        const auto most = static_cast<std::int64_t>(random.below(100'000));
        const auto used =
            static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most) + 1));
        const std::array meters{MeterBound{"output_tokens", {Unit::Token, most}},
                                MeterBound{"input_tokens", {Unit::Token, most}}};
        const auto held = bound(meters, kPrices, Currency::Cny, kStart);
        auto input = usage(used, std::chrono::seconds(0));
        input.meter = "input_tokens";
        const auto output = usage(used, std::chrono::seconds(0));
        const auto cost = core::add(rate(input, kPrices)->amount, rate(output, kPrices)->amount);
        EXPECT_LE(cost->micros(), held->micros());
    }
}

TEST(Bound, RefusesWhatHasNoPrice) {
    const std::array meters{MeterBound{"cards", {Unit::CardMs, 1}}};
    EXPECT_EQ(bound(meters, kPrices, Currency::Cny, kStart).error().code(), kNoPrice);
    const std::array output{MeterBound{"output_tokens", {Unit::Token, 1}}};
    EXPECT_EQ(bound(output, kPrices, Currency::Usd, kStart).error().code(),
              core::kCurrencyMismatch);
}

// Property: the three parts add up to the charge, none is negative, and nothing beyond the hold and
// the wallet is taken.
TEST(Cover, AddsUpAndTakesNoMoreThanThereIs) {
    core::SeededRandom random(7);
    const auto draw = [&] { return static_cast<std::int64_t>(random.below(1'000)); };
    for (int round = 0; round < 10'000; ++round) {
        const std::int64_t total = draw();
        const std::int64_t held = draw();
        const std::int64_t available = draw() - 200;
        const auto parts = cover(Money(Currency::Cny, total), Money(Currency::Cny, held),
                                 Money(Currency::Cny, available));
        EXPECT_EQ(parts->captured.micros() + parts->posted.micros() + parts->written_off.micros(),
                  total);
        EXPECT_LE(parts->captured.micros(), held);
        EXPECT_LE(parts->posted.micros(), std::max<std::int64_t>(available, 0));
        EXPECT_GE(std::min(parts->posted.micros(), parts->written_off.micros()), 0);
        EXPECT_TRUE(parts->written_off.micros() == 0 ||
                    parts->posted.micros() == std::max<std::int64_t>(available, 0));
    }
}

TEST(UsageRecord, IsCheckedBeforeItIsRated) {
    EXPECT_TRUE(check(usage(1, std::chrono::seconds(0))));
    const auto refused = [](auto change) {
        auto record = usage(1, std::chrono::seconds(0));
        change(record);
        const auto checked = check(record);
        return !checked && checked.error().code() == kBadUsage;
    };
    EXPECT_TRUE(refused([](UsageRecord& r) { r.id = UsageId(); }));
    EXPECT_TRUE(refused([](UsageRecord& r) { r.meter.clear(); }));
    EXPECT_TRUE(refused([](UsageRecord& r) { r.meter = std::string(65, 'x'); }));
    EXPECT_TRUE(refused([](UsageRecord& r) { r.quantity.count = -1; }));
    EXPECT_TRUE(refused([](UsageRecord& r) { r.quantity.count = INT64_MAX; }));
    EXPECT_TRUE(refused([](UsageRecord& r) { r.evidence = std::string(4'097, 'x'); }));
    EXPECT_TRUE(refused([](UsageRecord& r) { r.window_end = kStart - std::chrono::seconds(1); }));
}

}  // namespace
}  // namespace kapok::exchange
