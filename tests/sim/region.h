#pragma once

// A small region in one process and in a time of its own: two servers on one database, their
// planners and sequencers, two nodes, a project with money. Chance, by its seed, says what happens
// next: what people do, what the nodes do, which message is lost, late or doubled, who dies where.
// Money, audit log and attempts are looked at after each step.

#include <array>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/evidence/evidence_world.h"
#include "sim_node.h"
#include "sql/planted.h"

namespace kapok::sim {

class Region : public app::evidence::EvidenceWorld {
protected:
    void SetUp() override;
    void TearDown() override;

    // A world of its own: nothing but the seed decides what happens in it. What is wrong with it,
    // or nothing.
    [[nodiscard]] std::optional<std::string> live_through(std::uint64_t seed);

    // Faults for worlds to come.
    Planted planted_{};
    AgentBug agent_bug_ = AgentBug::None;

private:
    struct Server {
        std::unique_ptr<compute::Compute> compute;
        std::unique_ptr<audit::Sequencer> sequencer;
    };
    struct Late {
        std::size_t node;
        compute::protocol::ReportBatch batch;
    };

    void make_template();
    void open_world(std::uint64_t seed);
    void close_world();
    void start_server(std::size_t number);
    std::size_t below(std::size_t bound) { return chance_->below(bound); }

    void step();
    void submit_job();
    void cancel_job();
    void plan_round(std::size_t server);
    void fetch_orders(std::size_t node);
    void send_reports(std::size_t node);
    void deliver_late();
    void declare_lost(std::size_t node);
    void break_something();
    void come_to_rest();
    std::string what_is_left();

    // Each ends the world with a sentence.
    void check_step();
    void check_end();
    void check_attempts(const compute::Job& job);
    void check_charges();
    void blame(std::string sentence);

    std::filesystem::path template_;
    std::array<compute::NodeId, 2> node_ids_;
    std::array<core::Principal, 2> agents_;
    std::array<platform::crypto::PrivateKey, 2> keys_{
        platform::crypto::PrivateKey::make(Suite::Intl, system_),
        platform::crypto::PrivateKey::make(Suite::Intl, system_)};

    std::optional<core::SeededRandom> chance_;
    int servers_started_ = 0;
    std::array<Server, 2> servers_;
    std::vector<std::unique_ptr<SimNode>> nodes_;
    std::deque<Late> late_;
    std::array<core::Timestamp, 2> cut_until_{};
    std::vector<compute::JobId> jobs_;
    std::map<compute::protocol::AttemptRef, bool> given_up_;  // Declared lost while it may run.
    std::int64_t funds_ = 0;
    std::optional<std::string> wrong_;
};

}  // namespace kapok::sim
