#include <vector>

#include "exchange/metrics_store.h"
#include "exchange/sql/rows.h"

namespace kapok::exchange {
namespace {

using platform::db::Row;
using platform::db::Value;

constexpr std::string_view kMarks =
    "select u.id, u.organization_id, u.subject, p.kind, p.name, u.meter, u.quantity, "
    "c.amount_micros, c.currency, c.charged_at "
    "from exchange_charge c join exchange_usage u on u.id = c.usage_id "
    "join exchange_product p on p.id = u.product_id "
    "where c.charged_at > ? and c.charged_at <= ?";

ChargeMark read_mark(const Row& row) {
    const auto kind = sql::enum_of<ProductKind>(row.text(3), kProductKindNames);
    return {row.id<UsageId>(0),
            row.id<core::OrganizationId>(1),
            std::string(row.text(2)),
            sql::name_of(kind, kProductKindNames),
            std::string(row.text(4)),
            std::string(row.text(5)),
            row.integer(6),
            sql::money(row, 7, 8),
            row.time(9)};
}

}  // namespace

core::Result<void> visit_charges(Reader& reader, const core::Scope& scope,
                                 const ChargeMarks& wanted, const registry::Span& span,
                                 const std::function<void(const ChargeMark&)>& visit) {
    std::string text(kMarks);
    std::vector<Value> values{span.after, span.upto};
    const auto add = [&](std::string_view condition, Value value) {
        text += condition;
        values.push_back(std::move(value));
    };
    if (wanted.kind) {
        add(" and p.kind = ?", sql::name_of(*wanted.kind, kProductKindNames));
    }
    if (wanted.meter) {
        add(" and u.meter = ?", *wanted.meter);
    }
    if (!scope.everything) {
        text += " and c.organization_id in (";
        for (const core::OrganizationId organization : scope.organizations) {
            add("?, ", organization);
        }
        text += "null)";
    }
    text += " order by c.charged_at, c.number";
    return reader.query(text, values, [&](const Row& row) { visit(read_mark(row)); });
}

}  // namespace kapok::exchange
