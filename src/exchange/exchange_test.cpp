// The exchange over a real ledger on a real database: holds, settlements, retries, expiry, wallets
// and statements, and one property: whatever is done, the books agree.

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audit/event_log.h"
#include "audit/migrations.h"
#include "core/random.h"
#include "exchange/api.h"
#include "exchange/digest.h"
#include "exchange/errors.h"
#include "exchange/migrations.h"
#include "exchange/products.h"
#include "exchange/wallets.h"
#include "ledger/api.h"
#include "ledger/migrations.h"
#include "platform/db/migrations.h"
#include "platform/db/testing/database_test.h"
#include "platform/db/testing/listing.h"

namespace kapok::exchange {
namespace {

using core::Currency;
using core::Money;
using core::Unit;

const core::Principal kCaller = core::Principal::system("test");

constexpr Money cny(std::int64_t micros) {
    return {Currency::Cny, micros};
}

class ExchangeTest : public platform::db_test::DatabaseTest {
protected:
    ExchangeTest()
        : DatabaseTest(platform::db::join_migrations(
              {audit::migrations(), ledger::migrations(), migrations()})) {}

    template <class Command>
    auto write(Command command) {
        clock().advance(std::chrono::microseconds(1));
        return database().write_blocking(std::move(command));
    }

    void SetUp() override {
        DatabaseTest::SetUp();
        if (IsSkipped()) {
            return;
        }
        organization_ = core::OrganizationId(id());
        provider_ = core::OrganizationId(id());
        platform_ = core::OrganizationId(id());
        project_ = core::ProjectId(id());
        const auto per_million = [](std::int64_t micros) {
            return core::UnitPrice::create(cny(micros), {Unit::Token, 1'000'000}).value();
        };
        const std::array prices{NewPrice{"input_tokens", per_million(500'000)},
                                NewPrice{"output_tokens", per_million(2'000'000)}};
        const NewProduct wanted{ProductId(id()), provider_, ProductKind::Model,
                                "Small model",   "small",   ""};
        product_ = write([&](Transaction& t) {
                       return ensure_product(t, kCaller, wanted, prices);
                   }).value();
        pay(1'000'000);
    }

    core::Uuid id() { return core::make_uuid(clock(), random_); }

    void pay(std::int64_t micros) {
        const TopUp payment{id(), platform_, organization_, project_, cny(micros), "bank 7"};
        ASSERT_TRUE(write([&](Transaction& t) { return top_up(t, kCaller, payment); }));
        paid_ += micros;
    }

    core::Result<Wallet> lend(std::int64_t limit) {
        const CreditChange change{id(), platform_, organization_, project_, cny(limit)};
        return write([=](Transaction& t) { return set_credit_limit(t, kCaller, change); });
    }

    core::Result<Held> reserve(HoldId hold_id, std::int64_t input, std::int64_t output) {
        const HoldRequest request{
            hold_id,
            organization_,
            project_,
            product_.id,
            {{"input_tokens", {Unit::Token, input}}, {"output_tokens", {Unit::Token, output}}},
            "req_1",
            std::chrono::hours(1)};
        return write([=](Transaction& t) { return hold(t, kCaller, request); });
    }

    UsageRecord used(std::string meter, std::int64_t tokens) {
        UsageRecord record;
        record.id = UsageId(id());
        record.product = product_.id;
        record.meter = std::move(meter);
        record.subject = "req_1";
        record.organization = organization_;
        record.project = project_;
        record.quantity = {Unit::Token, tokens};
        record.window_start = clock().now();
        record.window_end = clock().now();
        record.evidence = "{}";
        return record;
    }

    core::Result<Settled> end(HoldId hold_id, std::vector<UsageRecord> usage) {
        return write([=](Transaction& t) { return settle(t, kCaller, hold_id, usage); });
    }

    Wallet wallet() {
        return database()
            .read_blocking([&](Reader& r) { return find_wallet(r, project_, Currency::Cny); })
            .value();
    }

    void expect_books_agree() {
        const auto lines =
            database().read_blocking([](Reader& r) { return ledger::trial_balance(r); });
        for (const auto& line : lines.value()) {
            EXPECT_TRUE(line.balances());
        }
        const auto bill = database().read_blocking([&](Reader& r) {
            return statement(r, project_, Currency::Cny, core::from_micros(0),
                             clock().now() + std::chrono::hours(1));
        });
        ASSERT_TRUE(bill) << core::render(bill.error(), core::Language::En);
        EXPECT_EQ(bill->closing, wallet().balance);
        EXPECT_EQ(bill->credit, wallet().credit_limit);
        EXPECT_EQ(bill->paid_in, cny(paid_));
        expect_adds_up(*bill);
    }

    static void expect_adds_up(const Statement& bill) {
        EXPECT_EQ(bill.opening.micros() + bill.paid_in.micros() + bill.credit.micros() -
                      bill.charged.micros() + bill.written_off.micros(),
                  bill.closing.micros());
    }

    // Each goes on from the one before, and together they are the whole.
    void expect_periods_join(core::Timestamp border) {
        const auto bill = [&](core::Timestamp from, core::Timestamp to) {
            return database()
                .read_blocking(
                    [&](Reader& r) { return statement(r, project_, Currency::Cny, from, to); })
                .value();
        };
        const core::Timestamp end = clock().now() + std::chrono::hours(1);
        const Statement before = bill(core::from_micros(0), border);
        const Statement after = bill(border, end);
        const Statement whole = bill(core::from_micros(0), end);
        expect_adds_up(before);
        expect_adds_up(after);
        EXPECT_EQ(before.closing, after.opening);
        EXPECT_EQ(core::add(before.paid_in, after.paid_in).value(), whole.paid_in);
        EXPECT_EQ(core::add(before.credit, after.credit).value(), whole.credit);
        EXPECT_EQ(core::add(before.charged, after.charged).value(), whole.charged);
    }

    core::SeededRandom random_{20'261'123};
    core::OrganizationId organization_;
    core::OrganizationId provider_;
    core::OrganizationId platform_;
    core::ProjectId project_;
    Product product_;
    std::int64_t paid_ = 0;
};

TEST_P(ExchangeTest, TheEventOfASettlementHasTheDigestOfItsCharges) {
    const HoldId hold_id(id());
    ASSERT_TRUE(reserve(hold_id, 1'000, 1'000));
    const auto settled = end(hold_id, {used("input_tokens", 10), used("output_tokens", 20)});
    ASSERT_TRUE(settled);
    const auto charges = database().read_blocking(
        [&](Reader& r) { return list_charges(r, core::Scope::all(), {}, {}); });
    ASSERT_EQ(charges->items.size(), 2U);
    std::vector<Charge> lines = charges->items;
    const auto pending =
        database().read_blocking([&](Reader& r) { return audit::list_pending(r, 1'000); });
    const auto event =
        std::ranges::find(pending.value(), hold_id.text(), &audit::PendingEvent::subject);
    ASSERT_NE(event, pending->end());
    EXPECT_NE(event->data.find(digest_text(lines).value()), std::string::npos);
    lines[1].usage.evidence = "{\"ended\":\"stop\"}";
    EXPECT_EQ(event->data.find(digest_text(lines).value()), std::string::npos);
}

TEST_P(ExchangeTest, ListsProductsInEachOrder) {
    std::vector<Product> products{product_};
    for (const char* name : {"Oak", "算力", "Elm", "Ash"}) {
        const ProductKind kind =
            products.size() % 2 == 0 ? ProductKind::Model : ProductKind::Compute;
        products.push_back({ProductId(id()), provider_, kind, name, name, "", clock().now()});
        ASSERT_TRUE(write([&](Transaction& t) { return insert_product(t, products.back()); }));
    }
    const auto some = [&](std::optional<ProductKind> kind) {
        return [this, kind](const core::Window& window) {
            return database()
                .read_blocking([&](Reader& r) { return list_products(r, kind, window); })
                .value();
        };
    };
    const auto name_of = [](const Product& one) { return one.name; };
    platform::db_test::expect_every_order(products, some({}), name_of);
    platform::db_test::expect_every_order(std::vector{products[1], products[3]},
                                          some(ProductKind::Compute), name_of);
}

TEST_P(ExchangeTest, HoldsTheMostAndTakesWhatWasUsed) {
    const HoldId hold_id(id());
    EXPECT_EQ(reserve(hold_id, 1'000, 1'000)->amount, cny(2'500));
    EXPECT_EQ(wallet().available, cny(997'500));
    EXPECT_TRUE(reserve(hold_id, 1'000, 1'000)->already);
    EXPECT_EQ(wallet().held, cny(2'500));
    const auto settled = end(hold_id, {used("input_tokens", 100), used("output_tokens", 7)});
    ASSERT_TRUE(settled) << core::render(settled.error(), core::Language::En);
    EXPECT_EQ(settled->total, cny(64));
    EXPECT_EQ(wallet().balance, cny(999'936));
    EXPECT_EQ(wallet().held, cny(0));
    expect_books_agree();
}

TEST_P(ExchangeTest, SettlesOnceHoweverOftenItIsAsked) {
    const HoldId hold_id(id());
    ASSERT_TRUE(reserve(hold_id, 1'000, 1'000));
    const std::vector usage{used("input_tokens", 100), used("output_tokens", 7)};
    ASSERT_TRUE(end(hold_id, usage));
    const auto again = end(hold_id, usage);
    EXPECT_TRUE(again->already);
    EXPECT_EQ(again->total, cny(64));
    EXPECT_EQ(again->lines.size(), 2U);
    EXPECT_EQ(wallet().balance, cny(999'936));
    auto forged = usage;
    forged[0].quantity.count = 1;
    EXPECT_EQ(end(hold_id, forged).error().code(), kUsageConflict);
    expect_books_agree();
}

TEST_P(ExchangeTest, GivesAllBackWhenNothingWasUsed) {
    const HoldId hold_id(id());
    ASSERT_TRUE(reserve(hold_id, 1'000, 1'000));
    EXPECT_EQ(end(hold_id, {})->total, cny(0));
    EXPECT_EQ(wallet().available, cny(1'000'000));
    expect_books_agree();
}

TEST_P(ExchangeTest, RefusesWhatTheWalletDoesNotCover) {
    const auto refused = reserve(HoldId(id()), 0, 600'000);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), kInsufficientFunds);
    EXPECT_EQ(core::render(refused.error(), core::Language::En),
              "1.200000 CNY must be reserved, but the wallet has 1.000000 available");
    EXPECT_EQ(wallet().held, cny(0));
    project_ = core::ProjectId(id());
    EXPECT_EQ(reserve(HoldId(id()), 0, 1).error().code(), kNoWallet);
}

TEST_P(ExchangeTest, NeverAdmitsMoreThanTheBudget) {
    int admitted = 0;
    for (int i = 0; i < 50; ++i) {
        admitted += reserve(HoldId(id()), 0, 50'000).has_value() ? 1 : 0;  // 0.1 CNY each.
    }
    EXPECT_EQ(admitted, 10);
    EXPECT_EQ(wallet().available, cny(0));
}

TEST_P(ExchangeTest, ChargesTheWalletWhenTheHoldHasExpired) {
    const HoldId hold_id(id());
    ASSERT_TRUE(reserve(hold_id, 0, 1'000));
    const auto usage = used("output_tokens", 500);
    clock().advance(std::chrono::hours(2));
    ASSERT_TRUE(write([](Transaction& t) { return ledger::expire_due(t, kCaller); }));
    EXPECT_EQ(wallet().held, cny(0));
    EXPECT_EQ(end(hold_id, {usage})->total, cny(1'000));
    EXPECT_EQ(wallet().balance, cny(999'000));
    expect_books_agree();
}

TEST_P(ExchangeTest, KeepsChargesAndTransfersInOnePeriodWhenTheClockIsSetBack) {
    const HoldId hold_id(id());
    ASSERT_TRUE(reserve(hold_id, 0, 1'000));
    const auto usage = used("output_tokens", 500);
    clock().advance(-std::chrono::minutes(10));
    ASSERT_TRUE(end(hold_id, {usage}));
    pay(7);
    const core::Timestamp border = clock().now() + std::chrono::seconds(1);
    for (const auto& [from, to] : {std::pair(core::Timestamp(), border),
                                   std::pair(border, border + std::chrono::hours(1))}) {
        const auto bill = database().read_blocking(
            [&](Reader& r) { return statement(r, project_, Currency::Cny, from, to); });
        EXPECT_TRUE(bill) << core::render(bill.error(), core::Language::En);
    }
}

TEST_P(ExchangeTest, WritesOffWhatNobodyCanPay) {
    const HoldId hold_id(id());
    ASSERT_TRUE(reserve(hold_id, 0, 500'000));  // All there is.
    const auto settled = end(hold_id, {used("output_tokens", 500'001)});
    EXPECT_EQ(settled->total, cny(1'000'002));
    EXPECT_EQ(settled->written_off, cny(2));
    EXPECT_EQ(wallet().balance, cny(0));
    expect_books_agree();
}

TEST_P(ExchangeTest, RefusesUsageOfAnotherProjectUnderAHold) {
    const HoldId hold_id(id());
    ASSERT_TRUE(reserve(hold_id, 0, 1'000));
    auto foreign = used("output_tokens", 1);
    foreign.project = core::ProjectId(id());
    EXPECT_EQ(end(hold_id, {foreign}).error().code(), kBadUsage);
    EXPECT_EQ(end(HoldId(id()), {}).error().code(), kNoHold);
}

TEST_P(ExchangeTest, PostsPricesForwardOnly) {
    const auto post = [&](std::string meter, core::UnitPrice price, std::chrono::seconds from) {
        const Price version{PriceId(id()),
                            product_.id,
                            std::move(meter),
                            price,
                            clock().now() + std::chrono::microseconds(1) + from,
                            "alice",
                            clock().now()};
        return write([=](Transaction& t) { return post_price(t, kCaller, version); });
    };
    const auto price = [](Money amount, core::Quantity per) {
        return core::UnitPrice::create(amount, per).value();
    };
    const auto dear = price(cny(9'000'000), {Unit::Token, 1'000'000});
    ASSERT_TRUE(post("output_tokens", dear, std::chrono::seconds(60)));
    EXPECT_EQ(post("output_tokens", dear, std::chrono::seconds(-1)).error().code(), kPriceInPast);
    EXPECT_EQ(post("output_tokens", price(Money(Currency::Usd, 1), {Unit::Token, 1}),
                   std::chrono::seconds(1))
                  .error()
                  .code(),
              kPriceCurrency);
    EXPECT_EQ(post("output_tokens", price(cny(1), {Unit::Byte, 1}), std::chrono::seconds(1))
                  .error()
                  .code(),
              kPriceUnit);
    EXPECT_EQ(
        post("cards", price(cny(-1), {Unit::CardMs, 1}), std::chrono::seconds(1)).error().code(),
        kNegativePrice);
    EXPECT_EQ(reserve(HoldId(id()), 0, 1'000)->amount, cny(2'000)) << "the new one starts later";
    clock().advance(std::chrono::seconds(61));
    EXPECT_EQ(reserve(HoldId(id()), 0, 1'000)->amount, cny(9'000));
}

TEST_P(ExchangeTest, LendsUpToALimitAndTakesBackWhatIsNotInUse) {
    EXPECT_EQ(lend(500'000)->available, cny(1'500'000));
    EXPECT_EQ(lend(500'000)->credit_limit, cny(500'000));
    ASSERT_TRUE(reserve(HoldId(id()), 0, 600'000));  // 1.2 of the 1.5 CNY.
    EXPECT_EQ(lend(100'000).error().code(), kCreditInUse);
    EXPECT_EQ(lend(200'000)->available, cny(0));
    EXPECT_EQ(lend(-1).error().code(), kNotPositive);
    expect_books_agree();
}

TEST_P(ExchangeTest, ABillTellsWhatWasLentFromWhatWasPaid) {
    pay(20'000'000);
    ASSERT_TRUE(lend(7'000'000));
    const core::Timestamp border = clock().now() + std::chrono::seconds(1);
    clock().advance(std::chrono::seconds(2));
    ASSERT_TRUE(lend(3'000'000));
    const auto bill = [&](core::Timestamp from, core::Timestamp to) {
        return database()
            .read_blocking(
                [&](Reader& r) { return statement(r, project_, Currency::Cny, from, to); })
            .value();
    };
    const Statement first = bill(core::from_micros(0), border);
    EXPECT_EQ(first.paid_in, cny(21'000'000));
    EXPECT_EQ(first.credit, cny(7'000'000));
    EXPECT_EQ(first.closing, cny(28'000'000));
    const Statement second = bill(border, clock().now() + std::chrono::seconds(1));
    EXPECT_EQ(second.paid_in, cny(0));
    EXPECT_EQ(second.credit, cny(-4'000'000)) << "taken back";
    EXPECT_EQ(second.closing, cny(24'000'000));
    expect_books_agree();
}

TEST_P(ExchangeTest, BillsByProductMeterAndPriceVersion) {
    for (int i = 0; i < 3; ++i) {
        const HoldId hold_id(id());
        ASSERT_TRUE(reserve(hold_id, 1'000, 1'000));
        ASSERT_TRUE(end(hold_id, {used("input_tokens", 10), used("output_tokens", 20)}));
    }
    const auto bill = database().read_blocking([&](Reader& r) {
        return statement(r, project_, Currency::Cny, core::from_micros(0),
                         clock().now() + std::chrono::seconds(1));
    });
    ASSERT_EQ(bill->lines.size(), 2U);
    EXPECT_EQ(bill->lines[1].quantity.count, 60);
    EXPECT_EQ(bill->lines[1].records, 3);
    EXPECT_EQ(bill->charged, cny(3 * (5 + 40)));
    EXPECT_EQ(bill->paid_in, cny(1'000'000));
    EXPECT_EQ(bill->closing, cny(1'000'000 - 135));
    ChargeFilter filter;
    filter.project = project_;
    const auto charges = [&](const core::Scope& scope, const core::Window& window) {
        return database()
            .read_blocking([&](Reader& r) { return list_charges(r, scope, filter, window); })
            .value();
    };
    const core::Scope own{false, {organization_}};
    std::vector<UsageId> all;
    for (const Charge& charge : charges(own, {}).items) {
        all.push_back(charge.usage.id);
    }
    ASSERT_EQ(all.size(), 6U);
    const auto newest = charges(own, {4, std::nullopt, core::Sort::CreatedDescending});
    ASSERT_EQ(newest.items.size(), 4U);
    EXPECT_EQ(newest.items[0].usage.id, all[5]);
    const auto oldest = charges(own, {4, newest.next, core::Sort::CreatedDescending});
    ASSERT_EQ(oldest.items.size(), 2U);
    EXPECT_EQ(oldest.items[1].usage.id, all[0]);
    EXPECT_TRUE(charges({false, {provider_}}, {}).items.empty());
}

TEST_P(ExchangeTest, SumsUsageByStepsOfTime) {
    const core::Timestamp begin = clock().now();
    for (int i = 0; i < 3; ++i) {
        const HoldId hold_id(id());
        ASSERT_TRUE(reserve(hold_id, 1'000, 1'000));
        ASSERT_TRUE(end(hold_id, {used("input_tokens", 10), used("output_tokens", 20)}));
        clock().advance(std::chrono::seconds(60));
    }
    const UsageSumRequest request{project_, begin, clock().now(), std::chrono::seconds(120)};
    const core::Scope own{false, {organization_}};
    const auto sums =
        database().read_blocking([&](Reader& r) { return sum_charges(r, own, request); });
    ASSERT_TRUE(sums);
    ASSERT_EQ(sums->size(), 4U);  // Two steps of two meters.
    EXPECT_EQ((*sums)[0].start, begin);
    EXPECT_EQ((*sums)[1].meter, "output_tokens");
    EXPECT_EQ((*sums)[1].quantity.count, 40);
    EXPECT_EQ((*sums)[1].records, 2);
    EXPECT_EQ((*sums)[1].amount, cny(80));
    EXPECT_EQ((*sums)[3].start, begin + std::chrono::seconds(120));
    EXPECT_EQ((*sums)[3].records, 1);
    const auto foreign = database().read_blocking(
        [&](Reader& r) { return sum_charges(r, core::Scope{false, {provider_}}, request); });
    EXPECT_TRUE(foreign->empty());
}

TEST_P(ExchangeTest, ListsOnlyTheRecordsOfOneLineOfABill) {
    const HoldId hold_id(id());
    ASSERT_TRUE(reserve(hold_id, 1'000, 1'000));
    ASSERT_TRUE(end(hold_id, {used("input_tokens", 10), used("output_tokens", 20)}));
    ChargeFilter filter;
    filter.product = product_.id;
    filter.meter = "output_tokens";
    const auto list = [&] {
        return database()
            .read_blocking(
                [&](Reader& r) { return list_charges(r, core::Scope::all(), filter, {}); })
            .value()
            .items;
    };
    ASSERT_EQ(list().size(), 1U);
    EXPECT_EQ(list()[0].usage.quantity.count, 20);
    filter.price = list()[0].price;
    EXPECT_EQ(list().size(), 1U);
    filter.price = PriceId(id());
    EXPECT_TRUE(list().empty());
}

// Random holds, settlements, retries, expiries, payments and credit: the trial balance is zero, the
// bill adds up line by line, and the wallet never goes below zero, after every step.
TEST_P(ExchangeTest, KeepsItsBooksWhateverIsDone) {
    std::vector<HoldId> open;
    std::vector<std::pair<HoldId, std::vector<UsageRecord>>> settled;
    std::vector<core::Timestamp> borders;
    for (int round = 0; round < 150; ++round) {
        switch (random_.below(7)) {
            case 0: pay(1 + static_cast<std::int64_t>(random_.below(100'000))); break;
            case 1:
            case 2: {
                const HoldId hold_id(id());
                const auto most = static_cast<std::int64_t>(random_.below(200'000));
                if (reserve(hold_id, most, most)) {
                    open.push_back(hold_id);
                }
                break;
            }
            case 3:
            case 4:
                if (!open.empty()) {
                    const auto at = random_.below(open.size());
                    const HoldId hold_id = open[at];
                    open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
                    const auto tokens = static_cast<std::int64_t>(random_.below(250'000));
                    std::vector usage{used("output_tokens", tokens)};
                    ASSERT_TRUE(end(hold_id, usage));
                    settled.emplace_back(hold_id, std::move(usage));
                }
                break;
            case 5: {
                const auto limit = static_cast<std::int64_t>(random_.below(300'000));
                if (const auto lent = lend(limit); !lent) {
                    ASSERT_EQ(lent.error().code(), kCreditInUse);
                }
                break;
            }
            default:
                if (!settled.empty()) {
                    const auto& [hold_id, usage] = settled[random_.below(settled.size())];
                    ASSERT_TRUE(end(hold_id, usage)->already);
                }
                clock().advance(std::chrono::minutes(static_cast<int>(random_.below(30))));
                ASSERT_TRUE(write([](Transaction& t) { return ledger::expire_due(t, kCaller); }));
        }
        ASSERT_GE(wallet().available.micros(), 0);
        expect_books_agree();
        borders.push_back(clock().now() + std::chrono::microseconds(1));
        expect_periods_join(borders[random_.below(borders.size())]);
    }
}

INSTANTIATE_KAPOK_DATABASES(ExchangeTest);

}  // namespace
}  // namespace kapok::exchange
