// Goal: a service gets the node's own program, its model and a port, and nothing else of the node;
// what an engine says of its speed is read however it says it. Method: folders of our own.

#include "compute/agent/engines.h"

#include <fstream>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "compute/agent/engine_watch.h"
#include "compute/agent/model_speed.h"
#include "compute/agent/worker.h"
#include "compute/limits.h"
#include "compute/test_examples.h"
#include "core/random.h"
#include "platform/process/descriptor.h"

namespace kapok::compute::agent {
namespace {

namespace fs = std::filesystem;
namespace process = platform::process;

class EnginesTest : public testing::Test {
protected:
    void SetUp() override {
        std::string name = fs::temp_directory_path() / "kapok-engines-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        root_ = fs::canonical(name);
    }
    void TearDown() override { fs::remove_all(root_); }

    fs::path program(const std::string& name, bool executable = true) {
        const fs::path path = root_ / name;
        fs::create_directories(path.parent_path());
        std::ofstream(path) << "#!/bin/sh\n";
        fs::permissions(path, executable ? fs::perms::owner_all : fs::perms::owner_read);
        return path;
    }
    static fs::path found(const EnginePlaces& places) {
        const Engines engines = find_engines(places);
        const auto entry = engines.find(kLlamaServer);
        return entry == engines.end() ? fs::path() : entry->second;
    }
    // A service's order, as it is kept.
    static KeptOrder order() {
        core::SystemClock clock;
        core::SystemRandom random;
        KeptOrder kept;
        kept.run.attempt = {JobId::make(clock, random), 1};
        kept.run.own = true;
        kept.run.spec = test::example_spec();
        kept.run.serving = test::example_serving();
        kept.port = 4'321;
        return kept;
    }

