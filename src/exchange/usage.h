#pragma once

// A usage record says how much of one meter was used, by whom, when, and how that is known. It is
// made once, where the use happens, and keeps its id through every retry: a record that comes twice
// is counted once, and one that comes again with other content is refused and kept as evidence.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/id.h"
#include "core/money.h"
#include "core/result.h"
#include "exchange/product.h"

namespace kapok::exchange {

struct UsageTag {
    static constexpr std::string_view kPrefix = "usg";
};
using UsageId = core::Id<UsageTag>;

// How the quantity is known. The source's own count wins, even when it is zero.
enum class UsageSource : std::uint8_t {
    Provider,   // The upstream's final count.
    Partial,    // The upstream's last cumulative count before the request ended early.
    Estimated,  // Our own count, where an upstream gives none.
    Measured,   // Counted by our agent: CPU time, card time, bytes.
};
inline constexpr std::array<std::string_view, 4> kUsageSourceNames{"provider", "partial",
                                                                   "estimated", "measured"};

struct UsageRecord {
    UsageId id;
    ProductId product;
    std::string meter;
    std::string subject;  // What used it: a request's id, a job's attempt.
    core::OrganizationId organization;
    core::ProjectId project;
    core::Quantity quantity;
    core::Timestamp window_start;  // Start and end of the use; the price is that of the start.
    core::Timestamp window_end;
    UsageSource source = UsageSource::Provider;
    std::string evidence;  // A canonical JSON object, at most kEvidenceBytesMax: what proves it.

    friend bool operator==(const UsageRecord&, const UsageRecord&) = default;
};

// Nothing if the record can be rated: sizes, signs and times are right.
[[nodiscard]] core::Result<void> check(const UsageRecord& record);

}  // namespace kapok::exchange
