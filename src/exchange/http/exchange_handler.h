#pragma once

// The routes of the exchange: products, prices, wallets, usage and statements.

#include <array>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "exchange/errors.h"
#include "exchange/exchange_service.h"
#include "exchange/limits.h"
#include "identity/errors.h"
#include "ledger/errors.h"
#include "platform/errors.h"
#include "platform/http/message.h"
#include "platform/http/route.h"
#include "platform/http/sorted_page.h"

namespace kapok::exchange {

namespace http = platform::http;

namespace fields {

using http::Field;
using http::Presence;
using http::Type;

inline constexpr Field kProductIdField{.name = "id",
                                       .type = Type::Id,
                                       .en = "Id of the product",
                                       .zh = "产品编号",
                                       .id_prefix = "prd"};
inline constexpr Field kProject{.name = "project",
                                .type = Type::Id,
                                .en = "Id of the project",
                                .zh = "项目编号",
                                .id_prefix = "prj"};
inline constexpr Field kMeter{.name = "meter",
                              .type = Type::String,
                              .range = {1, kMeterBytesMax, "byte"},
                              .en = "What is counted, such as output_tokens",
                              .zh = "计量项，如 output_tokens"};
inline constexpr Field kUnit{.name = "unit",
                             .type = Type::String,
                             .en = "Base unit",
                             .zh = "基本单位",
                             .choices = core::kUnitNames};
inline constexpr Field kCurrency{.name = "currency",
                                 .type = Type::String,
                                 .en = "Currency; CNY if absent",
                                 .zh = "币种，缺省为 CNY",
                                 .presence = Presence::Optional,
                                 .choices = core::kCurrencyNames};

inline constexpr std::array kPriceBody{
    kMeter,
    Field{.name = "amount", .type = Type::Money, .en = "Price of one block", .zh = "每块价格"},
    Field{.name = "per",
          .type = Type::Integer,
          .range = {1, kQuantityMax, "unit"},
          .en = "Units in one block, such as 1000000 tokens",
          .zh = "每块单位数，如 1000000 token"},
    kUnit,
    Field{.name = "valid_from",
          .type = Type::Time,
          .en = "From when it holds; now if absent. Never in the past",
          .zh = "生效时间，缺省为现在；不可早于现在",
          .presence = Presence::Optional},
};
inline constexpr std::array kPriceReply{
    Field{.name = "id",
          .type = Type::Id,
          .en = "Id of the price version",
          .zh = "价目版本编号",
          .id_prefix = "prc"},
    kMeter,
    Field{.name = "amount", .type = Type::Money, .en = "Price of one block", .zh = "每块价格"},
    Field{.name = "per",
          .type = Type::Integer,
          .range = {1, kQuantityMax, "unit"},
          .en = "Units in one block",
          .zh = "每块单位数"},
    kUnit,
    Field{.name = "valid_from", .type = Type::Time, .en = "From when it holds", .zh = "生效时间"},
    Field{.name = "author",
          .type = Type::String,
          .range = {0, 256, "byte"},
          .en = "Who posted it",
          .zh = "发布者"},
};
inline constexpr std::array kProductReply{
    kProductIdField,
    Field{.name = "provider",
          .type = Type::Id,
          .en = "Organization that is paid",
          .zh = "收款机构",
          .id_prefix = "org"},
    Field{.name = "kind",
          .type = Type::String,
          .en = "What kind of thing it is",
          .zh = "类别",
          .choices = kProductKindNames},
    Field{.name = "name",
          .type = Type::String,
          .range = {1, kNameBytesMax, "byte"},
          .en = "Name shown to buyers",
          .zh = "名称"},
    Field{.name = "subject",
          .type = Type::String,
          .range = {1, kSubjectBytesMax, "byte"},
          .en = "Model or node that it is of",
          .zh = "对应的模型或节点"},
    Field{.name = "grade",
          .type = Type::String,
          .range = {0, 64, "byte"},
          .en = "Grade of a compute product, else empty",
          .zh = "算力产品的分级，其他为空"},
    Field{.name = "created_at", .type = Type::Time, .en = "When it was made", .zh = "创建时间"},
    Field{.name = "prices",
          .type = Type::List,
          .range = {0, 100'000, "item"},
          .en = "Every version of its prices, oldest first",
          .zh = "全部价目版本，按先后排列",
          .presence = Presence::Optional,
          .fields = kPriceReply,
          .item = Type::Object},
};
inline constexpr std::array kProductQuery{
    Field{.name = "kind",
          .type = Type::String,
          .en = "Only this kind",
          .zh = "只看该类别",
          .presence = Presence::Optional,
          .choices = kProductKindNames},
    http::kSortField,
};
inline constexpr std::array kWalletReply{
    kProject,
    Field{.name = "account",
          .type = Type::Id,
          .en = "Its account in the ledger",
          .zh = "账本中的账户",
          .id_prefix = "acc"},
    Field{.name = "balance",
          .type = Type::Money,
          .en = "What stands on it, credit included",
          .zh = "余额（含信用额度）"},
    Field{.name = "held",
          .type = Type::Money,
          .en = "Reserved for work under way",
          .zh = "进行中的工作所冻结的金额"},
    Field{.name = "available",
          .type = Type::Money,
          .en = "What new work may reserve",
          .zh = "可用余额"},
    Field{.name = "credit_limit",
          .type = Type::Money,
          .en = "Of the balance, what was lent",
          .zh = "余额中的信用额度"},
    Field{.name = "version",
          .type = Type::Integer,
          .range = {0, INT64_MAX, "change"},
          .en = "How often the credit limit was changed; the ETag begins with it",
          .zh = "信用额度的修改次数，ETag 以此开头"},
};
inline constexpr std::array kWalletQuery{kCurrency};
inline constexpr std::array kTopUpBody{
    Field{.name = "id",
          .type = Type::Id,
          .en = "Id made by the client, so that a retry pays once",
          .zh = "由客户端生成的编号，重试时不会重复充值",
          .presence = Presence::Optional,
          .id_prefix = "trf"},
    Field{.name = "amount", .type = Type::Money, .en = "What was paid", .zh = "充值金额"},
    Field{.name = "reference",
          .type = Type::String,
          .range = {0, 128, "byte"},
          .en = "Of the bank's record",
          .zh = "银行流水号",
          .presence = Presence::Optional},
};
inline constexpr std::array kCreditBody{
    Field{.name = "limit", .type = Type::Money, .en = "The new limit", .zh = "新的信用额度"},
};
inline constexpr std::array kChargeReply{
    Field{.name = "id",
          .type = Type::Id,
          .en = "Id of the usage record",
          .zh = "计量记录编号",
          .id_prefix = "usg"},
    Field{.name = "product",
          .type = Type::Id,
          .en = "Product used",
          .zh = "所用产品",
          .id_prefix = "prd"},
    kMeter,
    Field{.name = "subject",
          .type = Type::String,
          .range = {0, kSubjectBytesMax, "byte"},
          .en = "What used it: a request, an attempt",
          .zh = "使用者：请求或运行"},
    kProject,
    Field{.name = "quantity",
          .type = Type::Integer,
          .range = {0, kQuantityMax, "unit"},
          .en = "How much was used",
          .zh = "用量"},
    kUnit,
    Field{.name = "window_start", .type = Type::Time, .en = "Start of the use", .zh = "使用开始"},
    Field{.name = "window_end", .type = Type::Time, .en = "End of the use", .zh = "使用结束"},
    Field{.name = "usage_source",
          .type = Type::String,
          .en = "How the quantity is known",
          .zh = "用量来源",
          .choices = kUsageSourceNames},
    Field{.name = "evidence", .type = Type::Any, .en = "What proves it", .zh = "凭据"},
    Field{.name = "price",
          .type = Type::Id,
          .en = "Price version used",
          .zh = "所用价目版本",
          .id_prefix = "prc"},
    Field{.name = "amount", .type = Type::Money, .en = "What it cost", .zh = "费用"},
    Field{.name = "charged_at", .type = Type::Time, .en = "When it was charged", .zh = "计费时间"},
};
inline constexpr std::array kChargeQuery{
    Field{.name = "project",
          .type = Type::Id,
          .en = "Only of this project",
          .zh = "只看该项目",
          .presence = Presence::Optional,
          .id_prefix = "prj"},
    Field{.name = "subject",
          .type = Type::String,
          .range = {1, kSubjectBytesMax, "byte"},
          .en = "Only of this request or attempt",
          .zh = "只看该请求或运行",
          .presence = Presence::Optional},
    Field{.name = "from",
          .type = Type::Time,
          .en = "Charged at or after",
          .zh = "计费时间不早于",
          .presence = Presence::Optional},
    Field{.name = "to",
          .type = Type::Time,
          .en = "Charged before",
          .zh = "计费时间早于",
          .presence = Presence::Optional},
    Field{.name = "product",
          .type = Type::Id,
          .en = "Only of this product",
          .zh = "只看该产品",
          .presence = Presence::Optional,
          .id_prefix = "prd"},
    Field{.name = "meter",
          .type = Type::String,
          .range = {1, kMeterBytesMax, "byte"},
          .en = "Only of this meter",
          .zh = "只看该计量项",
          .presence = Presence::Optional},
    Field{.name = "price",
          .type = Type::Id,
          .en = "Only rated with this price version",
          .zh = "只看以该价目版本计费的记录",
          .presence = Presence::Optional,
          .id_prefix = "prc"},
    http::kSortByTimeField,
};
inline constexpr std::array kSumQuery{
    Field{.name = "project",
          .type = Type::Id,
          .en = "Only of this project",
          .zh = "只看该项目",
          .presence = Presence::Optional,
          .id_prefix = "prj"},
    Field{
        .name = "from", .type = Type::Time, .en = "Start of the first step", .zh = "首步开始时间"},
    Field{.name = "to",
          .type = Type::Time,
          .en = "End; now if absent",
          .zh = "结束时间，缺省为现在",
          .presence = Presence::Optional},
    Field{.name = "step_s",
          .type = Type::Integer,
          .range = {1, 31 * 86'400, "s"},
          .en = "Length of a step; a day if absent",
          .zh = "步长，缺省为一天",
          .presence = Presence::Optional},
};
inline constexpr std::array kSumReply{
    Field{.name = "start", .type = Type::Time, .en = "Start of the step", .zh = "该步开始时间"},
    kMeter,
    Field{.name = "quantity",
          .type = Type::Integer,
          .range = {0, INT64_MAX, "unit"},
          .en = "Sum of what was used",
          .zh = "用量合计"},
    kUnit,
    Field{.name = "records",
          .type = Type::Integer,
          .range = {0, INT64_MAX, "record"},
          .en = "Number of usage records",
          .zh = "计量记录数"},
    Field{.name = "amount", .type = Type::Money, .en = "Sum of their charges", .zh = "费用合计"},
};
inline constexpr std::array kSumsReply{
    Field{.name = "items",
          .type = Type::List,
          .range = {0, 100'000, "item"},
          .en = "In order of time; a step in which nothing was charged is left out",
          .zh = "按时间排列；没有计费的步不列出",
          .fields = kSumReply,
          .item = Type::Object},
};
inline constexpr std::array kStatementQuery{
    Field{.name = "from",
          .type = Type::Time,
          .en = "Start of the period; 1970 if absent",
          .zh = "账期开始，缺省为 1970 年",
          .presence = Presence::Optional},
    Field{.name = "to",
          .type = Type::Time,
          .en = "End of the period; if absent, all that is in the book",
          .zh = "账期结束，缺省为账簿中的全部记录",
          .presence = Presence::Optional},
    kCurrency,
};
inline constexpr std::array kStatementLineReply{
    Field{.name = "product", .type = Type::Id, .en = "Product", .zh = "产品", .id_prefix = "prd"},
    Field{.name = "product_name",
          .type = Type::String,
          .range = {0, kNameBytesMax, "byte"},
          .en = "Its name",
          .zh = "产品名称"},
    kMeter,
    Field{.name = "price",
          .type = Type::Id,
          .en = "Price version",
          .zh = "价目版本",
          .id_prefix = "prc"},
    Field{.name = "quantity",
          .type = Type::Integer,
          .range = {0, INT64_MAX, "unit"},
          .en = "Sum of what was used",
          .zh = "用量合计"},
    kUnit,
    Field{.name = "records",
          .type = Type::Integer,
          .range = {0, INT64_MAX, "record"},
          .en = "Number of usage records",
          .zh = "计量记录数"},
    Field{.name = "amount", .type = Type::Money, .en = "Sum of their charges", .zh = "费用合计"},
};
inline constexpr std::array kStatementReply{
    kProject,
    Field{.name = "from", .type = Type::Time, .en = "Start of the period", .zh = "账期开始"},
    Field{.name = "to", .type = Type::Time, .en = "End of the period", .zh = "账期结束"},
    Field{.name = "opening", .type = Type::Money, .en = "Balance at the start", .zh = "期初余额"},
    Field{.name = "paid_in", .type = Type::Money, .en = "Top-ups", .zh = "充值合计"},
    Field{.name = "credit",
          .type = Type::Money,
          .en = "Credit given, less credit taken back: opening + paid_in + credit - charged + "
                "written_off = closing",
          .zh = "授信净额（授予减收回）：期初 + 充值 + 授信 - 费用 + 核销 = 期末"},
    Field{.name = "lines",
          .type = Type::List,
          .range = {0, 100'000, "item"},
          .en = "One a product, meter and price version",
          .zh = "按产品、计量项与价目版本汇总",
          .fields = kStatementLineReply,
          .item = Type::Object},
    Field{.name = "charged", .type = Type::Money, .en = "Sum of the lines", .zh = "费用合计"},
    Field{.name = "written_off",
          .type = Type::Money,
          .en = "Of it, what was not taken",
          .zh = "其中未收取的部分"},
    Field{.name = "closing", .type = Type::Money, .en = "Balance at the end", .zh = "期末余额"},
};
inline constexpr std::array kProductPath{kProductIdField};
inline constexpr std::array kProjectPath{kProject};

}  // namespace fields

inline constexpr std::array kProductErrors{&kNoProduct};
inline constexpr std::array kPostErrors{&kNoProduct,
                                        &kPriceInPast,
                                        &kNegativePrice,
                                        &kPriceCurrency,
                                        &kPriceUnit,
                                        &kTooManyMeters,
                                        &core::kEmptyBlock,
                                        &identity::kIdempotencyKeyReused,
                                        &identity::kBadIdempotencyKey};
inline constexpr std::array kWalletErrors{&kNoWallet};
inline constexpr std::array kPaymentErrors{
    &kNotPositive, &core::kOverflow, &ledger::kTransferConflict, &identity::kIdempotencyKeyReused,
    &identity::kBadIdempotencyKey};
inline constexpr std::array kLimitErrors{&kNotPositive,
                                         &kCreditInUse,
                                         &core::kOverflow,
                                         &platform::kEtagMismatch,
                                         &platform::kBadEtag,
                                         &identity::kIdempotencyKeyReused,
                                         &identity::kBadIdempotencyKey};
inline constexpr std::array kCreateHeaders{http::kIdempotencyKey};
inline constexpr std::array kLimitHeaders{http::kIdempotencyKey, http::kIfMatch};
inline constexpr std::array kSumErrors{&kBadPeriod, &kTooManySteps};
inline constexpr std::array kStatementErrors{&kNoWallet, &kBadPeriod, &kUnbalanced};

inline constexpr http::Route kListProducts{.method = http::Method::Get,
                                           .path = "/api/v1/products",
                                           .id = "list_products",
                                           .scope = "product:read",
                                           .en = "What can be bought",
                                           .zh = "查询产品",
                                           .query = fields::kProductQuery,
                                           .reply = http::Reply::Page,
                                           .response = fields::kProductReply};
inline constexpr http::Route kGetProduct{.method = http::Method::Get,
                                         .path = "/api/v1/products/{id}",
                                         .id = "get_product",
                                         .scope = "product:read",
                                         .en = "A product with its prices",
                                         .zh = "查看产品及其价目",
                                         .path_parameters = fields::kProductPath,
                                         .response = fields::kProductReply,
                                         .errors = kProductErrors};
inline constexpr http::Route kCreatePrice{.method = http::Method::Post,
                                          .path = "/api/v1/products/{id}/prices",
                                          .id = "create_price",
                                          .scope = "product:write",
                                          .en = "Post a new price version",
                                          .zh = "发布新的价目版本",
                                          .path_parameters = fields::kProductPath,
                                          .body = http::Body::Json,
                                          .request = fields::kPriceBody,
                                          .response = fields::kPriceReply,
                                          .status = 201,
                                          .errors = kPostErrors,
                                          .headers = kCreateHeaders};
inline constexpr http::Route kGetWallet{.method = http::Method::Get,
                                        .path = "/api/v1/wallets/{project}",
                                        .id = "get_wallet",
                                        .scope = "ledger:read",
                                        .en = "The wallet of a project",
                                        .zh = "查看项目钱包",
                                        .path_parameters = fields::kProjectPath,
                                        .query = fields::kWalletQuery,
                                        .response = fields::kWalletReply,
                                        .errors = kWalletErrors};
inline constexpr http::Route kTopUpWallet{.method = http::Method::Post,
                                          .path = "/api/v1/wallets/{project}/top-ups",
                                          .id = "top_up_wallet",
                                          .scope = "ledger:write",
                                          .en = "Record a payment received",
                                          .zh = "登记收到的充值",
                                          .path_parameters = fields::kProjectPath,
                                          .body = http::Body::Json,
                                          .request = fields::kTopUpBody,
                                          .response = fields::kWalletReply,
                                          .status = 201,
                                          .errors = kPaymentErrors,
                                          .headers = kCreateHeaders};
inline constexpr http::Route kSetCreditLimit{.method = http::Method::Put,
                                             .path = "/api/v1/wallets/{project}/credit-limit",
                                             .id = "set_credit_limit",
                                             .scope = "ledger:write",
                                             .en = "Set how much a project may owe",
                                             .zh = "设置项目信用额度",
                                             .path_parameters = fields::kProjectPath,
                                             .body = http::Body::Json,
                                             .request = fields::kCreditBody,
                                             .response = fields::kWalletReply,
                                             .errors = kLimitErrors,
                                             .headers = kLimitHeaders};
inline constexpr http::Route kListUsage{.method = http::Method::Get,
                                        .path = "/api/v1/usage-records",
                                        .id = "list_usage_records",
                                        .scope = "usage:read",
                                        .en = "Usage records with what each cost",
                                        .zh = "查询计量记录及其费用",
                                        .query = fields::kChargeQuery,
                                        .reply = http::Reply::Page,
                                        .response = fields::kChargeReply};
inline constexpr http::Route kSumUsage{.method = http::Method::Get,
                                       .path = "/api/v1/usage-sums",
                                       .id = "sum_usage_records",
                                       .scope = "usage:read",
                                       .en = "Usage and its cost, summed by steps of time",
                                       .zh = "按时间步长汇总用量与费用",
                                       .query = fields::kSumQuery,
                                       .response = fields::kSumsReply,
                                       .errors = kSumErrors};
inline constexpr http::Route kGetStatement{.method = http::Method::Get,
                                           .path = "/api/v1/statements/{project}",
                                           .id = "get_statement",
                                           .scope = "ledger:read",
                                           .en = "The bill of a project for a period",
                                           .zh = "查看项目账期对账单",
                                           .path_parameters = fields::kProjectPath,
                                           .query = fields::kStatementQuery,
                                           .response = fields::kStatementReply,
                                           .errors = kStatementErrors};

class ExchangeHandler {
public:
    static constexpr std::array kRoutes{&kListProducts, &kGetProduct,  &kCreatePrice,
                                        &kGetWallet,    &kTopUpWallet, &kSetCreditLimit,
                                        &kListUsage,    &kSumUsage,    &kGetStatement};

    explicit ExchangeHandler(ExchangeService& exchange, const core::Clock& clock) noexcept
        : exchange_(exchange), clock_(clock) {}

    boost::asio::awaitable<http::Response> list_products(http::Request request);
    boost::asio::awaitable<http::Response> get_product(http::Request request);
    boost::asio::awaitable<http::Response> create_price(http::Request request);
    boost::asio::awaitable<http::Response> get_wallet(http::Request request);
    boost::asio::awaitable<http::Response> top_up(http::Request request);
    boost::asio::awaitable<http::Response> set_credit_limit(http::Request request);
    boost::asio::awaitable<http::Response> list_usage(http::Request request);
    boost::asio::awaitable<http::Response> sum_usage(http::Request request);
    boost::asio::awaitable<http::Response> get_statement(http::Request request);

private:
    ExchangeService& exchange_;
    const core::Clock& clock_;
};

}  // namespace kapok::exchange
