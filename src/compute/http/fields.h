#pragma once

// Fields that several routes of compute share.

#include <array>

#include "compute/errors.h"
#include "compute/jobs/spec.h"
#include "compute/jobs/state.h"
#include "compute/limits.h"
#include "compute/scheduler/plan.h"
#include "compute/sites.h"
#include "core/limits.h"
#include "identity/errors.h"
#include "platform/http/route.h"
#include "platform/http/sorted_page.h"

namespace kapok::compute {

namespace http = platform::http;

[[nodiscard]] constexpr http::Field id_field(std::string_view name, std::string_view prefix,
                                             std::string_view en, std::string_view zh) {
    return {.name = name, .type = http::Type::Id, .en = en, .zh = zh, .id_prefix = prefix};
}
[[nodiscard]] constexpr http::Field time_field(std::string_view name, std::string_view en,
                                               std::string_view zh) {
    return {.name = name, .type = http::Type::Time, .en = en, .zh = zh};
}
[[nodiscard]] constexpr http::Field integer_field(std::string_view name, std::string_view unit,
                                                  std::string_view en, std::string_view zh) {
    return {.name = name,
            .type = http::Type::Integer,
            .range = {0, std::int64_t{1} << 53, unit},
            .en = en,
            .zh = zh};
}
[[nodiscard]] constexpr http::Field any_field(std::string_view name, std::string_view en,
                                              std::string_view zh) {
    return {.name = name, .type = http::Type::Any, .en = en, .zh = zh};
}
[[nodiscard]] constexpr http::Field text_field(std::string_view name, std::string_view en,
                                               std::string_view zh) {
    return {.name = name, .en = en, .zh = zh};
}
[[nodiscard]] constexpr http::Field optional(http::Field field) {
    field.presence = http::Presence::Optional;
    return field;
}

template <std::size_t Left, std::size_t Right>
[[nodiscard]] constexpr auto join(const std::array<http::Field, Left>& left,
                                  const std::array<http::Field, Right>& right) {
    std::array<http::Field, Left + Right> both{};
    std::ranges::copy(left, both.begin());
    std::ranges::copy(right, both.begin() + Left);
    return both;
}

inline constexpr http::Range kNameRange{1, core::kNameBytesMax, "byte"};
inline constexpr http::Range kPathRange{1, static_cast<std::int64_t>(kJobPathBytesMax), "byte"};
inline constexpr http::Range kDigestRange{71, 71, "byte"};

inline constexpr http::Field kVersionField =
    integer_field("version", "", "Number of the version, as in the ETag", "版本号，与 ETag 一致");
inline constexpr http::Field kOrganizationField =
    id_field("organization_id", "org", "Whose it is", "所属机构");
inline constexpr http::Field kProjectField =
    id_field("project_id", "prj", "Project that pays", "付费项目");
inline constexpr http::Field kDigestField{.name = "digest",
                                          .range = kDigestRange,
                                          .en = "sha256: and 64 hexadecimal digits",
                                          .zh = "sha256: 加 64 位十六进制数字"};

inline constexpr std::array kReasonFields{
    text_field("code", "Stable code of the reason", "原因代码"),
    text_field("text", "The reason as a sentence", "原因说明"),
    http::Field{.name = "facts",
                .type = http::Type::Object,
                .en = "What the sentence is about",
                .zh = "相关事实"}};

inline constexpr std::array kDemandFields{
    integer_field("cpu_milli", "milli-core", "Thousandths of a core", "毫核"),
    integer_field("memory_bytes", "byte", "Memory", "内存"),
    integer_field("accelerators", "card", "Accelerators", "加速卡")};

}  // namespace kapok::compute
