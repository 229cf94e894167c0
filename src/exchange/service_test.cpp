// What people and programs do with prices and wallets, sent twice: by the same caller, by another
// of its organization, at once, after a new start, and too late.

#include <array>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "exchange/errors.h"
#include "exchange/exchange_service.h"
#include "exchange/migrations.h"
#include "identity/testing/world.h"
#include "ledger/api.h"
#include "ledger/migrations.h"
#include "platform/errors.h"

namespace kapok::exchange {
namespace {

using identity::code_of;

std::vector<platform::db::Migration> tables() {
    return platform::db::join_migrations({ledger::migrations(), migrations()});
}

// What a future may hold: money has no value of its own to begin with.
template <class T>
boost::asio::awaitable<std::optional<T>> boxed(boost::asio::awaitable<T> work) {
    T answer = co_await std::move(work);
    co_return std::optional<T>(std::move(answer));
}

constexpr core::Money cny(std::int64_t yuan) {
    return {core::Currency::Cny, yuan * 1'000'000};
}

class ExchangeServiceTest : public identity::IdentityTest {
protected:
    ExchangeServiceTest() : IdentityTest(tables()) {}

    void SetUp() override {
        IdentityTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) {
            return;
        }
        service_ =
            std::make_unique<ExchangeService>(database(), identity().directory(), clock(), system_);
        person("colleague", root_, core::Role::Operator);
        project_ = project("boss", company_);
    }

    identity::IdempotencyKey key(const std::string& who, std::string_view name,
                                 std::string_view body) {
        return identity::make_idempotency_key(as(who), name, "POST", "/x", body).value();
    }
    core::Result<Wallet> pay(std::int64_t yuan, const std::string& name,
                             const std::string& who = "admin") {
        PaymentRequest request{
            {}, project_, cny(yuan), "bank", key(who, name, std::to_string(yuan))};
        return *run(boxed(service_->pay_in(as(who), std::move(request))));
    }
    core::Result<Wallet> lend(std::int64_t yuan, std::optional<std::int64_t> expected,
                              std::optional<identity::IdempotencyKey> name = {}) {
        LimitRequest request{project_, cny(yuan), expected, std::move(name)};
        return *run(boxed(service_->lend(as("admin"), std::move(request))));
    }
    Product product() {
        const NewProduct wanted{
            ProductId::make(clock(), system_), company_, ProductKind::Model, "Small", "small", ""};
        return database()
            .write_blocking([&](Transaction& t) {
                return ensure_product(t, core::Principal::system("test"), wanted, {});
            })
            .value();
    }
    std::size_t prices(ProductId id) {
        return run(boxed(service_->product(as("boss"), id)))->value().prices.size();
    }

