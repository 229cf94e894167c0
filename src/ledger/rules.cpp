#include "ledger/rules.h"

#include <cassert>
#include <limits>
#include <string>
#include <utility>

#include "core/known.h"
#include "core/timestamp.h"
#include "ledger/errors.h"
#include "ledger/limits.h"

namespace kapok::ledger {
namespace {

using core::fail;
using core::Result;

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

// Sums of balances and amounts, none negative.
bool fits(std::int64_t posted, std::int64_t pending, std::int64_t amount) {
    return amount <= kLargest - posted && pending <= kLargest - posted - amount;
}

bool ends_hold(TransferKind kind) {
    return kind == TransferKind::Capture || kind == TransferKind::Release;
}

// What can be said of a transfer without looking at the book.
Result<void> check_form(const Transfer& transfer) {
    if (!is_transfer_id(transfer.id)) {
        return fail(kBadTransferId, {{"actual", transfer.id.text()}});
    }
    if (transfer.kind == TransferKind::Expiry) {
        return fail(kReservedKind);
    }
    if (!ends_hold(transfer.kind) && !transfer.hold.is_zero()) {
        return fail(kUnexpectedHold, {{"kind", std::string(name(transfer.kind))}});
    }
    const std::int64_t least = transfer.kind == TransferKind::Release ? 0 : 1;
    if (transfer.amount < least || transfer.amount > kAmountMax) {
        return fail(kBadAmount,
                    {{"expected", std::to_string(least) + ".." + std::to_string(kAmountMax)},
                     {"actual", std::to_string(transfer.amount)}});
    }
    const auto timeout_max =
        transfer.kind == TransferKind::Hold ? kTimeoutMax : std::chrono::microseconds(0);
    if (transfer.timeout.count() < 0 || transfer.timeout > timeout_max) {
        return fail(kBadTimeout, {{"actual", std::to_string(transfer.timeout.count())}});
    }
    if (transfer.reference_text.size() > kReferenceTextBytesMax) {
        return fail(kReferenceTooLong,
                    {{"expected", std::to_string(kReferenceTextBytesMax)},
                     {"actual", std::to_string(transfer.reference_text.size())}});
    }
    return {};
}

std::chrono::microseconds timeout_of(const Record& record) {
    return record.expires_at ? *record.expires_at - record.created_at
                             : std::chrono::microseconds(0);
}

// The first field in which a retry differs from what was made; what it left out does not.
const char* difference(const Transfer& again, const Record& record) {
    const Transfer& made = record.transfer;
    const bool may_omit = ends_hold(again.kind);
    if (again.kind != made.kind) {
        return "kind";
    }
    if (again.hold != made.hold) {
        return "hold";
    }
    if (again.debit != made.debit && !(may_omit && again.debit.is_zero())) {
        return "debit account";
    }
    if (again.credit != made.credit && !(may_omit && again.credit.is_zero())) {
        return "credit account";
    }
    if (again.unit != made.unit && !(may_omit && again.unit.is_none())) {
        return "unit";
    }
    if (again.amount != made.amount &&
        !(again.kind == TransferKind::Release && again.amount == 0)) {
        return "amount";
    }
    if (again.timeout != timeout_of(record)) {
        return "timeout";
    }
    if (again.code != made.code) {
        return "code";
    }
    if (again.reference != made.reference || again.reference_text != made.reference_text) {
        return "reference";
    }
    return nullptr;
}

// Runs one transfer after the other against the state.
class Machine {
public:
    Machine(State& state, core::Timestamp now) noexcept : state_(state), now_(now) {}

    Result<Outcome> run(const Transfer& transfer) {
        if (auto form = check_form(transfer); !form) {
            return std::unexpected(std::move(form.error()));
        }
        if (const Record* made = state_.transfer(transfer.id)) {
            if (const char* field = difference(transfer, *made)) {
                return fail(kTransferConflict,
                            {{"transfer", transfer.id.text()}, {"field", field}});
            }
            return Outcome{Outcome::Status::Exists, made->sequence, {}};
        }
        auto made = ends_hold(transfer.kind) ? end(transfer) : move(transfer);
        if (!made) {
            return std::unexpected(std::move(made.error()));
        }
        return Outcome{Outcome::Status::Created, (*made)->sequence, {}};
    }

