#pragma once

// The rules of the ledger, as one pure function: what stands on the accounts, a batch of transfers
// and the time go in; what became of each transfer comes out. The store, the simulator and an
// auditor who replays the book call the same one.
//
// - A transfer whose id exists with the same content has been made already (Exists); with another
//   content it is refused. So a retry is always safe.
// - A chain of linked transfers is made as a whole or not at all. Retried as a whole it exists as a
//   whole.
// - Debits equal credits for every unit, posted and pending, after every transfer.
// - An account that refuses overdraft never has less than zero available.
// - A hold ends once. What is captured is never more than what was held.
// - A transfer that fails leaves no trace, not even its id: it may be tried again later.

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "ledger/account.h"
#include "ledger/transfer.h"

namespace kapok::ledger {

struct AccountState {
    Account account;
    Balances balances = {};
    bool touched = false;  // Since it was put into its state; perhaps undone again.
    // How many transfers it had, and the newest of them: for the store, which keeps them.
    std::int64_t transfers = 0;
    std::int64_t last_sequence = 0;
};

// What a decision needs to know, and what it changes: the accounts that the batch names, and the
// transfers that exist under ids that it names. References to its elements stay valid.
class State {
public:
    // `last_sequence` is that of the newest transfer in the book.
    explicit State(std::int64_t last_sequence = 0) noexcept : last_sequence_(last_sequence) {}

    void add(AccountState account);
    void add(Record record);

    [[nodiscard]] AccountState* account(AccountId id);
    [[nodiscard]] Record* transfer(TransferId id);
    [[nodiscard]] const std::unordered_map<AccountId, AccountState>& accounts() const noexcept {
        return accounts_;
    }
    [[nodiscard]] std::int64_t last_sequence() const noexcept { return last_sequence_; }

    // Undoing, for chains. Marks nest like a stack.
    struct Mark {
        std::size_t changes = 0;
        std::int64_t last_sequence = 0;
    };
    [[nodiscard]] Mark mark() const noexcept { return {changes_.size(), last_sequence_}; }
    void undo_to(Mark mark);
    // Adopts `record` under the next sequence number.
    const Record& make(Record record);
    // Before a change, so that it can be undone.
    void will_change(AccountState& account);
    void will_change(Record& hold);

private:
    struct Change {  // Exactly one of the three.
        AccountState* account = nullptr;
        Balances balances;
        Record* hold = nullptr;
        std::optional<TransferId> made;
    };

    std::unordered_map<AccountId, AccountState> accounts_;
    std::unordered_map<TransferId, Record> transfers_;
    std::vector<Change> changes_;
    std::int64_t last_sequence_;
};

struct Outcome {
    enum class Status : std::uint8_t { Created, Exists, Failed };

    Status status = Status::Failed;
    std::int64_t sequence = 0;         // Of the transfer, unless it failed.
    std::optional<core::Error> error;  // If it failed.
};

struct Applied {
    std::vector<Outcome> outcomes;       // One a transfer, in the order of the batch.
    std::vector<const Record*> created;  // In the order of their sequence; they live in the state.
};

[[nodiscard]] Applied apply(State& state, std::span<const Transfer> batch, core::Timestamp now);

// Ends those of `holds` that are open and whose time is up; the others are left alone.
[[nodiscard]] std::vector<const Record*> expire(State& state, std::span<const TransferId> holds,
                                                core::Timestamp now);

}  // namespace kapok::ledger
