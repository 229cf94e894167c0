#pragma once

// The errors of identity. Those of signing in and of credentials say no more than the caller may
// know: a wrong password and an unknown user read the same.

#include <array>

#include "core/result.h"

namespace kapok::identity {

using core::ErrorCode;
using core::ErrorKind;

inline constexpr ErrorCode kNotFound{"identity.not_found", ErrorKind::NotFound,
                                     "there is no {name} here", "此处没有 {name}"};
inline constexpr ErrorCode kSignInRequired{
    "identity.sign_in_required", ErrorKind::Unauthenticated,
    "sign in, or send an API key as Authorization: Bearer kpk_…",
    "请先登录，或以 Authorization: Bearer kpk_… 附上密钥"};
inline constexpr ErrorCode kBadCredentials{"identity.bad_credentials", ErrorKind::Unauthenticated,
                                           "user name or password is wrong", "用户名或密码不正确"};
inline constexpr ErrorCode kLockedOut{
    "identity.locked_out", ErrorKind::LimitExceeded,
    "too many failed attempts: try again in {retry_after_s} seconds",
    "失败次数过多，请在 {retry_after_s} 秒后重试"};
inline constexpr ErrorCode kSessionEnded{"identity.session_ended", ErrorKind::Unauthenticated,
                                         "the session has ended: sign in again",
                                         "会话已结束，请重新登录"};
inline constexpr ErrorCode kBadKey{"identity.bad_key", ErrorKind::Unauthenticated,
                                   "the API key is unknown, expired or revoked",
                                   "密钥不存在、已过期或已吊销"};
inline constexpr ErrorCode kBadAgentCertificate{
    "identity.bad_agent_certificate", ErrorKind::Unauthenticated,
    "the agent's certificate is unknown or revoked: enroll the agent again",
    "代理证书不存在或已吊销，请重新入网"};
inline constexpr ErrorCode kAgentCertificateEnded{
    "identity.agent_certificate_ended", ErrorKind::Unauthenticated,
    "the agent's certificate has ended: renew it, or enroll the agent again",
    "代理证书已到期，请续期或重新入网"};
inline constexpr ErrorCode kBadEnrollmentToken{
    "identity.bad_enrollment_token", ErrorKind::Unauthenticated,
    "the enrollment token is unknown, expired, revoked or used",
    "入网令牌不存在、已过期、已吊销或已使用"};
inline constexpr ErrorCode kCsrfToken{
    "identity.csrf_token", ErrorKind::PermissionDenied,
    "a change with a session cookie needs the header x-csrf-token with the session's token",
    "使用会话 Cookie 的修改请求须在 x-csrf-token 头中附上该会话的令牌"};
inline constexpr ErrorCode kMustChangePassword{
    "identity.must_change_password", ErrorKind::PermissionDenied,
    "change the password first: POST /api/v1/me/password",
    "请先修改密码：POST /api/v1/me/password"};
inline constexpr ErrorCode kSuspended{
    "identity.suspended", ErrorKind::PermissionDenied,
    "the organization {organization} or one above it is suspended",
    "机构 {organization} 或其上级机构已停用"};
inline constexpr ErrorCode kScopeMissing{"identity.scope_missing", ErrorKind::PermissionDenied,
                                         "the credential lacks the scope {scope}",
                                         "该凭证缺少权限范围 {scope}"};
inline constexpr ErrorCode kRoleMissing{
    "identity.role_missing", ErrorKind::PermissionDenied,
    "{action} needs one of the roles {roles} in this organization or one above it",
    "{action} 需要在该机构或其上级机构具有以下角色之一：{roles}"};
inline constexpr ErrorCode kRootRoleMissing{
    "identity.root_role_missing", ErrorKind::PermissionDenied,
    "{action} needs one of the roles {roles} in the root organization",
    "{action} 需要在根机构具有以下角色之一：{roles}"};

inline constexpr ErrorCode kBadUserName{
    "identity.bad_user_name", ErrorKind::InvalidArgument,
    "a user name is 2 to 64 of a-z, 0-9 and . _ - @, and begins with a letter",
    "用户名由 2 至 64 个 a-z、0-9 及 . _ - @ 组成，并以字母开头"};
inline constexpr ErrorCode kBadName{
    "identity.bad_name", ErrorKind::InvalidArgument,
    "a name is 1 to {limit} bytes of UTF-8 in composed form (NFC), without control, invisible and "
    "combining characters and without spaces at its ends",
    "名称为 1 至 {limit} 字节的 UTF-8 文本（NFC "
    "组合形式），不含控制字符、不可见字符与组合附加符，首尾无空格"};
inline constexpr ErrorCode kBadText{
    "identity.bad_text", ErrorKind::InvalidArgument,
    "a text is at most {limit} bytes of UTF-8 in composed form (NFC), without control, invisible "
    "and combining characters other than line breaks",
    "文本最多 {limit} 字节，为 UTF-8（NFC "
    "组合形式），除换行外不含控制字符、不可见字符与组合附加符"};
inline constexpr ErrorCode kWeakPassword{
    "identity.weak_password", ErrorKind::Unprocessable,
    "a password has {min} to {max} bytes, at least {distinct} different ones, and does not contain "
    "the user name",
    "密码为 {min} 至 {max} 字节，至少含 {distinct} 种不同字符，且不含用户名"};
inline constexpr ErrorCode kSamePassword{"identity.same_password", ErrorKind::Unprocessable,
                                         "the new password is the old one", "新密码与原密码相同"};
inline constexpr ErrorCode kWrongPassword{"identity.wrong_password", ErrorKind::PermissionDenied,
                                          "the present password is wrong", "当前密码不正确"};
inline constexpr ErrorCode kOnlyPeople{"identity.only_people", ErrorKind::PermissionDenied,
                                       "only a person who signed in can do this",
                                       "只有登录的用户本人才能执行此操作"};
inline constexpr ErrorCode kUnknownScope{"identity.unknown_scope", ErrorKind::InvalidArgument,
                                         "there is no scope {scope}", "没有权限范围 {scope}"};
inline constexpr ErrorCode kBeyondOwnRights{
    "identity.beyond_own_rights", ErrorKind::PermissionDenied,
    "nobody can give more than they have: {right}", "不能授予自己没有的权限：{right}"};
inline constexpr ErrorCode kBadExpiry{"identity.bad_expiry", ErrorKind::InvalidArgument,
                                      "the time must be after {earliest} and not after {latest}",
                                      "时间须晚于 {earliest}，且不晚于 {latest}"};
inline constexpr ErrorCode kStaleId{"identity.stale_id", ErrorKind::InvalidArgument,
                                    "the id {id} was not made just now: make a new one",
                                    "编号 {id} 不是刚生成的，请重新生成"};
inline constexpr ErrorCode kTooManyGrants{"identity.too_many_grants", ErrorKind::Unprocessable,
                                          "a user holds at most {limit} roles",
                                          "一个用户最多持有 {limit} 个角色"};

inline constexpr ErrorCode kIdTaken{"identity.id_taken", ErrorKind::Conflict,
                                    "the id is already used", "该编号已被使用"};
inline constexpr ErrorCode kNameTaken{"identity.name_taken", ErrorKind::Conflict,
                                      "the name {name} is already used", "名称 {name} 已被使用"};
inline constexpr ErrorCode kTreeCycle{
    "identity.tree_cycle", ErrorKind::Conflict,
    "{organization} cannot be below {parent}, which is itself below it",
    "{organization} 不能置于 {parent} 之下：后者本身在其之下"};
inline constexpr ErrorCode kTreeTooDeep{"identity.tree_too_deep", ErrorKind::Unprocessable,
                                        "organizations nest at most {limit} deep",
                                        "机构最多 {limit} 层"};
inline constexpr ErrorCode kRootIsFixed{"identity.root_is_fixed", ErrorKind::Conflict,
                                        "the root organization can be neither moved nor suspended",
                                        "根机构不能移动或停用"};
inline constexpr ErrorCode kOneRoot{"identity.one_root", ErrorKind::Conflict,
                                    "the root organization, and no other, is of the kind platform",
                                    "根机构且只有根机构的类型为 platform"};
inline constexpr ErrorCode kParentDecides{
    "identity.parent_decides", ErrorKind::PermissionDenied,
    "only an operator of an organization above it suspends or resumes an organization",
    "机构的停用与恢复只能由其上级机构的运营者决定"};
inline constexpr ErrorCode kLastOperator{
    "identity.last_operator", ErrorKind::Conflict,
    "this is the last operator of the root organization: make another one first",
    "这是根机构的最后一名运营者，请先设立另一名"};
inline constexpr ErrorCode kProjectSuspended{"identity.project_suspended", ErrorKind::Conflict,
                                             "the project {project} is suspended",
                                             "项目 {project} 已停用"};
inline constexpr ErrorCode kAlreadyEnded{"identity.already_ended", ErrorKind::Conflict,
                                         "{name} has expired or was revoked",
                                         "{name} 已过期或已吊销"};
inline constexpr ErrorCode kIdempotencyKeyReused{
    "identity.idempotency_key_reused", ErrorKind::Conflict,
    "the Idempotency-Key {key} was used for another request",
    "Idempotency-Key {key} 已用于另一个请求"};
inline constexpr ErrorCode kBadIdempotencyKey{
    "identity.bad_idempotency_key", ErrorKind::InvalidArgument,
    "an Idempotency-Key is 1 to {limit} printable ASCII characters without spaces",
    "Idempotency-Key 为 1 至 {limit} 个不含空格的可打印 ASCII 字符"};
inline constexpr ErrorCode kBrokenTree{
    "identity.broken_tree", ErrorKind::Internal,
    "the organizations are not one tree (seen at {organization})",
    "机构数据不构成一棵树（见 {organization}）"};
inline constexpr ErrorCode kNotFresh{
    "identity.not_fresh", ErrorKind::Unavailable,
    "credentials cannot be checked at the moment: the database does not answer",
    "暂时无法核验凭证：数据库没有响应"};
inline constexpr ErrorCode kSignInBusy{
    "identity.sign_in_busy", ErrorKind::Unavailable,
    "too many sign-ins at once: try again in {retry_after_s} seconds",
    "同时登录的请求过多，请在 {retry_after_s} 秒后重试"};

inline constexpr std::array kErrors{&kNotFound,
                                    &kSignInRequired,
                                    &kBadCredentials,
                                    &kLockedOut,
                                    &kSessionEnded,
                                    &kBadKey,
                                    &kBadAgentCertificate,
                                    &kAgentCertificateEnded,
                                    &kBadEnrollmentToken,
                                    &kCsrfToken,
                                    &kMustChangePassword,
                                    &kSuspended,
                                    &kScopeMissing,
                                    &kRoleMissing,
                                    &kRootRoleMissing,
                                    &kBadUserName,
                                    &kBadName,
                                    &kBadText,
                                    &kWeakPassword,
                                    &kSamePassword,
                                    &kWrongPassword,
                                    &kOnlyPeople,
                                    &kUnknownScope,
                                    &kBeyondOwnRights,
                                    &kBadExpiry,
                                    &kStaleId,
                                    &kTooManyGrants,
                                    &kIdTaken,
                                    &kNameTaken,
                                    &kTreeCycle,
                                    &kTreeTooDeep,
                                    &kRootIsFixed,
                                    &kOneRoot,
                                    &kParentDecides,
                                    &kLastOperator,
                                    &kProjectSuspended,
                                    &kAlreadyEnded,
                                    &kIdempotencyKeyReused,
                                    &kBadIdempotencyKey,
                                    &kBrokenTree,
                                    &kNotFresh,
                                    &kSignInBusy};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::identity
