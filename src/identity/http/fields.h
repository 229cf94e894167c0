#pragma once

// Fields that several routes of identity share, and how lists of fields are put together.

#include <array>
#include <cstddef>

#include "core/limits.h"
#include "core/principal.h"
#include "identity/limits.h"
#include "identity/scopes.h"
#include "identity/store.h"
#include "identity/types.h"
#include "platform/http/route.h"

namespace kapok::identity {

namespace http = platform::http;

template <std::size_t Left, std::size_t Right>
[[nodiscard]] constexpr auto join(const std::array<http::Field, Left>& left,
                                  const std::array<http::Field, Right>& right) {
    std::array<http::Field, Left + Right> both{};
    std::ranges::copy(left, both.begin());
    std::ranges::copy(right, both.begin() + Left);
    return both;
}

[[nodiscard]] constexpr http::Field id_field(std::string_view name, std::string_view prefix,
                                             std::string_view en, std::string_view zh) {
    return {.name = name, .type = http::Type::Id, .en = en, .zh = zh, .id_prefix = prefix};
}

[[nodiscard]] constexpr http::Field time_field(std::string_view name, std::string_view en,
                                               std::string_view zh) {
    return {.name = name, .type = http::Type::Time, .en = en, .zh = zh};
}

[[nodiscard]] constexpr http::Field optional(http::Field field) {
    field.presence = http::Presence::Optional;
    return field;
}

inline constexpr http::Range kNameRange{1, core::kNameBytesMax, "byte"};
inline constexpr http::Range kTextRange{0, core::kTextBytesMax, "byte"};

inline constexpr http::Field kNameField{
    .name = "name", .range = kNameRange, .en = "Name", .zh = "名称"};
inline constexpr http::Field kStatusField{
    .name = "status", .en = "State", .zh = "状态", .choices = kStatusNames};
inline constexpr http::Field kVersionField{.name = "version",
                                           .type = http::Type::Integer,
                                           .en = "Number of the version, as in the ETag",
                                           .zh = "版本号，与 ETag 一致"};
inline constexpr http::Field kOrganizationIdField =
    id_field("organization_id", "org", "Organization", "机构");
inline constexpr http::Field kNewIdField =
    optional(id_field("id", "", "Id made by the client, so that a retry makes nothing twice",
                      "由客户端生成的编号，重试时不会重复创建"));

[[nodiscard]] constexpr http::Field new_id_field(std::string_view prefix) {
    http::Field field = kNewIdField;
    field.id_prefix = prefix;
    return field;
}

inline constexpr std::array kTimes{time_field("created_at", "When it was made", "创建时间"),
                                   time_field("updated_at", "When it was changed", "修改时间")};

inline constexpr http::Field kStateField{.name = "state",
                                         .en = "Only those that still work, or only ended ones",
                                         .zh = "只列有效的，或只列已失效的",
                                         .presence = http::Presence::Optional,
                                         .choices = store::kKeyStateNames};

inline constexpr std::array kGrantFields{
    kOrganizationIdField,
    http::Field{.name = "role", .en = "Role", .zh = "角色", .choices = core::kRoleNames}};
inline constexpr http::Field kRolesField{
    .name = "roles",
    .type = http::Type::List,
    .range = {0, static_cast<std::int64_t>(kGrantsMax), "item"},
    .en = "Roles and where they hold; they also hold in all organizations below",
    .zh = "角色及其所在机构；对其下级机构同样有效",
    .fields = kGrantFields,
    .item = http::Type::Object};
inline constexpr std::array kCreateHeaders{http::kIdempotencyKey};
inline constexpr std::array kChangeHeaders{http::kIfMatch};
inline constexpr http::Field kScopesField{.name = "scopes",
                                          .type = http::Type::List,
                                          .range = {1, 64, "item"},
                                          .en =
                                              "What it may be used for; * is all that the role "
                                              "allows",
                                          .zh = "可用于哪些操作；* 表示角色允许的全部操作",
                                          .choices = kKeyScopes,
                                          .item = http::Type::String};

}  // namespace kapok::identity
