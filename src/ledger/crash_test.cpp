// Goal: a server that is killed while it posts loses nothing that it acknowledged, makes nothing
// twice when its clients try again, and leaves a book that adds up.
// Method: a child process with several clients, each with an endless list of charges, holds and
// settlements whose ids follow from their place in it; SIGKILL at a random moment; the next child
// begins where the acknowledgements end, so that the call nobody heard of is repeated.

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include "ledger/ledger_test_support.h"

namespace kapok::ledger {
namespace {

constexpr int kClients = 3;
constexpr int kRounds = 8;
constexpr std::int64_t kFunds = 1'000'000'000;

struct Acknowledged {
    std::int64_t client;
    std::int64_t number;
};

// The id of a call's transfer, the same in every life of the server.
TransferId id_of(std::int64_t client, std::int64_t number, std::uint8_t leg) {
    core::Uuid uuid;
    uuid.bytes[0] = static_cast<std::uint8_t>(client);
    for (std::size_t i = 0; i < 8; ++i) {
        uuid.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    return derived_id(uuid, leg);
}

struct Accounts {
    AccountId wallet;
    AccountId revenue;
    AccountId provider;
};

Transfer transfer_of(TransferId id, AccountId debit, AccountId credit, std::int64_t amount) {
    Transfer transfer;
    transfer.id = id;
    transfer.debit = debit;
    transfer.credit = credit;
    transfer.amount = amount;
    transfer.unit = kCny;
    return transfer;
}

// Every third call is a charge; the others are a hold, and its settlement with a share.
core::Result<void> call(Transaction& transaction, const Accounts& accounts, std::int64_t client,
                        std::int64_t number) {
    const core::Principal actor = core::Principal::system("crash test");
    core::Result<Outcome> done;
    if (number % 3 == 0) {
        const Transfer charge = transfer_of(id_of(client, number, 0), accounts.wallet,
                                            accounts.revenue, 1 + number % 50);
        const auto posted = post(transaction, actor, {&charge, 1});
        return posted ? core::Result<void>() : std::unexpected(posted.error());
    }
    if (number % 3 == 1) {
        HoldRequest request;
        request.id = id_of(client, number, 0);
        request.debit = accounts.wallet;
        request.credit = accounts.revenue;
        request.amount = 100;
        request.unit = kCny;
        done = hold(transaction, actor, request);
    } else {
        Settlement settlement;
        settlement.id = id_of(client, number, 0);
        settlement.hold = id_of(client, number - 1, 0);
        settlement.amount = number % 5 == 0 ? 0 : 60;
        if (settlement.amount > 0) {
            settlement.shares = {
                transfer_of(id_of(client, number, 1), accounts.revenue, accounts.provider, 48)};
        }
        done = settle(transaction, actor, settlement);
    }
    return done ? core::Result<void>() : std::unexpected(done.error());
}

std::int64_t transfers_of(std::int64_t number) {
    return number % 3 == 2 && number % 5 != 0 ? 2 : 1;
}

void run_client(platform::db::Database& database, const Accounts& accounts, std::int64_t client,
                std::int64_t first, int pipe) {
    for (std::int64_t number = first;; ++number) {
        const auto done = database.write_blocking(
            [&](Transaction& transaction) { return call(transaction, accounts, client, number); });
        const Acknowledged acknowledged{client, number};
        if (!done || ::write(pipe, &acknowledged, sizeof acknowledged) != sizeof acknowledged) {
            ::_exit(1);
        }
    }
}

[[noreturn]] void run_child(const platform::db::Options& options, const Accounts& accounts,
                            const std::vector<std::int64_t>& next, int pipe) {
    const core::SystemClock clock;
    auto database = platform::db::Database::open(options, clock);
    if (!database) {
        ::_exit(2);
    }
    std::vector<std::thread> clients;
    for (std::int64_t client = 0; client < kClients; ++client) {
        clients.emplace_back([&, client] {
            run_client(**database, accounts, client, next[static_cast<std::size_t>(client)], pipe);
        });
    }
    clients.front().join();
    ::_exit(3);
}

class LedgerCrash : public LedgerDatabaseTest {
protected:
    // `next` is the first call of each client that has not been acknowledged.
    void post_and_kill(const Accounts& accounts, int count, std::vector<std::int64_t>& next) {
        std::array<int, 2> ends{};
        ASSERT_EQ(::pipe(ends.data()), 0);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::close(ends[0]);
            run_child(options(), accounts, next, ends[1]);
        }
        ::close(ends[1]);
        Acknowledged acknowledged{};
        for (int seen = 0; ::read(ends[0], &acknowledged, sizeof acknowledged) ==
                           static_cast<ssize_t>(sizeof acknowledged);
             ++seen) {
            next.at(static_cast<std::size_t>(acknowledged.client)) = acknowledged.number + 1;
            if (seen == count) {
                ::kill(child, SIGKILL);
            }
        }
        ::close(ends[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    }

    bool is_there(TransferId id) {
        return database()
            .read_blocking(
                [&](Reader& reader) { return find_transfer(reader, core::Scope::all(), id); })
            .value()
            .has_value();
    }
};

TEST_P(LedgerCrash, LosesAndDoublesNothing) {
    const AccountId provider = open(lab_, AccountCode::ProviderPayable, Overdraft::Refused);
    ASSERT_TRUE(run({top_up(kFunds)}));
    const Accounts accounts{wallet_, revenue_, provider};
    std::vector<std::int64_t> next(kClients, 0);
    for (int round = 0; round < kRounds; ++round) {
        close();  // The child must not inherit threads in the middle of something.
        post_and_kill(accounts, 20 + static_cast<int>(random_.below(120)), next);
        reopen();
        const auto check = database().read_blocking(check_book);
        ASSERT_TRUE(check) << text_of(check.error());
    }
    // All that was acknowledged is there, and nothing else but the calls that nobody heard of.
    std::int64_t expected = 1;
    std::int64_t unheard = 0;
    for (std::int64_t client = 0; client < kClients; ++client) {
        const std::int64_t end = next[static_cast<std::size_t>(client)];
        for (std::int64_t number = 0; number < end; ++number) {
            ASSERT_TRUE(is_there(id_of(client, number, 0))) << client << " " << number;
            expected += transfers_of(number);
        }
        unheard += transfers_of(end);
    }
    const auto check = database().read_blocking(check_book);
    EXPECT_GE(check->transfers, expected);
    EXPECT_LE(check->transfers, expected + unheard);
    EXPECT_GT(expected, kRounds * 20);
}

INSTANTIATE_KAPOK_DATABASES(LedgerCrash);

}  // namespace
}  // namespace kapok::ledger
