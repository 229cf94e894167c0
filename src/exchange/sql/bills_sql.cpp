#include <string>

#include "exchange/exchange_store.h"
#include "exchange/sql/rows.h"
#include "platform/db/select.h"

namespace kapok::exchange {
namespace {

using platform::db::Row;
using platform::db::Value;

constexpr std::string_view kCharges =
    "select u.id, u.product_id, u.meter, u.subject, u.organization_id, u.project_id, u.unit, "
    "u.quantity, u.window_start, u.window_end, u.source, u.evidence, c.price_id, c.settlement_id, "
    "c.amount_micros, c.currency, c.charged_at, c.number "
    "from exchange_charge c join exchange_usage u on u.id = c.usage_id";
constexpr platform::db::Order kChargeOrder{.sequence = "c.number", .sequence_at = 17};
constexpr std::string_view kStatementLines =
    "select u.product_id, p.name, u.meter, c.price_id, u.unit, cast(sum(u.quantity) as bigint), "
    "count(*), cast(sum(c.amount_micros) as bigint), c.currency "
    "from exchange_charge c join exchange_usage u on u.id = c.usage_id "
    "join exchange_product p on p.id = u.product_id "
    "where c.project_id = ? and c.currency = ? and c.charged_at >= ? and c.charged_at < ? "
    "group by u.product_id, p.name, u.meter, c.price_id, u.unit, c.currency "
    "order by p.name, u.meter, min(c.number)";
constexpr std::string_view kSums =
    "select (c.charged_at - ?) / ?, u.meter, u.unit, cast(sum(u.quantity) as bigint), count(*), "
    "cast(sum(c.amount_micros) as bigint), c.currency "
    "from exchange_charge c join exchange_usage u on u.id = c.usage_id "
    "where c.charged_at >= ? and c.charged_at < ?";
constexpr std::string_view kWrittenOff =
    "select cast(coalesce(sum(written_off_micros), 0) as bigint) from exchange_settlement "
    "where project_id = ? and currency = ? and settled_at >= ? and settled_at < ?";
constexpr std::string_view kInsertPayment =
    "insert into exchange_payment (id, project_id, kind, amount_micros, currency, reference, "
    "paid_at) values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing";
constexpr std::string_view kPaymentsBetween =
    "select cast(coalesce(sum(amount_micros), 0) as bigint) from exchange_payment "
    "where project_id = ? and currency = ? and paid_at >= ? and paid_at < ? and kind = ?";

Charge read_charge(const Row& row) {
    return {{row.id<UsageId>(0),
             row.id<ProductId>(1),
             std::string(row.text(2)),
             std::string(row.text(3)),
             row.id<core::OrganizationId>(4),
             row.id<core::ProjectId>(5),
             {sql::enum_of<core::Unit>(row.text(6), core::kUnitNames), row.integer(7)},
             row.time(8),
             row.time(9),
             sql::enum_of<UsageSource>(row.text(10), kUsageSourceNames),
             std::string(row.text(11))},
            row.id<PriceId>(12),
            row.uuid(13),
            sql::money(row, 14, 15),
            row.time(16)};
}

core::Result<core::Money> sum_of(Reader& reader, std::string_view query, core::Currency currency,
                                 platform::db::Values values) {
    const auto sum = reader.find(query, values, [](const Row& row) { return row.integer(0); });
    if (!sum) {
        return std::unexpected(sum.error());
    }
    return core::Money(currency, sum->value_or(0));
}

}  // namespace

core::Result<core::Page<Charge>> list_charges(Reader& reader, const core::Scope& scope,
                                              const ChargeFilter& filter,
                                              const core::Window& window) {
    platform::db::Select select(kCharges, "c.organization_id", scope);
    select.where_if("c.project_id = ?", filter.project)
        .where_if("u.subject = ?", filter.subject)
        .where_if("c.charged_at >= ?", filter.from)
        .where_if("c.charged_at < ?", filter.to)
        .where_if("u.product_id = ?", filter.product)
        .where_if("u.meter = ?", filter.meter)
        .where_if("c.price_id = ?", filter.price)
        .window(window, kChargeOrder);
    return platform::db::read_page<Charge>(reader, select, window, read_charge,
                                           [](const Charge&) { return std::string(); });
}

core::Result<std::vector<UsageSum>> sum_charges(Reader& reader, const core::Scope& scope,
                                                const UsageSumRequest& request) {
    const std::chrono::microseconds step = request.step;
    std::vector<Value> values{request.from, step.count(), request.from, request.to};
    std::string text =
        std::string(kSums) + platform::db::within("c.organization_id", scope, values);
    if (request.project) {
        text += " and c.project_id = ?";
        values.emplace_back(*request.project);
    }
    text += " group by 1, 2, 3, 7 order by 1, 2, 7";
    return reader.list(text, values, [&](const Row& row) {
        const core::Quantity quantity{sql::enum_of<core::Unit>(row.text(2), core::kUnitNames),
                                      row.integer(3)};
        return UsageSum{request.from + row.integer(0) * step, std::string(row.text(1)), quantity,
                        row.integer(4), sql::money(row, 5, 6)};
    });
}

core::Result<std::vector<StatementLine>> statement_lines(Reader& reader, core::ProjectId project,
                                                         core::Currency currency,
                                                         core::Timestamp from, core::Timestamp to) {
    return reader.list(
        kStatementLines, {project, sql::name_of(currency, core::kCurrencyNames), from, to},
        [](const Row& row) {
            const core::Quantity quantity{sql::enum_of<core::Unit>(row.text(4), core::kUnitNames),
                                          row.integer(5)};
            return StatementLine{row.id<ProductId>(0),
                                 std::string(row.text(1)),
                                 std::string(row.text(2)),
                                 row.id<PriceId>(3),
                                 quantity,
                                 row.integer(6),
                                 sql::money(row, 7, 8)};
        });
}

core::Result<bool> insert_payment(Transaction& transaction, const Payment& payment) {
    const auto inserted = transaction.execute(
        kInsertPayment,
        {payment.id, payment.project, sql::name_of(payment.kind, kPaymentKindNames),
         payment.amount.micros(), sql::name_of(payment.amount.currency(), core::kCurrencyNames),
         payment.reference, payment.paid_at});
    if (!inserted) {
        return std::unexpected(inserted.error());
    }
    return *inserted == 1;
}

// Whose, of what kind and when: each is one word of the question.
// NOLINTNEXTLINE(readability-function-size)
core::Result<core::Money> payments_between(Reader& reader, core::ProjectId project,
                                           core::Currency currency, PaymentKind kind,
                                           core::Timestamp from, core::Timestamp to) {
    return sum_of(reader, kPaymentsBetween, currency,
                  {project, sql::name_of(currency, core::kCurrencyNames), from, to,
                   sql::name_of(kind, kPaymentKindNames)});
}

core::Result<core::Money> written_off(Reader& reader, core::ProjectId project,
                                      core::Currency currency, core::Timestamp from,
                                      core::Timestamp to) {
    return sum_of(reader, kWrittenOff, currency,
                  {project, sql::name_of(currency, core::kCurrencyNames), from, to});
}

}  // namespace kapok::exchange
