#include "exchange/metrics.h"

#include <array>
#include <chrono>
#include <utility>

#include "exchange/metrics_store.h"
#include "ledger/balance_steps.h"
#include "ledger/ledger_store.h"

namespace kapok::exchange {
namespace {

using registry::Dimension;
using registry::Evidence;
using registry::Fold;
using registry::MetricInfo;
using registry::Span;
using registry::Visit;

constexpr std::string_view kInputMeter = "input_tokens";
constexpr std::string_view kCoreMeter = "core_time";
constexpr std::string_view kCardMeter = "card_time";
constexpr std::chrono::seconds kFresh{5};

constexpr registry::Text kUsageSource{
    "usage records with their charges, GET /api/v1/usage-records; each settlement's event has the "
    "digest of its charges",
    "计量记录及其计费行，GET /api/v1/usage-records；每次结算的事件含其计费行的摘要"};
constexpr registry::Text kBookSource{
    "transfers of the ledger, GET /api/v1/accounts/{id}/entries; each posting's event has the "
    "digest of its transfers",
    "账本转账，GET /api/v1/accounts/{id}/entries；每次过账的事件含其转账的摘要"};

constexpr Dimension kProduct{"product", {"Product", "产品"}};
constexpr Dimension kMeter{"meter", {"What is counted", "计量项"}};
constexpr Dimension kKind{"kind", {"Kind of product", "产品类别"}};
constexpr Dimension kCurrency{registry::kCurrencyDimension, {"Currency", "币种"}};
constexpr std::array kByModel{kProduct};
constexpr std::array kByModelAndMeter{kProduct, kMeter};
constexpr std::array kByKindAndCurrency{kKind, kCurrency};
constexpr std::array kByCurrency{kCurrency};

constexpr MetricInfo kTokens{
    "model_tokens",
    Fold::Total,
    "token",
    kByModelAndMeter,
    Evidence::Metered,
    kUsageSource,
    kFresh,
    {"Tokens of models", "模型 token 数"},
    {"Input and output tokens of all model calls that were settled since the platform's start",
     "平台启动以来所有已结算模型调用的输入与输出 token 数"},
    "kapok_metric_model_tokens_total"};
constexpr MetricInfo kCalls{"model_calls",
                            Fold::Total,
                            "call",
                            kByModel,
                            Evidence::Metered,
                            kUsageSource,
                            kFresh,
                            {"Calls of models", "模型调用次数"},
                            {"Model calls that were settled since the platform's start, those of "
                             "batches included",
                             "平台启动以来已结算的模型调用次数，含批处理"},
                            "kapok_metric_model_calls_total"};
constexpr MetricInfo kCoreTime{
    "job_core_time",
    Fold::Total,
    "core_ms",
    {},
    Evidence::Metered,
    kUsageSource,
    kFresh,
    {"Core time of jobs", "作业核时"},
    {"Time of CPU cores that jobs used since the platform's start, as their nodes measured it",
     "平台启动以来作业使用的 CPU 核时，由节点计量"},
    "kapok_metric_job_core_time_ms_total"};
constexpr MetricInfo kCardTime{
    "job_card_time",
    Fold::Total,
    "card_ms",
    {},
    Evidence::Metered,
    kUsageSource,
    kFresh,
    {"Card time of jobs", "作业卡时"},
    {"Time of accelerator cards that jobs had since the platform's start",
     "平台启动以来作业占用的加速卡时间"},
    "kapok_metric_job_card_time_ms_total"};
constexpr MetricInfo kCharged{
    "charges",
    Fold::Total,
    registry::kMicroUnit,
    kByKindAndCurrency,
    Evidence::Metered,
    kUsageSource,
    kFresh,
    {"Money charged", "计费金额"},
    {"What was charged for usage since the platform's start, before anything was written off",
     "平台启动以来按用量计费的金额，未扣除核销部分"},
    "kapok_metric_charges_micros_total"};
constexpr MetricInfo kBalances{
    "wallet_balances",
    Fold::Level,
    registry::kMicroUnit,
    kByCurrency,
    Evidence::Booked,
    kBookSource,
    kFresh,
    {"Money in wallets", "钱包余额"},
    {"What stands on all wallets, credit included and holds not deducted",
     "所有钱包的余额合计，含信用额度，未扣除冻结"},
    "kapok_metric_wallet_balance_micros"};
constexpr MetricInfo kHeld{"wallet_held",
                           Fold::Level,
                           registry::kMicroUnit,
                           kByCurrency,
                           Evidence::Booked,
                           kBookSource,
                           kFresh,
                           {"Money held", "冻结金额"},
                           {"What open holds reserve on all wallets for work under way",
                            "所有钱包中为进行中的工作冻结的金额"},
                           "kapok_metric_wallet_held_micros"};

// Which charges are a metric's, and what each is to it: labels and value.
using Seen = std::pair<registry::Labels, std::int64_t>;
struct ChargeView {
    ChargeMarks wanted;
    Seen (*look)(const ChargeMark&);
};
constexpr auto kQuantity = [](const ChargeMark& charge) { return Seen{{}, charge.quantity}; };
constexpr ChargeView kTokenView{{.kind = ProductKind::Model}, [](const ChargeMark& charge) {
                                    return Seen{{charge.product, charge.meter}, charge.quantity};
                                }};
// A call has one record of its input.
constexpr ChargeView kCallView{{.kind = ProductKind::Model, .meter = kInputMeter},
                               [](const ChargeMark& charge) { return Seen{{charge.product}, 1}; }};
constexpr ChargeView kCoreView{{.meter = kCoreMeter}, kQuantity};
constexpr ChargeView kCardView{{.meter = kCardMeter}, kQuantity};
constexpr ChargeView kChargeView{
    {}, [](const ChargeMark& charge) {
        const core::Money amount = charge.amount;
        return Seen{{std::string(charge.kind), core::to_text(amount.currency())}, amount.micros()};
    }};

// `view` lives as long as the program.
registry::ReadFacts from_charges(const ChargeView& view) {
    return [view = &view](Reader& reader, const core::Scope& scope, const Span& span,
                          const Visit& visit) {
        const auto take = [&](const ChargeMark& charge) {
            auto [labels, value] = view->look(charge);
            visit({charge.charged_at, charge.usage.text(), charge.organization, charge.subject,
                   std::move(labels), value});
        };
        return visit_charges(reader, scope, view->wanted, span, take);
    };
}

// Of a wallet, from what stood on it.
using Amount = std::int64_t (*)(const ledger::BalanceStep&);

core::Result<void> read_wallets(Reader& reader, const core::Scope& scope, const Span& span,
                                const Visit& visit, Amount amount) {
    const auto after = ledger::sequence_at(reader, span.after);
    const auto upto = ledger::sequence_at(reader, span.upto);
    if (!after || !upto) {
        return std::unexpected(!after ? after.error() : upto.error());
    }
    const auto take = [&](const ledger::BalanceStep& step) {
        visit({step.at,
               step.transfer.text(),
               step.organization,
               step.account.text(),
               {step.unit},
               amount(step)});
    };
    return ledger::visit_steps(reader, scope, ledger::AccountCode::Wallet, {*after, *upto}, take);
}

registry::ReadFacts from_wallets(Amount amount) {
    return
        [amount](Reader& reader, const core::Scope& scope, const Span& span, const Visit& visit) {
            return read_wallets(reader, scope, span, visit, amount);
        };
}

}  // namespace

void register_metrics(registry::MetricCatalogue& catalogue) {
    catalogue.add({kTokens, from_charges(kTokenView)});
    catalogue.add({kCalls, from_charges(kCallView)});
    catalogue.add({kCoreTime, from_charges(kCoreView)});
    catalogue.add({kCardTime, from_charges(kCardView)});
    catalogue.add({kCharged, from_charges(kChargeView)});
    catalogue.add({kBalances, from_wallets([](const ledger::BalanceStep& step) {
                       return step.after.posted(step.normal);
                   })});
    catalogue.add({kHeld, from_wallets([](const ledger::BalanceStep& step) {
                       return step.after.posted(step.normal) - step.after.available(step.normal);
                   })});
}

}  // namespace kapok::exchange
