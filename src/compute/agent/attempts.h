#pragma once

// The attempts that this node has: each has a folder, which says what it is, and a coroutine, which
// brings it on from where the folder says it stands. A new agent reads the folders and goes on.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "compute/agent/engine_watch.h"
#include "compute/agent/journal.h"
#include "compute/agent/link.h"
#include "compute/agent/model_fetch.h"
#include "compute/agent/worker.h"
#include "compute/protocol.h"
#include "platform/objects/blocking_pool.h"
#include "platform/process/isolation.h"
#include "platform/process/project_users.h"

namespace kapok::compute::agent {

// All of it outlives the attempts; everything runs on `io`'s one thread, and what blocks on `pool`.
struct AttemptTools {
    std::filesystem::path folder;
    std::vector<std::string> supervisor;
    std::filesystem::path models;
    Engines engines;
    EngineTimes engine_times;
    boost::asio::io_context& io;
    platform::objects::BlockingPool& pool;
    Link& link;
    const Journal& journal;
    const platform::process::Isolation& isolation;
    const core::Clock& clock;
    core::Random& random;
    std::function<core::Result<void>(protocol::ReportBody)> note;
    std::function<void(std::string_view, const core::Error*)> tell;
    // How fast the node generates with a model that it serves.
    std::function<void(const ModelSpeed&, const Serving&)> measured;
};

class Attempts {
public:
    [[nodiscard]] static core::Result<std::unique_ptr<Attempts>> open(AttemptTools tools);

    // Reads what an agent before this one left. Blocks.
    [[nodiscard]] core::Result<void> adopt();
    // Goes on with what was adopted.
    void resume();

    // The numbers of the orders that made these attempts this node's.
    [[nodiscard]] std::vector<std::int64_t> orders() const;

    // Makes the attempt this node's: true if it is, now or already. False if it should be tried
    // again. `number` is the order's.
    [[nodiscard]] boost::asio::awaitable<bool> take(std::int64_t number, protocol::Run run,
                                                    Inventory inventory);
    // Durable when it returns: an order to stop is not forgotten either.
    [[nodiscard]] boost::asio::awaitable<bool> stop(protocol::AttemptRef attempt);
    // It is over for the platform: it is ended and forgotten without a report.
    void abandon(const protocol::AttemptRef& attempt);

    // Those whose end was not noted in the journal yet.
    [[nodiscard]] std::vector<protocol::AttemptRef> unreported() const;
    // What their logs have that the platform has not, at most kLogBatchBytes.
    [[nodiscard]] std::vector<LogChunk> log_pieces() const;
    [[nodiscard]] bool has_log_pieces() const { return !log_pieces().empty(); }
    void log_was_taken(const protocol::LogPosition& position);

private:
    struct Held;
    using HeldPtr = std::shared_ptr<Held>;

    Attempts(AttemptTools tools, platform::process::ProjectUsers users)
        : tools_(std::move(tools)),
          users_(std::move(users)),
          models_(tools_.models, tools_.link, tools_.pool, tools_.tell) {}

    boost::asio::awaitable<void> live(HeldPtr held);
    boost::asio::awaitable<void> note_order(HeldPtr held);
    boost::asio::awaitable<bool> prepare(HeldPtr held);
    // False if they cannot be had: why is noted as the attempt's end.
    boost::asio::awaitable<bool> fetch_inputs(HeldPtr held);
    boost::asio::awaitable<core::Result<std::string>> fetch(HeldPtr held, std::string digest);
    // Nothing if the platform will not have it.
    boost::asio::awaitable<std::optional<protocol::Output>> bring(HeldPtr held, std::string path,
                                                                  std::string bytes);
    // Nothing if they cannot be had, or nobody wants them any more.
    boost::asio::awaitable<std::optional<EngineFiles>> fetch_engine(HeldPtr held);
    boost::asio::awaitable<bool> write_spec(HeldPtr held, std::optional<EngineFiles> files);
    void watch_engine(const HeldPtr& held);
    boost::asio::awaitable<void> refuse(HeldPtr held, core::Error error);
    boost::asio::awaitable<bool> run(HeldPtr held);
    boost::asio::awaitable<void> finish(HeldPtr held);
    boost::asio::awaitable<std::vector<protocol::Output>> bring_outputs(
        HeldPtr held, std::optional<std::string>* missing);
    boost::asio::awaitable<void> flush_logs(HeldPtr held);
    boost::asio::awaitable<void> forget(HeldPtr held);
    boost::asio::awaitable<void> note_end(HeldPtr held, protocol::AttemptEnded ended);
    [[nodiscard]] core::Result<KeptOrder> equip(protocol::Run run, const Inventory& inventory);

    AttemptTools tools_;
    platform::process::ProjectUsers users_;
    ModelFetch models_;
    std::map<protocol::AttemptRef, HeldPtr> held_;
};

}  // namespace kapok::compute::agent
