#pragma once

// Signing in and out, who am I, my password, sessions, and what scopes there are.

#include <array>

#include "identity/errors.h"
#include "identity/http/fields.h"
#include "identity/http/user_routes.h"
#include "identity/identity.h"
#include "platform/http/router.h"
#include "platform/http/sorted_page.h"

namespace kapok::identity {

// Beyond the right size it is refused as wrong, not as a fault of the body: no hint, no hashing.
inline constexpr http::Field kPasswordField{
    .name = "password", .range = {1, 4'096, "byte"}, .en = "Password", .zh = "密码"};
inline constexpr std::array kSignInFields{
    http::Field{.name = "user_name", .range = {1, 256, "byte"}, .en = "User name", .zh = "用户名"},
    kPasswordField};
inline constexpr http::Field kCsrfField{
    .name = "csrf_token",
    .en = "To be sent as x-csrf-token with every change made with the session cookie",
    .zh = "使用会话 Cookie 进行修改时，须以 x-csrf-token 头附上"};
inline constexpr http::Field kMustChangeField{.name = "must_change_password",
                                              .type = http::Type::Boolean,
                                              .en = "Until it is changed nothing else works",
                                              .zh = "修改密码之前不能进行其他操作"};
inline constexpr std::array kSignedInFields{
    kCsrfField, kMustChangeField, time_field("expires_at", "When the session ends", "会话结束时间"),
    http::Field{.name = "user",
                .type = http::Type::Object,
                .en = "Who signed in",
                .zh = "登录的用户",
                .fields = kUserFields}};

inline constexpr std::array<std::string_view, 5> kPrincipalKindNames{"anonymous", "user", "api_key",
                                                                     "agent", "system"};
inline constexpr std::array kMeFields{
    http::Field{.name = "kind",
                .en = "What the credential is",
                .zh = "凭证类型",
                .choices = kPrincipalKindNames},
    http::Field{.name = "id", .en = "Id of the user, key or agent", .zh = "用户、密钥或代理的编号"},
    http::Field{.name = "name", .en = "As logs and the audit show it", .zh = "日志与审计中的名称"},
    kOrganizationIdField,
    optional(id_field("project_id", "prj", "The project that the key is bound to", "密钥所属项目")),
    kRolesField,
    kScopesField,
    optional(kCsrfField),
    optional(http::Field{.name = "user",
                         .type = http::Type::Object,
                         .en = "The person, if it is one",
                         .zh = "若为用户，其资料",
                         .fields = kUserFields})};

inline constexpr std::array kPasswordChangeFields{
    http::Field{.name = "present_password",
                .range = {1, 4'096, "byte"},
                .en = "The present password",
                .zh = "当前密码"},
    http::Field{.name = "new_password",
                .range = {static_cast<std::int64_t>(kPasswordBytesMin),
                          static_cast<std::int64_t>(kPasswordBytesMax), "byte"},
                .en = "The new password",
                .zh = "新密码"}};

inline constexpr std::array kSessionPath{id_field("id", "ses", "Session", "会话")};
inline constexpr std::array kSessionQuery{
    optional(id_field("user_id", "usr", "Whose; else one's own", "查看谁的会话；缺省为自己的")),
    http::kSortByTimeField};
inline constexpr std::array kSessionFields{
    id_field("id", "ses", "Id", "编号"),
    id_field("user_id", "usr", "Whose", "用户"),
    kOrganizationIdField,
    http::Field{.name = "peer", .en = "Address it was opened from", .zh = "登录地址"},
    time_field("created_at", "When it was opened", "登录时间"),
    time_field("last_seen_at", "When it was used, to the minute", "最近使用时间（精确到分钟）"),
    time_field("expires_at", "When it ends at the latest", "最晚结束时间")};

inline constexpr std::array kScopeFields{
    http::Field{.name = "name", .en = "Name", .zh = "名称"},
    http::Field{.name = "en", .en = "What it allows, in English", .zh = "英文说明"},
    http::Field{.name = "zh", .en = "What it allows, in Chinese", .zh = "中文说明"}};

inline constexpr std::array kSignInErrors{&kBadCredentials, &kLockedOut, &kSuspended, &kSignInBusy};
inline constexpr std::array kPasswordErrors{&kWrongPassword, &kWeakPassword, &kSamePassword,
                                            &kLockedOut,     &kOnlyPeople,   &kSignInBusy};
inline constexpr std::array kSessionErrors{&kNotFound, &kRoleMissing};

inline constexpr std::array kSignInRoutes{
    http::Route{.method = http::Method::Post,
                .path = "/api/v1/sign-in",
                .id = "sign_in",
                .scope = http::kPublic,
                .en = "Sign in with a password and get a session cookie",
                .zh = "以密码登录并取得会话 Cookie",
                .body = http::Body::Json,
                .request = kSignInFields,
                .response = kSignedInFields,
                .errors = kSignInErrors},
    http::Route{.method = http::Method::Post,
                .path = "/api/v1/sign-out",
                .id = "sign_out",
                .scope = http::kSignedIn,
                .en = "End the session",
                .zh = "退出登录",
                .reply = http::Reply::Empty,
                .status = 204},
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/me",
                .id = "get_me",
                .scope = http::kSignedIn,
                .en = "Who the credential belongs to, and what it may do",
                .zh = "查看当前凭证的身份与权限",
                .response = kMeFields},
    http::Route{.method = http::Method::Post,
                .path = "/api/v1/me/password",
                .id = "change_my_password",
                .scope = http::kSignedIn,
                .en = "Change one's password; ends one's other sessions",
                .zh = "修改自己的密码，并结束其他会话",
                .body = http::Body::Json,
                .request = kPasswordChangeFields,
                .response = kUserFields,
                .errors = kPasswordErrors},
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/sessions",
                .id = "list_sessions",
                .scope = http::kSignedIn,
                .en = "List sessions",
                .zh = "列出会话",
                .query = kSessionQuery,
                .reply = http::Reply::Page,
                .response = kSessionFields},
    http::Route{.method = http::Method::Delete,
                .path = "/api/v1/sessions/{id}",
                .id = "revoke_session",
                .scope = http::kSignedIn,
                .en = "End a session",
                .zh = "结束某个会话",
                .path_parameters = kSessionPath,
                .reply = http::Reply::Empty,
                .status = 204,
                .errors = kSessionErrors},
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/scopes",
                .id = "list_scopes",
                .scope = http::kSignedIn,
                .en = "What API keys can be limited to",
                .zh = "密钥可选的权限范围",
                .reply = http::Reply::Page,
                .response = kScopeFields},
};

void add_sign_in_routes(http::Router& router, Identity& identity);

}  // namespace kapok::identity