    fs::path root_;
};

TEST_F(EnginesTest, FindsTheConfiguredThenTheInstalledThenTheBuiltOne) {
    const fs::path configured = program("own/llama-server");
    const fs::path installed = program("bin/llama-server");
    program("cache/engine/llama.cpp-0.4.0/llama-server");
    const fs::path built = program("cache/engine/llama.cpp-0.5.0/llama-server");
    program("cache/engine/llama.cpp-0.6.0/llama-server", false);
    const std::string search = (root_ / "none").string() + "::" + (root_ / "bin").string();
    const std::vector<fs::path> caches{root_ / "nowhere", root_ / "cache"};
    EXPECT_EQ(found({configured.string(), search, caches}), configured);
    EXPECT_EQ(found({(root_ / "own").string(), search, caches}), installed);
    EXPECT_EQ(found({"llama-server", "", caches}), built);
    EXPECT_TRUE(find_engines({"", "", {}}).empty());
    fs::create_directory_symlink(root_ / "own", root_ / "link");
    EXPECT_EQ(found({(root_ / "link/llama-server").string(), "", {}}), configured);
}

TEST_F(EnginesTest, PlacesEngineLibrariesAndModelInTheSandbox) {
    const fs::path engine = program("own/llama-server");
    program("own/libllama.so.0", false);
    program("own/secret.txt", false);
    const fs::path model = program("models/ab/{port}.gguf", false);
    process::AttemptSpec spec;
    place_engine(spec, {engine, model}, {"-m", "{model}", "--at={host}:{port}", "{other}", "{port"},
                 4'321);
    EXPECT_EQ(spec.command,
              (std::vector<std::string>{"/engine/llama-server", "-m", "/models/{port}.gguf",
                                        "--at=127.0.0.1:4321", "{other}", "{port"}));
    ASSERT_EQ(spec.mounts.size(), 3);
    EXPECT_EQ(spec.mounts[0].source, model);
    EXPECT_EQ(spec.mounts[0].target, "/models/{port}.gguf");
    EXPECT_EQ(spec.mounts[1].target, "/engine/llama-server");
    EXPECT_EQ(spec.mounts[2].target, "/engine/libllama.so.0");
    for (const process::Bind& mount : spec.mounts) {
        EXPECT_FALSE(mount.writable);
    }
    process::AttemptSpec installed;
    place_engine(installed, {"/usr/bin/llama-server", model}, {}, 1);
    EXPECT_EQ(installed.command, std::vector<std::string>{"/usr/bin/llama-server"});
    EXPECT_EQ(installed.mounts.size(), 1);
    process::AttemptSpec plain;
    plain.confinement = process::Confinement::Plain;
    place_engine(plain, {engine, model}, {"{model}"}, 1);
    EXPECT_EQ(plain.command, (std::vector<std::string>{engine.string(), model.string()}));
    EXPECT_TRUE(plain.mounts.empty());
}

TEST_F(EnginesTest, GivesAServiceNoEndInTimeAndALogThatTurns) {
    KeptOrder kept = order();
    const process::Isolation none{};
    const EngineFiles files{program("llama-server"), program("tiny.gguf", false)};
    const auto spec = spec_for(kept, none, files);
    ASSERT_TRUE(spec.has_value()) << core::render(spec.error(), core::Language::En);
    EXPECT_EQ(spec->limits.wall_ms_max, 0);
    EXPECT_EQ(spec->limits.grace_ms, 10'000);
    EXPECT_EQ(spec->network, process::Network::Host);
    EXPECT_EQ(spec->log_overflow, process::LogOverflow::Rotate);
    EXPECT_EQ(spec->limits.memory_bytes_max, 0);  // Nothing here can bound a group's.
    kept.run.own = false;
    EXPECT_FALSE(spec_for(kept, none, files).has_value());
}

TEST_F(EnginesTest, KeepsTheServiceInItsFolderAndReportsItsFailureWithoutUse) {
    const KeptOrder kept = order();
    const fs::path folder = root_ / folder_name(kept.run.attempt);
    ASSERT_TRUE(accept(folder, kept));
    const auto read = read_order(folder);
    ASSERT_TRUE(read && *read);
    EXPECT_EQ((*read)->run, kept.run);
    EXPECT_EQ((*read)->port, 4'321);
    core::SystemClock clock;
    core::SystemRandom random;
    process::AttemptResult result;
    result.ending = process::Ending::Stopped;
    result.cancelled = true;
    result.exit_code = 143;
    result.usage.wall_us = 10'000'000;
    const auto failed = end_of(kept, result, {.failure = "it did not answer"}, clock, random);
    EXPECT_EQ(failed.exit, ExitClass::Infrastructure);
    EXPECT_EQ(failed.problem, "it did not answer");
    EXPECT_TRUE(failed.uses.empty());
    EXPECT_EQ(end_of(kept, result, {}, clock, random).exit, ExitClass::Cancelled);
}

TEST_F(EnginesTest, FindsAPortThatNobodyHas) {
    const std::uint16_t port = find_free_port({});
    ASSERT_NE(port, 0);
    EXPECT_NE(find_free_port({port}), port);
    const process::Descriptor mine(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // Free when it was found; somebody else may have taken it since, which is no fault of ours.
    static_cast<void>(::bind(mine.get(), reinterpret_cast<sockaddr*>(&address),  // NOLINT
                             sizeof address));
    for (int i = 0; i < 50; ++i) {
        EXPECT_NE(find_free_port({}), port);
    }
}

TEST(TokensPerSecond, AreTheEnginesOwnOrWhatWasCounted) {
    using std::chrono::microseconds;
    const microseconds half(500'000);
    EXPECT_EQ(tokens_per_s_milli(R"({"timings":{"predicted_per_second":93.4125}})", half), 93'412);
    EXPECT_EQ(tokens_per_s_milli(R"({"usage":{"completion_tokens":16,"total_tokens":99}})", half),
              32'000);
    EXPECT_EQ(tokens_per_s_milli(R"({"usage":{"total_tokens":7}})", half), 14'000);
    EXPECT_EQ(tokens_per_s_milli(R"({"usage":{"completion_tokens":1}})", microseconds(0)),
              1'000'000'000);
    EXPECT_EQ(tokens_per_s_milli(R"({"timings":{"predicted_per_second":1e300}})", half),
              kTokensPerSecondMilliMax);
    for (const std::string_view nothing :
         {"", "{}", "[]", "null", R"({"usage":[]})", R"({"usage":{"completion_tokens":"16"}})",
          R"({"timings":{"predicted_per_second":-4}})", "{\"usage\""}) {
        EXPECT_EQ(tokens_per_s_milli(nothing, half), 0) << nothing;
    }
}

TEST_F(EnginesTest, AModelsSpeedIsMeasuredOnceAMonth) {
    const core::Timestamp now = core::from_micros(1'790'000'000'000'000);
    constexpr std::string_view kDigest = "sha256:0123";
    EXPECT_TRUE(is_speed_due(root_, kDigest, now));
    ASSERT_TRUE(note_speed_measured(root_, kDigest, now));
    EXPECT_FALSE(is_speed_due(root_, kDigest, now + std::chrono::hours(24 * 29)));
    EXPECT_TRUE(is_speed_due(root_, kDigest, now + std::chrono::hours(24 * 31)));
    EXPECT_TRUE(is_speed_due(root_, kDigest, now - std::chrono::hours(1))) << "the clock went back";
    EXPECT_TRUE(is_speed_due(root_, "sha256:4567", now));
    std::ofstream(root_ / "0123.measured") << "nonsense";
    EXPECT_TRUE(is_speed_due(root_, kDigest, now));
}

TEST(ModelSpeed, IsAMeasurementThatRecomputes) {
    ModelSpeed speed;
    speed.samples = {93'000, 95'000, 91'000, 99'000, 94'000, 96'000, 92'000, 97'000, 90'000};
    speed.build = build_of(R"({"system_fingerprint":"b6715-0a1b","usage":{}})");
    speed.tokens = tokens_of(R"({"usage":{"completion_tokens":16}})");
    Serving serving;
    serving.engine = "llama-server";
    serving.model_digest = "sha256:0123";
    serving.model_file = "small.gguf";
    const Measurement made = measurement_of(speed, serving, MeasurementId(), NodeId(), Inventory());
    EXPECT_FALSE(is_of_node(made));
    const Reading* reading = made.find(Metric::ModelTokens);
    ASSERT_NE(reading, nullptr);
    EXPECT_EQ(reading->estimate.median, 94'000);
    EXPECT_EQ(reading->estimate.low, std::min<std::int64_t>(91'000, 94'000 * 95 / 100));
    EXPECT_EQ(reading->kernel, "llama-server b6715-0a1b");
    EXPECT_EQ(reading->shape, "model=sha256:0123 file=small.gguf tokens=16 parallel=1");
    const auto read = measurement_from_json(to_json(made));
    ASSERT_TRUE(read) << core::render(read.error(), core::Language::En);
    EXPECT_EQ(*read, made);
}

}  // namespace
}  // namespace kapok::compute::agent
