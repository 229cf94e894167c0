#include <string>

#include "exchange/exchange_store.h"
#include "exchange/sql/rows.h"

namespace kapok::exchange {
namespace {

using platform::db::Row;
using platform::db::Value;

constexpr std::string_view kCharges =
    "select u.id, u.product_id, u.meter, u.subject, u.organization_id, u.project_id, u.unit, "
    "u.quantity, u.window_start, u.window_end, u.source, u.evidence, c.price_id, c.settlement_id, "
    "c.amount_micros, c.currency, c.charged_at, c.number "
    "from exchange_charge c join exchange_usage u on u.id = c.usage_id where c.number > ?";
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

// Conditions are put together from fixed texts; values are always parameters.
struct Query {
    std::string text;
    std::vector<Value> values;

    void add(std::string_view condition, Value value) {
        text += condition;
        values.push_back(std::move(value));
    }
};

void restrict(Query& query, const core::Scope& scope) {
    if (scope.everything) {
        return;
    }
    query.text += " and c.organization_id in (";
    for (std::size_t i = 0; i < scope.organizations.size(); ++i) {
        query.add(i == 0 ? "?" : ", ?", scope.organizations[i]);
    }
    query.text += scope.organizations.empty() ? "null)" : ")";
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

core::Result<std::vector<Numbered<Charge>>> list_charges(Reader& reader, const core::Scope& scope,
                                                         const ChargeFilter& filter,
                                                         std::int64_t after, std::size_t limit) {
    Query query{std::string(kCharges), {after}};
    restrict(query, scope);
    if (filter.project) {
        query.add(" and c.project_id = ?", *filter.project);
    }
    if (filter.subject) {
        query.add(" and u.subject = ?", *filter.subject);
    }
    if (filter.from) {
        query.add(" and c.charged_at >= ?", *filter.from);
    }
    if (filter.to) {
        query.add(" and c.charged_at < ?", *filter.to);
    }
    if (filter.product) {
        query.add(" and u.product_id = ?", *filter.product);
    }
    if (filter.meter) {
        query.add(" and u.meter = ?", *filter.meter);
    }
    if (filter.price) {
        query.add(" and c.price_id = ?", *filter.price);
    }
    query.add(" order by c.number limit ?", limit);
    return reader.list(query.text, query.values, [](const Row& row) {
        return Numbered<Charge>{row.integer(17), read_charge(row)};
    });
}

core::Result<std::vector<UsageSum>> sum_charges(Reader& reader, const core::Scope& scope,
                                                const UsageSumRequest& request) {
    const std::chrono::microseconds step = request.step;
    Query query{std::string(kSums), {request.from, step.count(), request.from, request.to}};
    restrict(query, scope);
    if (request.project) {
        query.add(" and c.project_id = ?", *request.project);
    }
    query.text += " group by 1, 2, 3, 7 order by 1, 2, 7";
    return reader.list(query.text, query.values, [&](const Row& row) {
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
