#pragma once

// An evidence bundle: what a platform says of one project and one period, with all that somebody
// who does not trust it needs to work it out again. Here it is as values; bundle_json.h says how it
// is written, sealing.h how it is signed, gather.h where it comes from and verify.h what is
// checked.
//
// Texts that are said to be canonical JSON are documents of their own, which somebody has signed or
// whose digest is in the audit log; a bundle keeps them byte for byte.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/merkle.h"
#include "compute/ids.h"
#include "core/clock.h"
#include "core/id.h"
#include "core/money.h"
#include "exchange/exchange_store.h"
#include "exchange/product.h"
#include "exchange/wallets.h"
#include "ledger/account.h"
#include "ledger/ledger_store.h"
#include "ledger/transfer.h"

namespace kapok::app::evidence {

struct Header {
    core::Timestamp made_at;
    std::string origin;      // Which audit log; also the name of the platform.
    std::string public_key;  // Signs the bundle and the log's checkpoints.
    core::OrganizationId organization;
    core::ProjectId project;
    core::Timestamp from;  // The period, its end exclusive.
    core::Timestamp to;
};

// What a node was measured to do, signed by itself, and the grade that the platform gave it.
struct Measured {
    std::string document;  // Canonical JSON of a compute::Measurement.
    std::string public_key;
    std::string signature;  // Base64url.
    std::string grade;      // Canonical JSON of a compute::Grade.
};

// Shows what stands for an id in a round; see compute/scheduler/blinding.h.
struct Opening {
    std::string id;
    std::string opening;
};

struct Round {
    std::int64_t number = 0;
    std::string snapshot;  // Canonical JSON of a blinded compute::Snapshot.
    std::string policy;    // Canonical JSON of a compute::Policy.
    std::vector<Opening> openings;
};

struct Decided {
    compute::JobId job;
    std::int64_t attempt = 0;  // That it started; 0 if it only waits.
    std::int64_t round = 0;
    std::string verdict;
    std::string body;  // Canonical JSON of a compute::Decision.
    core::Timestamp decided_at;
};

// The wallet of the project in one currency: what stood on it, and all that moved it.
struct Bill {
    ledger::Account wallet;
    ledger::Balances opening;
    std::vector<ledger::Record> earlier_holds;  // Made before the period, ended in it.
    std::vector<ledger::Entry> entries;
    ledger::Balances closing;
    std::vector<exchange::Settlement> settlements;
    std::vector<exchange::Charge> charges;  // In the order in which they were made.
    exchange::Statement statement;
};

struct AccountBalance {
    ledger::AccountId account;
    ledger::Unit unit;
    ledger::AccountCode code = ledger::AccountCode::Wallet;
    ledger::Balances balances;
};

// Of the whole book, when the bundle was made.
struct TrialBalance {
    std::int64_t sequence = 0;  // Of the newest transfer.
    std::vector<ledger::TrialBalanceLine> lines;
    std::optional<std::vector<AccountBalance>> accounts;  // For those who may see all of them.
};

struct ProvenEvent {
    std::string body;     // Canonical JSON, what its leaf hashes.
    audit::Proof hashes;  // That the leaf is in the checkpoint's tree.
};

struct EarlierCheckpoint {
    std::string note;
    audit::Proof hashes;  // That the log at the bundle's checkpoint goes on from it.
};

struct Log {
    std::string checkpoint;  // A signed note.
    std::optional<EarlierCheckpoint> earlier;
    std::vector<ProvenEvent> events;  // In the order of their numbers.
};

struct Bundle {
    // Bundles of version 1 count credit in what was paid in; since 2 a statement has a line for it.
    static constexpr std::int64_t kVersion = 2;
    static constexpr std::int64_t kCreditSince = 2;

    std::int64_t version = kVersion;
    Header header;
    std::vector<std::string> grade_rules;  // Canonical JSON of each compute::GradeRules in use.
    std::vector<Measured> measurements;
    std::vector<Round> rounds;
    std::vector<Decided> decisions;
    std::vector<exchange::Product> products;
    std::vector<exchange::Price> prices;
    std::vector<Bill> bills;  // One a currency.
    TrialBalance trial_balance;
    Log log;
};

}  // namespace kapok::app::evidence
