#pragma once

// What an agent does on its own disk and with its own processes: an attempt's folder from the order
// to the result. Everything here blocks, and everything can be done again after the agent has died
// in the middle of it.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "compute/agent/engines.h"
#include "compute/protocol.h"
#include "core/clock.h"
#include "core/random.h"
#include "core/result.h"
#include "platform/process/adoption.h"
#include "platform/process/isolation.h"

namespace kapok::compute::agent {

// An order as it is kept in the attempt's folder, with what this node gave it.
struct KeptOrder {
    std::int64_t number = 0;  // Of the order; 0 if an older agent kept it.
    protocol::Run run;
    std::vector<std::string> devices;            // "/dev/nvidia0"
    std::map<std::string, std::string> visible;  // Variables that name the cards to the job.
    std::vector<std::int64_t> cards;             // Indexes in the inventory.
    std::optional<std::uint32_t> user;
    std::uint16_t port = 0;  // Of its own loopback address, for a service.
};

[[nodiscard]] std::string folder_name(const protocol::AttemptRef& attempt);

// Makes the folder and keeps the order in it; from then on the attempt is this node's.
[[nodiscard]] core::Result<void> accept(const std::filesystem::path& folder,
                                        const KeptOrder& order);
// Nothing if the folder's order was never kept: nobody relied on it.
[[nodiscard]] core::Result<std::optional<KeptOrder>> read_order(
    const std::filesystem::path& folder);

[[nodiscard]] core::Result<void> put_input(const std::filesystem::path& folder,
                                           const JobInput& input, std::string_view bytes);
// What the sandbox is told; an error says why this node cannot run it.
[[nodiscard]] core::Result<platform::process::AttemptSpec> spec_for(
    const KeptOrder& order, const platform::process::Isolation& isolation);
// The same of a service.
[[nodiscard]] core::Result<platform::process::AttemptSpec> spec_for(
    const KeptOrder& order, const platform::process::Isolation& isolation,
    const EngineFiles& files);

// The first bytes of an output; nothing if the job did not make it.
[[nodiscard]] core::Result<std::optional<std::string>> read_output(
    const std::filesystem::path& folder, const std::string& path);

// Which cards an attempt may have: `free` indexes of the model, and what makes them visible.
struct CardGrant {
    std::vector<std::int64_t> indexes;
    std::vector<std::string> devices;
    std::map<std::string, std::string> visible;
};
[[nodiscard]] std::optional<CardGrant> grant_cards(const Inventory& inventory,
                                                   const std::string& model, std::int64_t count,
                                                   const std::vector<std::int64_t>& taken);

// What there is to say of an attempt that is over besides its processes' result.
struct Remains {
    std::vector<protocol::Output> outputs = {};      // That were brought.
    std::optional<std::string> missing_output = {};  // The first that the job should have made.
    std::string failure = {};                        // Why a service's engine was ended here.
};
[[nodiscard]] protocol::AttemptEnded end_of(const KeptOrder& order,
                                            const platform::process::AttemptResult& result,
                                            Remains remains, const core::Clock& clock,
                                            core::Random& random);
// Of one that never ran: refused, or stopped before it began.
[[nodiscard]] protocol::AttemptEnded refusal_of(const KeptOrder& order, ExitClass exit,
                                                std::string problem, core::Timestamp now);

}  // namespace kapok::compute::agent
