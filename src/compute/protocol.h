#pragma once

// What a node's agent and the platform say to each other. The platform's orders come as numbered
// events of a stream that can be resumed; the agent's reports go in batches, those that matter with
// a number from the agent's own journal, so that each is taken in once and in its order.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/json/object.hpp>

#include "compute/ids.h"
#include "compute/inventory/inventory.h"
#include "compute/jobs/spec.h"
#include "compute/jobs/state.h"
#include "compute/service.h"
#include "compute/work.h"
#include "core/clock.h"
#include "core/id.h"
#include "core/money.h"
#include "core/result.h"

namespace kapok::compute::protocol {

struct AttemptRef {
    JobId job;
    std::int64_t attempt = 0;

    friend auto operator<=>(const AttemptRef&, const AttemptRef&) = default;
};

// Orders.
struct Run {
    AttemptRef attempt;
    core::OrganizationId organization;
    core::ProjectId project;
    JobSpec spec;
    std::string accelerator_model;
    bool own = false;  // The node's operator's own job: it may run with less than full isolation.
    std::optional<Serving> serving = {};  // If it is a service.

    friend bool operator==(const Run&, const Run&) = default;
};
struct Stop {
    AttemptRef attempt;

    friend bool operator==(const Stop&, const Stop&) = default;
};
struct Measure {
    MeasurementId id;
    std::string effort;  // "tour", "full"

    friend bool operator==(const Measure&, const Measure&) = default;
};
using Order = std::variant<Run, Stop, Measure>;

[[nodiscard]] std::string_view kind_of(const Order& order);
[[nodiscard]] boost::json::object to_json(const Order& order);
[[nodiscard]] core::Result<Order> order_from_json(std::string_view kind,
                                                  const boost::json::object& body);

// Reports.
struct AttemptStarted {
    AttemptRef attempt;
    core::Timestamp at;

    friend bool operator==(const AttemptStarted&, const AttemptStarted&) = default;
};
struct Output {
    std::string path;
    std::string digest;
    std::int64_t bytes = 0;

    friend bool operator==(const Output&, const Output&) = default;
};
// What an attempt used of one meter. The id is made here, once.
struct Use {
    core::Uuid id;
    std::string meter;  // "core_time", "card_time"
    core::Quantity quantity;

    friend bool operator==(const Use&, const Use&) = default;
};
// What was measured of an attempt, as far as the node can tell.
struct Consumption {
    std::int64_t wall_us = 0;
    std::optional<std::int64_t> cpu_us;
    std::optional<std::int64_t> memory_peak_bytes;
    std::optional<std::int64_t> read_bytes;
    std::optional<std::int64_t> written_bytes;

    friend bool operator==(const Consumption&, const Consumption&) = default;
};
[[nodiscard]] boost::json::object to_json(const Consumption& consumption);

// The attempt is over, and no process of it is left.
struct AttemptEnded {
    AttemptRef attempt;
    ExitClass exit = ExitClass::Lost;
    std::optional<std::int64_t> exit_code;
    std::string problem;
    core::Timestamp started_at;
    core::Timestamp ended_at;
    std::vector<Output> outputs;
    Consumption consumption;
    std::vector<Use> uses;

    friend bool operator==(const AttemptEnded&, const AttemptEnded&) = default;
};
// A service can be used now, where its node says.
struct ServiceReady {
    AttemptRef attempt;
    Warmth warmth;

    friend bool operator==(const ServiceReady&, const ServiceReady&) = default;
};
struct OrderDone {
    std::int64_t number = 0;

    friend bool operator==(const OrderDone&, const OrderDone&) = default;
};
struct Measured {
    std::string document;   // Canonical JSON of a Measurement.
    std::string signature;  // Base64url, of kMeasurementLabel and the document.

    friend bool operator==(const Measured&, const Measured&) = default;
};
// The agent has started and has looked at every attempt that it has on disk. As every report it is
// taken in once and in its order; the attempts of its batch are from then or later.
struct AgentStarted {
    friend bool operator==(const AgentStarted&, const AgentStarted&) = default;
};
using ReportBody =
    std::variant<AttemptStarted, AttemptEnded, OrderDone, Measured, ServiceReady, AgentStarted>;

// What is signed begins with it, so that the node's key cannot be made to sign anything else.
inline constexpr std::string_view kMeasurementLabel = "kapok measurement v1\n";

struct Report {
    std::int64_t sequence = 0;  // From 1, without gaps.
    ReportBody body;

    friend bool operator==(const Report&, const Report&) = default;
};
[[nodiscard]] boost::json::object to_json(const Report& report);
[[nodiscard]] core::Result<Report> report_from_json(const boost::json::value& value);

// Sent when the agent has started, and whenever it is asked for. It may come late, or twice.
struct Hello {
    std::string name;
    std::string public_key;
    Inventory inventory;
    std::string isolation;
    std::string missing_isolation;
    std::string program;

    friend bool operator==(const Hello&, const Hello&) = default;
};

struct ReportBatch {
    NodeId node;
    std::string boot_id;
    std::optional<Hello> hello;
    std::vector<Report> reports;
    std::vector<AttemptRef> attempts;  // All that it has and has not reported the end of.
    std::vector<LogChunk> logs;

    friend bool operator==(const ReportBatch&, const ReportBatch&) = default;
};
[[nodiscard]] boost::json::object to_json(const ReportBatch& batch);
[[nodiscard]] core::Result<ReportBatch> batch_from_json(const boost::json::object& object);

struct LogPosition {
    AttemptRef attempt;
    LogStream stream = LogStream::Output;
    std::int64_t position = 0;  // Where the next piece must begin.

    friend bool operator==(const LogPosition&, const LogPosition&) = default;
};
struct ReportAnswer {
    std::int64_t sequence = 0;        // The last report that was taken in.
    std::vector<LogPosition> logs;    // Of the streams that the batch had pieces of.
    std::vector<AttemptRef> unknown;  // Attempts that are over for the platform: end them.

    friend bool operator==(const ReportAnswer&, const ReportAnswer&) = default;
};
[[nodiscard]] boost::json::object to_json(const ReportAnswer& answer);
[[nodiscard]] core::Result<ReportAnswer> answer_from_json(const boost::json::object& object);

}  // namespace kapok::compute::protocol
