// Calls of a server that died are settled by another one, once and at their last count; a server
// that only slept can settle none of them again, and admits nothing before its lease is its own
// again.

#include "models/gateway/server_watch.h"

#include <array>
#include <chrono>
#include <optional>
#include <string>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include "audit/migrations.h"
#include "core/random.h"
#include "exchange/api.h"
#include "exchange/migrations.h"
#include "exchange/wallets.h"
#include "ledger/api.h"
#include "ledger/migrations.h"
#include "models/errors.h"
#include "models/gateway/call_money.h"
#include "models/limits.h"
#include "models/migrations.h"
#include "platform/db/errors.h"
#include "platform/db/migrations.h"
#include "platform/db/testing/database_test.h"

namespace kapok::models {
namespace {

namespace asio = boost::asio;

using core::Currency;
using core::Unit;

const core::Principal kCaller = core::Principal::system("test");

class ServerWatchTest : public platform::db_test::DatabaseTest {
protected:
    ServerWatchTest()
        : DatabaseTest(platform::db::join_migrations(
              {audit::migrations(), ledger::migrations(), exchange::migrations(), migrations()})) {}

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
        project_ = core::ProjectId(id());
        const auto per_million = [](std::int64_t micros) {
            return core::UnitPrice::create({Currency::Cny, micros}, {Unit::Token, 1'000'000})
                .value();
        };
        const std::array prices{
            exchange::NewPrice{std::string(kInputMeter), per_million(500'000)},
            exchange::NewPrice{std::string(kOutputMeter), per_million(2'000'000)}};
        const exchange::NewProduct wanted{exchange::ProductId(id()),
                                          core::OrganizationId(id()),
                                          exchange::ProductKind::Model,
                                          "Small",
                                          "small",
                                          ""};
        product_ = write([&](Transaction& t) {
                       return exchange::ensure_product(t, kCaller, wanted, prices);
                   }).value();
        const exchange::TopUp payment{id(),     core::OrganizationId(id()), organization_,
                                      project_, {Currency::Cny, 1'000'000}, "bank 7"};
        ASSERT_TRUE(write([&](Transaction& t) { return exchange::top_up(t, kCaller, payment); }));
    }

    core::Uuid id() { return core::make_uuid(clock(), random_); }
    ServerWatch::Setting setting(std::string server) {
        return {database(), clock(), log_, std::move(server)};
    }

    // A call that `server` has under way, with 100 + 7 tokens so far: 64 micro-yuan.
    CallRow begin_call(const std::string& server) {
        const exchange::HoldRequest request{exchange::HoldId(id()),
                                            organization_,
                                            project_,
                                            product_.id,
                                            {{std::string(kInputMeter), {Unit::Token, 1'000}},
                                             {std::string(kOutputMeter), {Unit::Token, 1'000}}},
                                            "req_1",
                                            std::chrono::hours(1)};
        CallRow row{request.id, server,      ModelId(id()), product_.id,   organization_, project_,
                    "req_1",    {100, 0, 7}, clock().now(), clock().now(), std::nullopt};
        EXPECT_TRUE(write([&](Transaction& t) -> core::Result<void> {
            if (const auto held = exchange::hold(t, kCaller, request); !held) {
                return std::unexpected(held.error());
            }
            return insert_call(t, row);
        }));
        return row;
    }

    core::Result<void> look(ServerWatch& watch) {
        asio::io_context io;
        std::optional<core::Result<void>> result;
        asio::co_spawn(
            io, [&]() -> asio::awaitable<void> { result = co_await watch.look(); }, asio::detached);
        io.run();
        return *result;
    }

    core::Result<void> end(const CallRow& row, TokenCount count) {
        const Ended ended{count, exchange::UsageSource::Provider, "finished"};
        return write([&](Transaction& t) { return finish(t, kCaller, row, ended); });
    }

    // How much has been charged so far, in micro-yuan; nothing may be held any more.
    std::int64_t charged() {
        const auto wallet = database().read_blocking(
            [&](Reader& r) { return exchange::find_wallet(r, project_, Currency::Cny); });
        EXPECT_EQ(wallet->held.micros(), 0);
        const auto lines =
            database().read_blocking([](Reader& r) { return ledger::trial_balance(r); });
        for (const auto& line : lines.value()) {
            EXPECT_TRUE(line.balances());
        }
        return 1'000'000 - wallet->balance.micros();
    }

    core::SeededRandom random_{20'261'123};
    platform::log::Log log_{STDERR_FILENO, platform::log::Level::Error, clock()};
    core::OrganizationId organization_;
    core::ProjectId project_;
    exchange::Product product_;
};

INSTANTIATE_KAPOK_DATABASES(ServerWatchTest);

TEST_P(ServerWatchTest, CallsOfADeadServerAreSettledOnceAtTheirLastCount) {
    ServerWatch dead(setting("dead"));
    ServerWatch one(setting("one"));
    ServerWatch two(setting("two"));
    for (ServerWatch* watch : {&dead, &one, &two}) {
        ASSERT_TRUE(watch->begin_blocking());
    }
    begin_call("dead");
    clock().advance(kServerLease + std::chrono::seconds(1));
    ASSERT_TRUE(look(one));
    EXPECT_EQ(charged(), 64);
    ASSERT_TRUE(look(two));
    EXPECT_EQ(charged(), 64);
    EXPECT_EQ(dead.begin_blocking(), 0U);
}

TEST_P(ServerWatchTest, WhatTheDatabaseDidNotTakeInIsSettledLaterAndOnce) {
    ServerWatch one(setting("one"));
    ASSERT_TRUE(one.begin_blocking());
    const CallRow row = begin_call("one");
    int tries = 0;
    const auto settle = [&](Transaction& transaction) -> core::Result<void> {
        if (++tries < 3) {
            return core::fail(platform::db::kDiskFailed, {{"detail", "a test"}});
        }
        const Ended ended{{100, 0, 500}, exchange::UsageSource::Provider, "finished"};
        return finish(transaction, kCaller, row, ended);
    };
    one.settle_later(settle);
    EXPECT_FALSE(look(one));
    EXPECT_FALSE(look(one));
    ASSERT_TRUE(look(one));
    EXPECT_EQ(charged(), 1'050);
    one.settle_later(settle);  // It was settled after all: nobody knew.
    ASSERT_TRUE(look(one));
    ASSERT_TRUE(look(one));
    EXPECT_EQ(charged(), 1'050);
}

TEST_P(ServerWatchTest, CallsOfALiveServerAreLeftAlone) {
    ServerWatch one(setting("one"));
    ServerWatch two(setting("two"));
    ASSERT_TRUE(one.begin_blocking());
    ASSERT_TRUE(two.begin_blocking());
    const CallRow row = begin_call("one");
    for (int i = 0; i < 10; ++i) {  // It is long, but its server keeps its lease.
        clock().advance(kServerLook);
        ASSERT_TRUE(look(one));
        ASSERT_TRUE(look(two));
    }
    const auto settled = write([](Transaction& t) { return settle_for_dead(t, "one"); });
    EXPECT_TRUE(settled && !*settled);
    ASSERT_TRUE(end(row, {100, 0, 500}));
    EXPECT_EQ(charged(), 1'050);
}

TEST_P(ServerWatchTest, AServerThatSleptSettlesNothingAgain) {
    ServerWatch sleeper(setting("sleeper"));
    ServerWatch other(setting("other"));
    ASSERT_TRUE(sleeper.begin_blocking());
    ASSERT_TRUE(other.begin_blocking());
    const CallRow row = begin_call("sleeper");
    clock().advance(kServerLease + std::chrono::seconds(1));
    ASSERT_TRUE(look(other));
    const auto late = end(row, {100, 0, 900});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code(), kSettledElsewhere);
    EXPECT_EQ(charged(), 64);
    // Awake again, it is a server like any other.
    ASSERT_TRUE(look(sleeper));
    ASSERT_TRUE(end(begin_call("sleeper"), {100, 0, 7}));
    EXPECT_EQ(charged(), 128);
}

TEST_P(ServerWatchTest, AdmitsOnlyAsLongAsItsLeaseIsFresh) {
    ServerWatch watch(setting("one"));
    ASSERT_TRUE(watch.begin_blocking());
    asio::io_context io;
    asio::cancellation_signal end;
    asio::co_spawn(io, watch.run(), asio::bind_cancellation_slot(end.slot(), asio::detached));
    io.poll_one();
    EXPECT_TRUE(watch.awake());
    clock().advance(kServerAwake);
    EXPECT_FALSE(watch.awake());
    clock().advance(-2 * kServerAwake);
    EXPECT_FALSE(watch.awake()) << "the clock went back";
    end.emit(asio::cancellation_type::terminal);
    io.run();
}

}  // namespace
}  // namespace kapok::models
