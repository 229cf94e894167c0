#include "exchange/http/exchange_handler.h"

#include <algorithm>
#include <string>
#include <utility>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "core/known.h"
#include "core/timestamp.h"
#include "identity/http/translate.h"
#include "ledger/transfer.h"
#include "platform/http/etag.h"
#include "platform/http/json.h"
#include "platform/http/problem.h"
#include "platform/http/query.h"
#include "platform/http/reply.h"
#include "platform/http/sorted_page.h"

namespace kapok::exchange {
namespace {

namespace json = boost::json;

using Awaited = boost::asio::awaitable<http::Response>;

constexpr std::int64_t kDaySeconds = 86'400;

template <class Enum, std::size_t Size>
Enum read_choice(std::string_view text, const std::array<std::string_view, Size>& names) {
    // The router has checked that it is one of them.
    return static_cast<Enum>(std::ranges::find(names, text) - names.begin());
}

std::optional<std::string> query(const http::Request& request, std::string_view name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? std::nullopt : std::optional(found->second);
}

std::optional<core::Timestamp> query_time(const http::Request& request, std::string_view name) {
    const auto text = query(request, name);
    return text ? core::parse_rfc3339(*text) : std::nullopt;
}

template <class Id>
std::optional<Id> query_id(const http::Request& request, std::string_view name) {
    const auto text = query(request, name);
    return text ? Id::parse(*text) : std::nullopt;
}

core::Currency currency_of(const http::Request& request) {
    return read_choice<core::Currency>(query(request, "currency").value_or("CNY"),
                                       core::kCurrencyNames);
}

core::ProjectId project_of(const http::Request& request) {
    return core::known(core::ProjectId::parse(request.path_parameters.at("project")));
}

json::object price_json(const Price& price) {
    return {{"id", price.id.text()},
            {"meter", price.meter},
            {"amount", http::to_json(price.price.amount())},
            {"per", price.price.per().count},
            {"unit", core::to_text(price.price.per().unit)},
            {"valid_from", http::to_json(price.valid_from)},
            {"author", price.author}};
}

json::object product_json(const Product& product) {
    return {{"id", product.id.text()},
            {"provider", product.provider.text()},
            {"kind", kProductKindNames[static_cast<std::size_t>(product.kind)]},
            {"name", product.name},
            {"subject", product.subject},
            {"grade", product.grade},
            {"created_at", http::to_json(product.created_at)}};
}

json::object wallet_json(const Wallet& wallet) {
    return {{"project", wallet.project.text()},
            {"account", wallet.account.text()},
            {"balance", http::to_json(wallet.balance)},
            {"held", http::to_json(wallet.held)},
            {"available", http::to_json(wallet.available)},
            {"credit_limit", http::to_json(wallet.credit_limit)},
            {"version", wallet.version}};
}

// Its balance moves with every call, so only the limit, which people change, has a version; the
// rest of the tag tells one answer from the next.
http::Response wallet_reply(const core::Result<Wallet>& wallet, const http::Request& request,
                            int status) {
    http::Response response = http::reply(wallet, request, status, wallet_json);
    if (wallet) {
        response.headers["etag"] = http::etag_of(
            wallet->version, fmt::format("{}.{}", wallet->balance.micros(), wallet->held.micros()));
    }
    return response;
}

json::object charge_json(const Charge& charge) {
    const UsageRecord& usage = charge.usage;
    boost::system::error_code fault;
    json::value evidence = json::parse(usage.evidence, fault);
    return {{"id", usage.id.text()},
            {"product", usage.product.text()},
            {"meter", usage.meter},
            {"subject", usage.subject},
            {"project", usage.project.text()},
            {"quantity", usage.quantity.count},
            {"unit", core::to_text(usage.quantity.unit)},
            {"window_start", http::to_json(usage.window_start)},
            {"window_end", http::to_json(usage.window_end)},
            {"usage_source", kUsageSourceNames[static_cast<std::size_t>(usage.source)]},
            {"evidence", fault ? json::value(json::object()) : std::move(evidence)},
            {"price", charge.price.text()},
            {"amount", http::to_json(charge.amount)},
            {"charged_at", http::to_json(charge.charged_at)}};
}

json::object sums_json(const std::vector<UsageSum>& sums) {
    json::array items;
    for (const UsageSum& sum : sums) {
        items.push_back(json::object{{"start", http::to_json(sum.start)},
                                     {"meter", sum.meter},
                                     {"quantity", sum.quantity.count},
                                     {"unit", core::to_text(sum.quantity.unit)},
                                     {"records", sum.records},
                                     {"amount", http::to_json(sum.amount)}});
    }
    return {{"items", std::move(items)}};
}

json::object statement_json(const Statement& statement) {
    json::array lines;
    for (const StatementLine& line : statement.lines) {
        lines.push_back(json::object{{"product", line.product.text()},
                                     {"product_name", line.product_name},
                                     {"meter", line.meter},
                                     {"price", line.price.text()},
                                     {"quantity", line.quantity.count},
                                     {"unit", core::to_text(line.quantity.unit)},
                                     {"records", line.records},
                                     {"amount", http::to_json(line.amount)}});
    }
    return {{"project", statement.project.text()},
            {"from", http::to_json(statement.from)},
            {"to", http::to_json(statement.to)},
            {"opening", http::to_json(statement.opening)},
            {"paid_in", http::to_json(statement.paid_in)},
            {"credit", http::to_json(statement.credit)},
            {"lines", std::move(lines)},
            {"charged", http::to_json(statement.charged)},
            {"written_off", http::to_json(statement.written_off)},
            {"closing", http::to_json(statement.closing)}};
}

}  // namespace

Awaited ExchangeHandler::list_products(http::Request request) {
    const auto window = http::window_of(request);
    if (!window) {
        co_return http::problem(window.error(), request);
    }
    const auto kind = query(request, "kind");
    const auto wanted =
        kind ? std::optional(read_choice<ProductKind>(*kind, kProductKindNames)) : std::nullopt;
    const auto found = co_await exchange_.products(request.principal, wanted, *window);
    co_return http::page_reply(found, *window, request, product_json);
}

Awaited ExchangeHandler::get_product(http::Request request) {
    const ProductId id = core::known(ProductId::parse(request.path_parameters.at("id")));
    const auto offer = co_await exchange_.product(request.principal, id);
    co_return http::reply(offer, request, 200, [](const Offer& found) {
        json::object body = product_json(found.product);
        json::array prices;
        for (const Price& price : found.prices) {
            prices.push_back(price_json(price));
        }
        body["prices"] = std::move(prices);
        return body;
    });
}

Awaited ExchangeHandler::create_price(http::Request request) {
    const json::object& body = request.json;
    auto key = identity::idempotency_key_of(request);
    if (!key) {
        co_return http::problem(key.error(), request);
    }
    PriceRequest price{core::known(ProductId::parse(request.path_parameters.at("id"))),
                       http::get_text(body, "meter"),
                       http::get_money(body, "amount"),
                       {read_choice<core::Unit>(http::get_text(body, "unit"), core::kUnitNames),
                        http::get_integer(body, "per")},
                       http::find_time(body, "valid_from"),
                       *std::move(key)};
    const auto posted = co_await exchange_.post(request.principal, std::move(price));
    co_return http::reply(posted, request, 201, price_json);
}

Awaited ExchangeHandler::get_wallet(http::Request request) {
    const auto wallet =
        co_await exchange_.wallet(request.principal, project_of(request), currency_of(request));
    co_return wallet_reply(wallet, request, 200);
}

Awaited ExchangeHandler::top_up(http::Request request) {
    const auto id = http::find_id<ledger::TransferId>(request.json, "id");
    auto key = identity::idempotency_key_of(request);
    if (!key) {
        co_return http::problem(key.error(), request);
    }
    PaymentRequest payment{id ? std::optional(id->uuid()) : std::nullopt, project_of(request),
                           http::get_money(request.json, "amount"),
                           http::find_text(request.json, "reference").value_or(""),
                           *std::move(key)};
    const auto wallet = co_await exchange_.pay_in(request.principal, std::move(payment));
    co_return wallet_reply(wallet, request, 201);
}

Awaited ExchangeHandler::set_credit_limit(http::Request request) {
    auto key = identity::idempotency_key_of(request);
    const auto version = http::if_match(request);
    if (!key || !version) {
        co_return http::problem(!key ? key.error() : version.error(), request);
    }
    LimitRequest change{project_of(request), http::get_money(request.json, "limit"), *version,
                        *std::move(key)};
    const auto wallet = co_await exchange_.lend(request.principal, std::move(change));
    co_return wallet_reply(wallet, request, 200);
}

Awaited ExchangeHandler::list_usage(http::Request request) {
    const auto window = http::window_of(request);
    if (!window) {
        co_return http::problem(window.error(), request);
    }
    ChargeFilter filter{query_id<core::ProjectId>(request, "project"),
                        query(request, "subject"),
                        query_time(request, "from"),
                        query_time(request, "to"),
                        query_id<ProductId>(request, "product"),
                        query(request, "meter"),
                        query_id<PriceId>(request, "price")};
    const auto found = co_await exchange_.charges(request.principal, std::move(filter), *window);
    co_return http::page_reply(found, *window, request, charge_json);
}

Awaited ExchangeHandler::sum_usage(http::Request request) {
    const UsageSumRequest wanted{
        query_id<core::ProjectId>(request, "project"),
        query_time(request, "from").value_or(core::Timestamp()),
        query_time(request, "to").value_or(clock_.now()),
        std::chrono::seconds(
            http::find_integer_parameter(request.query, "step_s").value_or(kDaySeconds))};
    const auto sums = co_await exchange_.sums(request.principal, wanted);
    co_return http::reply(sums, request, 200, sums_json);
}

Awaited ExchangeHandler::get_statement(http::Request request) {
    const StatementRequest wanted{project_of(request), currency_of(request),
                                  query_time(request, "from").value_or(core::Timestamp()),
                                  query_time(request, "to"), clock_.now()};
    const auto bill = co_await exchange_.bill(request.principal, wanted);
    co_return http::reply(bill, request, 200, statement_json);
}

}  // namespace kapok::exchange
