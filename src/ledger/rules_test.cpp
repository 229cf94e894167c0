// The rules of the ledger, one by one. rules_volume_test.cpp compares them with an independent
// model on random operations; here each rule is named and shown once, with its error.

#include "ledger/rules.h"

#include <initializer_list>
#include <limits>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/errors.h"
#include "ledger/limits.h"

namespace kapok::ledger {
namespace {

using std::chrono::seconds;
using Status = Outcome::Status;

const Unit kCny = Unit::of(core::Currency::Cny);

template <class Id>
Id make_id(std::uint8_t number) {
    core::Uuid uuid;
    uuid.bytes[6] = 0x70;
    uuid.bytes[8] = 0x80;
    uuid.bytes[15] = number;
    return Id(uuid);
}
TransferId id(std::uint8_t number) {
    return make_id<TransferId>(number);
}

class Ledger : public testing::Test {
protected:
    Ledger() {
        open(cash_, Side::Debit, Overdraft::Allowed, kCny);
        open(wallet_, Side::Credit, Overdraft::Refused, kCny);
        open(revenue_, Side::Credit, Overdraft::Allowed, kCny);
        open(dollars_, Side::Credit, Overdraft::Refused, Unit::of(core::Currency::Usd));
    }

    void open(AccountId account, Side normal, Overdraft overdraft, const Unit& unit) {
        Account opened;
        opened.id = account;
        opened.unit = unit;
        opened.normal = normal;
        opened.overdraft = overdraft;
        state_.add(AccountState{.account = opened});
    }

    static Transfer post(std::uint8_t number, AccountId debit, AccountId credit,
                         std::int64_t amount) {
        Transfer transfer;
        transfer.id = id(number);
        transfer.debit = debit;
        transfer.credit = credit;
        transfer.amount = amount;
        transfer.unit = kCny;
        return transfer;
    }
    Transfer top_up(std::uint8_t number, std::int64_t amount) const {
        return post(number, cash_, wallet_, amount);
    }
    Transfer charge(std::uint8_t number, std::int64_t amount) const {
        return post(number, wallet_, revenue_, amount);
    }
    Transfer hold(std::uint8_t number, std::int64_t amount, seconds timeout = {}) const {
        Transfer transfer = charge(number, amount);
        transfer.kind = TransferKind::Hold;
        transfer.timeout = timeout;
        return transfer;
    }
    static Transfer end(std::uint8_t number, TransferKind kind, std::uint8_t hold,
                        std::int64_t amount = 0) {
        Transfer transfer;
        transfer.id = id(number);
        transfer.kind = kind;
        transfer.hold = id(hold);
        transfer.amount = amount;
        return transfer;
    }
    static Transfer linked(Transfer transfer) {
        transfer.link = Link::Next;
        return transfer;
    }

    Outcome run(const Transfer& transfer) {
        return apply(state_, {&transfer, 1}, now_).outcomes[0];
    }
    std::vector<Outcome> run(std::initializer_list<Transfer> batch) {
        return apply(state_, std::span(batch.begin(), batch.size()), now_).outcomes;
    }
    const core::ErrorCode& fault(const Transfer& transfer) {
        const Balances before = balances(wallet_);
        const auto outcome = run(transfer);
        EXPECT_EQ(outcome.status, Status::Failed);
        EXPECT_EQ(balances(wallet_), before);
        static const core::ErrorCode kNone{};
        return outcome.error ? outcome.error->code() : kNone;
    }
    Balances balances(AccountId account) { return state_.account(account)->balances; }

