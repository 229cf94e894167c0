#pragma once

// /api/v1/sites, /api/v1/nodes, /api/v1/measurements and /api/v1/grade-rules.

#include <array>

#include "compute/compute.h"
#include "compute/http/fields.h"
#include "platform/http/router.h"

namespace kapok::compute {

inline constexpr std::array<std::string_view, 2> kEffortNames{"tour", "full"};

inline constexpr std::array kSiteFields{
    id_field("id", "site", "Id", "编号"),
    kOrganizationField,
    http::Field{.name = "name", .range = kNameRange, .en = "Name", .zh = "名称"},
    http::Field{.name = "region",
                .range = {0, core::kNameBytesMax, "byte"},
                .en = "Where it is",
                .zh = "所在地区"},
    time_field("created_at", "When it was made", "创建时间"),
    kVersionField};
inline constexpr std::array kNewSiteFields{
    optional(id_field("id", "site", "Id made by the client, so that a retry makes nothing twice",
                      "由客户端生成的编号，重试时不会重复创建")),
    optional(kOrganizationField),
    http::Field{.name = "name",
                .range = kNameRange,
                .en = "Name, unique in the organization",
                .zh = "名称，机构内唯一"},
    optional({.name = "region",
              .range = {0, core::kNameBytesMax, "byte"},
              .en = "Where it is",
              .zh = "所在地区"})};

inline constexpr std::array kPoolFields{
    text_field("model", "Model", "型号"),
    integer_field("count", "card", "How many work", "可用数量")};
inline constexpr std::array kNodeFields{
    id_field("id", "node", "Id", "编号"),
    id_field("site_id", "site", "Its site", "所属算力中心"),
    kOrganizationField,
    text_field("name", "Name", "名称"),
    http::Field{.name = "state",
                .en = "Whether it takes jobs, and answers",
                .zh = "是否接收作业、是否在线",
                .choices = kNodeStateNames},
    http::Field{.name = "wish",
                .en = "What its operator wants of it",
                .zh = "运营方的期望状态",
                .choices = kNodeWishNames},
    http::Field{.name = "capacity",
                .type = http::Type::Object,
                .en = "What jobs may have",
                .zh = "可供作业使用的资源",
                .fields = kDemandFields},
    http::Field{.name = "used",
                .type = http::Type::Object,
                .en = "What jobs have",
                .zh = "作业已占用的资源",
                .fields = kDemandFields},
    integer_field("attempts", "", "Attempts alive on it", "正在运行的作业数"),
    http::Field{.name = "accelerators",
                .type = http::Type::List,
                .en = "By model",
                .zh = "按型号的加速卡",
                .fields = kPoolFields,
                .item = http::Type::Object},
    text_field("isolation", "How well it keeps jobs apart: full, namespaces, uid or rlimits",
               "作业隔离级别：full、namespaces、uid 或 rlimits"),
    text_field("missing_isolation",
               "What it lacks to run other organizations' jobs; empty if nothing",
               "运行其他机构作业所缺少的隔离能力；为空表示不缺"),
    text_field("public_key", "Signs its measurements", "用于签署实测结果的公钥"),
    optional(id_field("measurement_id", "msr", "The measurement that its grade comes from",
                      "分级所依据的实测")),
    text_field("grade", "Class by the rules; empty if it has none", "分级结果，为空表示未分级"),
    integer_field("standard_unit_ppm", "ppm", "Standard units of one core, in millionths",
                  "单核标准算力折算系数（百万分之一）"),
    any_field("inventory", "What it is made of", "硬件清单"),
    time_field("last_seen_at", "When it last reported", "最近上报时间"),
    time_field("created_at", "When it joined", "加入时间"),
    kVersionField};
inline constexpr std::array kNodeChangeFields{
    http::Field{.name = "wish",
                .en = "up, draining (nothing new begins) or down",
                .zh = "up、draining（不再接收新作业）或 down",
                .choices = kNodeWishNames}};

inline constexpr std::array kMeasurementFields{
    id_field("id", "msr", "Id", "编号"),
    id_field("node_id", "node", "Of which node", "所属节点"),
    kOrganizationField,
    any_field("document", "What was measured, with every sample", "实测内容，含全部样本"),
    text_field("document_text", "The document exactly as signed: canonical JSON",
               "签名的原文：规范 JSON"),
    text_field("signature",
               "Base64url, over the label \"kapok measurement v1\\n\" and the document",
               "对标签“kapok measurement v1\\n”与原文的签名，base64url"),
    text_field("public_key", "That it was verified with", "验签公钥"),
    any_field("grade", "What the rules of the day gave", "按当时规则得出的分级"),
    time_field("measured_at", "When it was measured", "实测时间"),
    time_field("received_at", "When it came", "接收时间")};
inline constexpr std::array kMeasureFields{
    optional({.name = "effort",
              .en = "tour takes at most a minute; full takes longer samples",
              .zh = "tour 不超过一分钟；full 采样更久",
              .choices = kEffortNames})};
inline constexpr std::array kMeasureAnswerFields{
    id_field("id", "msr", "The measurement to come", "即将生成的实测编号")};
inline constexpr std::array kRulesFields{
    text_field("version", "Version of the rules", "规则版本"),
    any_field("rules", "Thresholds, classes and the standard unit", "门槛、等级与标准算力单位")};

inline constexpr std::array kSitePath{id_field("id", "site", "Site", "算力中心")};
inline constexpr std::array kNodePath{id_field("id", "node", "Node", "节点")};
inline constexpr std::array kMeasurementPath{id_field("id", "msr", "Measurement", "实测")};
inline constexpr std::array kSitesQuery{
    optional(id_field("organization_id", "org", "Only its sites", "只列该机构的算力中心")),
    optional({.name = "name",
              .range = kNameRange,
              .en = "Only sites of this name",
              .zh = "只列该名称的算力中心"}),
    optional({.name = "region",
              .range = kNameRange,
              .en = "Only sites of this region",
              .zh = "只列该地区的算力中心"}),
    http::kSortField};
inline constexpr std::array kNodesQuery{
    optional(id_field("site_id", "site", "Only those of this site", "只列该中心的节点")),
    optional({.name = "state",
              .en = "Only nodes in it",
              .zh = "只列该状态的节点",
              .choices = kNodeStateNames}),
    optional({.name = "wish",
              .en = "Only nodes of which their operator wants this",
              .zh = "只列运营方期望为该状态的节点",
              .choices = kNodeWishNames}),
    http::kSortField};
inline constexpr std::array kMeasurementsQuery{http::kSortByTimeField};
inline constexpr std::array kChangeHeaders{http::kIfMatch};
inline constexpr std::array kCreateHeaders{http::kIdempotencyKey};

inline constexpr std::array kSiteErrors{&identity::kNotFound, &identity::kRoleMissing};
inline constexpr std::array kNewSiteErrors{&identity::kNotFound,
                                           &identity::kRoleMissing,
                                           &kIdTaken,
                                           &kStaleId,
                                           &kNameTaken,
                                           &identity::kIdempotencyKeyReused,
                                           &identity::kBadIdempotencyKey};
inline constexpr std::array kMeasureErrors{&identity::kNotFound, &identity::kRoleMissing,
                                           &identity::kIdempotencyKeyReused,
                                           &identity::kBadIdempotencyKey};
inline constexpr std::array kLostErrors{&identity::kNotFound, &identity::kRoleMissing,
                                        &kNodeAnswers};

inline constexpr std::array kSiteRoutes{
    http::Route{.method = http::Method::Post,
                .path = "/api/v1/sites",
                .id = "create_site",
                .scope = "site:write",
                .en = "Make a site; agents that join under its name make it too",
                .zh = "新建算力中心；以该名称入网的代理也会自动创建",
                .body = http::Body::Json,
                .request = kNewSiteFields,
                .response = kSiteFields,
                .status = 201,
                .errors = kNewSiteErrors,
                .headers = kCreateHeaders,
                .response_name = "Site"},
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/sites",
                .id = "list_sites",
                .scope = "site:read",
                .en = "List sites",
                .zh = "列出算力中心",
                .query = kSitesQuery,
                .reply = http::Reply::Page,
                .response = kSiteFields,
                .response_name = "Site"},
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/sites/{id}",
                .id = "get_site",
                .scope = "site:read",
                .en = "Show a site",
                .zh = "查看算力中心",
                .path_parameters = kSitePath,
                .response = kSiteFields,
                .errors = kSiteErrors,
                .response_name = "Site"},
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/nodes",
                .id = "list_nodes",
                .scope = "site:read",
                .en = "List nodes with what they have and what is used",
                .zh = "列出节点及其资源与占用",
                .query = kNodesQuery,
                .reply = http::Reply::Page,
                .response = kNodeFields,
                .response_name = "Node"},
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/nodes/{id}",
                .id = "get_node",
                .scope = "site:read",
                .en = "Show a node",
                .zh = "查看节点",
                .path_parameters = kNodePath,
                .response = kNodeFields,
                .errors = kSiteErrors,
                .response_name = "Node"},
    http::Route{.method = http::Method::Patch,
                .path = "/api/v1/nodes/{id}",
                .id = "change_node",
                .scope = "site:write",
                .en = "Drain a node, take it out, or take it in again",
                .zh = "排空、停用或重新启用节点",
                .path_parameters = kNodePath,
                .body = http::Body::Json,
                .request = kNodeChangeFields,
                .response = kNodeFields,
                .errors = kSiteErrors,
                .headers = kChangeHeaders,
                .response_name = "Node"},
    http::Route{.method = http::Method::Post,
                .path = "/api/v1/nodes/{id}/declare-lost",
                .id = "declare_node_lost",
                .scope = "site:write",
                .en = "Vouch that a silent machine runs nothing any more: its attempts are lost "
                      "and may be made again",
                .zh = "确认失联机器上已无任何运行：其上的运行记为丢失，可重新运行",
                .path_parameters = kNodePath,
                .response = kNodeFields,
                .errors = kLostErrors,
                .response_name = "Node"},
    http::Route{.method = http::Method::Post,
                .path = "/api/v1/nodes/{id}/measurements",
                .id = "measure_node",
                .scope = "site:write",
                .en = "Ask a node to measure itself",
                .zh = "要求节点进行实测",
                .path_parameters = kNodePath,
                .body = http::Body::Json,
                .request = kMeasureFields,
                .response = kMeasureAnswerFields,
                .status = 202,
                .errors = kMeasureErrors,
                .headers = kCreateHeaders},
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/nodes/{id}/measurements",
                .id = "list_measurements",
                .scope = "site:read",
                .en = "A node's measurements",
                .zh = "节点的历次实测",
                .path_parameters = kNodePath,
                .query = kMeasurementsQuery,
                .reply = http::Reply::Page,
                .response = kMeasurementFields,
                .errors = kSiteErrors,
                .response_name = "Measurement"},
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/measurements/{id}",
                .id = "get_measurement",
                .scope = "site:read",
                .en = "A measurement with its signature and grade",
                .zh = "查看实测及其签名与分级",
                .path_parameters = kMeasurementPath,
                .response = kMeasurementFields,
                .errors = kSiteErrors,
                .response_name = "Measurement"},
    http::Route{.method = http::Method::Get,
                .path = "/api/v1/grade-rules",
                .id = "get_grade_rules",
                .scope = http::kSignedIn,
                .en = "The rules by which nodes are graded",
                .zh = "节点分级规则",
                .response = kRulesFields},
};

void add_site_routes(http::Router& router, Compute& compute);

}  // namespace kapok::compute
