#pragma once

// What `kapok verify` checks, one row a check, and what came of each. A check that has nothing to
// look at passes with count 0; its reader sees that.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "app/evidence/limits.h"
#include "core/result.h"

namespace kapok::app::evidence {

enum class CheckName : std::uint8_t {
    Format,
    Signature,
    Signer,
    Checkpoint,
    Consistency,
    Inclusion,
    Measurements,
    Grades,
    Decisions,
    Prices,
    Usage,
    Rating,
    Settlements,
    Transfers,
    Balances,
    Statement,
    TrialBalance,
};

struct CheckInfo {
    std::string_view name;
    std::string_view en;
    std::string_view zh;
};

inline constexpr std::array<CheckInfo, 17> kChecks{{
    {"format", "The file is one canonical document, byte for byte", "文件逐字节为一份规范文档"},
    {"signature", "Every byte is signed by the key that the bundle names",
     "每个字节都由证据包所述公钥签名"},
    {"signer", "That key is the one you trust", "该公钥即为您所信任的公钥"},
    {"checkpoint", "The audit log's checkpoint is signed by the same key",
     "审计日志检查点由同一公钥签名"},
    {"consistency", "The log goes on from the earlier checkpoint", "日志自较早的检查点延续而来"},
    {"inclusion", "Each event is in the log at its place", "每个事件都在日志的相应位置"},
    {"measurements", "Measurements follow from samples, signed by the nodes",
     "实测由样本推出，并由节点签名"},
    {"grades", "Each grade follows from measurement and rules", "每个分级由实测与规则推出"},
    {"decisions", "Decisions come out the same when made again", "每个调度决策重新推演结果一致"},
    {"prices", "Products and price versions are those in the log", "产品与价目版本与日志一致"},
    {"usage", "Usage records are those whose digest is in the log", "计量记录与日志中的摘要一致"},
    {"rating", "Charges are usage times the price that held then",
     "每笔费用等于用量乘以当时有效的价目版本"},
    {"settlements", "Settlements are sums of charges, met by transfers",
     "每次结算等于其费用之和，并由转账支付"},
    {"transfers", "Transfers that moved money are those in the log", "每笔资金转账与日志一致"},
    {"balances", "The wallet's balances follow from its transfers", "钱包余额由各笔转账依次推出"},
    {"statement", "The bill's lines and totals add up", "对账单各行与合计相符"},
    {"trial_balance", "Debits equal credits in every unit", "各单位借贷相等"},
}};
[[nodiscard]] constexpr const CheckInfo& info(CheckName check) noexcept {
    return kChecks[std::to_underlying(check)];
}

enum class Outcome : std::uint8_t { Passed, Failed, Skipped };
inline constexpr std::array<std::string_view, 3> kOutcomeNames{"passed", "failed", "skipped"};

struct Check {
    CheckName name = CheckName::Format;
    Outcome outcome = Outcome::Passed;
    std::size_t count = 0;                // Things that were looked at.
    std::size_t faults = 0;               // Of them, what was wrong.
    std::vector<core::Error> shown = {};  // The first few.

    void blame(core::Error error) {
        outcome = Outcome::Failed;
        ++faults;
        if (shown.size() < kFaultsShown) {
            shown.push_back(std::move(error));
        }
    }
    // Counts one thing, and what was wrong with it.
    void judge(const core::Result<void>& result) {
        ++count;
        if (!result) {
            blame(result.error());
        }
    }
};

}  // namespace kapok::app::evidence