    // A hold that ends otherwise than by a capture gives all back.
    const Record& give_back(Record& hold, Transfer transfer) {
        transfer.amount = hold.transfer.amount;
        return finish(hold, std::move(transfer), 0);
    }

private:
    Result<const Record*> move(const Transfer& transfer) {
        if (transfer.debit == transfer.credit) {
            return fail(kSameAccount, {{"account", transfer.debit.text()}});
        }
        auto debit = find(transfer.debit, transfer.unit);
        if (!debit) {
            return std::unexpected(std::move(debit.error()));
        }
        auto credit = find(transfer.credit, transfer.unit);
        if (!credit) {
            return std::unexpected(std::move(credit.error()));
        }
        if (auto room = check_room(transfer, **debit, **credit); !room) {
            return std::unexpected(std::move(room.error()));
        }
        state_.will_change(**debit);
        state_.will_change(**credit);
        const bool holds = transfer.kind == TransferKind::Hold;
        Balances& left = (*debit)->balances;
        Balances& right = (*credit)->balances;
        (holds ? left.debits_pending : left.debits_posted) += transfer.amount;
        (holds ? right.credits_pending : right.credits_posted) += transfer.amount;
        Record record{transfer, 0, now_, {}, HoldState::Open, left, right};
        if (holds && transfer.timeout.count() > 0) {
            record.expires_at = now_ + transfer.timeout;
        }
        return &state_.make(std::move(record));
    }

    Result<AccountState*> find(AccountId id, const Unit& unit) {
        AccountState* found = state_.account(id);
        if (found == nullptr) {
            return fail(kNoAccount, {{"account", id.text()}});
        }
        if (found->account.unit != unit) {
            return fail(kUnitDiffers, {{"account", id.text()},
                                       {"expected", found->account.unit.text()},
                                       {"actual", unit.text()}});
        }
        return found;
    }

    static Result<void> check_room(const Transfer& transfer, const AccountState& debit,
                                   const AccountState& credit) {
        const std::int64_t amount = transfer.amount;
        if (!fits(debit.balances.debits_posted, debit.balances.debits_pending, amount)) {
            return fail(kBalanceOverflow, {{"account", transfer.debit.text()}});
        }
        if (!fits(credit.balances.credits_posted, credit.balances.credits_pending, amount)) {
            return fail(kBalanceOverflow, {{"account", transfer.credit.text()}});
        }
        if (auto funds = check_funds(debit, Side::Credit, amount); !funds) {
            return funds;
        }
        return check_funds(credit, Side::Debit, amount);
    }

    // Only a movement against the normal side can bring an account below zero.
    static Result<void> check_funds(const AccountState& state, Side lowered, std::int64_t amount) {
        const Account& account = state.account;
        if (account.overdraft == Overdraft::Allowed || account.normal != lowered) {
            return {};
        }
        const std::int64_t available = state.balances.available(account.normal);
        if (amount > available) {
            return fail(kInsufficientFunds, {{"account", account.id.text()},
                                             {"available", to_text(available, account.unit)},
                                             {"unit", account.unit.text()},
                                             {"needed", to_text(amount, account.unit)}});
        }
        return {};
    }

    Result<const Record*> end(const Transfer& transfer) {
        Record* hold = state_.transfer(transfer.hold);
        if (hold == nullptr) {
            return fail(kNoHold, {{"hold", transfer.hold.text()}});
        }
        if (auto possible = check_open(*hold); !possible) {
            return std::unexpected(std::move(possible.error()));
        }
        if (auto same = check_hold(transfer, hold->transfer); !same) {
            return std::unexpected(std::move(same.error()));
        }
        if (transfer.kind == TransferKind::Release) {
            return &give_back(*hold, transfer);
        }
        return &finish(*hold, transfer, transfer.amount);
    }

