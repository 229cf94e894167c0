#pragma once

// /api/v1/keys: API keys; their text is shown once, when they are made or rotated.

#include <array>

#include "identity/errors.h"
#include "identity/http/fields.h"
#include "identity/identity.h"
#include "platform/http/router.h"
#include "platform/http/sorted_page.h"

namespace kapok::identity {

inline constexpr http::Field kRoleField{.name = "role",
                                        .en = "The role that it acts with",
                                        .zh = "以何种角色行事",
                                        .choices = core::kRoleNames};
inline constexpr http::Field kProjectIdField =
    optional(id_field("project_id", "prj", "The project that it is bound to", "所属项目"));
inline constexpr http::Field kExpiresField =
    optional(time_field("expires_at", "When it ends; else it does not", "失效时间；缺省为不失效"));

inline constexpr std::array kKeyPath{id_field("id", "key", "API key", "密钥")};
inline constexpr std::array kKeyFields{
    id_field("id", "key", "Id; also a part of its text", "编号，也是密钥文本的一部分"),
    kOrganizationIdField,
    kProjectIdField,
    kNameField,
    kRoleField,
    kScopesField,
    optional(id_field("made_by", "usr", "Who made it", "创建人")),
    optional(id_field("replaces", "key", "The key that it was rotated from", "由哪个密钥轮换而来")),
    time_field("created_at", "When it was made", "创建时间"),
    kExpiresField,
    optional(time_field("revoked_at", "When it was revoked", "吊销时间")),
    optional(time_field("last_used_at", "When it was last used, within half a minute",
                        "最近使用时间（误差半分钟以内）")),
    kVersionField};
inline constexpr std::array kKeyWithTextFields =
    join(kKeyFields, std::array{http::Field{.name = "key",
                                            .en = "The key itself, shown this once",
                                            .zh = "密钥文本，仅显示一次",
                                            .presence = http::Presence::Optional}});
inline constexpr std::array kKeyQuery{optional(kOrganizationIdField), kProjectIdField, kStateField,
                                      http::kSortField};
inline constexpr std::array kNewKeyFields{new_id_field("key"),  optional(kOrganizationIdField),
                                          kProjectIdField,      kNameField,
                                          optional(kRoleField), kScopesField,
                                          kExpiresField};
inline constexpr std::array kRotateFields{
    new_id_field("key"),
    optional(time_field("old_valid_until", "Until when the old key works too; else it ends at once",
                        "旧密钥可继续使用到何时；缺省为立即失效"))};

inline constexpr std::array kKeyErrors{&kNotFound, &kRoleMissing};
inline constexpr std::array kNewKeyErrors{&kNotFound,         &kRoleMissing,
                                          &kBeyondOwnRights,  &kUnknownScope,
                                          &kBadName,          &kBadExpiry,
                                          &kProjectSuspended, &kIdTaken,
                                          &kStaleId,          &kIdempotencyKeyReused,
                                          &kBadIdempotencyKey};
inline constexpr std::array kRotateErrors{
    &kNotFound, &kRoleMissing, &kBeyondOwnRights,      &kAlreadyEnded,     &kBadExpiry,
    &kIdTaken,  &kStaleId,     &kIdempotencyKeyReused, &kBadIdempotencyKey};

inline constexpr std::array kKeyRoutes{
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/keys",
                .id = "list_keys",
                .scope = "key:read",
                .en = "List API keys",
                .zh = "列出密钥",
                .query = kKeyQuery,
                .reply = http::Reply::Page,
                .response = kKeyFields},
    http::Route{.method = http::Method::Post,
                .path = "/api/v1/keys",
                .id = "create_key",
                .scope = "key:write",
                .en = "Make an API key; its text is in the reply, once",
                .zh = "新建密钥，密钥文本仅在回复中出现一次",
                .body = http::Body::Json,
                .request = kNewKeyFields,
                .response = kKeyWithTextFields,
                .status = 201,
                .errors = kNewKeyErrors,
                .headers = kCreateHeaders},
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/keys/{id}",
                .id = "get_key",
                .scope = "key:read",
                .en = "Show an API key, without its text",
                .zh = "查看密钥（不含密钥文本）",
                .path_parameters = kKeyPath,
                .response = kKeyFields,
                .errors = kKeyErrors},
    http::Route{.method = http::Method::Post,
                .path = "/api/v1/keys/{id}/rotate",
                .id = "rotate_key",
                .scope = "key:write",
                .en = "Make a new API key in place of this one",
                .zh = "以新密钥替换该密钥",
                .path_parameters = kKeyPath,
                .body = http::Body::Json,
                .request = kRotateFields,
                .response = kKeyWithTextFields,
                .status = 201,
                .errors = kRotateErrors,
                .headers = kCreateHeaders},
    http::Route{.method = http::Method::Delete,
                .path = "/api/v1/keys/{id}",
                .id = "revoke_key",
                .scope = "key:write",
                .en = "Revoke an API key; it stays in the list",
                .zh = "吊销密钥，列表中仍保留其记录",
                .path_parameters = kKeyPath,
                .reply = http::Reply::Empty,
                .status = 204,
                .errors = kKeyErrors},
};

void add_key_routes(http::Router& router, Identity& identity);

}  // namespace kapok::identity
