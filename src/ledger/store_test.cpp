// The ledger on a real database: what is posted is kept, read back whole, and adds up. Each test
// runs on SQLite and on PostgreSQL, and ends with a check of the whole book.

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "ledger/digest.h"
#include "ledger/errors.h"
#include "ledger/ledger_test_support.h"
#include "ledger/limits.h"
#include "ledger/random_transfers.h"
#include "ledger/rules.h"

namespace kapok::ledger {
namespace {

using std::chrono::seconds;
using Status = Outcome::Status;

class LedgerStore : public LedgerDatabaseTest {
protected:
    std::vector<Record> book() {
        const auto records = database().read_blocking(
            [](Reader& reader) { return records_from(reader, 0, 10'000); });
        EXPECT_TRUE(records);
        return records.value_or(std::vector<Record>());
    }
    std::vector<TrialBalanceLine> trial(std::optional<std::int64_t> sequence = {}) {
        const auto lines = database().read_blocking([&](Reader& reader) {
            return sequence ? trial_balance_at(reader, *sequence) : trial_balance(reader);
        });
        EXPECT_TRUE(lines);
        return lines.value_or(std::vector<TrialBalanceLine>());
    }
    Account facts(AccountId id) {
        const auto found = database().read_blocking(
            [&](Reader& reader) { return find_account(reader, core::Scope::all(), id); });
        return found.value().value().account;
    }
    std::vector<Entry> entries(AccountId id, EntryRange range) {
        const Account account = facts(id);
        const auto found = database().read_blocking(
            [&](Reader& reader) { return list_entries(reader, account, range); });
        EXPECT_TRUE(found);
        return found.value_or(std::vector<Entry>());
    }
};

TEST_P(LedgerStore, OpensAnAccountOnce) {
    Account wanted = account(lab_, AccountCode::Wallet, Overdraft::Refused);
    wanted.project = make<core::ProjectId>();
    wanted.name = "钱包 'Lab 3'; --";
    const auto first = open(wanted);
    ASSERT_TRUE(first) << text_of(first.error());
    EXPECT_GT(first->number, 0);
    EXPECT_EQ(first->created_at, clock().now());
    EXPECT_EQ(first->name, wanted.name);
    EXPECT_EQ(first->project, wanted.project);
    clock().advance(seconds(5));
    const auto again = open(wanted);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->number, first->number);
    EXPECT_EQ(again->created_at, first->created_at);
    wanted.unit = Unit::of(core::Currency::Usd);
    EXPECT_EQ(open(wanted).error().code(), kAccountConflict);
    wanted.id = {};
    EXPECT_EQ(open(wanted).error().code(), kBadAccountId);
}

TEST_P(LedgerStore, KeepsATransferWhole) {
    Transfer wanted = top_up(12'500'000);
    wanted.code = TransferCode::TopUp;
    wanted.reference = make<TransferId>().uuid();
    wanted.reference_text = "银行回单 'B-7'; drop table ledger_transfer; --";
    const auto outcomes = run({wanted});
    ASSERT_TRUE(outcomes) << text_of(outcomes.error());
    EXPECT_EQ(outcomes->front().status, Status::Created);
    EXPECT_EQ(outcomes->front().sequence, 1);
    const auto records = book();
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(canonical_line(records[0]),
              "1 " + wanted.id.text() + " post " + cash_.text() + " " + wallet_.text() +
                  " 12500000 CNY top_up - " + core::to_rfc3339(clock().now()) + " - " +
                  core::to_base32(wanted.reference) + " 50 " + wanted.reference_text + "\n");
    EXPECT_EQ(records[0].debit_after, (Balances{12'500'000, 0, 0, 0}));
    EXPECT_EQ(records[0].credit_after, (Balances{0, 0, 12'500'000, 0}));
    EXPECT_EQ(balances(wallet_), records[0].credit_after);
}

TEST_P(LedgerStore, AnswersARetryAndRefusesAConflict) {
    const Transfer wanted = top_up(100);
    EXPECT_EQ(run({wanted}).value()[0].status, Status::Created);
    clock().advance(seconds(1));
    EXPECT_EQ(run({wanted}).value()[0].status, Status::Exists);
    EXPECT_EQ(run({wanted, top_up(1)}).value()[1].sequence, 2);
    Transfer other = wanted;
    other.amount = 99;
    EXPECT_EQ(run({other}).error().code(), kTransferConflict);
    EXPECT_EQ(balances(wallet_).credits_posted, 101);
}

TEST_P(LedgerStore, PostsAllOrNothing) {
    const auto refused = run({top_up(100), charge(60), charge(50)});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), kInsufficientFunds);
    EXPECT_EQ(refused.error().pointer(), "/transfers/2");
    EXPECT_TRUE(book().empty());
    EXPECT_EQ(balances(wallet_), Balances());
    Transfer first = top_up(100);
    first.link = Link::Next;
    EXPECT_EQ(run({first, charge(101)}).error().pointer(), "/transfers/1");
}

TEST_P(LedgerStore, PostsEachForItselfWhenAsked) {
    const std::vector<Transfer> batch{top_up(100), charge(160), charge(50)};
    const auto outcomes =
        write([&](Transaction& transaction) { return post_each(transaction, actor_, batch); });
    ASSERT_TRUE(outcomes);
    EXPECT_EQ((*outcomes)[0].status, Status::Created);
    EXPECT_EQ((*outcomes)[1].error->code(), kInsufficientFunds);
    EXPECT_EQ((*outcomes)[2].sequence, 2);
    EXPECT_EQ(book().size(), 2U);
}

TEST_P(LedgerStore, LimitsABatch) {
    EXPECT_TRUE(run(std::vector<Transfer>()).value().empty());
    const std::vector<Transfer> batch(kBatchMax + 1, top_up(1));
    EXPECT_EQ(run(batch).error().code(), kBatchTooLarge);
}

TEST_P(LedgerStore, PostsABatchThatNeedsManyLists) {
    std::vector<AccountId> wallets;
    std::vector<Transfer> batch;
    const auto opened = write([&](Transaction& transaction) -> core::Result<void> {
        for (int i = 0; i < 700; ++i) {
            const Account wallet = account(lab_, AccountCode::Wallet, Overdraft::Refused);
            if (auto done = open_account(transaction, actor_, wallet); !done) {
                return std::unexpected(done.error());
            }
            wallets.push_back(wallet.id);
        }
        return {};
    });
    ASSERT_TRUE(opened);
    for (std::size_t i = 0; i < 1'400; ++i) {
        batch.push_back(transfer(cash_, wallets[i % wallets.size()], 1 + static_cast<int>(i)));
    }
    const auto made = run(batch);
    ASSERT_TRUE(made) << text_of(made.error());
    EXPECT_EQ(made->back().sequence, 1'400);
    EXPECT_EQ(balances(wallets[0]).credits_posted, 1 + 701);
    const auto again = run(batch);
    EXPECT_TRUE(std::ranges::all_of(
        *again, [](const Outcome& outcome) { return outcome.status == Status::Exists; }));
}

TEST_P(LedgerStore, HoldsSettlesAndDividesWhatWasUsed) {
    run({top_up(100)});
    const AccountId provider = open(lab_, AccountCode::ProviderPayable, Overdraft::Refused);
    const HoldRequest held = hold_request(80);
    ASSERT_TRUE(run(held));
    EXPECT_EQ(run(held)->status, Status::Exists);
    EXPECT_EQ(balances(wallet_), (Balances{0, 80, 100, 0}));
    EXPECT_EQ(run(hold_request(21)).error().code(), kInsufficientFunds);

    Settlement settlement;
    settlement.id = make<TransferId>();
    settlement.hold = held.id;
    settlement.amount = 30;
    settlement.shares = {transfer(revenue_, provider, 24)};
    const auto settled = run(settlement);
    ASSERT_TRUE(settled) << text_of(settled.error());
    EXPECT_EQ(balances(wallet_), (Balances{30, 0, 100, 0}));
    EXPECT_EQ(balances(revenue_), (Balances{24, 0, 30, 0}));
    EXPECT_EQ(balances(provider), (Balances{0, 0, 24, 0}));
    EXPECT_EQ(run(settlement)->status, Status::Exists);
    settlement.id = make<TransferId>();
    settlement.shares.clear();
    EXPECT_EQ(run(settlement).error().code(), kHoldCaptured);
    EXPECT_EQ(book()[1].hold_state, HoldState::Captured);
    EXPECT_EQ(book()[2].transfer.hold, held.id);
}

TEST_P(LedgerStore, SettlesNothingAsARelease) {
    run({top_up(100)});
    const HoldRequest held = hold_request(80);
    ASSERT_TRUE(run(held));
    Settlement settlement;
    settlement.id = make<TransferId>();
    settlement.hold = held.id;
    ASSERT_TRUE(run(settlement));
    EXPECT_EQ(balances(wallet_), (Balances{0, 0, 100, 0}));
    const HoldRequest other = hold_request(100);
    ASSERT_TRUE(run(other));
    const ReleaseRequest request{make<TransferId>(), other.id, TransferCode::Charge, {}, {}};
    ASSERT_TRUE(
        write([&](Transaction& transaction) { return release(transaction, actor_, request); }));
    EXPECT_EQ(balances(wallet_), (Balances{0, 0, 100, 0}));
}

TEST_P(LedgerStore, ExpiresHoldsByItsClock) {
    run({top_up(10'000)});
    std::vector<HoldRequest> holds;
    for (int i = 0; i < 5; ++i) {
        holds.push_back(hold_request(10, seconds(10 + i)));
        ASSERT_TRUE(run(holds.back()));
    }
    ASSERT_TRUE(run(hold_request(7)));
    EXPECT_EQ(expire_all(), 0U);
    clock().advance(seconds(12));
    EXPECT_EQ(expire_all(), 3U);
    EXPECT_EQ(expire_all(), 0U);
    EXPECT_EQ(balances(wallet_), (Balances{0, 27, 10'000, 0}));
    Settlement late;
    late.id = make<TransferId>();
    late.hold = holds[0].id;
    late.amount = 1;
    EXPECT_EQ(run(late).error().code(), kHoldExpired);
    clock().advance(seconds(1));
    late.hold = holds[3].id;
    EXPECT_EQ(run(late).error().code(), kHoldExpired);  // Also before anybody expired it.
    EXPECT_EQ(expire_all(), 1U);
}

TEST_P(LedgerStore, ExpiresManyHoldsInPortions) {
    run({top_up(1'000'000)});
    std::vector<Transfer> batch;
    for (std::size_t i = 0; i < kExpiriesPerCommandMax + 10; ++i) {
        batch.push_back(charge(1));
        batch.back().kind = TransferKind::Hold;
        batch.back().timeout = seconds(1);
    }
    ASSERT_TRUE(run(batch));
    clock().advance(seconds(1));
    EXPECT_EQ(expire_all(), kExpiriesPerCommandMax);
    EXPECT_EQ(expire_all(), 10U);
    EXPECT_EQ(balances(wallet_).debits_pending, 0);
}

TEST_P(LedgerStore, NeverGoesBackInTime) {
    run({top_up(1)});
    const auto first = clock().now();
    clock().advance(-seconds(60));
    run({top_up(2)});
    EXPECT_EQ(book()[1].created_at, first);
}

TEST_P(LedgerStore, TellsAnAccountsStoryInBothDirections) {
    std::vector<Transfer> batch{top_up(1'000)};
    for (int i = 1; i <= 20; ++i) {
        batch.push_back(charge(i));
        batch.push_back(transfer(cash_, revenue_, 3));  // Another account's.
    }
    ASSERT_TRUE(run(batch));
    std::int64_t expected = 0;
    std::int64_t after = 0;
    std::vector<std::int64_t> seen;
    for (auto page = entries(wallet_, {0, {}, Order::OldestFirst, 6}); !page.empty();
         page = entries(wallet_, {after, {}, Order::OldestFirst, 6})) {
        for (const Entry& entry : page) {
            expected += entry.side == Side::Credit ? entry.record.transfer.amount
                                                   : -entry.record.transfer.amount;
            EXPECT_EQ(entry.after.posted(Side::Credit), expected);
            seen.push_back(entry.record.sequence);
        }
        after = seen.back();
    }
    EXPECT_EQ(seen.size(), 21U);
    EXPECT_EQ(expected, 1'000 - 210);
    EXPECT_TRUE(std::ranges::is_sorted(seen));
    const auto newest_first = entries(wallet_, {0, 40, Order::NewestFirst, 3});
    ASSERT_EQ(newest_first.size(), 3U);
    EXPECT_EQ(newest_first[0].record.sequence, 38);
    EXPECT_EQ(newest_first[2].record.sequence, 34);
    const auto between = entries(wallet_, {1, 6, Order::OldestFirst, 50});
    EXPECT_EQ(between.size(), 2U);
}

// Long histories are walked from waypoints: every range of them, against the plain list.
TEST_P(LedgerStore, FindsAnyRangeOfALongHistory) {
    std::vector<Transfer> batch{top_up(1'000'000)};
    for (int i = 0; i < 900; ++i) {
        batch.push_back(i % 3 == 0 ? transfer(cash_, revenue_, 3) : charge(1 + i % 7));
    }
    ASSERT_TRUE(run(batch));
    const Account wallet = facts(wallet_);
    std::vector<std::int64_t> all;
    for (const Record& record : book()) {
        if (record.transfer.debit == wallet_ || record.transfer.credit == wallet_) {
            all.push_back(record.sequence);
        }
    }
    ASSERT_EQ(all.size(), 601U);
    for (int i = 0; i < 200; ++i) {
        const auto after = static_cast<std::int64_t>(random_.below(950));
        const auto before = static_cast<std::int64_t>(random_.below(1'000));
        const std::size_t limit = 1 + random_.below(i % 2 == 0 ? 5 : 300);
        const bool oldest_first = random_.below(2) == 0;
        std::vector<std::int64_t> expected;
        std::ranges::copy_if(all, std::back_inserter(expected), [&](std::int64_t sequence) {
            return sequence > after && sequence < before;
        });
        if (!oldest_first) {
            std::ranges::reverse(expected);
        }
        expected.resize(std::min(expected.size(), limit));
        std::vector<std::int64_t> found;
        for (const Entry& entry : entries(
                 wallet_,
                 {after, before, oldest_first ? Order::OldestFirst : Order::NewestFirst, limit})) {
            found.push_back(entry.record.sequence);
        }
        ASSERT_EQ(found, expected) << after << " " << before << " " << limit << oldest_first;
    }
    const auto records = book();
    for (const std::int64_t sequence : {1, 2, 63, 64, 65, 400, 900, 901}) {
        Balances sums;
        for (const Record& record : records) {
            if (record.sequence <= sequence) {
                sums.debits_posted += record.transfer.amount;
            }
        }
        sums.credits_posted = sums.debits_posted;
        EXPECT_EQ(trial(sequence)[0].sums, sums);
    }
}

TEST_P(LedgerStore, KnowsThePast) {
    const auto start = clock().now();
    for (int i = 0; i < 10; ++i) {
        clock().advance(seconds(10));
        run({top_up(100), charge(30)});
    }
    const auto at = [this](core::Timestamp time) {
        return database()
            .read_blocking([&](Reader& reader) { return sequence_at(reader, time); })
            .value();
    };
    EXPECT_EQ(at(start), 0);
    EXPECT_EQ(at(start + seconds(10)), 2);
    EXPECT_EQ(at(start + seconds(39)), 6);
    EXPECT_EQ(at(start + seconds(1'000)), 20);
    const Account wallet = facts(wallet_);
    const auto past = [&](std::int64_t sequence) {
        return database()
            .read_blocking([&](Reader& reader) { return balances_at(reader, wallet, sequence); })
            .value();
    };
    EXPECT_EQ(past(0), Balances());
    EXPECT_EQ(past(5), (Balances{60, 0, 300, 0}));
    EXPECT_EQ(past(6), (Balances{90, 0, 300, 0}));
    EXPECT_EQ(past(99), balances(wallet_));
    const auto lines = trial(5);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].sums, (Balances{360, 0, 360, 0}));
    EXPECT_EQ(trial(99)[0].sums, trial()[0].sums);
}

TEST_P(LedgerStore, BalancesEveryUnitByItself) {
    const Unit tokens = Unit::parse("token:qwen3").value();
    const AccountId granted =
        open(platform_, AccountCode::VoucherIssue, Overdraft::Allowed, tokens);
    const AccountId usable = open(lab_, AccountCode::Wallet, Overdraft::Refused, tokens);
    Transfer grant = transfer(granted, usable, kAmountMax);
    grant.unit = tokens;
    ASSERT_TRUE(run({grant, top_up(5)}));
    Transfer mixed = transfer(cash_, usable, 1);
    EXPECT_EQ(run({mixed}).error().code(), kUnitDiffers);
    const auto lines = trial();
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].unit, kCny);
    EXPECT_EQ(lines[1].unit, tokens);
    EXPECT_EQ(lines[1].sums.debits_posted, kAmountMax);
    EXPECT_TRUE(lines[0].balances() && lines[1].balances());
}

TEST_P(LedgerStore, ShowsNobodyWhatIsOthers) {
    ASSERT_TRUE(run({top_up(5), transfer(cash_, revenue_, 7)}));
    const auto records = book();
    const core::Scope lab{false, {lab_}};
    const core::Scope other{false, {make<core::OrganizationId>()}};
    const auto see = [&](const core::Scope& scope, TransferId id) {
        return database()
            .read_blocking([&](Reader& reader) { return find_transfer(reader, scope, id); })
            .value();
    };
    const auto seen = see(lab, records[0].transfer.id);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->debit.organization, platform_);
    EXPECT_EQ(seen->credit.organization, lab_);
    EXPECT_FALSE(see(lab, records[1].transfer.id));
    EXPECT_FALSE(see(other, records[0].transfer.id));
    EXPECT_FALSE(see({}, records[0].transfer.id));
    const auto count = [&](const core::Scope& scope, const AccountFilter& filter) {
        return database()
            .read_blocking(
                [&](Reader& reader) { return list_accounts(reader, scope, filter, 0, 100); })
            .value()
            .size();
    };
    EXPECT_EQ(count(core::Scope::all(), {}), 3U);
    EXPECT_EQ(count(lab, {}), 1U);
    EXPECT_EQ(count(other, {}), 0U);
    EXPECT_EQ(count({}, {}), 0U);
    EXPECT_EQ(count(lab, {.organization = platform_}), 0U);
    EXPECT_EQ(count(core::Scope::all(), {.code = AccountCode::Cash}), 1U);
    EXPECT_EQ(count(core::Scope::all(), {.unit = Unit::of(core::Currency::Usd)}), 0U);
}

TEST_P(LedgerStore, StopsTextThatIsNotText) {
    Transfer bad = top_up(1);
    bad.reference_text = "\xFF\xFE";
    EXPECT_FALSE(run({bad}));
    bad.reference_text = std::string("a\0b", 3);
    EXPECT_FALSE(run({bad}));
    EXPECT_TRUE(book().empty());
    EXPECT_TRUE(run({top_up(1)}));
}

TEST_P(LedgerStore, UndoesWhatAFailedCommandPosted) {
    const auto failed = write([&](Transaction& transaction) -> core::Result<void> {
        const std::vector<Transfer> batch{top_up(5)};
        EXPECT_TRUE(post(transaction, actor_, batch));
        EXPECT_EQ(balance(transaction, wallet_)->balances.credits_posted, 5);
        return core::fail(kNoHold, {{"hold", "x"}});
    });
    EXPECT_FALSE(failed);
    EXPECT_EQ(balances(wallet_), Balances());
    EXPECT_EQ(run({top_up(6)}).value()[0].sequence, 1);
}

// The store and the rules in memory, side by side on the same random work.
TEST_P(LedgerStore, DecidesOnRandomTransfersAsTheRulesDoInMemory) {
    core::ManualClock time(clock().now());
    RandomTransfers work(7, time);
    State memory;
    for (Account opened : work.accounts()) {
        opened.organization = lab_;
        ASSERT_TRUE(open(opened));
        memory.add(AccountState{.account = opened});
    }
    std::vector<TransferId> holds;
    for (int step = 0; step < 400; ++step) {
        const std::chrono::microseconds pause(work.below(200));
        time.advance(pause);
        clock().advance(pause);
        if (work.one_in(10)) {
            EXPECT_EQ(expire_all(), expire(memory, holds, time.now()).size());
        }
        const auto batch = work.batch();
        const auto expected = apply(memory, batch, time.now()).outcomes;
        const auto outcomes =
            write([&](Transaction& transaction) { return post_each(transaction, actor_, batch); });
        ASSERT_TRUE(outcomes) << text_of(outcomes.error());
        for (std::size_t i = 0; i < batch.size(); ++i) {
            ASSERT_EQ((*outcomes)[i].status, expected[i].status);
            ASSERT_EQ((*outcomes)[i].sequence, expected[i].sequence);
            ASSERT_EQ((*outcomes)[i].error, expected[i].error);
            if (batch[i].kind == TransferKind::Hold) {
                holds.push_back(batch[i].id);
            }
        }
    }
    const auto stored = database().read_blocking(all_balances);
    for (const auto& [id, state] : memory.accounts()) {
        EXPECT_EQ(stored.value().at(id), state.balances);
    }
    EXPECT_GT(memory.last_sequence(), 400);
}

TEST_P(LedgerStore, PublishesOneEventACommandThatProvesItsTransfers) {
    const auto events = [this] {
        return database()
            .read_blocking([](Reader& reader) {
                return reader.list("select type, data from audit_outbox order by id", {},
                                   [](const platform::db::Row& row) {
                                       return std::pair(std::string(row.text(0)),
                                                        std::string(row.text(1)));
                                   });
            })
            .value();
    };
    const std::size_t before = events().size();  // Opening accounts.
    const std::vector<Transfer> batch{top_up(100), charge(3), charge(4)};
    ASSERT_TRUE(run(batch));
    ASSERT_TRUE(run(batch));             // A retry changes nothing, so there is nothing to tell.
    ASSERT_FALSE(run({charge(1'000)}));  // Nor has a refusal.
    const auto published = events();
    ASSERT_EQ(published.size(), before + 1);
    const auto records = book();
    std::vector<const Record*> pointers;
    for (const Record& record : records) {
        pointers.push_back(&record);
    }
    EXPECT_EQ(published.back().first, "ledger.transfers_posted");
    EXPECT_EQ(published.back().second, "{\"digest\":\"" + digest_text(pointers) +
                                           "\",\"first_sequence\":1,\"last_sequence\":3}");
}

INSTANTIATE_KAPOK_DATABASES(LedgerStore);

}  // namespace
}  // namespace kapok::ledger
