#pragma once

// For the tests of the whole way from an order to its end: a real platform on this host (database,
// identity with its authority, the agents' listener with mutual TLS, the planner) and a real agent
// in a process of its own, which is this same program started again, and so are its supervisors.

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "compute/compute.h"
#include "core/random.h"
#include "identity/identity.h"
#include "platform/crypto/master_key.h"
#include "platform/db/database.h"
#include "platform/http/server.h"
#include "platform/objects/folder_store.h"
#include "platform/process/spawn.h"

namespace kapok::compute::agent {

// Plays the agent until it is ended: `kapok agent run` with times that suit a test.
[[nodiscard]] int play_agent(const std::filesystem::path& folder);

class LivePlatform : public testing::Test {
protected:
    void SetUp() override;
    void TearDown() override;

    // The server's process, as far as it can be ended within this one.
    void start_server();
    void stop_server();
    void start_agent();
    void kill_agent();

    // On the platform's thread.
    template <class T>
    T run(boost::asio::awaitable<T> work) {
        return boost::asio::co_spawn(io_, std::move(work), boost::asio::use_future).get();
    }
    // Polls: what happens elsewhere rings no bell here.
    static bool eventually(const std::function<bool()>& condition);

    JobId submit(const std::string& script, std::vector<JobInput> inputs = {},
                 std::vector<std::string> outputs = {});
    JobView view(JobId id);
    bool reaches(JobId id, JobState state);
    std::string log_of(JobId id);
    // Where a running job finds its files.
    [[nodiscard]] std::filesystem::path work_of(JobId id, std::int64_t attempt) const;
    // What the agent has said, for whoever reads a failure.
    [[nodiscard]] std::string agent_log() const;
    [[nodiscard]] const std::filesystem::path& root() const { return root_; }

    core::SystemClock clock_;
    core::SystemRandom random_;
    std::unique_ptr<platform::db::Database> database_;
    std::unique_ptr<Compute> compute_;
    core::Principal admin_;
    core::ProjectId project_;
    std::unique_ptr<platform::objects::ObjectStore> objects_;

private:
    void enroll();

    std::filesystem::path root_;
    platform::objects::BlockingPool pool_{2};
    NoBilling billing_;
    std::optional<platform::crypto::MasterKey> master_;
    std::unique_ptr<identity::Identity> identity_;
    std::unique_ptr<platform::http::Router> router_;
    std::unique_ptr<platform::http::Server> server_;
    std::uint16_t port_ = 0;
    boost::asio::io_context io_{1};
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> busy_;
    boost::asio::cancellation_signal end_planner_;
    std::thread thread_;
    std::optional<platform::process::Child> agent_;
};

}  // namespace kapok::compute::agent
