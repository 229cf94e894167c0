#pragma once

// Sites and their nodes, as they are kept. A site is a compute centre; a node is a machine in it
// whose agent reports to us.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compute/ids.h"
#include "compute/inventory/inventory.h"
#include "compute/scheduler/plan.h"
#include "core/clock.h"

namespace kapok::compute {

struct Site {
    SiteId id;
    core::OrganizationId organization;
    std::string name;  // Unique in its organization.
    std::string region;
    core::Timestamp created_at;
    std::int64_t version = 1;

    friend bool operator==(const Site&, const Site&) = default;
};

// What its operator wants of a node; whether it answers is another matter.
enum class NodeWish : std::uint8_t { Up, Draining, Down };
inline constexpr std::array<std::string_view, 3> kNodeWishNames{"up", "draining", "down"};

struct Node {
    NodeId id;
    SiteId site;
    core::OrganizationId organization;  // That operates it.
    core::Uuid agent;                   // Identity's, from the certificate.
    std::string name;
    std::string public_key;  // Signs its measurements.
    NodeWish wish = NodeWish::Up;
    Inventory inventory;
    std::string isolation;          // "full", "namespaces", "uid", "rlimits"
    std::string missing_isolation;  // Why jobs of others are refused; empty if they aren't.
    std::int64_t cpu_milli = 0;     // What jobs may have.
    std::int64_t memory_bytes = 0;
    std::vector<AcceleratorPool> accelerators;
    std::string boot_id;
    core::Timestamp last_seen_at;
    std::int64_t report_sequence = 0;  // The last of its numbered reports that was taken in.
    std::optional<MeasurementId> measurement;
    std::string grade_class;
    std::int64_t standard_unit_ppm = 0;  // Of one core.
    core::Timestamp created_at;
    std::int64_t version = 1;

    friend bool operator==(const Node&, const Node&) = default;
};

[[nodiscard]] NodeState state_of(const Node& node, core::Timestamp now,
                                 std::chrono::milliseconds heartbeat_limit) noexcept;

// How many accelerators of each model work.
[[nodiscard]] std::vector<AcceleratorPool> pools_of(const Inventory& inventory);

struct StoredMeasurement {
    MeasurementId id;
    NodeId node;
    core::OrganizationId organization;
    std::string document;    // Canonical JSON, exactly as signed.
    std::string public_key;  // That it was verified with.
    std::string signature;   // Base64url.
    std::string grade;       // JSON of Grade.
    core::Timestamp measured_at;
    core::Timestamp received_at;

    friend bool operator==(const StoredMeasurement&, const StoredMeasurement&) = default;
};

}  // namespace kapok::compute