    core::SystemRandom system_;
    std::unique_ptr<ExchangeService> service_;
    core::ProjectId project_;
};
INSTANTIATE_KAPOK_DATABASES(ExchangeServiceTest);

TEST_P(ExchangeServiceTest, APaymentIsPaidOnceAKey) {
    EXPECT_EQ(pay(10, "k9").value().balance, cny(10));
    EXPECT_EQ(pay(10, "k9").value().balance, cny(10));
    EXPECT_EQ(pay(10, "k9", "colleague").value().balance, cny(10));
    EXPECT_EQ(code_of(pay(11, "k9")), identity::kIdempotencyKeyReused.name);
    EXPECT_EQ(code_of(pay(11, "k9", "colleague")), identity::kIdempotencyKeyReused.name);
    EXPECT_EQ(pay(10, "k10").value().balance, cny(20));
    start();  // A new server on the same database.
    service_ =
        std::make_unique<ExchangeService>(database(), identity().directory(), clock(), system_);
    EXPECT_EQ(pay(10, "k9").value().balance, cny(20));
    clock().advance(identity::kIdempotencyLifetime);
    EXPECT_EQ(pay(10, "k9").value().balance, cny(30));
}

TEST_P(ExchangeServiceTest, WhoMayNotPayLearnsNothingOfAKey) {
    ASSERT_TRUE(pay(10, "k9"));
    EXPECT_EQ(code_of(pay(10, "k9", "consumer")), identity::kRootRoleMissing.name);
    EXPECT_EQ(code_of(pay(10, "k9", "rivalboss")), identity::kNotFound.name);
}

TEST_P(ExchangeServiceTest, AFailedPaymentLeavesItsKeyFree) {
    EXPECT_EQ(code_of(pay(-1, "k9")), kNotPositive.name);
    EXPECT_EQ(pay(1, "k9").value().balance, cny(1));
}

TEST_P(ExchangeServiceTest, ManyAtOncePayOnce) {
    std::vector<std::future<std::optional<core::Result<Wallet>>>> answers;
    boost::asio::io_context io;
    for (int i = 0; i < 32; ++i) {
        PaymentRequest request{{}, project_, cny(5), "bank", key("admin", "at-once", "5")};
        answers.push_back(boost::asio::co_spawn(
            io, boxed(service_->pay_in(as("admin"), std::move(request))), boost::asio::use_future));
    }
    io.run();
    for (auto& answer : answers) {
        EXPECT_EQ(answer.get()->value().balance, cny(5));
    }
    EXPECT_EQ(pay(5, "another").value().balance, cny(10));
}

// Two servers on one database: the second waits for the first, then finds what it made.
TEST_P(ExchangeServiceTest, TwoServersPayOnce) {
    if (GetParam() == platform::db::Backend::Sqlite) {
        return;  // A SQLite database has one server.
    }
    const auto other = platform::db::Database::open(options(), clock()).value();
    ExchangeService second(*other, identity().directory(), clock(), system_);
    for (int round = 0; round < 20; ++round) {
        const std::string name = "round-" + std::to_string(round);
        boost::asio::io_context io;
        std::vector<std::future<std::optional<core::Result<Wallet>>>> answers;
        for (ExchangeService* server : {service_.get(), &second}) {
            PaymentRequest request{{}, project_, cny(1), "bank", key("admin", name, "1")};
            answers.push_back(
                boost::asio::co_spawn(io, boxed(server->pay_in(as("admin"), std::move(request))),
                                      boost::asio::use_future));
        }
        io.run();
        for (auto& answer : answers) {
            const core::Result<Wallet> wallet = *answer.get();
            ASSERT_TRUE(wallet) << code_of(wallet);
            EXPECT_EQ(wallet->balance, cny(round + 1));
        }
    }
}

TEST_P(ExchangeServiceTest, ALimitIsMeantForTheOneThatWasRead) {
    const Wallet paid = pay(10, "k9").value();
    EXPECT_EQ(paid.version, 0);
    const Wallet lent = lend(7, paid.version).value();
    EXPECT_EQ(lent.credit_limit, cny(7));
    EXPECT_EQ(lent.version, 1);
    EXPECT_EQ(code_of(lend(9, paid.version)), platform::kEtagMismatch.name);
    EXPECT_EQ(pay(1, "k10").value().version, 1);  // Payments are nobody's change of the limit.
    EXPECT_EQ(lend(7, 1).value().version, 1);     // Nothing changed.
    EXPECT_EQ(lend(9, 1).value().version, 2);
    EXPECT_EQ(lend(8, std::nullopt).value().version, 3);
    EXPECT_EQ(lend(8, std::nullopt).value().balance, cny(19));
}

TEST_P(ExchangeServiceTest, ALimitUnderAKeyIsSetOnce) {
    ASSERT_TRUE(pay(10, "k9"));
    const auto name = key("admin", "limit", "7");
    EXPECT_EQ(lend(7, 0, name).value().version, 1);
    ASSERT_TRUE(lend(3, 1));
    // A late retry does not bring the first limit back, and its old tag is no reason to refuse.
    const Wallet again = lend(7, 0, name).value();
    EXPECT_EQ(again.credit_limit, cny(3));
    EXPECT_EQ(again.version, 2);
    EXPECT_EQ(code_of(lend(8, std::nullopt, key("admin", "limit", "8"))),
              identity::kIdempotencyKeyReused.name);
}

TEST_P(ExchangeServiceTest, OfTwoLimitsForOneVersionOneIsSet) {
    ASSERT_TRUE(pay(10, "k9"));
    boost::asio::io_context io;
    std::vector<std::future<std::optional<core::Result<Wallet>>>> answers;
    for (int i = 1; i <= 10; ++i) {
        answers.push_back(boost::asio::co_spawn(
            io, boxed(service_->lend(as("admin"), LimitRequest{project_, cny(i), 0, {}})),
            boost::asio::use_future));
    }
    io.run();
    int set = 0;
    for (auto& answer : answers) {
        const core::Result<Wallet> wallet = *answer.get();
        set += wallet ? 1 : 0;
        EXPECT_TRUE(wallet || code_of(wallet) == platform::kEtagMismatch.name) << code_of(wallet);
    }
    EXPECT_EQ(set, 1);
}

TEST_P(ExchangeServiceTest, APriceIsPostedOnceAKey) {
    const Product small = product();
    const auto post = [&](std::int64_t yuan, std::string_view name) {
        PriceRequest request{small.id,  "output_tokens",
                             cny(yuan), {core::Unit::Token, 1'000'000},
                             {},        key("boss", name, std::to_string(yuan))};
        return *run(boxed(service_->post(as("boss"), std::move(request))));
    };
    const Price first = post(2, "p").value();
    clock().advance(std::chrono::minutes(1));
    const Price again = post(2, "p").value();
    EXPECT_EQ(again.id, first.id);
    EXPECT_EQ(again.valid_from, first.valid_from);
    EXPECT_EQ(prices(small.id), 1);
    EXPECT_EQ(code_of(post(3, "p")), identity::kIdempotencyKeyReused.name);
    EXPECT_EQ(post(3, "q").value().price.amount(), cny(3));
    EXPECT_EQ(prices(small.id), 2);
}

}  // namespace
}  // namespace kapok::exchange
