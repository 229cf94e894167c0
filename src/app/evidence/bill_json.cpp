#include "app/evidence/bill_json.h"

#include <utility>

#include "app/evidence/fields.h"
#include "exchange/digest.h"

namespace kapok::app::evidence {
namespace {

namespace json = boost::json;

using core::Currency;
using core::Money;

constexpr std::array kAccountCodeNames = [] {
    std::array<std::string_view, ledger::kAccountCodes.size()> names{};
    for (std::size_t i = 0; i < names.size(); ++i) {
        names[i] = ledger::kAccountCodes[i].name;
    }
    return names;
}();
constexpr std::array kTransferCodeNames = [] {
    std::array<std::string_view, ledger::kTransferCodes.size()> names{};
    for (std::size_t i = 0; i < names.size(); ++i) {
        names[i] = ledger::kTransferCodes[i].name;
    }
    return names;
}();

Currency read_currency(JsonFields& fields) {
    return read_choice<Currency>(fields, "currency", core::kCurrencyNames);
}

ledger::Unit read_unit(JsonFields& fields) {
    auto unit = ledger::Unit::parse(fields.text("unit"));
    if (!unit) {
        fields.blame("unit", "a unit of the ledger");
        return {};
    }
    return *std::move(unit);
}

template <class Id>
std::string id_or_dash(const Id& id) {
    return id.is_zero() ? "-" : id.text();
}

template <class Id>
Id read_id_or_dash(JsonFields& fields, std::string_view name) {
    const std::string text = fields.text(name);
    if (text == "-") {
        return {};
    }
    const auto id = Id::parse(text);
    if (!id) {
        fields.blame(name, "id or -");
    }
    return id.value_or(Id());
}

json::object balances_json(const ledger::Balances& balances) {
    return {{"debits_posted", std::to_string(balances.debits_posted)},
            {"debits_pending", std::to_string(balances.debits_pending)},
            {"credits_posted", std::to_string(balances.credits_posted)},
            {"credits_pending", std::to_string(balances.credits_pending)}};
}

ledger::Balances read_balances(JsonFields& fields) {
    const ledger::Balances found{
        read_count(fields, "debits_posted"), read_count(fields, "debits_pending"),
        read_count(fields, "credits_posted"), read_count(fields, "credits_pending")};
    if (found.debits_posted < 0 || found.debits_pending < 0 || found.credits_posted < 0 ||
        found.credits_pending < 0) {
        fields.blame("debits_posted", "sums that are not negative");
        return {};
    }
    return found;
}

json::object account_json(const ledger::Account& account) {
    return {{"id", account.id.text()},
            {"organization_id", account.organization.text()},
            {"project_id", id_or_dash(account.project.value_or(core::ProjectId()))},
            {"unit", account.unit.text()},
            {"code", ledger::info(account.code).name},
            {"normal", ledger::name(account.normal)},
            {"overdraft", ledger::name(account.overdraft)}};
}

ledger::Account read_account(JsonFields& fields) {
    ledger::Account account;
    account.id = fields.id<ledger::AccountId>("id");
    account.organization = fields.id<core::OrganizationId>("organization_id");
    account.project = read_id_or_dash<core::ProjectId>(fields, "project_id");
    account.unit = read_unit(fields);
    account.code = read_choice<ledger::AccountCode>(fields, "code", kAccountCodeNames);
    account.normal = read_choice<ledger::Side>(fields, "normal", ledger::kSideNames);
    account.overdraft =
        read_choice<ledger::Overdraft>(fields, "overdraft", ledger::kOverdraftNames);
    return account;
}

// What its line in the digest of its event has.
json::object record_json(const ledger::Record& record) {
    const ledger::Transfer& transfer = record.transfer;
    return {{"sequence", record.sequence},
            {"id", transfer.id.text()},
            {"kind", ledger::name(transfer.kind)},
            {"debit", transfer.debit.text()},
            {"credit", transfer.credit.text()},
            {"amount", std::to_string(transfer.amount)},
            {"unit", transfer.unit.text()},
            {"code", ledger::info(transfer.code).name},
            {"hold", id_or_dash(transfer.hold)},
            {"time", core::to_rfc3339(record.created_at)},
            {"expires_at", record.expires_at ? core::to_rfc3339(*record.expires_at) : "-"},
            {"reference", core::to_base32(transfer.reference)},
            {"reference_text", transfer.reference_text}};
}

ledger::Record read_record(JsonFields& fields) {
    ledger::Record record;
    ledger::Transfer& transfer = record.transfer;
    record.sequence = fields.integer("sequence");
    transfer.id = fields.id<ledger::TransferId>("id");
    transfer.kind = read_choice<ledger::TransferKind>(fields, "kind", ledger::kTransferKindNames);
    transfer.debit = fields.id<ledger::AccountId>("debit");
    transfer.credit = fields.id<ledger::AccountId>("credit");
    transfer.amount = read_count(fields, "amount");
    transfer.unit = read_unit(fields);
    transfer.code = read_choice<ledger::TransferCode>(fields, "code", kTransferCodeNames);
    transfer.hold = read_id_or_dash<ledger::TransferId>(fields, "hold");
    record.created_at = read_time(fields, "time");
    if (fields.text("expires_at") != "-") {
        record.expires_at = read_time(fields, "expires_at");
    }
    transfer.reference = read_uuid(fields, "reference");
    transfer.reference_text = fields.text("reference_text");
    if (transfer.amount < 0) {
        fields.blame("amount", "not negative");
    }
    return record;
}

json::object entry_json(const ledger::Entry& entry) {
    return {{"transfer", record_json(entry.record)},
            {"side", ledger::name(entry.side)},
            {"after", balances_json(entry.after)}};
}

ledger::Entry read_entry(JsonFields& fields) {
    return {fields.nested("transfer", read_record),
            read_choice<ledger::Side>(fields, "side", ledger::kSideNames),
            fields.nested("after", read_balances)};
}

json::object settlement_json(const exchange::Settlement& settlement) {
    return {{"id", core::to_base32(settlement.id)},
            {"organization_id", settlement.organization.text()},
            {"project_id", settlement.project.text()},
            {"currency", core::to_text(settlement.total.currency())},
            {"total", core::to_decimal(settlement.total)},
            {"captured", core::to_decimal(settlement.parts.captured)},
            {"posted", core::to_decimal(settlement.parts.posted)},
            {"written_off", core::to_decimal(settlement.parts.written_off)},
            {"settled_at", core::to_rfc3339(settlement.settled_at)}};
}

exchange::Settlement read_settlement(JsonFields& fields) {
    const Currency currency = read_currency(fields);
    const exchange::Coverage parts{read_money(fields, "captured", currency),
                                   read_money(fields, "posted", currency),
                                   read_money(fields, "written_off", currency)};
    return {read_uuid(fields, "id"),
            fields.id<core::OrganizationId>("organization_id"),
            fields.id<core::ProjectId>("project_id"),
            read_money(fields, "total", currency),
            parts,
            read_time(fields, "settled_at")};
}

exchange::UsageRecord read_usage(JsonFields& fields) {
    exchange::UsageRecord usage;
    usage.id = fields.id<exchange::UsageId>("usage_id");
    usage.product = fields.id<exchange::ProductId>("product_id");
    usage.meter = fields.text("meter");
    usage.subject = fields.text("subject");
    usage.organization = fields.id<core::OrganizationId>("organization_id");
    usage.project = fields.id<core::ProjectId>("project_id");
    usage.quantity = {read_choice<core::Unit>(fields, "unit", core::kUnitNames),
                      read_count(fields, "quantity")};
    usage.window_start = read_time(fields, "window_start");
    usage.window_end = read_time(fields, "window_end");
    usage.source =
        read_choice<exchange::UsageSource>(fields, "source", exchange::kUsageSourceNames);
    usage.evidence = fields.text("evidence");
    return usage;
}

exchange::Charge read_charge(JsonFields& fields) {
    const Currency currency = read_currency(fields);
    return {read_usage(fields), fields.id<exchange::PriceId>("price_id"),
            read_uuid(fields, "settlement"), read_money(fields, "amount", currency),
            read_time(fields, "charged_at")};
}

json::object line_json(const exchange::StatementLine& line) {
    return {{"product_id", line.product.text()},
            {"product_name", line.product_name},
            {"meter", line.meter},
            {"price_id", line.price.text()},
            {"unit", core::to_text(line.quantity.unit)},
            {"quantity", std::to_string(line.quantity.count)},
            {"records", line.records},
            {"amount", core::to_decimal(line.amount)}};
}

exchange::StatementLine read_line(JsonFields& fields, Currency currency) {
    return {
        fields.id<exchange::ProductId>("product_id"),
        fields.text("product_name"),
        fields.text("meter"),
        fields.id<exchange::PriceId>("price_id"),
        {read_choice<core::Unit>(fields, "unit", core::kUnitNames), read_count(fields, "quantity")},
        fields.integer("records"),
        read_money(fields, "amount", currency)};
}

json::object statement_json(const exchange::Statement& statement, std::int64_t version) {
    json::object object{{"project_id", statement.project.text()},
                        {"from", core::to_rfc3339(statement.from)},
                        {"to", core::to_rfc3339(statement.to)},
                        {"currency", core::to_text(statement.opening.currency())},
                        {"opening", core::to_decimal(statement.opening)},
                        {"paid_in", core::to_decimal(statement.paid_in)},
                        {"lines", list_json(statement.lines, line_json)},
                        {"charged", core::to_decimal(statement.charged)},
                        {"written_off", core::to_decimal(statement.written_off)},
                        {"closing", core::to_decimal(statement.closing)}};
    if (version >= Bundle::kCreditSince) {
        object["credit"] = core::to_decimal(statement.credit);
    }
    return object;
}

exchange::Statement read_statement(JsonFields& fields, std::int64_t version) {
    const Currency currency = read_currency(fields);
    return {
        fields.id<core::ProjectId>("project_id"),
        read_time(fields, "from"),
        read_time(fields, "to"),
        read_money(fields, "opening", currency),
        read_money(fields, "paid_in", currency),
        version >= Bundle::kCreditSince ? read_money(fields, "credit", currency)
                                        : Money::zero(currency),
        fields.objects("lines", [currency](JsonFields& item) { return read_line(item, currency); }),
        read_money(fields, "charged", currency),
        read_money(fields, "written_off", currency),
        read_money(fields, "closing", currency)};
}

}  // namespace

json::object product_json(const exchange::Product& product) {
    return {{"id", product.id.text()},
            {"provider_id", product.provider.text()},
            {"kind", exchange::kProductKindNames[std::to_underlying(product.kind)]},
            {"name", product.name},
            {"subject", product.subject},
            {"grade", product.grade},
            {"created_at", core::to_rfc3339(product.created_at)}};
}

exchange::Product read_product(JsonFields& fields) {
    return {fields.id<exchange::ProductId>("id"),
            fields.id<core::OrganizationId>("provider_id"),
            read_choice<exchange::ProductKind>(fields, "kind", exchange::kProductKindNames),
            fields.text("name"),
            fields.text("subject"),
            fields.text("grade"),
            read_time(fields, "created_at")};
}

json::object price_json(const exchange::Price& price) {
    return {{"id", price.id.text()},
            {"product_id", price.product.text()},
            {"meter", price.meter},
            {"amount", core::to_decimal(price.price.amount())},
            {"currency", core::to_text(price.price.amount().currency())},
            {"unit", core::to_text(price.price.per().unit)},
            {"per", std::to_string(price.price.per().count)},
            {"valid_from", core::to_rfc3339(price.valid_from)},
            {"author", price.author},
            {"created_at", core::to_rfc3339(price.created_at)}};
}

exchange::Price read_price(JsonFields& fields) {
    const core::Quantity per{read_choice<core::Unit>(fields, "unit", core::kUnitNames),
                             read_count(fields, "per")};
    const Money amount = read_money(fields, "amount", read_currency(fields));
    auto unit_price = core::UnitPrice::create(amount, per);
    if (!unit_price) {
        fields.blame("per", "more than 0");
        unit_price = core::UnitPrice::create(amount, {per.unit, 1});
    }
    return {fields.id<exchange::PriceId>("id"),
            fields.id<exchange::ProductId>("product_id"),
            fields.text("meter"),
            *unit_price,
            read_time(fields, "valid_from"),
            fields.text("author"),
            read_time(fields, "created_at")};
}

json::object bill_json(const Bill& bill, std::int64_t version) {
    const auto charge_json = [](const exchange::Charge& charge) {
        return exchange::to_json(charge);
    };
    return {{"wallet", account_json(bill.wallet)},
            {"opening", balances_json(bill.opening)},
            {"earlier_holds", list_json(bill.earlier_holds, record_json)},
            {"entries", list_json(bill.entries, entry_json)},
            {"closing", balances_json(bill.closing)},
            {"settlements", list_json(bill.settlements, settlement_json)},
            {"charges", list_json(bill.charges, charge_json)},
            {"statement", statement_json(bill.statement, version)}};
}

Bill read_bill(JsonFields& fields, std::int64_t version) {
    return {fields.nested("wallet", read_account),
            fields.nested("opening", read_balances),
            fields.objects("earlier_holds", read_record),
            fields.objects("entries", read_entry),
            fields.nested("closing", read_balances),
            fields.objects("settlements", read_settlement),
            fields.objects("charges", read_charge),
            fields.nested("statement",
                          [version](JsonFields& item) { return read_statement(item, version); })};
}

json::object trial_balance_json(const TrialBalance& balance) {
    json::object object{
        {"sequence", balance.sequence},
        {"lines", list_json(balance.lines, [](const ledger::TrialBalanceLine& line) {
             return json::object{{"unit", line.unit.text()}, {"sums", balances_json(line.sums)}};
         })}};
    if (balance.accounts) {
        object["accounts"] = list_json(*balance.accounts, [](const AccountBalance& account) {
            return json::object{{"account_id", account.account.text()},
                                {"unit", account.unit.text()},
                                {"code", ledger::info(account.code).name},
                                {"balances", balances_json(account.balances)}};
        });
    }
    return object;
}

TrialBalance read_trial_balance(JsonFields& fields) {
    TrialBalance balance;
    balance.sequence = fields.integer("sequence");
    balance.lines = fields.objects("lines", [](JsonFields& item) {
        return ledger::TrialBalanceLine{read_unit(item), item.nested("sums", read_balances)};
    });
    if (fields.has("accounts")) {
        balance.accounts = fields.objects("accounts", [](JsonFields& item) {
            return AccountBalance{item.id<ledger::AccountId>("account_id"), read_unit(item),
                                  read_choice<ledger::AccountCode>(item, "code", kAccountCodeNames),
                                  item.nested("balances", read_balances)};
        });
    }
    return balance;
}

}  // namespace kapok::app::evidence
