#pragma once

// The ledger's routes, all of them for reading. Amounts are text: a decimal of a currency
// ("12.500000"), a whole number of anything else, in the account's unit.

#include <array>

#include <boost/asio/awaitable.hpp>

#include "ledger/account.h"
#include "ledger/errors.h"
#include "ledger/ledger_service.h"
#include "ledger/limits.h"
#include "ledger/transfer.h"
#include "platform/http/message.h"
#include "platform/http/route.h"

namespace kapok::ledger {

namespace http = platform::http;

namespace fields {

using http::Field;
using http::Presence;
using http::Type;

inline constexpr std::array kAccountCodeNames = [] {
    std::array<std::string_view, kAccountCodes.size()> names;
    for (std::size_t i = 0; i < names.size(); ++i) {
        names[i] = kAccountCodes[i].name;
    }
    return names;
}();
inline constexpr std::array kTransferCodeNames = [] {
    std::array<std::string_view, kTransferCodes.size()> names;
    for (std::size_t i = 0; i < names.size(); ++i) {
        names[i] = kTransferCodes[i].name;
    }
    return names;
}();
inline constexpr std::array<std::string_view, 4> kHoldStateNames{"open", "captured", "released",
                                                                 "expired"};
inline constexpr std::array<std::string_view, 2> kOrderNames{"oldest_first", "newest_first"};

constexpr Field amount(std::string_view name, std::string_view en, std::string_view zh) {
    return {.name = name, .range = {1, 40, "byte"}, .en = en, .zh = zh};
}

inline constexpr Field kUnit{
    .name = "unit",
    .range = {1, static_cast<std::int64_t>(kUnitBytesMax), "byte"},
    .en = "What is counted: a currency, a base unit such as card_ms or token:NAME, voucher:NAME",
    .zh = "计量单位：币种、基本单位（如 card_ms、token:名称）或 voucher:名称"};

inline constexpr std::array kBalances{
    amount("posted", "What stands on the account, positive on its normal side",
           "账面余额，在正常方向上为正"),
    amount("available", "The same less open holds", "可用余额：账面余额减去未结冻结"),
    amount("debits_posted", "All that was debited", "借方累计发生额"),
    amount("debits_pending", "Held to be debited", "借方冻结额"),
    amount("credits_posted", "All that was credited", "贷方累计发生额"),
    amount("credits_pending", "Held to be credited", "贷方冻结额"),
};

inline constexpr std::array kAccountPath{Field{.name = "id",
                                               .type = Type::Id,
                                               .en = "Id of the account",
                                               .zh = "账户编号",
                                               .id_prefix = "acc"}};
inline constexpr std::array kTransferPath{Field{.name = "id",
                                                .type = Type::Id,
                                                .en = "Id of the transfer",
                                                .zh = "转账编号",
                                                .id_prefix = "trf"}};

inline constexpr Field kAsOf{.name = "as_of",
                             .type = Type::Time,
                             .en = "The balances at the end of this moment; else those of now",
                             .zh = "截至该时刻的余额；默认为当前",
                             .presence = Presence::Optional};
inline constexpr std::array kAsOfQuery{kAsOf};

inline constexpr std::array kAccountQuery{
    Field{.name = "organization_id",
          .type = Type::Id,
          .en = "Only those of this organization",
          .zh = "仅该机构的账户",
          .presence = Presence::Optional,
          .id_prefix = "org"},
    Field{.name = "project_id",
          .type = Type::Id,
          .en = "Only those of this project",
          .zh = "仅该项目的账户",
          .presence = Presence::Optional,
          .id_prefix = "prj"},
    Field{.name = "code",
          .en = "Only those for this use",
          .zh = "仅该用途的账户",
          .presence = Presence::Optional,
          .choices = kAccountCodeNames},
    Field{.name = "unit",
          .range = {1, static_cast<std::int64_t>(kUnitBytesMax), "byte"},
          .en = "Only those kept in this unit",
          .zh = "仅以该单位记账的账户",
          .presence = Presence::Optional},
};

inline constexpr std::array kEntryQuery{
    Field{.name = "from",
          .type = Type::Time,
          .en = "From this time on",
          .zh = "起始时间（含）",
          .presence = Presence::Optional},
    Field{.name = "to",
          .type = Type::Time,
          .en = "Before this time",
          .zh = "截止时间（不含）",
          .presence = Presence::Optional},
    Field{.name = "order",
          .en = "newest_first unless asked otherwise",
          .zh = "默认 newest_first（从新到旧）",
          .presence = Presence::Optional,
          .choices = kOrderNames},
};

inline constexpr std::array kAccount{
    Field{.name = "id",
          .type = Type::Id,
          .en = "Id of the account",
          .zh = "账户编号",
          .id_prefix = "acc"},
    Field{.name = "organization_id",
          .type = Type::Id,
          .en = "Whose it is",
          .zh = "所属机构",
          .id_prefix = "org"},
    Field{.name = "project_id",
          .type = Type::Id,
          .en = "Of which project, if of one",
          .zh = "所属项目（如有）",
          .presence = Presence::Optional,
          .id_prefix = "prj"},
    kUnit,
    Field{.name = "code", .en = "What it is for", .zh = "用途", .choices = kAccountCodeNames},
    Field{.name = "normal_side",
          .en = "The side on which it normally stands",
          .zh = "余额的正常方向",
          .choices = kSideNames},
    Field{.name = "overdraft",
          .en = "Whether it may go below zero",
          .zh = "是否允许余额为负",
          .choices = kOverdraftNames},
    Field{.name = "name", .en = "For people", .zh = "名称"},
    Field{.name = "created_at", .type = Type::Time, .en = "When it was opened", .zh = "开立时间"},
    Field{.name = "balances",
          .type = Type::Object,
          .en = "What stands on it",
          .zh = "余额",
          .fields = kBalances},
};

inline constexpr std::array kTransfer{
    Field{.name = "id",
          .type = Type::Id,
          .en = "Id of the transfer",
          .zh = "转账编号",
          .id_prefix = "trf"},
    Field{.name = "sequence",
          .type = Type::Integer,
          .en = "Its number in the book",
          .zh = "账簿序号"},
    Field{.name = "kind", .en = "What it did", .zh = "类型", .choices = kTransferKindNames},
    Field{.name = "code", .en = "Why it was made", .zh = "事由", .choices = kTransferCodeNames},
    Field{.name = "debit_account_id",
          .type = Type::Id,
          .en = "The account that it debits",
          .zh = "借方账户",
          .id_prefix = "acc"},
    Field{.name = "credit_account_id",
          .type = Type::Id,
          .en = "The account that it credits",
          .zh = "贷方账户",
          .id_prefix = "acc"},
    amount("amount", "How much", "金额或数量"),
    kUnit,
    Field{.name = "hold_id",
          .type = Type::Id,
          .en = "The hold that it ends",
          .zh = "所结束的冻结",
          .presence = Presence::Optional,
          .id_prefix = "trf"},
    Field{.name = "hold_state",
          .en = "Of a hold: what became of it",
          .zh = "冻结的状态",
          .presence = Presence::Optional,
          .choices = kHoldStateNames},
    Field{.name = "reference",
          .range = {26, 26, "byte"},
          .en = "What it is for: the last 26 characters of an id",
          .zh = "关联对象：其编号的末 26 个字符",
          .presence = Presence::Optional},
    Field{.name = "reference_text", .en = "The same for people", .zh = "附注"},
    Field{.name = "created_at", .type = Type::Time, .en = "When it was made", .zh = "入账时间"},
    Field{.name = "expires_at",
          .type = Type::Time,
          .en = "Of a hold: when it ends by itself",
          .zh = "冻结的到期时间",
          .presence = Presence::Optional},
    Field{.name = "debit_after",
          .type = Type::Object,
          .en = "What stood on the debited account right after, if it is yours to see",
          .zh = "入账后借方账户的余额（有权查看时）",
          .presence = Presence::Optional,
          .fields = kBalances},
    Field{.name = "credit_after",
          .type = Type::Object,
          .en = "What stood on the credited account right after, if it is yours to see",
          .zh = "入账后贷方账户的余额（有权查看时）",
          .presence = Presence::Optional,
          .fields = kBalances},
};

inline constexpr std::array kEntry{
    Field{.name = "transfer_id",
          .type = Type::Id,
          .en = "Id of the transfer",
          .zh = "转账编号",
          .id_prefix = "trf"},
    Field{.name = "sequence",
          .type = Type::Integer,
          .en = "Its number in the book",
          .zh = "账簿序号"},
    Field{.name = "kind", .en = "What it did", .zh = "类型", .choices = kTransferKindNames},
    Field{.name = "code", .en = "Why it was made", .zh = "事由", .choices = kTransferCodeNames},
    Field{.name = "side",
          .en = "The side on which it was entered",
          .zh = "记账方向",
          .choices = kSideNames},
    Field{.name = "other_account_id",
          .type = Type::Id,
          .en = "The account on the other side",
          .zh = "对方账户",
          .id_prefix = "acc"},
    amount("amount", "How much", "金额或数量"),
    Field{.name = "hold_id",
          .type = Type::Id,
          .en = "The hold that it ends",
          .zh = "所结束的冻结",
          .presence = Presence::Optional,
          .id_prefix = "trf"},
    Field{.name = "reference",
          .range = {26, 26, "byte"},
          .en = "What it is for: the last 26 characters of an id",
          .zh = "关联对象：其编号的末 26 个字符",
          .presence = Presence::Optional},
    Field{.name = "reference_text", .en = "The same for people", .zh = "附注"},
    Field{.name = "created_at", .type = Type::Time, .en = "When it was made", .zh = "入账时间"},
    Field{.name = "balances",
          .type = Type::Object,
          .en = "What stood on the account right after",
          .zh = "入账后的余额",
          .fields = kBalances},
};

inline constexpr std::array kTrialBalanceLine{
    kUnit,
    amount("debits_posted", "All that was debited", "借方累计发生额"),
    amount("credits_posted", "All that was credited", "贷方累计发生额"),
    amount("debits_pending", "Held to be debited", "借方冻结额"),
    amount("credits_pending", "Held to be credited", "贷方冻结额"),
    amount("difference", "Debits less credits: zero if the book is right",
           "借贷差额：账簿正确时为零"),
};
inline constexpr std::array kTrialBalance{
    Field{.name = "sequence",
          .type = Type::Integer,
          .en = "The last transfer that is in it",
          .zh = "所含最后一笔转账的序号"},
    Field{.name = "as_of", .type = Type::Time, .en = "As of when", .zh = "截至时间"},
    Field{.name = "balanced",
          .type = Type::Boolean,
          .en = "Whether debits equal credits in every unit",
          .zh = "各单位是否均借贷相等"},
    Field{.name = "lines",
          .type = Type::List,
          .range = {0, 100'000, "line"},
          .en = "One a unit",
          .zh = "每种单位一行",
          .fields = kTrialBalanceLine,
          .item = Type::Object},
};

}  // namespace fields

inline constexpr std::array<const core::ErrorCode*, 1> kListAccountErrors{&kBadUnit};
inline constexpr std::array<const core::ErrorCode*, 1> kAccountErrors{&kNoAccount};
inline constexpr std::array<const core::ErrorCode*, 1> kTransferErrors{&kNoTransfer};

inline constexpr http::Route kListAccounts{.method = http::Method::Get,
                                           .path = "/api/v1/accounts",
                                           .id = "list_accounts",
                                           .scope = "ledger:read",
                                           .en = "Accounts, in the order of their opening",
                                           .zh = "按开立顺序列出账户",
                                           .query = fields::kAccountQuery,
                                           .reply = http::Reply::Page,
                                           .response = fields::kAccount,
                                           .errors = kListAccountErrors};
inline constexpr http::Route kGetAccount{.method = http::Method::Get,
                                         .path = "/api/v1/accounts/{id}",
                                         .id = "get_account",
                                         .scope = "ledger:read",
                                         .en = "An account with its balances, now or in the past",
                                         .zh = "查询账户及其当前或过去的余额",
                                         .path_parameters = fields::kAccountPath,
                                         .query = fields::kAsOfQuery,
                                         .response = fields::kAccount,
                                         .errors = kAccountErrors};
inline constexpr http::Route kListEntries{.method = http::Method::Get,
                                          .path = "/api/v1/accounts/{id}/entries",
                                          .id = "list_entries",
                                          .scope = "ledger:read",
                                          .en = "An account's statement with its running balance",
                                          .zh = "账户明细及逐笔余额",
                                          .path_parameters = fields::kAccountPath,
                                          .query = fields::kEntryQuery,
                                          .reply = http::Reply::Page,
                                          .response = fields::kEntry,
                                          .errors = kAccountErrors};
inline constexpr http::Route kGetTransfer{.method = http::Method::Get,
                                          .path = "/api/v1/transfers/{id}",
                                          .id = "get_transfer",
                                          .scope = "ledger:read",
                                          .en = "A transfer",
                                          .zh = "查询转账",
                                          .path_parameters = fields::kTransferPath,
                                          .response = fields::kTransfer,
                                          .errors = kTransferErrors};
inline constexpr http::Route kGetTrialBalance{.method = http::Method::Get,
                                              .path = "/api/v1/trial-balance",
                                              .id = "get_trial_balance",
                                              .scope = "ledger:read",
                                              .en = "Debits and credits of every unit",
                                              .zh = "各单位的试算平衡",
                                              .query = fields::kAsOfQuery,
                                              .response = fields::kTrialBalance};

class LedgerHandler {
public:
    explicit LedgerHandler(LedgerService& ledger) noexcept : ledger_(ledger) {}

    boost::asio::awaitable<http::Response> list_accounts(http::Request request);
    boost::asio::awaitable<http::Response> get_account(http::Request request);
    boost::asio::awaitable<http::Response> list_entries(http::Request request);
    boost::asio::awaitable<http::Response> get_transfer(http::Request request);
    boost::asio::awaitable<http::Response> get_trial_balance(http::Request request);

private:
    LedgerService& ledger_;
};

}  // namespace kapok::ledger
