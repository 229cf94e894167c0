#pragma once

// What other planes ask of compute: programs that serve. A service is a job of the planner that
// runs until it is stopped: it has no time limit, is not billed as a job, and is started again,
// with a wait that doubles, whenever it has ended. Its engine is a name of the node's own table, so
// that nobody can have a node run a path of their choice.
//
// The caller has authorized what it asks for; the principal is who it is recorded for.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compute/ids.h"
#include "compute/scheduler/plan.h"
#include "compute/service.h"
#include "core/principal.h"
#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::compute {

using platform::db::Reader;
using platform::db::Transaction;

// Rung after each change of a service's phase.
inline constexpr std::string_view kServicesBell = "compute.services";

struct NewService {
    JobId id;  // Made by the caller: the same service again changes nothing.
    core::OrganizationId organization;  // Who runs it.
    core::ProjectId project;
    std::string name;
    std::string engine;  // "llama-server": a name of the node's table of engines, never a path.
    std::vector<std::string> arguments;  // "{model}", "{host}" and "{port}" are the node's to fill.
    std::string model_digest;            // "sha256:…", of an object at model_object_name().
    std::string model_file;              // Its file name on the node.
    std::int64_t model_bytes = 0;
    Demand demand;
    std::string probe_path = "/health";  // Status 200 says that it can serve.
    std::string warm_up_path;            // One POST before it is called ready; none if empty.
    std::string warm_up_body;            // JSON.
};

struct ServiceView {
    JobId id;
    ServicePhase phase = ServicePhase::Queued;
    std::int64_t attempt = 0;     // The last one; 0 before the first.
    std::optional<NodeId> node;   // Of the attempt that is alive.
    std::string boot_id;          // Of that node's host, as Linux names its run; to know one's own.
    std::string url;              // "http://127.0.0.1:PORT" of that node while it is ready.
    std::int64_t warm_up_ms = 0;  // Of the warm-up before it was last ready.
    std::int64_t tokens_per_s_milli = 0;
    std::int64_t restarts = 0;  // How often it had to be started again.
    std::string problem;        // Of the last end, in the node's words, until it is ready.
};

// Under which name the platform's object store has a model's file, for whoever imports it. Nodes
// fetch it from there, once.
[[nodiscard]] std::string model_object_name(std::string_view digest);

[[nodiscard]] core::Result<void> start_service(Transaction& transaction,
                                               const core::Principal& caller,
                                               const NewService& service);
// It ends once its node has ended it. Stopping what has been stopped changes nothing.
[[nodiscard]] core::Result<void> stop_service(Transaction& transaction,
                                              const core::Principal& caller, JobId id);
[[nodiscard]] core::Result<std::optional<ServiceView>> find_service(Reader& reader, JobId id);

}  // namespace kapok::compute
