#include "ledger/http/ledger_handler.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "core/known.h"
#include "core/money.h"
#include "ledger/errors.h"
#include "platform/http/json.h"
#include "platform/http/page.h"
#include "platform/http/problem.h"
#include "platform/http/query.h"

namespace kapok::ledger {
namespace {

namespace json = boost::json;
using http::to_json;

json::object balances_json(const Balances& balances, Side normal, const Unit& unit) {
    return {{"posted", to_text(balances.posted(normal), unit)},
            {"available", to_text(balances.available(normal), unit)},
            {"debits_posted", to_text(balances.debits_posted, unit)},
            {"debits_pending", to_text(balances.debits_pending, unit)},
            {"credits_posted", to_text(balances.credits_posted, unit)},
            {"credits_pending", to_text(balances.credits_pending, unit)}};
}

template <class Id>
json::value id_json(const Id& id) {
    return id.is_zero() ? json::value(nullptr) : to_json(id);
}

json::value reference_json(const core::Uuid& reference) {
    return reference.is_zero() ? json::value(nullptr) : json::value(core::to_base32(reference));
}

json::object account_json(const AccountState& state) {
    const Account& account = state.account;
    return {{"id", to_json(account.id)},
            {"organization_id", to_json(account.organization)},
            {"project_id", to_json(account.project)},
            {"unit", account.unit.text()},
            {"code", info(account.code).name},
            {"normal_side", name(account.normal)},
            {"overdraft", name(account.overdraft)},
            {"name", account.name},
            {"created_at", to_json(account.created_at)},
            {"balances", balances_json(state.balances, account.normal, account.unit)}};
}

json::object entry_json(const Account& account, const Entry& entry) {
    const Transfer& transfer = entry.record.transfer;
    const AccountId other = entry.side == Side::Debit ? transfer.credit : transfer.debit;
    return {{"transfer_id", to_json(transfer.id)},
            {"sequence", entry.record.sequence},
            {"kind", name(transfer.kind)},
            {"code", info(transfer.code).name},
            {"side", name(entry.side)},
            {"other_account_id", to_json(other)},
            {"amount", to_text(transfer.amount, transfer.unit)},
            {"hold_id", id_json(transfer.hold)},
            {"reference", reference_json(transfer.reference)},
            {"reference_text", transfer.reference_text},
            {"created_at", to_json(entry.record.created_at)},
            {"balances", balances_json(entry.after, account.normal, account.unit)}};
}

json::object transfer_json(const SeenTransfer& seen) {
    const Transfer& transfer = seen.record.transfer;
    json::object object{{"id", to_json(transfer.id)},
                        {"sequence", seen.record.sequence},
                        {"kind", name(transfer.kind)},
                        {"code", info(transfer.code).name},
                        {"debit_account_id", to_json(transfer.debit)},
                        {"credit_account_id", to_json(transfer.credit)},
                        {"amount", to_text(transfer.amount, transfer.unit)},
                        {"unit", transfer.unit.text()},
                        {"hold_id", id_json(transfer.hold)},
                        {"reference", reference_json(transfer.reference)},
                        {"reference_text", transfer.reference_text},
                        {"created_at", to_json(seen.record.created_at)},
                        {"expires_at", to_json(seen.record.expires_at)}};
    if (transfer.kind == TransferKind::Hold) {
        object["hold_state"] =
            fields::kHoldStateNames[static_cast<std::size_t>(seen.record.hold_state)];
    }
    if (seen.debit_normal) {
        object["debit_after"] =
            balances_json(seen.record.debit_after, *seen.debit_normal, transfer.unit);
    }
    if (seen.credit_normal) {
        object["credit_after"] =
            balances_json(seen.record.credit_after, *seen.credit_normal, transfer.unit);
    }
    return object;
}

json::object line_json(const TrialBalanceLine& line) {
    const Balances& sums = line.sums;
    // Whichever differs shows; each difference of sums that are not negative fits.
    const std::int64_t posted = sums.debits_posted - sums.credits_posted;
    const std::int64_t pending = sums.debits_pending - sums.credits_pending;
    return {{"unit", line.unit.text()},
            {"debits_posted", to_text(sums.debits_posted, line.unit)},
            {"credits_posted", to_text(sums.credits_posted, line.unit)},
            {"debits_pending", to_text(sums.debits_pending, line.unit)},
            {"credits_pending", to_text(sums.credits_pending, line.unit)},
            {"difference", to_text(posted != 0 ? posted : pending, line.unit)}};
}

core::Result<AccountQuery> account_query(const http::Request& request) {
    const auto page = http::page_of(request);
    if (!page) {
        return std::unexpected(page.error());
    }
    AccountQuery query{{}, page->after, page->limit + 1};  // One more tells whether more follow.
    query.filter.organization =
        http::find_id_parameter<core::OrganizationId>(request.query, "organization_id");
    query.filter.project = http::find_id_parameter<core::ProjectId>(request.query, "project_id");
    if (const auto code = http::find_parameter(request.query, "code")) {
        query.filter.code = parse_account_code(*code);
    }
    if (const auto text = http::find_parameter(request.query, "unit")) {
        auto unit = Unit::parse(*text);
        if (!unit) {
            return core::fail(unit.error().code(), unit.error().parameters(), "/query/unit");
        }
        query.filter.unit = *std::move(unit);
    }
    return query;
}

core::Result<EntryQuery> entry_query(const http::Request& request) {
    const auto page = http::page_of(request);
    if (!page) {
        return std::unexpected(page.error());
    }
    EntryQuery query;
    query.account = core::known(http::find_id_parameter<AccountId>(request.path_parameters, "id"));
    query.from = http::find_time_parameter(request.query, "from");
    query.to = http::find_time_parameter(request.query, "to");
    const auto order = http::find_parameter(request.query, "order");
    query.order = order == fields::kOrderNames[0] ? Order::OldestFirst : Order::NewestFirst;
    query.cursor = page->after;
    query.limit = page->limit;
    return query;
}

}  // namespace

boost::asio::awaitable<http::Response> LedgerHandler::list_accounts(http::Request request) {
    auto query = account_query(request);
    if (!query) {
        co_return http::problem(query.error(), request);
    }
    const std::size_t limit = query->limit - 1;
    auto accounts = co_await ledger_.list_accounts(request.principal, *std::move(query));
    if (!accounts) {
        co_return http::problem(accounts.error(), request);
    }
    std::optional<std::string> next;
    if (accounts->size() > limit) {
        accounts->resize(limit);
        next = http::write_cursor(accounts->back().account.number);
    }
    json::array items;
    std::ranges::transform(*accounts, std::back_inserter(items), account_json);
    co_return http::page_response(std::move(items), next);
}

boost::asio::awaitable<http::Response> LedgerHandler::get_account(http::Request request) {
    const auto id = core::known(http::find_id_parameter<AccountId>(request.path_parameters, "id"));
    const auto as_of = http::find_time_parameter(request.query, "as_of");
    const auto state = co_await ledger_.get_account(request.principal, id, as_of);
    if (!state) {
        co_return http::problem(state.error(), request);
    }
    co_return http::json_response(200, account_json(*state));
}

boost::asio::awaitable<http::Response> LedgerHandler::list_entries(http::Request request) {
    auto query = entry_query(request);
    if (!query) {
        co_return http::problem(query.error(), request);
    }
    const auto page = co_await ledger_.list_entries(request.principal, *std::move(query));
    if (!page) {
        co_return http::problem(page.error(), request);
    }
    json::array items;
    for (const Entry& entry : page->entries) {
        items.push_back(entry_json(page->account, entry));
    }
    std::optional<std::string> next;
    if (const auto& last = page->next) {
        next = http::write_cursor(*last);
    }
    co_return http::page_response(std::move(items), next);
}

boost::asio::awaitable<http::Response> LedgerHandler::get_transfer(http::Request request) {
    const auto id = core::known(http::find_id_parameter<TransferId>(request.path_parameters, "id"));
    const auto seen = co_await ledger_.get_transfer(request.principal, id);
    if (!seen) {
        co_return http::problem(seen.error(), request);
    }
    co_return http::json_response(200, transfer_json(*seen));
}

boost::asio::awaitable<http::Response> LedgerHandler::get_trial_balance(http::Request request) {
    const auto as_of = http::find_time_parameter(request.query, "as_of");
    const auto balance = co_await ledger_.get_trial_balance(request.principal, as_of);
    if (!balance) {
        co_return http::problem(balance.error(), request);
    }
    json::array lines;
    std::ranges::transform(balance->lines, std::back_inserter(lines), line_json);
    const json::object body{
        {"sequence", balance->as_of.sequence},
        {"as_of", to_json(balance->as_of.time)},
        {"balanced", std::ranges::all_of(balance->lines, &TrialBalanceLine::balances)},
        {"lines", std::move(lines)}};
    co_return http::json_response(200, body);
}

}  // namespace kapok::ledger
