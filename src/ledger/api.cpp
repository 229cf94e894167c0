#include "ledger/api.h"

#include <utility>

#include <boost/json/object.hpp>

#include "audit/api.h"
#include "ledger/digest.h"
#include "ledger/errors.h"
#include "ledger/limits.h"

namespace kapok::ledger {
namespace {

using core::Result;

// The event commits to the content of its records: who has the book can recompute the digest, and
// the event is in the audit log's Merkle tree.
Result<void> publish_posted(Transaction& transaction, const core::Principal& actor,
                            std::span<const Record* const> created) {
    const audit::Event event{"ledger.transfers_posted",
                             created.front()->transfer.id.text(),
                             {},
                             {},
                             boost::json::object{{"first_sequence", created.front()->sequence},
                                                 {"last_sequence", created.back()->sequence},
                                                 {"digest", digest_text(created)}}};
    return audit::publish(transaction, actor, event);
}

Result<void> keep(Transaction& transaction, const core::Principal& actor, Book& book,
                  std::span<const Record* const> created) {
    if (created.empty()) {
        return {};
    }
    auto saved = save_book(transaction, book, created);
    return saved ? publish_posted(transaction, actor, created) : saved;
}

Result<void> check_size(std::span<const Transfer> transfers) {
    if (transfers.size() > kBatchMax) {
        return core::fail(kBatchTooLarge, {{"expected", std::to_string(kBatchMax)},
                                           {"actual", std::to_string(transfers.size())}});
    }
    return {};
}

// The first failure that is not another one's consequence.
std::optional<core::Error> first_fault(const std::vector<Outcome>& outcomes) {
    std::optional<core::Error> found;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        const auto& error = outcomes[i].error;
        if (error && (!found || found->code() == kChainFailed)) {
            found.emplace(error->code(), error->parameters(), "/transfers/" + std::to_string(i));
        }
    }
    return found;
}

enum class Demand : bool { All, Each };

Result<std::vector<Outcome>> run(Transaction& transaction, const core::Principal& actor,
                                 std::span<const Transfer> transfers, Demand demand) {
    if (auto fits = check_size(transfers); !fits) {
        return std::unexpected(fits.error());
    }
    if (transfers.empty()) {
        return std::vector<Outcome>();
    }
    auto book = load_book(transaction, transfers);
    if (!book) {
        return std::unexpected(book.error());
    }
    Applied applied = apply(book->state, transfers, book->time);
    if (demand == Demand::All) {
        if (auto fault = first_fault(applied.outcomes)) {
            return std::unexpected(*std::move(fault));
        }
    }
    if (auto kept = keep(transaction, actor, *book, applied.created); !kept) {
        return std::unexpected(kept.error());
    }
    return std::move(applied.outcomes);
}

Result<Outcome> run_one(Transaction& transaction, const core::Principal& actor,
                        std::span<const Transfer> transfers) {
    auto outcomes = run(transaction, actor, transfers, Demand::All);
    if (!outcomes) {
        return std::unexpected(outcomes.error());
    }
    return std::move(outcomes->front());
}

Transfer end_of_hold(TransferKind kind, const ReleaseRequest& request) {
    Transfer transfer;
    transfer.id = request.id;
    transfer.kind = kind;
    transfer.hold = request.hold;
    transfer.code = request.code;
    transfer.reference = request.reference;
    transfer.reference_text = request.reference_text;
    return transfer;
}

}  // namespace

Result<Account> open_account(Transaction& transaction, const core::Principal& actor,
                             const Account& account) {
    if (auto right = check(account); !right) {
        return std::unexpected(right.error());
    }
    const auto added = insert_account(transaction, account);
    if (!added) {
        return std::unexpected(added.error());
    }
    const auto found = find_account(transaction, core::Scope::all(), account.id);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& stored = *found;
    if (!stored) {
        return core::fail(kNoAccount, {{"account", account.id.text()}});
    }
    if (auto same = check_same(stored->account, account); !same) {
        return std::unexpected(same.error());
    }
    if (*added) {
        const audit::Event event{"ledger.account_opened", account.id.text(), account.organization,
                                 account.project,
                                 boost::json::object{{"unit", account.unit.text()},
                                                     {"code", info(account.code).name},
                                                     {"normal_side", name(account.normal)},
                                                     {"overdraft", name(account.overdraft)}}};
        if (auto published = audit::publish(transaction, actor, event); !published) {
            return std::unexpected(published.error());
        }
    }
    return stored->account;
}

Result<std::vector<Outcome>> post(Transaction& transaction, const core::Principal& actor,
                                  std::span<const Transfer> transfers) {
    return run(transaction, actor, transfers, Demand::All);
}

Result<std::vector<Outcome>> post_each(Transaction& transaction, const core::Principal& actor,
                                       std::span<const Transfer> transfers) {
    return run(transaction, actor, transfers, Demand::Each);
}

Result<Outcome> hold(Transaction& transaction, const core::Principal& actor,
                     const HoldRequest& request) {
    Transfer transfer;
    transfer.id = request.id;
    transfer.kind = TransferKind::Hold;
    transfer.debit = request.debit;
    transfer.credit = request.credit;
    transfer.amount = request.amount;
    transfer.unit = request.unit;
    transfer.code = request.code;
    transfer.timeout = request.timeout;
    transfer.reference = request.reference;
    transfer.reference_text = request.reference_text;
    return run_one(transaction, actor, {&transfer, 1});
}

Result<Outcome> settle(Transaction& transaction, const core::Principal& actor,
                       const Settlement& settlement) {
    const bool captures = settlement.amount != 0;
    std::vector<Transfer> transfers{
        end_of_hold(captures ? TransferKind::Capture : TransferKind::Release,
                    {settlement.id, settlement.hold, settlement.code, settlement.reference,
                     settlement.reference_text})};
    transfers.front().amount = settlement.amount;
    transfers.insert(transfers.end(), settlement.shares.begin(), settlement.shares.end());
    return run_one(transaction, actor, transfers);
}

Result<Outcome> release(Transaction& transaction, const core::Principal& actor,
                        const ReleaseRequest& request) {
    const Transfer transfer = end_of_hold(TransferKind::Release, request);
    return run_one(transaction, actor, {&transfer, 1});
}

Result<std::size_t> expire_due(Transaction& transaction, const core::Principal& actor) {
    auto loaded = load_due(transaction, kExpiriesPerCommandMax);
    if (!loaded) {
        return std::unexpected(loaded.error());
    }
    auto& [book, due] = *loaded;
    const auto expired = expire(book.state, due, book.time);
    if (auto kept = keep(transaction, actor, book, expired); !kept) {
        return std::unexpected(kept.error());
    }
    return expired.size();
}

Result<AccountState> balance(Reader& reader, AccountId account) {
    auto found = find_account(reader, core::Scope::all(), account);
    if (!found) {
        return std::unexpected(found.error());
    }
    auto& state = *found;
    if (!state) {
        return core::fail(kNoAccount, {{"account", account.text()}});
    }
    return *std::move(state);
}

}  // namespace kapok::ledger
