#pragma once

// For the ledger's own tests on a real database: a book with a few accounts, and short ways to post
// to it and to look at it.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audit/migrations.h"
#include "core/random.h"
#include "ledger/api.h"
#include "ledger/book_check.h"
#include "ledger/migrations.h"
#include "platform/db/migrations.h"
#include "platform/db/testing/database_test.h"

namespace kapok::ledger {

inline const Unit kCny = Unit::of(core::Currency::Cny);

[[nodiscard]] inline std::string text_of(const core::Error& error) {
    return std::string(error.code().name) + ": " + core::render(error, core::Language::En);
}

class LedgerDatabaseTest : public platform::db_test::DatabaseTest {
protected:
    LedgerDatabaseTest()
        : DatabaseTest(platform::db::join_migrations({audit::migrations(), migrations()})) {}

    void SetUp() override {
        DatabaseTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) {
            return;
        }
        cash_ = open(platform_, AccountCode::Cash, Overdraft::Allowed);
        revenue_ = open(platform_, AccountCode::Revenue, Overdraft::Allowed);
        wallet_ = open(lab_, AccountCode::Wallet, Overdraft::Refused);
    }

    // After every test, whatever it did.
    void TearDown() override {
        if (!IsSkipped() && !HasFatalFailure()) {
            const auto check = database().read_blocking(check_book);
            EXPECT_TRUE(check) << text_of(check.error());
        }
        DatabaseTest::TearDown();
    }

    template <class Id>
    Id make() {
        return Id::make(clock(), random_);
    }

    Account account(core::OrganizationId owner, AccountCode code, Overdraft overdraft,
                    const Unit& unit = kCny) {
        Account account;
        account.id = make<AccountId>();
        account.organization = owner;
        account.unit = unit;
        account.code = code;
        account.normal = info(code).normal;
        account.overdraft = overdraft;
        return account;
    }
    core::Result<Account> open(const Account& account) {
        return database().write_blocking(
            [&](Transaction& transaction) { return open_account(transaction, actor_, account); });
    }
    AccountId open(core::OrganizationId owner, AccountCode code, Overdraft overdraft,
                   const Unit& unit = kCny) {
        const auto opened = open(account(owner, code, overdraft, unit));
        EXPECT_TRUE(opened) << text_of(opened.error());
        return opened ? opened->id : AccountId();
    }

    Transfer transfer(AccountId debit, AccountId credit, std::int64_t amount) {
        Transfer transfer;
        transfer.id = make<TransferId>();
        transfer.debit = debit;
        transfer.credit = credit;
        transfer.amount = amount;
        transfer.unit = kCny;
        return transfer;
    }
    Transfer top_up(std::int64_t amount) { return transfer(cash_, wallet_, amount); }
    Transfer charge(std::int64_t amount) { return transfer(wallet_, revenue_, amount); }
    HoldRequest hold_request(std::int64_t amount, std::chrono::microseconds timeout = {}) {
        HoldRequest request;
        request.id = make<TransferId>();
        request.debit = wallet_;
        request.credit = revenue_;
        request.amount = amount;
        request.unit = kCny;
        request.timeout = timeout;
        return request;
    }

    template <class Command>
    auto write(Command command) {
        return database().write_blocking(std::move(command));
    }
    core::Result<std::vector<Outcome>> run(const std::vector<Transfer>& transfers) {
        return write(
            [&](Transaction& transaction) { return post(transaction, actor_, transfers); });
    }
    core::Result<Outcome> run(const HoldRequest& request) {
        return write([&](Transaction& transaction) { return hold(transaction, actor_, request); });
    }
    core::Result<Outcome> run(const Settlement& settlement) {
        return write(
            [&](Transaction& transaction) { return settle(transaction, actor_, settlement); });
    }
    std::size_t expire_all() {
        const auto expired =
            write([&](Transaction& transaction) { return expire_due(transaction, actor_); });
        EXPECT_TRUE(expired);
        return expired.value_or(0);
    }
    Balances balances(AccountId account) {
        const auto state =
            database().read_blocking([&](Reader& reader) { return balance(reader, account); });
        EXPECT_TRUE(state);
        return state ? state->balances : Balances();
    }

    core::SeededRandom random_{20'260'101};
    const core::Principal actor_ = core::Principal::system("test");
    const core::OrganizationId platform_ = make<core::OrganizationId>();
    const core::OrganizationId lab_ = make<core::OrganizationId>();
    AccountId cash_;
    AccountId revenue_;
    AccountId wallet_;
};

}  // namespace kapok::ledger
