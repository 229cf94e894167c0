// Many clients of two servers that share one database: nobody spends what another one has, no
// number is given twice or left out, and nobody waits for another in a circle.

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "ledger/errors.h"
#include "ledger/ledger_test_support.h"

namespace kapok::ledger {
namespace {

using platform::db::Database;

class ConcurrentLedger : public LedgerDatabaseTest {
protected:
    void SetUp() override {
        LedgerDatabaseTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) {
            return;
        }
        auto second = Database::open(options(), clock());
        ASSERT_TRUE(second);
        second_ = *std::move(second);
    }
    void TearDown() override {
        second_.reset();
        LedgerDatabaseTest::TearDown();
    }

    // Runs `work(client, server)` in so many threads, half of them on each server.
    template <class Work>
    void in_parallel(std::size_t clients, Work work) {
        std::vector<std::thread> threads;
        for (std::size_t client = 0; client < clients; ++client) {
            Database& server = client % 2 == 0 ? database() : *second_;
            threads.emplace_back([&work, &server, client] { work(client, server); });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
    }

private:
    std::unique_ptr<Database> second_;
};

TEST_P(ConcurrentLedger, LetsNobodySpendWhatAnotherHolds) {
    constexpr std::int64_t kBudget = 100;
    constexpr std::size_t kClients = 8;
    ASSERT_TRUE(run({top_up(kBudget)}));
    std::vector<std::vector<HoldRequest>> wanted(kClients);
    for (auto& requests : wanted) {
        for (int i = 0; i < 20; ++i) {
            requests.push_back(hold_request(1 + static_cast<std::int64_t>(random_.below(7))));
        }
    }
    std::atomic<std::int64_t> held = 0;
    std::atomic<int> refused = 0;
    in_parallel(kClients, [&](std::size_t client, Database& server) {
        for (const HoldRequest& request : wanted[client]) {
            const auto outcome = server.write_blocking(
                [&](Transaction& transaction) { return hold(transaction, actor_, request); });
            if (outcome) {
                held += request.amount;
            } else {
                EXPECT_EQ(outcome.error().code(), kInsufficientFunds) << text_of(outcome.error());
                ++refused;
            }
        }
    });
    EXPECT_LE(held, kBudget);
    EXPECT_GT(held, kBudget - 7);
    EXPECT_GT(refused, 0);
    EXPECT_EQ(balances(wallet_).debits_pending, held);
}

TEST_P(ConcurrentLedger, NumbersTransfersOfManyServersWithoutGaps) {
    constexpr std::size_t kClients = 6;
    constexpr std::size_t kBatches = 15;
    std::vector<AccountId> accounts;
    for (int i = 0; i < 6; ++i) {
        accounts.push_back(open(lab_, AccountCode::Clearing, Overdraft::Allowed));
    }
    // Random pairs in both directions: locks taken account by account would meet in a circle.
    std::vector<std::vector<std::vector<Transfer>>> work(kClients);
    for (auto& batches : work) {
        for (std::size_t i = 0; i < kBatches; ++i) {
            std::vector<Transfer> batch;
            for (int j = 0; j < 5; ++j) {
                const std::size_t debit = random_.below(accounts.size());
                const std::size_t credit =
                    (debit + 1 + random_.below(accounts.size() - 1)) % accounts.size();
                batch.push_back(transfer(accounts[debit], accounts[credit], 1));
            }
            batches.push_back(batch);
        }
    }
    in_parallel(kClients, [&](std::size_t client, Database& server) {
        for (const auto& batch : work[client]) {
            for (int attempt = 0; attempt < 2; ++attempt) {  // Every call is made twice.
                const auto outcomes = server.write_blocking(
                    [&](Transaction& transaction) { return post(transaction, actor_, batch); });
                ASSERT_TRUE(outcomes) << text_of(outcomes.error());
            }
        }
    });
    const auto check = database().read_blocking(check_book);
    ASSERT_TRUE(check) << text_of(check.error());
    EXPECT_EQ(check->transfers, static_cast<std::int64_t>(kClients * kBatches * 5));
}

// The same call from everywhere at once is made once.
TEST_P(ConcurrentLedger, MakesTheSameTransferOnce) {
    ASSERT_TRUE(run({top_up(1'000)}));
    const Transfer wanted = charge(10);
    std::atomic<int> created = 0;
    in_parallel(8, [&](std::size_t /*client*/, Database& server) {
        const auto outcomes = server.write_blocking(
            [&](Transaction& transaction) { return post(transaction, actor_, {&wanted, 1}); });
        ASSERT_TRUE(outcomes) << text_of(outcomes.error());
        created += outcomes->front().status == Outcome::Status::Created ? 1 : 0;
    });
    EXPECT_EQ(created, 1);
    EXPECT_EQ(balances(wallet_).debits_posted, 10);
}

INSTANTIATE_KAPOK_DATABASES(ConcurrentLedger);

}  // namespace
}  // namespace kapok::ledger
