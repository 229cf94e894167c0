// The metrics of the exchange against its own books, and that an answer as of a time stays what it
// was while calls, top-ups and expiries go on.

#include "exchange/metrics.h"

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audit/migrations.h"
#include "core/random.h"
#include "exchange/api.h"
#include "exchange/migrations.h"
#include "exchange/products.h"
#include "exchange/wallets.h"
#include "ledger/api.h"
#include "ledger/migrations.h"
#include "platform/db/migrations.h"
#include "platform/db/testing/database_test.h"
#include "registry/evaluation.h"

namespace kapok::exchange {
namespace {

using core::Currency;
using core::Money;
using core::Unit;
using registry::Values;

const core::Principal kCaller = core::Principal::system("test");

constexpr Money cny(std::int64_t micros) {
    return {Currency::Cny, micros};
}

class MetricsTest : public platform::db_test::DatabaseTest {
protected:
    MetricsTest()
        : DatabaseTest(platform::db::join_migrations(
              {audit::migrations(), ledger::migrations(), migrations()})) {
        register_metrics(catalogue_);
    }

    template <class Command>
    auto write(Command command) {
        clock().advance(std::chrono::microseconds(1 + random_.below(3)));
        return database().write_blocking(std::move(command));
    }
    core::Uuid id() { return core::make_uuid(clock(), random_); }
    std::int64_t below(std::uint64_t limit) {
        return static_cast<std::int64_t>(random_.below(limit));
    }

