#include "exchange/exchange_store.h"
#include "exchange/sql/rows.h"
#include "platform/db/select.h"

namespace kapok::exchange {
namespace {

using platform::db::Row;

constexpr std::string_view kInsertProduct =
    "insert into exchange_product (id, provider_id, kind, name, subject, grade, created_at) "
    "values (?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kFindProduct =
    "select id, provider_id, kind, name, subject, grade, created_at, number "
    "from exchange_product where id = ?";
constexpr std::string_view kFindProductOfSubject =
    "select id, provider_id, kind, name, subject, grade, created_at, number "
    "from exchange_product where kind = ? and subject = ?";
constexpr std::string_view kListProducts =
    "select id, provider_id, kind, name, subject, grade, created_at, number "
    "from exchange_product";
constexpr platform::db::Order kProductOrder{"number", "name", 7};
constexpr std::string_view kProductOfName =
    "select 1 from exchange_product where provider_id = ? and name = ?";
constexpr std::string_view kInsertPrice =
    "insert into exchange_price (id, product_id, meter, unit, amount_micros, currency, per_count, "
    "valid_from, author, created_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kPricesOf =
    "select id, product_id, meter, unit, amount_micros, currency, per_count, valid_from, author, "
    "created_at from exchange_price where product_id = ? order by number";
constexpr std::string_view kFindPrice =
    "select id, product_id, meter, unit, amount_micros, currency, per_count, valid_from, author, "
    "created_at from exchange_price where id = ?";

Product read_product(const Row& row) {
    return {row.id<ProductId>(0),
            row.id<core::OrganizationId>(1),
            sql::enum_of<ProductKind>(row.text(2), kProductKindNames),
            std::string(row.text(3)),
            std::string(row.text(4)),
            std::string(row.text(5)),
            row.time(6)};
}

Price read_price(const Row& row) {
    const core::Quantity block{sql::enum_of<core::Unit>(row.text(3), core::kUnitNames),
                               row.integer(6)};
    auto price = core::UnitPrice::create(sql::money(row, 4, 5), block);
    assert(price.has_value());  // The table's check admits no other block.
    return {row.id<PriceId>(0),
            row.id<ProductId>(1),
            std::string(row.text(2)),
            *price,
            row.time(7),
            std::string(row.text(8)),
            row.time(9)};
}

}  // namespace

core::Result<void> insert_product(Transaction& transaction, const Product& product) {
    const auto done = transaction.execute(
        kInsertProduct,
        {product.id, product.provider, sql::name_of(product.kind, kProductKindNames), product.name,
         product.subject, product.grade, product.created_at});
    return done ? core::Result<void>() : std::unexpected(done.error());
}

core::Result<bool> is_product_name_taken(Reader& reader, core::OrganizationId provider,
                                         std::string_view name) {
    const auto found = reader.find(kProductOfName, {provider, name},
                                   [](const Row& row) { return row.integer(0); });
    return found ? core::Result<bool>(found->has_value()) : std::unexpected(found.error());
}

core::Result<std::optional<Product>> find_product(Reader& reader, ProductId id) {
    return reader.find(kFindProduct, {id}, read_product);
}

core::Result<std::optional<Product>> find_product(Reader& reader, ProductKind kind,
                                                  std::string_view subject) {
    return reader.find(kFindProductOfSubject, {sql::name_of(kind, kProductKindNames), subject},
                       read_product);
}

core::Result<core::Page<Product>> list_products(Reader& reader, std::optional<ProductKind> kind,
                                                const core::Window& window) {
    platform::db::Select select(kListProducts, "provider_id", core::Scope::all());
    select
        .where_if("kind = ?", kind,
                  [](ProductKind one) { return sql::name_of(one, kProductKindNames); })
        .window(window, kProductOrder);
    return platform::db::read_page<Product>(reader, select, window, read_product,
                                            [](const Product& product) { return product.name; });
}

core::Result<void> insert_price(Transaction& transaction, const Price& price) {
    const auto done = transaction.execute(
        kInsertPrice,
        {price.id, price.product, price.meter, core::to_text(price.price.per().unit),
         price.price.amount().micros(), core::to_text(price.price.amount().currency()),
         price.price.per().count, price.valid_from, price.author, price.created_at});
    return done ? core::Result<void>() : std::unexpected(done.error());
}

core::Result<std::optional<Price>> find_price(Reader& reader, PriceId id) {
    return reader.find(kFindPrice, {id}, read_price);
}

core::Result<std::vector<Price>> prices_of(Reader& reader, ProductId product) {
    return reader.list(kPricesOf, {product}, read_price);
}

}  // namespace kapok::exchange