    Result<void> check_open(const Record& hold) const {
        const std::string id = hold.transfer.id.text();
        if (hold.transfer.kind != TransferKind::Hold) {
            return fail(kNotAHold, {{"hold", id}, {"kind", std::string(name(hold.transfer.kind))}});
        }
        switch (hold.hold_state) {
            case HoldState::Open: break;
            case HoldState::Captured: return fail(kHoldCaptured, {{"hold", id}});
            case HoldState::Released: return fail(kHoldReleased, {{"hold", id}});
            case HoldState::Expired: return fail_expired(hold);
        }
        // Its time is up, even if expire() has not been called since.
        return hold.expires_at && *hold.expires_at <= now_ ? fail_expired(hold) : Result<void>();
    }

    static Result<void> fail_expired(const Record& hold) {
        return fail(kHoldExpired, {{"hold", hold.transfer.id.text()},
                                   {"time", core::to_rfc3339(core::known(hold.expires_at))}});
    }

    static Result<void> check_hold(const Transfer& transfer, const Transfer& hold) {
        const bool releases = transfer.kind == TransferKind::Release;
        const char* field =
            !transfer.debit.is_zero() && transfer.debit != hold.debit            ? "debit account"
            : !transfer.credit.is_zero() && transfer.credit != hold.credit       ? "credit account"
            : !transfer.unit.is_none() && transfer.unit != hold.unit             ? "unit"
            : releases && transfer.amount != 0 && transfer.amount != hold.amount ? "amount"
                                                                                 : nullptr;
        if (field != nullptr) {
            return fail(kHoldDiffers, {{"hold", hold.id.text()}, {"field", field}});
        }
        if (transfer.amount > hold.amount) {
            return fail(kCaptureExceedsHold, {{"hold", hold.id.text()},
                                              {"held", to_text(hold.amount, hold.unit)},
                                              {"amount", to_text(transfer.amount, hold.unit)}});
        }
        return {};
    }

    const Record& finish(Record& hold, Transfer transfer, std::int64_t captured) {
        const std::int64_t held = hold.transfer.amount;
        AccountState* debit = state_.account(hold.transfer.debit);
        AccountState* credit = state_.account(hold.transfer.credit);
        assert(debit != nullptr && credit != nullptr && captured <= held);
        assert(debit->balances.debits_pending >= held && credit->balances.credits_pending >= held);
        state_.will_change(*debit);
        state_.will_change(*credit);
        state_.will_change(hold);
        debit->balances.debits_pending -= held;
        debit->balances.debits_posted += captured;  // Fits: pending plus posted did.
        credit->balances.credits_pending -= held;
        credit->balances.credits_posted += captured;
        hold.hold_state = end_of(transfer.kind);
        transfer.hold = hold.transfer.id;
        transfer.debit = hold.transfer.debit;
        transfer.credit = hold.transfer.credit;
        transfer.unit = hold.transfer.unit;
        return state_.make(Record{
            std::move(transfer), 0, now_, {}, HoldState::Open, debit->balances, credit->balances});
    }

