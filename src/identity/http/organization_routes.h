#pragma once

// /api/v1/organizations and /api/v1/projects.

#include <array>

#include "identity/errors.h"
#include "identity/http/fields.h"
#include "identity/identity.h"
#include "platform/errors.h"
#include "platform/http/router.h"
#include "platform/http/sorted_page.h"

namespace kapok::identity {

inline constexpr http::Field kKindField{.name = "kind",
                                        .en = "Kind of organization",
                                        .zh = "机构类型",
                                        .choices = kOrganizationKindNames};
inline constexpr http::Field kParentField =
    id_field("parent_id", "org", "The organization above it", "上级机构");
inline constexpr http::Field kDescriptionField{
    .name = "description", .range = kTextRange, .en = "What it is for", .zh = "用途说明"};

inline constexpr std::array kOrganizationPath{id_field("id", "org", "Organization", "机构")};
inline constexpr std::array kOrganizationFields =
    join(std::array{id_field("id", "org", "Id", "编号"), optional(kParentField), kNameField,
                    kKindField, kStatusField, kVersionField},
         kTimes);
inline constexpr std::array kOrganizationQuery{optional(kParentField), optional(kNameField),
                                               optional(kKindField), optional(kStatusField),
                                               http::kSortField};
inline constexpr std::array kNewOrganizationFields{new_id_field("org"), kParentField, kNameField,
                                                   kKindField};
inline constexpr std::array kOrganizationChangeFields{
    optional(kNameField), optional(kKindField), optional(kStatusField), optional(kParentField)};

inline constexpr std::array kProjectPath{id_field("id", "prj", "Project", "项目")};
inline constexpr std::array kProjectFields =
    join(std::array{id_field("id", "prj", "Id", "编号"), kOrganizationIdField, kNameField,
                    kDescriptionField, kStatusField, kVersionField},
         kTimes);
inline constexpr std::array kProjectQuery{optional(kOrganizationIdField), optional(kNameField),
                                          optional(kStatusField), http::kSortField};
inline constexpr std::array kNewProjectFields{new_id_field("prj"), kOrganizationIdField, kNameField,
                                              optional(kDescriptionField)};
inline constexpr std::array kProjectChangeFields{optional(kNameField), optional(kDescriptionField),
                                                 optional(kStatusField)};

inline constexpr std::array kReadErrors{&kNotFound, &kRoleMissing};
inline constexpr std::array kNewOrganizationErrors{
    &kNotFound, &kRoleMissing,          &kBadName,     &kOneRoot,          &kNameTaken, &kIdTaken,
    &kStaleId,  &kIdempotencyKeyReused, &kTreeTooDeep, &kBadIdempotencyKey};
inline constexpr std::array kOrganizationChangeErrors{
    &kNotFound,  &kRoleMissing, &kRootRoleMissing,        &kBadName,
    &kOneRoot,   &kNameTaken,   &kParentDecides,          &kRootIsFixed,
    &kTreeCycle, &kTreeTooDeep, &platform::kEtagMismatch, &platform::kBadEtag};
inline constexpr std::array kNewProjectErrors{
    &kNotFound,         &kRoleMissing,     &kBadName,
    &kBadText,          &kBeyondOwnRights, &kNameTaken,
    &kIdTaken,          &kStaleId,         &kIdempotencyKeyReused,
    &kBadIdempotencyKey};
inline constexpr std::array kProjectChangeErrors{
    &kNotFound,         &kRoleMissing, &kBadName, &kBadText, &kNameTaken, &platform::kEtagMismatch,
    &platform::kBadEtag};

inline constexpr std::array kOrganizationRoutes{
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/organizations",
                .id = "list_organizations",
                .scope = "organization:read",
                .en = "List organizations",
                .zh = "列出机构",
                .query = kOrganizationQuery,
                .reply = http::Reply::Page,
                .response = kOrganizationFields},
    http::Route{.method = http::Method::Post,
                .path = "/api/v1/organizations",
                .id = "create_organization",
                .scope = "organization:write",
                .en = "Make an organization below another one",
                .zh = "在某机构之下新建机构",
                .body = http::Body::Json,
                .request = kNewOrganizationFields,
                .response = kOrganizationFields,
                .status = 201,
                .errors = kNewOrganizationErrors,
                .headers = kCreateHeaders},
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/organizations/{id}",
                .id = "get_organization",
                .scope = "organization:read",
                .en = "Show an organization",
                .zh = "查看机构",
                .path_parameters = kOrganizationPath,
                .response = kOrganizationFields,
                .errors = kReadErrors},
    http::Route{.method = http::Method::Patch,
                .path = "/api/v1/organizations/{id}",
                .id = "update_organization",
                .scope = "organization:write",
                .en = "Rename, suspend, resume or move an organization",
                .zh = "修改、停用、恢复或移动机构",
                .path_parameters = kOrganizationPath,
                .body = http::Body::Json,
                .request = kOrganizationChangeFields,
                .response = kOrganizationFields,
                .errors = kOrganizationChangeErrors,
                .headers = kChangeHeaders},
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/projects",
                .id = "list_projects",
                .scope = "organization:read",
                .en = "List projects",
                .zh = "列出项目",
                .query = kProjectQuery,
                .reply = http::Reply::Page,
                .response = kProjectFields},
    http::Route{.method = http::Method::Post,
                .path = "/api/v1/projects",
                .id = "create_project",
                .scope = "organization:write",
                .en = "Make a project",
                .zh = "新建项目",
                .body = http::Body::Json,
                .request = kNewProjectFields,
                .response = kProjectFields,
                .status = 201,
                .errors = kNewProjectErrors,
                .headers = kCreateHeaders},
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/projects/{id}",
                .id = "get_project",
                .scope = "organization:read",
                .en = "Show a project",
                .zh = "查看项目",
                .path_parameters = kProjectPath,
                .response = kProjectFields,
                .errors = kReadErrors},
    http::Route{.method = http::Method::Patch,
                .path = "/api/v1/projects/{id}",
                .id = "update_project",
                .scope = "organization:write",
                .en = "Change, suspend or resume a project",
                .zh = "修改、停用或恢复项目",
                .path_parameters = kProjectPath,
                .body = http::Body::Json,
                .request = kProjectChangeFields,
                .response = kProjectFields,
                .errors = kProjectChangeErrors,
                .headers = kChangeHeaders},
};

// Gives the routes with their handlers to the router; `identity` must outlive it.
void add_organization_routes(http::Router& router, Identity& identity);

}  // namespace kapok::identity
