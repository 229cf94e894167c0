#pragma once

// /api/v1/users: people, their roles and their first passwords.

#include <array>

#include "identity/errors.h"
#include "identity/http/fields.h"
#include "identity/identity.h"
#include "platform/errors.h"
#include "platform/http/router.h"
#include "platform/http/sorted_page.h"

namespace kapok::identity {

inline constexpr http::Field kUserNameField{
    .name = "name",
    .range = {2, static_cast<std::int64_t>(kUserNameBytesMax), "byte"},
    .en = "For signing in: a-z, 0-9 and . _ - @",
    .zh = "登录名：a-z、0-9 及 . _ - @"};
inline constexpr http::Field kDisplayNameField{
    .name = "display_name", .range = kNameRange, .en = "For people to read", .zh = "显示名称"};

inline constexpr std::array kUserPath{id_field("id", "usr", "User", "用户")};
inline constexpr std::array kUserFields =
    join(join(std::array{id_field("id", "usr", "Id", "编号"), kOrganizationIdField, kUserNameField,
                         kDisplayNameField, kStatusField,
                         http::Field{.name = "must_change_password",
                                     .type = http::Type::Boolean,
                                     .en = "Whether the password must be changed first",
                                     .zh = "是否须先修改密码"},
                         kRolesField, kVersionField},
              kTimes),
         std::array{optional(time_field("last_sign_in_at", "Last sign-in", "最近登录时间"))});
// Shown once, when it is made.
inline constexpr std::array kUserWithPasswordFields =
    join(kUserFields, std::array{http::Field{.name = "password",
                                             .en = "The first password, shown this once; it must "
                                                   "be changed at the first sign-in",
                                             .zh = "初始密码，仅显示一次；首次登录时须修改",
                                             .presence = http::Presence::Optional}});
inline constexpr std::array kUserQuery{optional(kOrganizationIdField), optional(kUserNameField),
                                       optional(kStatusField), http::kSortField};
inline constexpr std::array kNewUserFields{new_id_field("usr"), kOrganizationIdField,
                                           kUserNameField, optional(kDisplayNameField),
                                           optional(kRolesField)};
inline constexpr std::array kUserChangeFields{optional(kDisplayNameField), optional(kStatusField)};
inline constexpr std::array kSetRolesFields{kRolesField};

inline constexpr std::array kNewUserErrors{
    &kNotFound,          &kRoleMissing,   &kBadUserName,
    &kBadName,           &kNameTaken,     &kIdTaken,
    &kStaleId,           &kTooManyGrants, &kIdempotencyKeyReused,
    &kBadIdempotencyKey, &kSignInBusy};
inline constexpr std::array kUserChangeErrors{&kNotFound,         &kRoleMissing,
                                              &kBadName,          &kTooManyGrants,
                                              &kLastOperator,     &platform::kEtagMismatch,
                                              &platform::kBadEtag};
inline constexpr std::array kUserReadErrors{&kNotFound, &kRoleMissing};
inline constexpr std::array kResetErrors{&kNotFound, &kRoleMissing, &kSignInBusy};

inline constexpr std::array kUserRoutes{
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/users",
                .id = "list_users",
                .scope = "user:read",
                .en = "List users",
                .zh = "列出用户",
                .query = kUserQuery,
                .reply = http::Reply::Page,
                .response = kUserFields},
    http::Route{.method = http::Method::Post,
                .path = "/api/v1/users",
                .id = "create_user",
                .scope = "user:write",
                .en = "Make a user; the first password is in the reply",
                .zh = "新建用户，回复中含初始密码",
                .body = http::Body::Json,
                .request = kNewUserFields,
                .response = kUserWithPasswordFields,
                .status = 201,
                .errors = kNewUserErrors,
                .headers = kCreateHeaders},
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/users/{id}",
                .id = "get_user",
                .scope = "user:read",
                .en = "Show a user",
                .zh = "查看用户",
                .path_parameters = kUserPath,
                .response = kUserFields,
                .errors = kUserReadErrors},
    http::Route{.method = http::Method::Patch,
                .path = "/api/v1/users/{id}",
                .id = "update_user",
                .scope = "user:write",
                .en = "Rename, suspend or resume a user; suspending ends sessions and keys",
                .zh = "修改、停用或恢复用户；停用将结束其会话并吊销其密钥",
                .path_parameters = kUserPath,
                .body = http::Body::Json,
                .request = kUserChangeFields,
                .response = kUserFields,
                .errors = kUserChangeErrors,
                .headers = kChangeHeaders},
    http::Route{.method = http::Method::Put,
                .path = "/api/v1/users/{id}/roles",
                .id = "set_user_roles",
                .scope = "user:write",
                .en = "Replace the roles of a user",
                .zh = "设置用户的全部角色",
                .path_parameters = kUserPath,
                .body = http::Body::Json,
                .request = kSetRolesFields,
                .response = kUserFields,
                .errors = kUserChangeErrors,
                .headers = kChangeHeaders},
    http::Route{.method = http::Method::Post,
                .path = "/api/v1/users/{id}/reset-password",
                .id = "reset_user_password",
                .scope = "user:write",
                .en = "Give a user a new first password; ends all sessions",
                .zh = "为用户重置初始密码，并结束其全部会话",
                .path_parameters = kUserPath,
                .response = kUserWithPasswordFields,
                .errors = kResetErrors},
};

void add_user_routes(http::Router& router, Identity& identity);

}  // namespace kapok::identity
