// The exchange's tables come from every version that ever landed, on both databases, and what old
// versions wrote is read by the present one as it was meant: no yuan and no record is lost.

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "exchange/exchange_store.h"
#include "exchange/migrations.h"
#include "platform/db/testing/database_test.h"

namespace kapok::exchange {
namespace {

namespace db = platform::db;

class ExchangeMigrationTest : public platform::db_test::BackendTest {};
INSTANTIATE_KAPOK_DATABASES(ExchangeMigrationTest);

constexpr core::Timestamp kThen = core::from_micros(1'795'000'000'000'000);

core::Uuid uuid(std::uint8_t last) {
    core::Uuid made{};
    made.bytes.back() = last;
    return made;
}
const core::OrganizationId kLab(uuid(1));
const core::OrganizationId kProvider(uuid(2));
const core::ProjectId kProject(uuid(3));
const ProductId kProduct(uuid(4));
const PriceId kPrice(uuid(5));
const HoldId kHold(uuid(6));
const UsageId kUsage(uuid(7));
const ledger::AccountId kWallet(uuid(8));

// What version 1 wrote for a model that was priced, paid for, called and settled.
std::vector<platform::db_test::OldRow> rows_of_version_1() {
    return {
        {1,
         "insert into exchange_product (id, provider_id, kind, name, subject, grade, created_at) "
         "values (?, ?, 'model', '小模型', 'small', '', ?)",
         {kProduct, kProvider, kThen}},
        {1,
         "insert into exchange_price (id, product_id, meter, unit, amount_micros, currency, "
         "per_count, valid_from, author, created_at) "
         "values (?, ?, 'output_tokens', 'token', 2000000, 'CNY', 1000000, ?, 'user admin', ?)",
         {kPrice, kProduct, kThen, kThen}},
        {1,
         "insert into exchange_account (owner_id, code, currency, account_id) "
         "values (?, 'wallet', 'CNY', ?)",
         {kProject, kWallet}},
        {1,
         "insert into exchange_payment (id, project_id, kind, amount_micros, currency, reference, "
         "paid_at) values (?, ?, 'top_up', 20000000, 'CNY', 'bank 1', ?)",
         {uuid(20), kProject, kThen}},
        {1,
         "insert into exchange_payment (id, project_id, kind, amount_micros, currency, reference, "
         "paid_at) values (?, ?, 'credit', 7000000, 'CNY', '', ?)",
         {uuid(21), kProject, kThen}},
        {1,
         "insert into exchange_hold (id, organization_id, project_id, product_id, amount_micros, "
         "currency, reference, created_at) values (?, ?, ?, ?, 100, 'CNY', 'req_1', ?)",
         {kHold, kLab, kProject, kProduct, kThen}},
        {1,
         "insert into exchange_usage (id, product_id, meter, subject, organization_id, project_id, "
         "unit, quantity, window_start, window_end, source, evidence, recorded_at) "
         "values (?, ?, 'output_tokens', 'req_1', ?, ?, 'token', 42, ?, ?, 'partial', '{}', ?)",
         {kUsage, kProduct, kLab, kProject, kThen, kThen, kThen}},
        {1,
         "insert into exchange_settlement (id, organization_id, project_id, currency, "
         "total_micros, captured_micros, posted_micros, written_off_micros, settled_at) "
         "values (?, ?, ?, 'CNY', 84, 80, 3, 1, ?)",
         {kHold, kLab, kProject, kThen}},
        {1,
         "insert into exchange_charge (usage_id, price_id, settlement_id, organization_id, "
         "project_id, amount_micros, currency, charged_at) values (?, ?, ?, ?, ?, 84, 'CNY', ?)",
         {kUsage, kPrice, kHold, kLab, kProject, kThen}}};
}

core::Result<void> fill(db::Transaction& transaction, int version) {
    return platform::db_test::insert_old(transaction, rows_of_version_1(), version);
}

void expect_catalogue(db::Reader& reader) {
    const auto product = find_product(reader, kProduct).value();
    ASSERT_TRUE(product);
    EXPECT_EQ(product->name, "小模型");
    EXPECT_EQ(product->kind, ProductKind::Model);
    EXPECT_EQ(product->provider, kProvider);
    EXPECT_EQ(find_product(reader, ProductKind::Model, "small").value()->id, kProduct);
    const auto prices = prices_of(reader, kProduct).value();
    ASSERT_EQ(prices.size(), 1);
    EXPECT_EQ(prices.front().price.amount().micros(), 2'000'000);
    EXPECT_EQ(prices.front().price.per(), (core::Quantity{core::Unit::Token, 1'000'000}));
    EXPECT_EQ(prices.front().valid_from, kThen);
    EXPECT_EQ(find_price(reader, kPrice).value()->author, "user admin");
}

void expect_settled_call(db::Reader& reader) {
    EXPECT_EQ(find_hold(reader, kHold).value()->amount.micros(), 100);
    const auto usage = find_usage(reader, kUsage).value();
    ASSERT_TRUE(usage);
    EXPECT_EQ(usage->quantity, (core::Quantity{core::Unit::Token, 42}));
    EXPECT_EQ(usage->source, UsageSource::Partial);
    const auto settled = find_settlement(reader, kHold.uuid()).value();
    ASSERT_TRUE(settled);
    EXPECT_EQ(settled->total.micros(), 84);
    EXPECT_EQ(settled->parts.written_off.micros(), 1);
    const auto rated = charges_of(reader, kHold.uuid()).value();
    ASSERT_EQ(rated.size(), 1);
    EXPECT_EQ(rated.front().amount.micros(), 84);
    // By time, which version 2 is for.
    const UsageSumRequest all{std::nullopt, kThen, kThen + std::chrono::hours(1),
                              std::chrono::hours(1)};
    const auto sums = sum_charges(reader, core::Scope::all(), all).value();
    ASSERT_EQ(sums.size(), 1);
    EXPECT_EQ(sums.front().amount.micros(), 84);
    EXPECT_EQ(sums.front().quantity.count, 42);
}

void expect_money(db::Reader& reader) {
    const auto wallet =
        find_part(reader, kProject.uuid(), ledger::AccountCode::Wallet, core::Currency::Cny);
    EXPECT_EQ(wallet.value(), kWallet);
    EXPECT_EQ(credit_changes(reader, kProject, core::Currency::Cny).value(), 1);
    EXPECT_EQ(credit_changes(reader, kProject, core::Currency::Usd).value(), 0);
    const auto lost =
        written_off(reader, kProject, core::Currency::Cny, kThen, kThen + std::chrono::hours(1));
    EXPECT_EQ(lost.value().micros(), 1);
    const auto lines =
        statement_lines(reader, kProject, core::Currency::Cny, kThen, kThen + std::chrono::hours(1))
            .value();
    ASSERT_EQ(lines.size(), 1);
    EXPECT_EQ(lines.front().product_name, "小模型");
    EXPECT_EQ(lines.front().amount.micros(), 84);
}

core::Result<void> check(db::Reader& reader, int version) {
    if (version == 0) {
        EXPECT_FALSE(find_product(reader, kProduct).value());
        return {};
    }
    expect_catalogue(reader);
    expect_settled_call(reader);
    expect_money(reader);
    return {};
}

TEST_P(ExchangeMigrationTest, UpgradesFromEveryVersion) {
    platform::db_test::expect_upgrades(GetParam(), migrations(), fill, check);
}

}  // namespace
}  // namespace kapok::exchange