    void SetUp() override {
        DatabaseTest::SetUp();
        if (IsSkipped()) {
            return;
        }
        platform_ = core::OrganizationId(id());
        for (Tenant& tenant : tenants_) {
            tenant = {core::OrganizationId(id()), core::ProjectId(id())};
            pay(tenant, 50'000'000);
        }
        const auto per_million = core::UnitPrice::create(cny(900'000), {Unit::Token, 1'000'000});
        const std::array prices{NewPrice{"input_tokens", *per_million},
                                NewPrice{"output_tokens", *per_million}};
        const NewProduct wanted{ProductId(id()), platform_, ProductKind::Model,
                                "small",         "small",   ""};
        product_ = write([&](Transaction& t) {
                       return ensure_product(t, kCaller, wanted, prices);
                   }).value();
    }

    struct Tenant {
        core::OrganizationId organization;
        core::ProjectId project;
    };

    void pay(const Tenant& tenant, std::int64_t micros) {
        const TopUp payment{id(), platform_, tenant.organization, tenant.project, cny(micros), ""};
        ASSERT_TRUE(write([&](Transaction& t) { return top_up(t, kCaller, payment); }));
    }

    UsageRecord used(const Tenant& tenant, std::string meter, std::int64_t tokens) {
        UsageRecord record;
        record.id = UsageId(id());
        record.product = product_.id;
        record.meter = std::move(meter);
        record.subject = "req_1";
        record.organization = tenant.organization;
        record.project = tenant.project;
        record.quantity = {Unit::Token, tokens};
        record.window_start = clock().now();
        record.window_end = clock().now();
        record.evidence = "{}";
        return record;
    }

    HoldId begin(const Tenant& tenant) {
        const HoldRequest request{
            HoldId(id()),
            tenant.organization,
            tenant.project,
            product_.id,
            {{"input_tokens", {Unit::Token, 10'000}}, {"output_tokens", {Unit::Token, 10'000}}},
            "req_1",
            std::chrono::hours(1)};
        EXPECT_TRUE(write([=](Transaction& t) { return hold(t, kCaller, request); }));
        return request.id;
    }
    void call(std::size_t who) {
        const Tenant& tenant = tenants_[who];
        const HoldId hold_id = begin(tenant);
        const std::int64_t input = below(9'000) + 1;
        const std::int64_t output = below(9'000);
        const std::vector<UsageRecord> usage{used(tenant, "input_tokens", input),
                                             used(tenant, "output_tokens", output)};
        ASSERT_TRUE(write([&](Transaction& t) { return settle(t, kCaller, hold_id, usage); }));
        tokens_[who] += input;
        ++calls_[who];
    }

    registry::Point ask(std::string_view name, const core::Scope& scope, core::Timestamp time) {
        const registry::Metric* const metric = catalogue_.find(name);
        EXPECT_NE(metric, nullptr) << name;
        auto points = database().read_blocking(
            [&](Reader& r) { return registry::evaluate(r, *metric, scope, std::span(&time, 1)); });
        EXPECT_TRUE(points) << core::render(points.error(), core::Language::En);
        return points->front();
    }
    core::Scope only(std::size_t tenant) { return {false, {tenants_[tenant].organization}}; }

    core::SeededRandom random_{20'261'125};
    registry::MetricCatalogue catalogue_;
    core::OrganizationId platform_;
    std::array<Tenant, 2> tenants_;
    std::array<std::int64_t, 2> tokens_{};
    std::array<std::int64_t, 2> calls_{};
    Product product_;
};

TEST_P(MetricsTest, AreWhatTheBooksSay) {
    for (int i = 0; i < 40; ++i) {
        call(random_.below(2));
    }
    begin(tenants_[0]);  // Stays open.
    const auto now = clock().now();
    for (std::size_t i = 0; i < tenants_.size(); ++i) {
        EXPECT_EQ(ask("model_tokens", only(i), now).values.at({"small", "input_tokens"}),
                  tokens_[i]);
        EXPECT_EQ(ask("model_calls", only(i), now).values, (Values{{{"small"}, calls_[i]}}));
        const auto wallet = database().read_blocking(
            [&](Reader& r) { return find_wallet(r, tenants_[i].project, Currency::Cny); });
        ASSERT_TRUE(wallet);
        EXPECT_EQ(ask("wallet_balances", only(i), now).values.at({"CNY"}),
                  wallet->balance.micros());
        EXPECT_EQ(ask("wallet_held", only(i), now).values,
                  (Values{{{"CNY"}, wallet->held.micros()}}));
        EXPECT_EQ(ask("charges", only(i), now).values.at({"model", "CNY"}),
                  50'000'000 - wallet->balance.micros());
    }
    EXPECT_EQ(ask("model_calls", core::Scope::all(), now).values, (Values{{{"small"}, 40}}));
    EXPECT_EQ(ask("job_core_time", core::Scope::all(), now).values, Values());
}

TEST_P(MetricsTest, StayWhatTheyWere) {
    struct Answer {
        std::string_view name;
        core::Scope scope;
        registry::Point point;
    };
    std::vector<Answer> answers;
    const std::vector<std::string_view> names{"model_tokens", "model_calls", "charges",
                                              "wallet_balances", "wallet_held"};
    for (int i = 0; i < 60; ++i) {
        const std::size_t who = random_.below(2);
        const Tenant& tenant = tenants_[who];
        switch (below(4)) {
            case 0: pay(tenant, 1 + below(1'000'000)); break;
            case 1: begin(tenant); break;
            case 2:
                clock().advance(std::chrono::minutes(30));
                ASSERT_TRUE(write([](Transaction& t) { return ledger::expire_due(t, kCaller); }));
                break;
            default: call(who); break;
        }
        const auto name = names[random_.below(names.size())];
        const core::Scope scope = below(2) == 0 ? core::Scope::all() : only(random_.below(2));
        const auto time = clock().now() - std::chrono::microseconds(below(90'000'000));
        answers.push_back({name, scope, ask(name, scope, time)});
    }
    for (const Answer& answer : answers) {
        EXPECT_EQ(ask(answer.name, answer.scope, answer.point.at), answer.point) << answer.name;
    }
}

INSTANTIATE_KAPOK_DATABASES(MetricsTest);

}  // namespace
}  // namespace kapok::exchange
