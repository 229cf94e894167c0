#include "exchange/exchange_service.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "core/timestamp.h"
#include "exchange/errors.h"
#include "exchange/limits.h"
#include "identity/authorize.h"
#include "identity/organization_tree.h"
#include "identity/store.h"
#include "ledger/ledger_store.h"
#include "ledger/transfer.h"

namespace kapok::exchange {
namespace {

using identity::Action;
using Tree = std::shared_ptr<const identity::OrganizationTree>;

// The organization of a project in which the caller may do this; else the refusal.
core::Result<core::OrganizationId> enter(Reader& reader, const Tree& tree,
                                         const core::Principal& caller, Action action,
                                         core::ProjectId project) {
    const auto found = identity::store::find_project(reader, core::Scope::all(), project);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& owned = *found;
    if (!owned) {
        return identity::not_found(project.text());
    }
    const auto allowed = identity::authorize(
        caller, action, identity::resource_of(*tree, owned->organization, project.text(), project));
    if (!allowed) {
        return std::unexpected(allowed.error());
    }
    return owned->organization;
}

// A key sees what it is bound to, whatever its role would show besides.
void keep_to_project(std::optional<core::ProjectId>& wanted, const core::Principal& caller) {
    if (!wanted) {
        wanted = caller.project;
    }
}

// The price that an earlier run of the same request posted.
core::Result<Price> require_price(Reader& reader, PriceId id) {
    auto found = find_price(reader, id);
    if (!found) {
        return std::unexpected(found.error());
    }
    auto& price = *found;
    return price ? core::Result<Price>(*std::move(price)) : identity::not_found(id.text());
}

core::Result<void> check_steps(const UsageSumRequest& request) {
    const core::Parameter from{"from", core::to_rfc3339(request.from)};
    const core::Parameter to{"to", core::to_rfc3339(request.to)};
    if (request.to <= request.from) {
        return core::fail(kBadPeriod, {from, to});
    }
    if ((request.to - request.from) / request.step >= kUsageStepsMax) {
        return core::fail(kTooManySteps, {from,
                                          to,
                                          {"expected", std::to_string(kUsageStepsMax)},
                                          {"step", std::to_string(request.step.count())}});
    }
    return {};
}

}  // namespace

ExchangeService::Answer<core::Page<Product>> ExchangeService::products(
    core::Principal /*caller*/, std::optional<ProductKind> kind, core::Window window) {
    const auto look = [kind, window = std::move(window)](Reader& reader) {
        return list_products(reader, kind, window);
    };
    co_return co_await database_.read(look);
}

ExchangeService::Answer<Offer> ExchangeService::product(core::Principal /*caller*/, ProductId id) {
    const auto look = [=](Reader& reader) -> core::Result<Offer> {
        const auto found = find_product(reader, id);
        if (!found) {
            return std::unexpected(found.error());
        }
        const auto& product = *found;
        if (!product) {
            return core::fail(kNoProduct, {{"product", id.text()}});
        }
        const auto prices = prices_of(reader, id);
        if (!prices) {
            return std::unexpected(prices.error());
        }
        return Offer{*product, *prices};
    };
    co_return co_await database_.read(look);
}

ExchangeService::Answer<Price> ExchangeService::post(core::Principal caller, PriceRequest request) {
    const auto unit_price = core::UnitPrice::create(request.amount, request.per);
    if (!unit_price) {
        co_return std::unexpected(unit_price.error());
    }
    const auto tree = directory_.tree();
    const PriceId id = PriceId::make(clock_, random_);
    const auto command = [=, caller = std::move(caller), request = std::move(request),
                          price = *unit_price](Transaction& transaction) -> core::Result<Price> {
        const auto found = find_product(transaction, request.product);
        if (!found) {
            return std::unexpected(found.error());
        }
        const auto& product = *found;
        if (!product) {
            return core::fail(kNoProduct, {{"product", request.product.text()}});
        }
        const auto allowed = identity::authorize(
            caller, "price:publish",
            identity::resource_of(*tree, product->provider, request.product.text()));
        if (!allowed) {
            return std::unexpected(allowed.error());
        }
        const auto earlier = identity::claim_id(transaction, request.key, id);
        if (!earlier || *earlier) {
            return earlier ? require_price(transaction, **earlier)
                           : std::unexpected(earlier.error());
        }
        return post_price(
            transaction, caller,
            {id, request.product, request.meter, price,
             request.valid_from.value_or(transaction.now()), caller.name, transaction.now()});
    };
    co_return co_await database_.write(command);
}

ExchangeService::Answer<Wallet> ExchangeService::wallet(core::Principal caller,
                                                        core::ProjectId project,
                                                        core::Currency currency) {
    const auto tree = directory_.tree();
    const auto look = [=, caller = std::move(caller)](Reader& reader) -> core::Result<Wallet> {
        const auto entered = enter(reader, tree, caller, "wallet:read", project);
        return entered ? find_wallet(reader, project, currency) : std::unexpected(entered.error());
    };
    co_return co_await database_.read(look);
}

ExchangeService::Answer<Wallet> ExchangeService::pay_in(core::Principal caller,
                                                        PaymentRequest request) {
    const auto tree = directory_.tree();
    const core::Uuid id = request.id.value_or(core::make_uuid(clock_, random_));
    const auto command = [=, caller = std::move(caller), request = std::move(request)](
                             Transaction& transaction) -> core::Result<Wallet> {
        const auto entered = enter(transaction, tree, caller, "wallet:top_up", request.project);
        if (!entered) {
            return std::unexpected(entered.error());
        }
        const auto earlier = identity::claim_id(transaction, request.key, ledger::TransferId(id));
        if (!earlier || *earlier) {
            return earlier ? find_wallet(transaction, request.project, request.amount.currency())
                           : std::unexpected(earlier.error());
        }
        return top_up(
            transaction, caller,
            {id, tree->root(), *entered, request.project, request.amount, request.reference});
    };
    co_return co_await database_.write(command);
}

ExchangeService::Answer<Wallet> ExchangeService::lend(core::Principal caller,
                                                      LimitRequest request) {
    const auto tree = directory_.tree();
    const core::Uuid id = core::make_uuid(clock_, random_);
    const auto command = [=, caller = std::move(caller), request = std::move(request)](
                             Transaction& transaction) -> core::Result<Wallet> {
        const auto entered = enter(transaction, tree, caller, "wallet:limit", request.project);
        if (!entered) {
            return std::unexpected(entered.error());
        }
        const auto earlier = identity::claim_id(transaction, request.key, ledger::TransferId(id));
        if (!earlier || *earlier) {
            return earlier ? find_wallet(transaction, request.project, request.limit.currency())
                           : std::unexpected(earlier.error());
        }
        return set_credit_limit(
            transaction, caller,
            {id, tree->root(), *entered, request.project, request.limit, request.expected});
    };
    co_return co_await database_.write(command);
}

ExchangeService::Answer<core::Page<Charge>> ExchangeService::charges(core::Principal caller,
                                                                     ChargeFilter filter,
                                                                     core::Window window) {
    keep_to_project(filter.project, caller);
    const auto tree = directory_.tree();
    const auto look = [tree, caller = std::move(caller), filter = std::move(filter),
                       window =
                           std::move(window)](Reader& reader) -> core::Result<core::Page<Charge>> {
        if (filter.project) {
            const auto entered = enter(reader, tree, caller, "usage:read", *filter.project);
            if (!entered) {
                return std::unexpected(entered.error());
            }
        }
        const auto scope = identity::visible_scope(caller, "usage:read", *tree);
        return list_charges(reader, scope, filter, window);
    };
    co_return co_await database_.read(look);
}

ExchangeService::Answer<std::vector<UsageSum>> ExchangeService::sums(core::Principal caller,
                                                                     UsageSumRequest request) {
    const auto checked = check_steps(request);
    if (!checked) {
        co_return std::unexpected(checked.error());
    }
    keep_to_project(request.project, caller);
    const auto tree = directory_.tree();
    const auto look =
        [=, caller = std::move(caller)](Reader& reader) -> core::Result<std::vector<UsageSum>> {
        if (request.project) {
            const auto entered = enter(reader, tree, caller, "usage:read", *request.project);
            if (!entered) {
                return std::unexpected(entered.error());
            }
        }
        return sum_charges(reader, identity::visible_scope(caller, "usage:read", *tree), request);
    };
    co_return co_await database_.read(look);
}

ExchangeService::Answer<Statement> ExchangeService::bill(core::Principal caller,
                                                         StatementRequest request) {
    const auto tree = directory_.tree();
    const auto look = [=, caller = std::move(caller)](Reader& reader) -> core::Result<Statement> {
        const auto entered = enter(reader, tree, caller, "statement:read", request.project);
        if (!entered) {
            return std::unexpected(entered.error());
        }
        const auto newest = ledger::newest(reader);
        if (!newest) {
            return std::unexpected(newest.error());
        }
        const auto end = std::max(request.now, newest->time + std::chrono::microseconds(1));
        return statement(reader, request.project, request.currency, request.from,
                         request.to.value_or(end));
    };
    co_return co_await database_.read(look);
}

}  // namespace kapok::exchange
