#include "ledger/ledger_service.h"

#include <algorithm>
#include <utility>

#include "identity/authorize.h"
#include "ledger/errors.h"

namespace kapok::ledger {
namespace {

using core::Principal;
using core::Result;
using identity::OrganizationTree;

std::unexpected<core::Error> no_account(AccountId id) {
    return core::fail(kNoAccount, {{"account", id.text()}});
}

// A thing that the caller may not see is answered in the words of one that is not there.
Result<void> hide(Result<void> allowed, std::unexpected<core::Error> missing) {
    const bool hidden = !allowed && allowed.error().code().kind == core::ErrorKind::NotFound;
    return hidden ? Result<void>(std::move(missing)) : allowed;
}

Result<void> may_see(const Principal& caller, const OrganizationTree& tree,
                     const Account& account) {
    return hide(identity::authorize(caller, "account:read",
                                    identity::resource_of(tree, account.organization,
                                                          account.id.text(), account.project)),
                no_account(account.id));
}

std::optional<Side> seen_side(const Principal& caller, const OrganizationTree& tree,
                              const Party& party) {
    const auto resource =
        identity::resource_of(tree, party.organization, "transfer", party.project);
    const bool sees = identity::authorize(caller, "transfer:read", resource).has_value();
    return sees ? std::optional(party.normal) : std::nullopt;
}

Result<AccountState> read_account(Reader& reader, const core::Scope& scope, AccountId id) {
    auto found = find_account(reader, scope, id);
    if (!found) {
        return std::unexpected(found.error());
    }
    auto& state = *found;
    if (!state) {
        return no_account(id);
    }
    return *std::move(state);
}

Result<AccountState> read_account_as_of(Reader& reader, const core::Scope& scope, AccountId id,
                                        std::optional<core::Timestamp> as_of) {
    auto state = read_account(reader, scope, id);
    if (!state || !as_of) {
        return state;
    }
    const auto sequence = sequence_at(reader, *as_of);
    if (!sequence) {
        return std::unexpected(sequence.error());
    }
    auto balances = balances_at(reader, state->account, *sequence);
    if (!balances) {
        return std::unexpected(balances.error());
    }
    state->balances = *balances;
    return state;
}

// The last sequence before `time`.
Result<std::int64_t> sequence_before(Reader& reader, core::Timestamp time) {
    return sequence_at(reader, time - std::chrono::microseconds(1));
}

Result<EntryRange> range_of(Reader& reader, const EntryQuery& query) {
    EntryRange range{0, {}, query.order, query.limit + 1};
    if (query.from) {
        const auto sequence = sequence_before(reader, *query.from);
        if (!sequence) {
            return std::unexpected(sequence.error());
        }
        range.after = *sequence;
    }
    if (query.to) {
        const auto sequence = sequence_before(reader, *query.to);
        if (!sequence) {
            return std::unexpected(sequence.error());
        }
        range.before = *sequence + 1;
    }
    if (query.cursor > 0) {
        if (query.order == Order::OldestFirst) {
            range.after = std::max(range.after, query.cursor);
        } else {
            range.before = std::min(range.before.value_or(query.cursor), query.cursor);
        }
    }
    return range;
}

Result<EntryPage> read_entries(Reader& reader, const core::Scope& scope, const EntryQuery& query) {
    auto state = read_account(reader, scope, query.account);
    if (!state) {
        return std::unexpected(state.error());
    }
    const auto range = range_of(reader, query);
    if (!range) {
        return std::unexpected(range.error());
    }
    auto entries = list_entries(reader, state->account, *range);
    if (!entries) {
        return std::unexpected(entries.error());
    }
    EntryPage page{std::move(state->account), *std::move(entries), {}};
    if (page.entries.size() > query.limit) {  // One more was asked for.
        page.entries.pop_back();
        page.next = page.entries.back().record.sequence;
    }
    return page;
}

Result<TrialBalance> read_trial_balance(Reader& reader, std::optional<core::Timestamp> as_of) {
    auto head = newest(reader);
    if (!head) {
        return std::unexpected(head.error());
    }
    if (as_of && *as_of < head->time) {
        const auto sequence = sequence_at(reader, *as_of);
        if (!sequence) {
            return std::unexpected(sequence.error());
        }
        auto lines = trial_balance_at(reader, *sequence);
        if (!lines) {
            return std::unexpected(lines.error());
        }
        return TrialBalance{{*sequence, *as_of}, *std::move(lines)};
    }
    auto lines = trial_balance(reader);
    if (!lines) {
        return std::unexpected(lines.error());
    }
    return TrialBalance{*head, *std::move(lines)};
}

}  // namespace

LedgerService::Answer<std::vector<AccountState>> LedgerService::list_accounts(Principal caller,
                                                                              AccountQuery query) {
    const auto tree = organizations_();
    query.filter.project_or_none = caller.project;
    const auto read = [scope = identity::visible_scope(caller, "account:read", *tree),
                       query](Reader& reader) {
        return ledger::list_accounts(reader, scope, query.filter, query.after, query.limit);
    };
    auto accounts = co_await database_.read(read);
    co_return accounts;
}

LedgerService::Answer<AccountState> LedgerService::get_account(
    Principal caller, AccountId id, std::optional<core::Timestamp> as_of) {
    const auto tree = organizations_();
    const auto read = [scope = identity::visible_scope(caller, "account:read", *tree), id, as_of](
                          Reader& reader) { return read_account_as_of(reader, scope, id, as_of); };
    auto state = co_await database_.read(read);
    if (state) {
        if (auto allowed = may_see(caller, *tree, state->account); !allowed) {
            co_return std::unexpected(allowed.error());
        }
    }
    co_return state;
}

LedgerService::Answer<EntryPage> LedgerService::list_entries(Principal caller, EntryQuery query) {
    const auto tree = organizations_();
    const auto read = [scope = identity::visible_scope(caller, "account:read", *tree),
                       query](Reader& reader) { return read_entries(reader, scope, query); };
    auto page = co_await database_.read(read);
    if (page) {
        if (auto allowed = may_see(caller, *tree, page->account); !allowed) {
            co_return std::unexpected(allowed.error());
        }
    }
    co_return page;
}

LedgerService::Answer<SeenTransfer> LedgerService::get_transfer(Principal caller, TransferId id) {
    const auto tree = organizations_();
    const auto read = [scope = identity::visible_scope(caller, "transfer:read", *tree),
                       id](Reader& reader) { return find_transfer(reader, scope, id); };
    auto found = co_await database_.read(read);
    if (!found) {
        co_return std::unexpected(found.error());
    }
    if (auto& owned = *found) {
        const auto debit_normal = seen_side(caller, *tree, owned->debit);
        const auto credit_normal = seen_side(caller, *tree, owned->credit);
        if (debit_normal || credit_normal) {
            co_return SeenTransfer{std::move(owned->record), debit_normal, credit_normal};
        }
    }
    co_return core::fail(kNoTransfer, {{"transfer", id.text()}});
}

LedgerService::Answer<TrialBalance> LedgerService::get_trial_balance(
    Principal caller, std::optional<core::Timestamp> as_of) {
    const auto tree = organizations_();
    const auto root = tree->empty() ? core::OrganizationId() : tree->root();
    const auto allowed = identity::authorize(caller, "balance:read",
                                             identity::resource_of(*tree, root, "trial balance"));
    if (!allowed) {
        co_return std::unexpected(allowed.error());
    }
    const auto read = [as_of](Reader& reader) { return read_trial_balance(reader, as_of); };
    auto balance = co_await database_.read(read);
    co_return balance;
}

}  // namespace kapok::ledger
