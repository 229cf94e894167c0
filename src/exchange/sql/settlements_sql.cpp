#include "exchange/exchange_store.h"
#include "exchange/sql/rows.h"

namespace kapok::exchange {
namespace {

using platform::db::Row;

constexpr std::string_view kFindPart =
    "select account_id from exchange_account where owner_id = ? and code = ? and currency = ?";
constexpr std::string_view kLockPart =
    "select account_id from exchange_account where owner_id = ? and code = ? and currency = ? "
    "{for_update}";
constexpr std::string_view kCreditChanges =
    "select count(*) from exchange_payment where project_id = ? and kind = 'credit' and "
    "currency = ?";
constexpr std::string_view kInsertPart =
    "insert into exchange_account (owner_id, code, currency, account_id) values (?, ?, ?, ?)";
constexpr std::string_view kWalletCurrencies =
    "select currency from exchange_account where owner_id = ? and code = 'wallet' "
    "order by currency";
constexpr std::string_view kInsertHold =
    "insert into exchange_hold (id, organization_id, project_id, product_id, amount_micros, "
    "currency, reference, created_at) values (?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kFindHold =
    "select id, organization_id, project_id, product_id, amount_micros, currency, reference "
    "from exchange_hold where id = ?";
constexpr std::string_view kInsertUsage =
    "insert into exchange_usage (id, product_id, meter, subject, organization_id, project_id, "
    "unit, quantity, window_start, window_end, source, evidence, recorded_at) "
    "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing";
constexpr std::string_view kFindUsage =
    "select id, product_id, meter, subject, organization_id, project_id, unit, quantity, "
    "window_start, window_end, source, evidence from exchange_usage where id = ?";
constexpr std::string_view kInsertSettlement =
    "insert into exchange_settlement (id, organization_id, project_id, currency, total_micros, "
    "captured_micros, posted_micros, written_off_micros, settled_at) "
    "values (?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kFindSettlement =
    "select id, organization_id, project_id, total_micros, currency, captured_micros, "
    "posted_micros, written_off_micros, settled_at from exchange_settlement where id = ?";
constexpr std::string_view kInsertCharge =
    "insert into exchange_charge (usage_id, price_id, settlement_id, organization_id, project_id, "
    "amount_micros, currency, charged_at) values (?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kChargesOf =
    "select c.usage_id, c.price_id, u.unit, u.quantity, c.amount_micros, c.currency "
    "from exchange_charge c join exchange_usage u on u.id = c.usage_id "
    "where c.settlement_id = ? order by c.number";

std::string_view currency_name(core::Money money) {
    return sql::name_of(money.currency(), core::kCurrencyNames);
}

core::Result<void> done(const core::Result<std::int64_t>& executed) {
    return executed ? core::Result<void>() : std::unexpected(executed.error());
}

UsageRecord read_usage(const Row& row) {
    return {row.id<UsageId>(0),
            row.id<ProductId>(1),
            std::string(row.text(2)),
            std::string(row.text(3)),
            row.id<core::OrganizationId>(4),
            row.id<core::ProjectId>(5),
            {sql::enum_of<core::Unit>(row.text(6), core::kUnitNames), row.integer(7)},
            row.time(8),
            row.time(9),
            sql::enum_of<UsageSource>(row.text(10), kUsageSourceNames),
            std::string(row.text(11))};
}

}  // namespace

core::Result<std::optional<ledger::AccountId>> find_part(Reader& reader, const core::Uuid& owner,
                                                         ledger::AccountCode code,
                                                         core::Currency currency) {
    return reader.find(
        kFindPart, {owner, ledger::info(code).name, sql::name_of(currency, core::kCurrencyNames)},
        [](const Row& row) { return row.id<ledger::AccountId>(0); });
}

core::Result<std::optional<ledger::AccountId>> lock_part(Transaction& transaction,
                                                         const core::Uuid& owner,
                                                         ledger::AccountCode code,
                                                         core::Currency currency) {
    return transaction.find(
        kLockPart, {owner, ledger::info(code).name, sql::name_of(currency, core::kCurrencyNames)},
        [](const Row& row) { return row.id<ledger::AccountId>(0); });
}

core::Result<std::int64_t> credit_changes(Reader& reader, core::ProjectId project,
                                          core::Currency currency) {
    const auto count =
        reader.find(kCreditChanges, {project, sql::name_of(currency, core::kCurrencyNames)},
                    [](const Row& row) { return row.integer(0); });
    return count ? core::Result<std::int64_t>(count->value_or(0)) : std::unexpected(count.error());
}

core::Result<void> insert_part(Transaction& transaction, const core::Uuid& owner,
                               ledger::AccountCode code, core::Currency currency,
                               ledger::AccountId account) {
    return done(transaction.execute(
        kInsertPart,
        {owner, ledger::info(code).name, sql::name_of(currency, core::kCurrencyNames), account}));
}

core::Result<std::vector<core::Currency>> wallet_currencies(Reader& reader,
                                                            core::ProjectId project) {
    return reader.list(kWalletCurrencies, {project}, [](const Row& row) {
        return sql::enum_of<core::Currency>(row.text(0), core::kCurrencyNames);
    });
}

core::Result<void> insert_hold(Transaction& transaction, const HoldRow& hold) {
    return done(transaction.execute(
        kInsertHold, {hold.id, hold.organization, hold.project, hold.product, hold.amount.micros(),
                      currency_name(hold.amount), hold.reference, transaction.now()}));
}

core::Result<std::optional<HoldRow>> find_hold(Reader& reader, HoldId id) {
    return reader.find(kFindHold, {id}, [](const Row& row) {
        return HoldRow{row.id<HoldId>(0),          row.id<core::OrganizationId>(1),
                       row.id<core::ProjectId>(2), row.id<ProductId>(3),
                       sql::money(row, 4, 5),      std::string(row.text(6))};
    });
}

core::Result<bool> insert_usage(Transaction& transaction, const UsageRecord& record) {
    const auto inserted = transaction.execute(
        kInsertUsage,
        {record.id, record.product, record.meter, record.subject, record.organization,
         record.project, core::to_text(record.quantity.unit), record.quantity.count,
         record.window_start, record.window_end, sql::name_of(record.source, kUsageSourceNames),
         record.evidence, transaction.now()});
    if (!inserted) {
        return std::unexpected(inserted.error());
    }
    return *inserted == 1;
}

core::Result<std::optional<UsageRecord>> find_usage(Reader& reader, UsageId id) {
    return reader.find(kFindUsage, {id}, read_usage);
}

core::Result<void> insert_settlement(Transaction& transaction, const Settlement& settlement) {
    const Coverage& parts = settlement.parts;
    return done(transaction.execute(
        kInsertSettlement,
        {settlement.id, settlement.organization, settlement.project,
         currency_name(settlement.total), settlement.total.micros(), parts.captured.micros(),
         parts.posted.micros(), parts.written_off.micros(), settlement.settled_at}));
}

core::Result<std::optional<Settlement>> find_settlement(Reader& reader, const core::Uuid& id) {
    return reader.find(kFindSettlement, {id}, [](const Row& row) {
        const Coverage parts{sql::money(row, 5, 4), sql::money(row, 6, 4), sql::money(row, 7, 4)};
        return Settlement{row.uuid(0),
                          row.id<core::OrganizationId>(1),
                          row.id<core::ProjectId>(2),
                          sql::money(row, 3, 4),
                          parts,
                          row.time(8)};
    });
}

core::Result<void> insert_charge(Transaction& transaction, const Rated& rated,
                                 const Settlement& settlement) {
    return done(transaction.execute(
        kInsertCharge,
        {rated.usage, rated.price, settlement.id, settlement.organization, settlement.project,
         rated.amount.micros(), currency_name(rated.amount), settlement.settled_at}));
}

core::Result<std::vector<Rated>> charges_of(Reader& reader, const core::Uuid& settlement) {
    return reader.list(kChargesOf, {settlement}, [](const Row& row) {
        const core::Quantity quantity{sql::enum_of<core::Unit>(row.text(2), core::kUnitNames),
                                      row.integer(3)};
        return Rated{row.id<UsageId>(0), row.id<PriceId>(1), quantity, sql::money(row, 4, 5)};
    });
}

}  // namespace kapok::exchange
