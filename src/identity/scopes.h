#pragma once

// What a credential may be limited to. An API key carries some of these; a signed-in person holds
// "*", which is all that the person's roles allow. Routes and actions name them.

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>

namespace kapok::identity {

struct ScopeText {
    std::string_view name;
    std::string_view en;
    std::string_view zh;
};

inline constexpr std::string_view kEveryScope = "*";

inline constexpr std::array kScopes{
    ScopeText{"gateway:call", "Call models", "调用模型"},
    ScopeText{"model:read", "See models and deployments", "查看模型与部署"},
    ScopeText{"model:write", "Import and deploy models", "导入与部署模型"},
    ScopeText{"file:read", "Read uploaded files and batches", "读取文件与批处理"},
    ScopeText{"file:write", "Upload files, start batches", "上传文件、发起批处理"},
    ScopeText{"job:read", "See jobs, logs and results", "查看作业、日志与结果"},
    ScopeText{"job:write", "Submit and cancel jobs", "提交与取消作业"},
    ScopeText{"site:read", "See sites, nodes and measurements", "查看算力中心、节点与实测"},
    ScopeText{"site:write", "Manage sites and nodes, measure", "管理算力中心与节点、实测"},
    ScopeText{"data:read", "See data sets", "查看数据集"},
    ScopeText{"data:write", "Manage data sets", "管理数据集"},
    ScopeText{"product:read", "See products and prices", "查看产品与价格"},
    ScopeText{"product:write", "Manage products and prices", "管理产品与价格"},
    ScopeText{"order:read", "See orders and contracts", "查看委托与合同"},
    ScopeText{"order:write", "Place and cancel orders", "下达与撤销委托"},
    ScopeText{"usage:read", "See usage records", "查看计量记录"},
    ScopeText{"usage:write", "Report usage", "上报计量"},
    ScopeText{"ledger:read", "See accounts, bills and statements", "查看账户、账单与对账单"},
    ScopeText{"ledger:write", "Top up wallets, post corrections", "钱包充值、账务更正"},
    ScopeText{"evaluation:read", "See evaluations", "查看评测"},
    ScopeText{"evaluation:write", "Run evaluations", "发起评测"},
    ScopeText{"programme:read", "See tasks, indicators and evidence", "查看任务、指标与证据"},
    ScopeText{"programme:write", "Keep tasks, indicators and evidence", "维护任务、指标与证据"},
    ScopeText{"event:read", "Read the audit log", "查看审计日志"},
    ScopeText{"organization:read", "See organizations and projects", "查看机构与项目"},
    ScopeText{"organization:write", "Manage organizations and projects", "管理机构与项目"},
    ScopeText{"user:read", "See users and their sessions", "查看用户与会话"},
    ScopeText{"user:write", "Manage users, roles and sessions", "管理用户、角色与会话"},
    ScopeText{"key:read", "See API keys", "查看密钥"},
    ScopeText{"key:write", "Make, rotate and revoke API keys", "创建、轮换与吊销密钥"},
    ScopeText{"agent:read", "See agents and enrollment tokens", "查看代理与入网令牌"},
    ScopeText{"agent:write", "Let agents join and revoke them", "批准与吊销代理"},
    ScopeText{"agent:connect", "Work as an agent", "以代理身份工作"},
    ScopeText{"platform:read", "See the platform's settings and state", "查看平台配置与状态"},
    ScopeText{"platform:write", "Change the platform's settings", "修改平台配置"},
};

// What an API key may be given: every scope by its name, or all of them.
inline constexpr auto kKeyScopes = [] {
    std::array<std::string_view, kScopes.size() + 1> names{kEveryScope};
    std::ranges::transform(kScopes, names.begin() + 1, &ScopeText::name);
    return names;
}();

[[nodiscard]] constexpr bool is_scope(std::string_view name) noexcept {
    return std::ranges::find(kScopes, name, &ScopeText::name) != kScopes.end();
}

// Whether a credential that carries `held` may do what needs `wanted`.
[[nodiscard]] inline bool holds_scope(std::span<const std::string> held, std::string_view wanted) {
    return std::ranges::any_of(held, [wanted](const std::string& scope) {
        return scope == wanted || scope == kEveryScope;
    });
}

}  // namespace kapok::identity
