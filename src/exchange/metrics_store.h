#pragma once

// The charges as metrics read them: without evidence, in the order of their time.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/principal.h"
#include "core/result.h"
#include "exchange/exchange_store.h"
#include "registry/metric.h"

namespace kapok::exchange {

struct ChargeMark {
    UsageId usage;
    core::OrganizationId organization;
    std::string subject;
    std::string_view kind;  // Of the product; lives as long as the program.
    std::string product;    // Its name.
    std::string meter;
    std::int64_t quantity = 0;
    core::Money amount;
    core::Timestamp charged_at;
};

struct ChargeMarks {
    std::optional<ProductKind> kind = {};
    std::optional<std::string_view> meter = {};
};

// Charged then; equal times in the order in which they were kept.
[[nodiscard]] core::Result<void> visit_charges(Reader& reader, const core::Scope& scope,
                                               const ChargeMarks& wanted,
                                               const registry::Span& span,
                                               const std::function<void(const ChargeMark&)>& visit);

}  // namespace kapok::exchange
