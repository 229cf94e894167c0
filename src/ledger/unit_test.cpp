// Units and accounts: what may be written, and what an account is when it is opened again.

#include "ledger/unit.h"

#include <string>

#include <gtest/gtest.h>

#include "ledger/account.h"
#include "ledger/errors.h"
#include "ledger/limits.h"

namespace kapok::ledger {
namespace {

TEST(Unit, AcceptsCurrenciesBaseUnitsAndQualifiedOnes) {
    for (const char* text : {"CNY", "USD", "card_ms", "token", "byte_s", "token:qwen3-8b.Q4_0",
                             "card_ms:A910", "voucher:yangzhou-2026"}) {
        const auto unit = Unit::parse(text);
        ASSERT_TRUE(unit) << text;
        EXPECT_EQ(unit->text(), text);
    }
}

TEST(Unit, RefusesEverythingElse) {
    const std::string long_name = "voucher:" + std::string(kUnitBytesMax, 'a');
    for (const std::string& text :
         {std::string(), std::string("cny"), std::string("EUR"), std::string("CNY:x"),
          std::string("voucher"), std::string("voucher:"), std::string("token:a b"),
          std::string("token:a:b"), std::string("token:算力"), std::string("CNY\0", 4),
          std::string(" CNY"), std::string("token:';drop table"), long_name}) {
        const auto unit = Unit::parse(text);
        ASSERT_FALSE(unit) << text;
        EXPECT_EQ(unit.error().code(), kBadUnit);
    }
}

TEST(Unit, KnowsWhichAmountsAreMoney) {
    EXPECT_EQ(Unit::parse("CNY")->currency(), core::Currency::Cny);
    EXPECT_EQ(Unit::parse("USD")->currency(), core::Currency::Usd);
    EXPECT_FALSE(Unit::parse("token:CNY")->currency());
    EXPECT_EQ(to_text(12'500'000, Unit::of(core::Currency::Cny)), "12.500000");
    EXPECT_EQ(to_text(12'500'000, Unit::of(core::Unit::CardMs)), "12500000");
}

TEST(Account, NamesEveryCodeInBothLanguages) {
    for (std::size_t i = 0; i < kAccountCodes.size(); ++i) {
        const auto code = static_cast<AccountCode>(i);
        EXPECT_EQ(parse_account_code(info(code).name), code);
        EXPECT_FALSE(info(code).en.empty());
        EXPECT_FALSE(info(code).zh.empty());
    }
    EXPECT_FALSE(parse_account_code("walle"));
}

class OpeningAnAccount : public testing::Test {
protected:
    Account account() {
        core::Uuid id;
        id.bytes[0] = 1;
        Account account;
        account.id = AccountId(id);
        account.organization = core::OrganizationId(id);
        account.unit = Unit::of(core::Currency::Cny);
        return account;
    }
};

TEST_F(OpeningAnAccount, NeedsAnIdAnOwnerAUnitAndAShortName) {
    EXPECT_TRUE(check(account()));
    Account bad = account();
    bad.id = {};
    EXPECT_EQ(check(bad).error().code(), kBadAccountId);
    bad = account();
    bad.organization = {};
    EXPECT_EQ(check(bad).error().code(), kNoOwner);
    bad = account();
    bad.unit = {};
    EXPECT_EQ(check(bad).error().code(), kBadUnit);
    bad = account();
    bad.name = std::string(kAccountNameBytesMax + 1, 'x');
    EXPECT_EQ(check(bad).error().code(), kNameTooLong);
}

TEST_F(OpeningAnAccount, AgainMustMeanTheSameAccount) {
    const Account stored = account();
    Account again = account();
    again.name = "renamed";  // For people, so it decides nothing.
    EXPECT_TRUE(check_same(stored, again));
    again = account();
    again.unit = Unit::of(core::Currency::Usd);
    EXPECT_EQ(check_same(stored, again).error().code(), kAccountConflict);
    again = account();
    again.overdraft = Overdraft::Allowed;
    EXPECT_EQ(check_same(stored, again).error().code(), kAccountConflict);
    again = account();
    again.organization = {};
    EXPECT_EQ(check_same(stored, again).error().code(), kAccountConflict);
}

TEST(Balances, CountOpenHoldsAsSpentButNotAsReceived) {
    const Balances balances{30, 5, 100, 50};
    EXPECT_EQ(balances.posted(Side::Credit), 70);
    EXPECT_EQ(balances.available(Side::Credit), 65);
    EXPECT_EQ(balances.posted(Side::Debit), -70);
    EXPECT_EQ(balances.available(Side::Debit), -120);
}

}  // namespace
}  // namespace kapok::ledger