    const AccountId cash_ = make_id<AccountId>(1);
    const AccountId wallet_ = make_id<AccountId>(2);
    const AccountId revenue_ = make_id<AccountId>(3);
    const AccountId dollars_ = make_id<AccountId>(4);
    State state_;
    core::Timestamp now_{seconds(1'000)};
};

TEST_F(Ledger, PostsToBothAccounts) {
    const auto outcome = run(top_up(1, 100));
    EXPECT_EQ(outcome.status, Status::Created);
    EXPECT_EQ(outcome.sequence, 1);
    EXPECT_EQ(balances(cash_), (Balances{100, 0, 0, 0}));
    EXPECT_EQ(balances(wallet_), (Balances{0, 0, 100, 0}));
    const Record* record = state_.transfer(id(1));
    ASSERT_NE(record, nullptr);
    EXPECT_EQ(record->debit_after, balances(cash_));
    EXPECT_EQ(record->credit_after, balances(wallet_));
    EXPECT_EQ(record->created_at, now_);
}

TEST_F(Ledger, RefusesToSpendWhatIsNotThereOrHeld) {
    run({top_up(1, 100), hold(2, 60)});
    EXPECT_EQ(fault(charge(3, 41)), kInsufficientFunds);
    EXPECT_EQ(fault(hold(4, 41)), kInsufficientFunds);
    EXPECT_EQ(run(charge(5, 40)).status, Status::Created);
    EXPECT_EQ(balances(wallet_).available(Side::Credit), 0);
    EXPECT_EQ(fault(charge(6, 1)), kInsufficientFunds);
}

TEST_F(Ledger, RefusesToOverdrawAnAccountThatStandsOnTheDebitSide) {
    const AccountId vault = make_id<AccountId>(9);
    open(vault, Side::Debit, Overdraft::Refused, kCny);
    EXPECT_EQ(fault(post(1, cash_, vault, 1)), kInsufficientFunds);
    EXPECT_EQ(run(post(2, vault, cash_, 5)).status, Status::Created);
    EXPECT_EQ(fault(post(3, cash_, vault, 6)), kInsufficientFunds);
    EXPECT_EQ(run(post(4, cash_, vault, 5)).status, Status::Created);
}

TEST_F(Ledger, AnswersARetryWithWhatWasMade) {
    run(top_up(1, 100));
    const auto retry = run(top_up(1, 100));
    EXPECT_EQ(retry.status, Status::Exists);
    EXPECT_EQ(retry.sequence, 1);
    EXPECT_EQ(balances(wallet_).credits_posted, 100);
}

TEST_F(Ledger, RefusesAnotherTransferUnderTheSameId) {
    run(top_up(1, 100));
    const auto change = [this](auto edit) {
        Transfer transfer = top_up(1, 100);
        edit(transfer);
        return fault(transfer) == kTransferConflict;
    };
    EXPECT_TRUE(change([](Transfer& t) { t.amount = 99; }));
    EXPECT_TRUE(change([this](Transfer& t) { t.debit = revenue_; }));
    EXPECT_TRUE(change([this](Transfer& t) { t.credit = revenue_; }));
    EXPECT_TRUE(change([](Transfer& t) { t.unit = Unit::of(core::Currency::Usd); }));
    EXPECT_TRUE(change([](Transfer& t) { t.code = TransferCode::Refund; }));
    EXPECT_TRUE(change([](Transfer& t) { t.reference.bytes[3] = 1; }));
    EXPECT_TRUE(change([](Transfer& t) { t.reference_text = "x"; }));
    EXPECT_TRUE(change([](Transfer& t) { t.kind = TransferKind::Hold; }));
}

TEST_F(Ledger, RefusesAHoldUnderTheSameIdWithAnotherTimeout) {
    run({top_up(1, 100), hold(2, 10, seconds(5))});
    EXPECT_EQ(run(hold(2, 10, seconds(5))).status, Status::Exists);
    EXPECT_EQ(fault(hold(2, 10, seconds(6))), kTransferConflict);
    EXPECT_EQ(fault(hold(2, 10)), kTransferConflict);
}

TEST_F(Ledger, RefusesWhatIsNotATransfer) {
    EXPECT_EQ(fault(top_up(1, 0)), kBadAmount);
    EXPECT_EQ(fault(top_up(1, -5)), kBadAmount);
    EXPECT_EQ(fault(top_up(1, kAmountMax + 1)), kBadAmount);
    EXPECT_EQ(fault(top_up(1, std::numeric_limits<std::int64_t>::min())), kBadAmount);
    EXPECT_EQ(fault(post(1, cash_, cash_, 1)), kSameAccount);
    EXPECT_EQ(fault(post(1, cash_, make_id<AccountId>(77), 1)), kNoAccount);
    EXPECT_EQ(fault(post(1, AccountId(), wallet_, 1)), kNoAccount);
    EXPECT_EQ(fault(post(1, cash_, dollars_, 1)), kUnitDiffers);
    Transfer transfer = top_up(1, 1);
    transfer.unit = {};
    EXPECT_EQ(fault(transfer), kUnitDiffers);
    transfer = top_up(1, 1);
    transfer.id = {};
    EXPECT_EQ(fault(transfer), kBadTransferId);
    transfer.id = expiry_id(id(1));
    EXPECT_EQ(fault(transfer), kBadTransferId);
    transfer = top_up(1, 1);
    transfer.timeout = seconds(1);
    EXPECT_EQ(fault(transfer), kBadTimeout);
    EXPECT_EQ(fault(hold(1, 1, seconds(-1))), kBadTimeout);
    EXPECT_EQ(fault(hold(1, 1, std::chrono::hours(24 * 367))), kBadTimeout);
    transfer = top_up(1, 1);
    transfer.reference_text = std::string(kReferenceTextBytesMax + 1, 'x');
    EXPECT_EQ(fault(transfer), kReferenceTooLong);
    transfer = top_up(1, 1);
    transfer.hold = id(9);
    EXPECT_EQ(fault(transfer), kUnexpectedHold);
    EXPECT_EQ(fault(end(1, TransferKind::Expiry, 9)), kReservedKind);
    EXPECT_EQ(state_.last_sequence(), 0);
}

TEST_F(Ledger, RefusesABalanceThatDoesNotFit) {
    constexpr auto kLargest = std::numeric_limits<std::int64_t>::max();
    state_.account(cash_)->balances.debits_posted = kLargest - 10;
    EXPECT_EQ(fault(top_up(1, 11)), kBalanceOverflow);
    EXPECT_EQ(run(top_up(2, 10)).status, Status::Created);
    state_.account(revenue_)->balances = {0, 0, kLargest - 10, 8};
    EXPECT_EQ(fault(charge(3, 3)), kBalanceOverflow);
    EXPECT_EQ(fault(hold(4, 3)), kBalanceOverflow);
    EXPECT_EQ(run(charge(5, 2)).status, Status::Created);
}

TEST_F(Ledger, CapturesPartOfAHoldAndGivesTheRestBack) {
    run({top_up(1, 100), hold(2, 60)});
    EXPECT_EQ(balances(wallet_), (Balances{0, 60, 100, 0}));
    EXPECT_EQ(balances(revenue_), (Balances{0, 0, 0, 60}));
    EXPECT_EQ(run(end(3, TransferKind::Capture, 2, 25)).status, Status::Created);
    EXPECT_EQ(balances(wallet_), (Balances{25, 0, 100, 0}));
    EXPECT_EQ(balances(revenue_), (Balances{0, 0, 25, 0}));
    EXPECT_EQ(state_.transfer(id(3))->transfer.debit, wallet_);
    EXPECT_EQ(state_.transfer(id(3))->transfer.unit, kCny);
    EXPECT_EQ(run(end(3, TransferKind::Capture, 2, 25)).status, Status::Exists);
    EXPECT_EQ(fault(end(3, TransferKind::Capture, 2, 24)), kTransferConflict);
}

TEST_F(Ledger, EndsAHoldOnlyOnce) {
    run({top_up(1, 100), hold(2, 10), hold(3, 10), end(4, TransferKind::Capture, 2, 10),
         end(5, TransferKind::Release, 3)});
    EXPECT_EQ(balances(wallet_), (Balances{10, 0, 100, 0}));
    EXPECT_EQ(fault(end(6, TransferKind::Capture, 2, 1)), kHoldCaptured);
    EXPECT_EQ(fault(end(6, TransferKind::Release, 2)), kHoldCaptured);
    EXPECT_EQ(fault(end(6, TransferKind::Capture, 3, 1)), kHoldReleased);
    EXPECT_EQ(run(end(5, TransferKind::Release, 3)).status, Status::Exists);
}

TEST_F(Ledger, RefusesToCaptureWhatIsNotHeld) {
    run({top_up(1, 100), hold(2, 60)});
    EXPECT_EQ(fault(end(3, TransferKind::Capture, 2, 61)), kCaptureExceedsHold);
    EXPECT_EQ(fault(end(3, TransferKind::Capture, 2, 0)), kBadAmount);
    EXPECT_EQ(fault(end(3, TransferKind::Capture, 9, 1)), kNoHold);
    EXPECT_EQ(fault(end(3, TransferKind::Capture, 1, 1)), kNotAHold);
    EXPECT_EQ(fault(end(3, TransferKind::Release, 2, 59)), kHoldDiffers);
    Transfer other = end(3, TransferKind::Capture, 2, 1);
    other.credit = cash_;
    EXPECT_EQ(fault(other), kHoldDiffers);
    other = end(3, TransferKind::Capture, 2, 1);
    other.unit = Unit::of(core::Currency::Usd);
    EXPECT_EQ(fault(other), kHoldDiffers);
}

TEST_F(Ledger, ExpiresAHoldWhenItsTimeIsUp) {
    run({top_up(1, 100), hold(2, 60, seconds(10)), hold(3, 5)});
    const TransferId holds[] = {id(2), id(3), id(1), id(99)};
    now_ += seconds(10) - std::chrono::microseconds(1);
    EXPECT_TRUE(expire(state_, holds, now_).empty());
    now_ += std::chrono::microseconds(1);
    EXPECT_EQ(fault(end(4, TransferKind::Capture, 2, 1)), kHoldExpired);
    EXPECT_EQ(fault(end(4, TransferKind::Release, 2)), kHoldExpired);
    const auto expired = expire(state_, holds, now_);
    ASSERT_EQ(expired.size(), 1U);
    EXPECT_EQ(expired[0]->transfer.id, expiry_id(id(2)));
    EXPECT_EQ(expired[0]->transfer.amount, 60);
    EXPECT_EQ(expired[0]->sequence, 4);
    EXPECT_EQ(balances(wallet_), (Balances{0, 5, 100, 0}));
    EXPECT_TRUE(expire(state_, holds, now_).empty());
    EXPECT_EQ(fault(end(4, TransferKind::Capture, 2, 1)), kHoldExpired);
}

TEST_F(Ledger, MakesAChainAsAWholeOrNotAtAll) {
    run(top_up(1, 100));
    const auto failed = run({linked(charge(2, 60)), linked(hold(3, 30)), charge(4, 20)});
    EXPECT_EQ(failed[0].error->code(), kChainFailed);
    EXPECT_EQ(failed[1].error->code(), kChainFailed);
    EXPECT_EQ(failed[2].error->code(), kInsufficientFunds);
    EXPECT_EQ(balances(wallet_), (Balances{0, 0, 100, 0}));
    EXPECT_EQ(state_.last_sequence(), 1);
    EXPECT_EQ(state_.transfer(id(2)), nullptr);
    const auto made = run({linked(charge(2, 60)), linked(hold(3, 30)), charge(4, 10)});
    EXPECT_EQ(made[2].status, Status::Created);
    EXPECT_EQ(made[2].sequence, 4);
}

TEST_F(Ledger, KeepsTheRestOfABatchWhenAChainFails) {
    const auto outcomes = run({top_up(1, 10), linked(charge(2, 6)), charge(3, 6), charge(4, 7)});
    EXPECT_EQ(outcomes[0].status, Status::Created);
    EXPECT_EQ(outcomes[1].status, Status::Failed);
    EXPECT_EQ(outcomes[2].status, Status::Failed);
    EXPECT_EQ(outcomes[3].status, Status::Created);
    EXPECT_EQ(outcomes[3].sequence, 2);
}

TEST_F(Ledger, AnswersTheRetryOfAChainAsAWhole) {
    run({top_up(1, 100), linked(hold(2, 60)), end(3, TransferKind::Capture, 2, 50)});
    const auto again = run({linked(hold(2, 60)), end(3, TransferKind::Capture, 2, 50)});
    EXPECT_EQ(again[0].status, Status::Exists);
    EXPECT_EQ(again[1].status, Status::Exists);
    const auto mixed = run({linked(hold(2, 60)), charge(4, 1)});
    EXPECT_EQ(mixed[0].error->code(), kChainPartlyExists);
    EXPECT_EQ(mixed[1].error->code(), kChainFailed);
    EXPECT_EQ(state_.transfer(id(4)), nullptr);
}

TEST_F(Ledger, UndoesTheEndOfAHoldWithItsChain) {
    run({top_up(1, 100), hold(2, 60)});
    run({linked(end(3, TransferKind::Capture, 2, 60)), charge(4, 41)});
    EXPECT_EQ(balances(wallet_), (Balances{0, 60, 100, 0}));
    EXPECT_EQ(run(end(5, TransferKind::Release, 2)).status, Status::Created);
}

TEST_F(Ledger, RefusesAChainWithoutAnEnd) {
    const auto outcomes = run({top_up(1, 5), linked(top_up(2, 5)), linked(top_up(3, 5))});
    EXPECT_EQ(outcomes[0].status, Status::Created);
    EXPECT_EQ(outcomes[1].error->code(), kChainFailed);
    EXPECT_EQ(outcomes[2].error->code(), kChainOpen);
    EXPECT_EQ(balances(wallet_).credits_posted, 5);
}

TEST_F(Ledger, CorrectsByAReversalThatCanBeMadeOnce) {
    run({top_up(1, 100), charge(2, 30)});
    const Transfer reversal = reversal_of(*state_.transfer(id(2)));
    EXPECT_EQ(run(reversal).status, Status::Created);
    EXPECT_EQ(run(reversal).status, Status::Exists);
    EXPECT_EQ(balances(wallet_).posted(Side::Credit), 100);
    EXPECT_EQ(reversal.reference, id(2).uuid());
}

TEST(TransferIds, DerivedOnesDifferByLegAndSource) {
    std::set<TransferId> ids;
    std::size_t made = 0;
    for (std::uint8_t source = 0; source < 20; ++source) {
        for (int leg = 0; leg < 256; ++leg) {
            const auto derived = derived_id(id(source).uuid(), static_cast<std::uint8_t>(leg));
            EXPECT_TRUE(is_transfer_id(derived));
            EXPECT_FALSE(is_transfer_id(expiry_id(derived)));
            ids.insert({derived, expiry_id(derived), derived_id(derived.uuid(), 1)});
            made += 3;
        }
    }
    EXPECT_EQ(ids.size(), made);
    EXPECT_EQ(derived_id(id(1).uuid(), 7), derived_id(id(1).uuid(), 7));
    EXPECT_EQ(derived_id(id(1).uuid(), 7).uuid().made_at(), id(1).uuid().made_at());
}

}  // namespace
}  // namespace kapok::ledger
