#pragma once

// A node as the simulator has it: what is on its disk (the attempts' folders, the real journal) and
// survives its agent, what only its agent knew, and its processes, which survive the agent but not
// the machine. It follows the agent's rules: an order is kept before it is noted done, noted before
// anything runs, and forgotten only when the platform has taken the end in.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "compute/agent/journal.h"
#include "compute/protocol.h"
#include "core/clock.h"
#include "core/principal.h"
#include "core/random.h"
#include "core/result.h"

namespace kapok::sim {

using compute::protocol::AttemptRef;

// What really happened, which no fault can change: the truth that the platform is held against.
struct Deed {
    int starts = 0;
    std::optional<compute::protocol::AttemptEnded> end;  // As it was first noted.
};

// Wrong agents, for the proof that the simulator would find them.
enum class AgentBug : std::uint8_t {
    None,
    NotesOrdersLate,   // Keeps and runs, and notes the order done only if it lives so long.
    RunsAgain,         // After a restart it starts what had been started.
    ForgetsWhatItSent  // Does not wait for the answer.
};

class SimNode {
public:
    // What does not change while a world lives.
    struct Setting {
        compute::NodeId id;
        core::Principal agent;
        std::string public_key;
        std::filesystem::path folder;
        std::int64_t reported = 0;  // What the platform has taken in before the world begins.
        const core::Clock& clock;
        core::Random& random;
    };
    SimNode(Setting setting, AgentBug bug);

    [[nodiscard]] const compute::NodeId& id() const noexcept { return setting_.id; }
    [[nodiscard]] const core::Principal& agent() const noexcept { return setting_.agent; }
    [[nodiscard]] const std::map<AttemptRef, Deed>& deeds() const noexcept { return deeds_; }
    [[nodiscard]] bool idle() const { return folders_.empty() && journal_.empty(); }
    // What runs now takes so much of the machine.
    [[nodiscard]] std::int64_t cpu_milli_in_use() const;

    // Behind which order it wants more; nothing while the platform must be told who it is.
    [[nodiscard]] std::optional<std::int64_t> wants_orders() const;
    void take_order(std::int64_t number, const compute::protocol::Order& order);
    // Starts, ends and notes what is due.
    void live();

    [[nodiscard]] compute::protocol::ReportBatch next_batch();
    void hear(const core::Result<compute::protocol::ReportAnswer>& answer, bool said_hello);

    // kill -9 of the agent: what is on disk and what runs stays.
    void crash();
    // The machine starts anew: nothing runs any more.
    void reboot();
    // The agent dies at the next point of its work where that hurts most.
    void crash_soon() { crash_soon_ = true; }

private:
    struct Folder {
        std::int64_t order = 0;
        compute::protocol::Run run;
        std::optional<core::Timestamp> started;
        core::Timestamp due;  // When it ends by itself.
        std::optional<core::Timestamp> ended;
        compute::ExitClass exit = compute::ExitClass::Succeeded;
        bool stop = false;
        // Only the agent knew:
        bool order_noted = false;
        bool start_noted = false;
        bool end_noted = false;
        bool abandoned = false;
    };

    void start(const AttemptRef& name, Folder& folder);
    void note_end(const AttemptRef& name, Folder& folder);
    // Whether it has just died.
    bool dies();
    void note(compute::protocol::ReportBody body);

    Setting setting_;
    AgentBug bug_;
    int boots_ = 1;
    std::map<AttemptRef, Folder> folders_;
    compute::agent::Journal journal_;
    std::map<AttemptRef, Deed> deeds_;
    // Only the agent knew:
    bool must_say_hello_ = true;
    bool crash_soon_ = false;
    std::int64_t last_order_ = 0;
    std::set<std::int64_t> orders_taken_;
};

}  // namespace kapok::sim
