// The records of an attempt: what is written is read, and what is damaged or hostile is refused.

#include "platform/process/attempt.h"

#include <gtest/gtest.h>

#include "core/random.h"
#include "core/timestamp.h"
#include "platform/process/errors.h"
#include "platform/process/limits.h"

namespace kapok::platform::process {
namespace {

AttemptSpec good_spec() {
    AttemptSpec spec;
    spec.attempt = "att_01J00000000000000000000000-1";
    spec.command = {"python3", "-c", "print(\"算力\\n\")\x01"};
    spec.environment = {{"A", "b\\\"c\n"}, {"_X9", ""}};
    spec.folder = "/workspace/sub";
    spec.mounts = {{"/var/data", "/data", false}, {"/srv/out put", "/out", true}};
    spec.devices = {"/dev/nvidia0"};
    spec.network = Network::Host;
    spec.confinement = Confinement::Namespaces;
    spec.log_overflow = LogOverflow::Rotate;
    spec.user = 400'000;
    spec.limits = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    return spec;
}

TEST(AttemptSpec, IsReadAsItWasWritten) {
    const AttemptSpec spec = good_spec();
    ASSERT_TRUE(check(spec).has_value());
    const auto read = parse_spec(to_json(spec));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(to_json(*read), to_json(spec));
    EXPECT_EQ(read->command, spec.command);
    EXPECT_EQ(read->environment, spec.environment);
    EXPECT_EQ(read->limits.grace_ms, 11);
    EXPECT_EQ(read->user, 400'000U);
}

TEST(AttemptSpec, RefusesWhatCouldLeadOut) {
    const auto refuses = [](auto change) {
        AttemptSpec spec = good_spec();
        change(spec);
        const auto checked = check(spec);
        return !checked && checked.error().code() == kBadSpec;
    };
    for (const std::string name : {"", "..", "a/b", "a b", "算力", "../../etc"}) {
        EXPECT_TRUE(refuses([&](AttemptSpec& spec) { spec.attempt = name; })) << name;
    }
    EXPECT_TRUE(refuses([](AttemptSpec& spec) { spec.attempt = std::string(65, 'a'); }));
    EXPECT_TRUE(refuses([](AttemptSpec& spec) { spec.command = {}; }));
    EXPECT_TRUE(refuses([](AttemptSpec& spec) { spec.command = {""}; }));
    EXPECT_TRUE(refuses([](AttemptSpec& spec) { spec.command = {"a", "\xFF"}; }));
    EXPECT_TRUE(refuses([](AttemptSpec& spec) { spec.command = {std::string("a\0b", 3)}; }));
    EXPECT_TRUE(refuses([](AttemptSpec& spec) { spec.command.resize(kArgumentsMax + 1, "x"); }));
    for (const std::uint32_t user : {0U, 65'534U, UINT32_MAX}) {
        EXPECT_TRUE(refuses([&](AttemptSpec& spec) { spec.user = user; })) << user;
    }
    for (const std::string target : {"/", "data", "/usr/x", "/etc", "/proc/1", "/workspace",
                                     "/a/../etc", "/a//b", "/a/", "/dev/shm", "/tmp"}) {
        EXPECT_TRUE(refuses([&](AttemptSpec& spec) { spec.mounts[0].target = target; })) << target;
    }
    EXPECT_TRUE(refuses([](AttemptSpec& spec) { spec.mounts[1].target = "/data"; }));
    EXPECT_TRUE(refuses([](AttemptSpec& spec) { spec.mounts[0].source = "relative"; }));
    EXPECT_TRUE(refuses([](AttemptSpec& spec) { spec.devices = {"/etc/passwd"}; }));
    EXPECT_TRUE(refuses([](AttemptSpec& spec) { spec.devices = {"/dev/../etc/passwd"}; }));
    EXPECT_TRUE(refuses([](AttemptSpec& spec) { spec.folder = "work"; }));
    EXPECT_TRUE(refuses([](AttemptSpec& spec) { spec.confinement = Confinement::Plain; }));
    for (const std::string name : {"", "1A", "A=B", "A B", "-"}) {
        EXPECT_TRUE(refuses([&](AttemptSpec& spec) { spec.environment[name] = "x"; })) << name;
    }
    EXPECT_TRUE(refuses([](AttemptSpec& spec) { spec.limits.pids_max = -1; }));
    EXPECT_TRUE(refuses([](AttemptSpec& spec) { spec.limits.wall_ms_max = INT64_MAX; }));
}

TEST(AttemptResult, IsReadAsItWasWritten) {
    AttemptResult result;
    result.attempt = "att_1";
    result.ending = Ending::NotStarted;
    result.exit_code = 137;
    result.oom_killed = true;
    result.problem =
        core::Error(kSystem, {{"action", "mount"}, {"path", "/x \"y\""}, {"reason", "\xFFno"}}, {});
    result.started_at = core::from_micros(1'795'000'000'000'001);
    result.finished_at = core::from_micros(1'795'000'000'000'002);
    result.usage = {1, 2, {}, 4, {}, 6};
    const auto read = parse_result(to_json(result));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(to_json(*read), to_json(result));
    EXPECT_EQ(core::render(*read->problem, core::Language::En), "mount failed on /x \"y\": ?no");
    EXPECT_EQ(read->usage.memory_peak_bytes, std::nullopt);
    EXPECT_EQ(read->signal(), 9);
}

TEST(AttemptState, IsReadAsItWasWritten) {
    const AttemptState state{"att_1",
                             {42, 77, "boot"},
                             CgroupPlace{CgroupVersion::V1, {"/sys/fs/cgroup/memory/a", "/b"}},
                             400'000,
                             core::from_micros(7)};
    const auto read = parse_state(to_json(state));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->supervisor, state.supervisor);
    EXPECT_EQ(read->cgroup, state.cgroup);
    EXPECT_EQ(read->user, state.user);
    EXPECT_EQ(read->started_at, state.started_at);
}

// Every prefix and many random changes of each record: an error or another record, never a crash.
TEST(Records, SurviveDamage) {
    core::SeededRandom random(21);
    AttemptResult result;
    result.problem = core::Error(kNoCgroups, {}, {});
    const std::string texts[] = {
        to_json(good_spec()), to_json(result),
        to_json(AttemptState{"a", {1, 1, "b"}, CgroupPlace{CgroupVersion::V2, {"/x"}}, 1, {}})};
    const auto read_all = [](const std::string& text) {
        static_cast<void>(parse_spec(text));
        static_cast<void>(parse_state(text));
        static_cast<void>(parse_result(text));
    };
    for (const std::string& text : texts) {
        for (std::size_t size = 0; size < text.size(); ++size) {
            EXPECT_FALSE(parse_spec(text.substr(0, size)).has_value());
            read_all(text.substr(0, size));
        }
        for (int i = 0; i < 3'000; ++i) {
            std::string changed = text;
            changed[random.below(changed.size())] = static_cast<char>(random.below(256));
            read_all(changed);
        }
    }
    EXPECT_FALSE(parse_state(R"({"attempt":"a","pid":-1,"start_ticks":1,"boot_id":"b"})"));
    EXPECT_FALSE(parse_spec("[]").has_value());
    EXPECT_FALSE(parse_spec(std::string(100'000, '[')).has_value());
}

}  // namespace
}  // namespace kapok::platform::process
