#pragma once

// Where products, prices, usage and settlements are kept. Reads of tenants' rows take a scope; what
// is outside of it is not there.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/money.h"
#include "core/page.h"
#include "core/principal.h"
#include "core/result.h"
#include "exchange/api.h"
#include "exchange/product.h"
#include "exchange/usage.h"
#include "ledger/account.h"
#include "platform/db/database.h"

namespace kapok::exchange {

using platform::db::Reader;
using platform::db::Transaction;

// Products and prices are public: anybody who is signed in may look.
[[nodiscard]] core::Result<void> insert_product(Transaction& transaction, const Product& product);
[[nodiscard]] core::Result<std::optional<Product>> find_product(Reader& reader, ProductId id);
// Names are unique among a provider's products.
[[nodiscard]] core::Result<bool> is_product_name_taken(Reader& reader,
                                                       core::OrganizationId provider,
                                                       std::string_view name);
[[nodiscard]] core::Result<core::Page<Product>> list_products(Reader& reader,
                                                              std::optional<ProductKind> kind,
                                                              const core::Window& window);

[[nodiscard]] core::Result<void> insert_price(Transaction& transaction, const Price& price);
[[nodiscard]] core::Result<std::optional<Price>> find_price(Reader& reader, PriceId id);

// Which account of the ledger plays which part for whom (a project, an organization).
[[nodiscard]] core::Result<std::optional<ledger::AccountId>> find_part(Reader& reader,
                                                                       const core::Uuid& owner,
                                                                       ledger::AccountCode code,
                                                                       core::Currency currency);
// The same, and no other server changes what this part stands for until the command is over.
[[nodiscard]] core::Result<std::optional<ledger::AccountId>> lock_part(Transaction& transaction,
                                                                       const core::Uuid& owner,
                                                                       ledger::AccountCode code,
                                                                       core::Currency currency);
[[nodiscard]] core::Result<void> insert_part(Transaction& transaction, const core::Uuid& owner,
                                             ledger::AccountCode code, core::Currency currency,
                                             ledger::AccountId account);
// The currencies in which a project has a wallet.
[[nodiscard]] core::Result<std::vector<core::Currency>> wallet_currencies(Reader& reader,
                                                                          core::ProjectId project);

struct HoldRow {
    HoldId id;
    core::OrganizationId organization;
    core::ProjectId project;
    ProductId product;
    core::Money amount;
    std::string reference;
};
[[nodiscard]] core::Result<void> insert_hold(Transaction& transaction, const HoldRow& hold);
[[nodiscard]] core::Result<std::optional<HoldRow>> find_hold(Reader& reader, HoldId id);

// False if there is one of that id already.
[[nodiscard]] core::Result<bool> insert_usage(Transaction& transaction, const UsageRecord& record);
[[nodiscard]] core::Result<std::optional<UsageRecord>> find_usage(Reader& reader, UsageId id);

// How a settlement was met; see rating.h.
struct Settlement {
    core::Uuid id;  // The hold's, or the first record's.
    core::OrganizationId organization;
    core::ProjectId project;
    core::Money total;
    Coverage parts;
    core::Timestamp settled_at;
};
// Its legs in the ledger: what was captured, what was posted; see ledger::derived_id.
inline constexpr std::uint8_t kCaptureLeg = 1;
inline constexpr std::uint8_t kPostLeg = 2;
[[nodiscard]] core::Result<void> insert_settlement(Transaction& transaction,
                                                   const Settlement& settlement);
[[nodiscard]] core::Result<std::optional<Settlement>> find_settlement(Reader& reader,
                                                                      const core::Uuid& id);

// A usage record with what it cost: a line of a bill.
struct Charge {
    UsageRecord usage;
    PriceId price;
    core::Uuid settlement;
    core::Money amount;
    core::Timestamp charged_at;
};
[[nodiscard]] core::Result<void> insert_charge(Transaction& transaction, const Rated& rated,
                                               const Settlement& settlement);
[[nodiscard]] core::Result<std::vector<Rated>> charges_of(Reader& reader,
                                                          const core::Uuid& settlement);

struct ChargeFilter {
    std::optional<core::ProjectId> project;
    std::optional<std::string> subject;
    std::optional<core::Timestamp> from;  // Charged at or after.
    std::optional<core::Timestamp> to;    // Charged before.
    std::optional<ProductId> product;
    std::optional<std::string> meter;
    std::optional<PriceId> price;
};
[[nodiscard]] core::Result<core::Page<Charge>> list_charges(Reader& reader,
                                                            const core::Scope& scope,
                                                            const ChargeFilter& filter,
                                                            const core::Window& window);

// Sums of charges by steps of time, one a step, meter and currency; a step without charges has
// none.
struct UsageSum {
    core::Timestamp start;  // Of the step.
    std::string meter;
    core::Quantity quantity;
    std::int64_t records = 0;
    core::Money amount;
};
struct UsageSumRequest {
    std::optional<core::ProjectId> project;
    core::Timestamp from;  // The first step begins here.
    core::Timestamp to;
    std::chrono::seconds step{0};
};
[[nodiscard]] core::Result<std::vector<UsageSum>> sum_charges(Reader& reader,
                                                              const core::Scope& scope,
                                                              const UsageSumRequest& request);

// Sums of a project's charges in a period, one a product, meter and price version.
struct StatementLine {
    ProductId product;
    std::string product_name;
    std::string meter;
    PriceId price;
    core::Quantity quantity;
    std::int64_t records = 0;
    core::Money amount;
};
[[nodiscard]] core::Result<std::vector<StatementLine>> statement_lines(Reader& reader,
                                                                       core::ProjectId project,
                                                                       core::Currency currency,
                                                                       core::Timestamp from,
                                                                       core::Timestamp to);
// What came into a wallet or was taken back (then negative), other than by charges.
enum class PaymentKind : std::uint8_t { TopUp, Credit };
inline constexpr std::array<std::string_view, 2> kPaymentKindNames{"top_up", "credit"};
struct Payment {
    core::Uuid id;
    core::ProjectId project;
    PaymentKind kind = PaymentKind::TopUp;
    core::Money amount;
    std::string reference;
    core::Timestamp paid_at;
};
// False if there is one of that id already.
[[nodiscard]] core::Result<bool> insert_payment(Transaction& transaction, const Payment& payment);
[[nodiscard]] core::Result<core::Money> payments_between(Reader& reader, core::ProjectId project,
                                                         core::Currency currency, PaymentKind kind,
                                                         core::Timestamp from, core::Timestamp to);

// How often a project's credit limit was changed.
[[nodiscard]] core::Result<std::int64_t> credit_changes(Reader& reader, core::ProjectId project,
                                                        core::Currency currency);

// Of the charges of a period, what was written off.
[[nodiscard]] core::Result<core::Money> written_off(Reader& reader, core::ProjectId project,
                                                    core::Currency currency, core::Timestamp from,
                                                    core::Timestamp to);

}  // namespace kapok::exchange