    State& state_;
    core::Timestamp now_;
};

std::size_t chain_end(std::span<const Transfer> batch, std::size_t begin) {
    std::size_t last = begin;
    while (last + 1 < batch.size() && batch[last].link == Link::Next) {
        ++last;
    }
    return last + 1;
}

// Every transfer of a failed chain failed because another did, but for the one that did.
void fail_chain(std::span<Outcome> outcomes, std::size_t culprit, core::Error error) {
    for (Outcome& outcome : outcomes) {
        outcome = {Outcome::Status::Failed, 0, core::Error(kChainFailed, {}, {})};
    }
    outcomes[culprit].error = std::move(error);
}

// A chain of one is a plain transfer.
void run_chain(Machine& machine, std::span<const Transfer> chain, std::span<Outcome> outcomes) {
    if (chain.back().link == Link::Next) {
        return fail_chain(outcomes, chain.size() - 1, core::Error(kChainOpen, {}, {}));
    }
    std::size_t existing = 0;
    for (std::size_t i = 0; i < chain.size(); ++i) {
        auto outcome = machine.run(chain[i]);
        if (!outcome) {
            return fail_chain(outcomes, i, std::move(outcome.error()));
        }
        existing += outcome->status == Outcome::Status::Exists ? 1 : 0;
        outcomes[i] = *std::move(outcome);
    }
    if (existing != 0 && existing != chain.size()) {
        fail_chain(outcomes, 0, core::Error(kChainPartlyExists, {}, {}));
    }
}

}  // namespace

void State::add(AccountState account) {
    const AccountId id = account.account.id;
    accounts_.try_emplace(id, std::move(account));
}

void State::add(Record record) {
    const TransferId id = record.transfer.id;
    transfers_.try_emplace(id, std::move(record));
}

AccountState* State::account(AccountId id) {
    const auto found = accounts_.find(id);
    return found == accounts_.end() ? nullptr : &found->second;
}

Record* State::transfer(TransferId id) {
    const auto found = transfers_.find(id);
    return found == transfers_.end() ? nullptr : &found->second;
}

const Record& State::make(Record record) {
    const TransferId id = record.transfer.id;
    record.sequence = ++last_sequence_;
    const auto [made, inserted] = transfers_.try_emplace(id, std::move(record));
    assert(inserted);
    changes_.push_back({nullptr, {}, nullptr, id});
    return made->second;
}

void State::will_change(AccountState& account) {
    changes_.push_back({&account, account.balances, nullptr, {}});
    account.touched = true;
}

void State::will_change(Record& hold) {
    assert(hold.hold_state == HoldState::Open);
    changes_.push_back({nullptr, {}, &hold, {}});
}

void State::undo_to(Mark mark) {
    while (changes_.size() > mark.changes) {
        const Change& change = changes_.back();
        if (change.account != nullptr) {
            change.account->balances = change.balances;
        } else if (change.hold != nullptr) {
            change.hold->hold_state = HoldState::Open;
        } else {
            transfers_.erase(core::known(change.made));
        }
        changes_.pop_back();
    }
    last_sequence_ = mark.last_sequence;
}

Applied apply(State& state, std::span<const Transfer> batch, core::Timestamp now) {
    Applied applied;
    applied.outcomes.resize(batch.size());
    applied.created.reserve(batch.size());
    Machine machine(state, now);
    for (std::size_t begin = 0; begin < batch.size();) {
        const std::size_t end = chain_end(batch, begin);
        const State::Mark mark = state.mark();
        const auto outcomes = std::span(applied.outcomes).subspan(begin, end - begin);
        run_chain(machine, batch.subspan(begin, end - begin), outcomes);
        if (outcomes.front().status == Outcome::Status::Failed) {
            state.undo_to(mark);
        }
        for (std::size_t i = begin; i < end; ++i) {
            if (applied.outcomes[i].status == Outcome::Status::Created) {
                applied.created.push_back(state.transfer(batch[i].id));
            }
        }
        begin = end;
    }
    return applied;
}

std::vector<const Record*> expire(State& state, std::span<const TransferId> holds,
                                  core::Timestamp now) {
    std::vector<const Record*> expired;
    Machine machine(state, now);
    for (const TransferId id : holds) {
        Record* hold = state.transfer(id);
        if (hold == nullptr || hold->transfer.kind != TransferKind::Hold ||
            hold->hold_state != HoldState::Open || !hold->expires_at || *hold->expires_at > now) {
            continue;
        }
        Transfer expiry;
        expiry.id = expiry_id(id);
        expiry.kind = TransferKind::Expiry;
        expiry.code = hold->transfer.code;
        expiry.reference = hold->transfer.reference;
        expiry.reference_text = hold->transfer.reference_text;
        expired.push_back(&machine.give_back(*hold, std::move(expiry)));
    }
    return expired;
}

}  // namespace kapok::ledger
