#pragma once

// What `kapok config show` says of the limits of identity: every constant of limits.h that is no
// setting, as tidy checks, with its unit and its meaning.

#include <array>

#include "core/limit.h"
#include "identity/limits.h"

namespace kapok::identity {

inline constexpr std::array kLimitTable{
    core::limit("identity.user_name_bytes_max", kUserNameBytesMax, "byte", "Of a user's name",
                "用户名的长度"),
    core::limit("identity.password_bytes_min", kPasswordBytesMin, "byte", "Of a password at least",
                "密码的最小长度"),
    core::limit("identity.password_bytes_max", kPasswordBytesMax, "byte", "Of a password at most",
                "密码的最大长度"),
    core::limit("identity.password_distinct_min", kPasswordDistinctMin, "character",
                "Different ones in a password", "密码中不同字符的最少个数"),
    core::limit("identity.tree_depth_max", kTreeDepthMax, "level", "Of the tree of organizations",
                "机构树的层数"),
    core::limit("identity.grants_max", kGrantsMax, "grant", "Roles of one user",
                "一个用户的角色数"),
    core::limit("identity.certificate_request_bytes_max", kCertificateRequestBytesMax, "byte",
                "Of an agent's certificate request", "代理证书申请的长度"),
    core::time_limit("identity.session_touch", kSessionTouch,
                     "How exactly a session's last use is kept", "会话最近使用时间的记录精度"),
    core::limit("identity.sessions_max", kSessionsMax, "session",
                "Of one user; the oldest gives way", "一个用户的会话数，超出则最旧的失效"),
    core::time_limit("identity.key_lifetime_max", kKeyLifetimeMax, "Of an API key",
                     "密钥的最长有效期"),
    core::time_limit("identity.key_overlap_max", kKeyOverlapMax, "Of an old key and its successor",
                     "新旧密钥并存的最长时间"),
    core::time_limit("identity.enrollment_lifetime", kEnrollmentLifetime,
                     "Of an enrolment token if nothing is said", "未指定时入网令牌的有效期"),
    core::time_limit("identity.enrollment_lifetime_max", kEnrollmentLifetimeMax,
                     "Of an enrolment token", "入网令牌的最长有效期"),
    core::time_limit("identity.agent_certificate_lifetime", kAgentCertificateLifetime,
                     "Of an agent's certificate", "代理证书的有效期"),
    core::time_limit("identity.agent_renewal_grace", kAgentRenewalGrace,
                     "After its end an agent's certificate can still be renewed",
                     "代理证书到期后仍可续期的时间"),
    core::time_limit("identity.recheck", kRecheck,
                     "A revoked credential may work so long on another server, as a rule",
                     "凭据吊销后在其他服务器生效的通常时间"),
    core::time_limit("identity.staleness_max", kStalenessMax,
                     "Without news of revocations for so long nobody is let in",
                     "超过此时间得不到吊销信息则拒绝所有人"),
    core::limit("identity.cached_credentials_max", kCachedCredentialsMax, "credential",
                "Kept in memory", "内存中缓存的凭据数"),
    core::time_limit("identity.last_use_flush", kLastUseFlush,
                     "Between two writings of keys' last use", "密钥最近使用时间的写入间隔"),
    core::time_limit("identity.cleaning", kCleaning, "Between two removals of what has ended",
                     "清理已失效内容的间隔"),
    core::limit("identity.password_threads", kPasswordThreads, "thread", "That hash passwords",
                "计算密码哈希的线程数"),
    core::limit("identity.passwords_waiting_max", kPasswordsWaitingMax, "sign-in",
                "That wait for those threads; more get 503",
                "等待上述线程的登录数，超出则返回 503"),
};

}  // namespace kapok::identity
