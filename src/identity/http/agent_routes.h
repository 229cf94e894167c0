#pragma once

// /api/v1/enrollment-tokens and /api/v1/agents for people; /agent/v1/enroll and /agent/v1/renew for
// agents, on their own listener.

#include <array>

#include "identity/errors.h"
#include "identity/http/fields.h"
#include "identity/identity.h"
#include "platform/crypto/errors.h"
#include "platform/http/router.h"
#include "platform/http/sorted_page.h"

namespace kapok::identity {

inline constexpr http::Field kSiteNameField{
    .name = "site_name", .range = kNameRange, .en = "Name of the site", .zh = "算力中心名称"};

inline constexpr std::array kTokenPath{id_field("id", "ent", "Enrollment token", "入网令牌")};
inline constexpr std::array kTokenFields{
    id_field("id", "ent", "Id; also a part of its text", "编号，也是令牌文本的一部分"),
    kOrganizationIdField,
    kSiteNameField,
    optional(id_field("made_by", "usr", "Who made it", "创建人")),
    time_field("created_at", "When it was made", "创建时间"),
    time_field("expires_at", "When it ends", "失效时间"),
    optional(time_field("revoked_at", "When it was revoked", "吊销时间")),
    optional(time_field("used_at", "When it was used", "使用时间")),
    optional(id_field("agent_id", "agt", "The agent that used it", "使用它的代理"))};
inline constexpr std::array kTokenWithTextFields =
    join(kTokenFields, std::array{http::Field{.name = "token",
                                              .en = "The token itself, shown this once",
                                              .zh = "令牌文本，仅显示一次",
                                              .presence = http::Presence::Optional}});
inline constexpr std::array kSiteQuery{optional(kOrganizationIdField), kStateField,
                                       http::kSortByTimeField};
inline constexpr std::array kNewTokenFields{
    new_id_field("ent"), optional(kOrganizationIdField), kSiteNameField,
    optional(time_field("expires_at", "When it ends, within 7 days; else in an hour",
                        "失效时间，7 天以内；缺省为一小时后"))};

inline constexpr std::array kAgentPath{id_field("id", "agt", "Agent", "代理")};
inline constexpr std::array kAgentFields{
    id_field("id", "agt", "Id, the subject of its certificate", "编号，即证书主体"),
    kOrganizationIdField,
    kSiteNameField,
    time_field("enrolled_at", "When it joined", "入网时间"),
    time_field("certificate_expires_at", "When its certificate ends; it renews it before",
               "证书到期时间，代理会提前续期"),
    optional(time_field("revoked_at", "When it was revoked", "吊销时间")),
    kVersionField};

inline constexpr http::Field kRequestPemField{
    .name = "certificate_request",
    .range = {1, static_cast<std::int64_t>(kCertificateRequestBytesMax), "byte"},
    .en = "PKCS #10 in PEM with a P-256 key",
    .zh = "PEM 格式的 PKCS #10 证书请求，P-256 密钥"};
inline constexpr std::array kEnrollFields{
    http::Field{
        .name = "token", .range = {1, 256, "byte"}, .en = "Enrollment token", .zh = "入网令牌"},
    kRequestPemField};
inline constexpr std::array kRenewFields{kRequestPemField};
inline constexpr std::array kEnrolledFields{
    http::Field{.name = "agent",
                .type = http::Type::Object,
                .en = "The agent",
                .zh = "代理",
                .fields = kAgentFields},
    http::Field{.name = "certificate", .en = "Its certificate in PEM", .zh = "PEM 格式的代理证书"},
    http::Field{.name = "authority",
                .en = "Certificate of the authority in PEM",
                .zh = "PEM 格式的签发机构证书"}};

inline constexpr std::array kTokenErrors{&kNotFound, &kRoleMissing};
inline constexpr std::array kNewTokenErrors{
    &kNotFound, &kRoleMissing,          &kBadName,          &kBadExpiry, &kIdTaken,
    &kStaleId,  &kIdempotencyKeyReused, &kBadIdempotencyKey};
inline constexpr std::array kEnrollErrors{&kBadEnrollmentToken, &platform::crypto::kBadRequest};
inline constexpr std::array kRenewErrors{&kBadAgentCertificate, &platform::crypto::kBadRequest};

inline constexpr std::array kAgentAdminRoutes{
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/enrollment-tokens",
                .id = "list_enrollment_tokens",
                .scope = "agent:read",
                .en = "List enrollment tokens",
                .zh = "列出入网令牌",
                .query = kSiteQuery,
                .reply = http::Reply::Page,
                .response = kTokenFields},
    http::Route{.method = http::Method::Post,
                .path = "/api/v1/enrollment-tokens",
                .id = "create_enrollment_token",
                .scope = "agent:write",
                .en = "Make a token with which one agent joins; its text is in the reply, once",
                .zh = "新建入网令牌，供一个代理入网；令牌文本仅在回复中出现一次",
                .body = http::Body::Json,
                .request = kNewTokenFields,
                .response = kTokenWithTextFields,
                .status = 201,
                .errors = kNewTokenErrors,
                .headers = kCreateHeaders},
    http::Route{.method = http::Method::Delete,
                .path = "/api/v1/enrollment-tokens/{id}",
                .id = "revoke_enrollment_token",
                .scope = "agent:write",
                .en = "Revoke an enrollment token",
                .zh = "吊销入网令牌",
                .path_parameters = kTokenPath,
                .reply = http::Reply::Empty,
                .status = 204,
                .errors = kTokenErrors},
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/agents",
                .id = "list_agents",
                .scope = "agent:read",
                .en = "List agents",
                .zh = "列出代理",
                .query = kSiteQuery,
                .reply = http::Reply::Page,
                .response = kAgentFields},
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/agents/{id}",
                .id = "get_agent",
                .scope = "agent:read",
                .en = "Show an agent",
                .zh = "查看代理",
                .path_parameters = kAgentPath,
                .response = kAgentFields,
                .errors = kTokenErrors},
    http::Route{.method = http::Method::Delete,
                .path = "/api/v1/agents/{id}",
                .id = "revoke_agent",
                .scope = "agent:write",
                .en = "Revoke an agent; its certificates are refused at once",
                .zh = "吊销代理，其证书立即失效",
                .path_parameters = kAgentPath,
                .reply = http::Reply::Empty,
                .status = 204,
                .errors = kTokenErrors},
};

inline constexpr std::array kAgentRoutes{
    http::Route{.method = http::Method::Post,
                .path = "/agent/v1/enroll",
                .id = "enroll_agent",
                .scope = http::kPublic,
                .en = "Join with a one-time token and get a certificate",
                .zh = "以一次性令牌入网并取得证书",
                .body = http::Body::Json,
                .request = kEnrollFields,
                .response = kEnrolledFields,
                .status = 201,
                .errors = kEnrollErrors},
    http::Route{.method = http::Method::Post,
                .path = "/agent/v1/renew",
                .id = "renew_agent_certificate",
                .scope = "agent:connect",
                .en = "Get a new certificate with a valid one, or the newest one that has ended",
                .zh = "以有效证书（或到期未久的最新证书）换取新证书",
                .body = http::Body::Json,
                .request = kRenewFields,
                .response = kEnrolledFields,
                .errors = kRenewErrors,
                .takes_ended_certificates = true},
};

void add_agent_admin_routes(http::Router& router, Identity& identity);
void add_agent_routes(http::Router& router, Identity& identity);

}  // namespace kapok::identity
