#pragma once

// What the tests of supervisor and adoption share: a folder for attempts, and real supervisors,
// which are this same program started again. Full isolation needs root, bubblewrap and cgroups;
// where they are missing these tests say which one and are skipped.

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/timestamp.h"
#include "platform/process/adoption.h"
#include "platform/process/files.h"
#include "platform/process/isolation.h"
#include "platform/process/limits.h"

namespace kapok::platform::process {

// Several runs of the tests may share this machine: each has users of its own.
inline const auto kTestUser = static_cast<std::uint32_t>(500'000 + ::getpid() % 20'000);
constexpr std::chrono::seconds kPatience{60};  // Far more than anything here takes.

inline std::string own_program() {
    return std::filesystem::read_symlink("/proc/self/exe");
}

class Attempts : public testing::Test {
protected:
    std::filesystem::path root;
    core::ManualClock clock{core::from_micros(1'795'000'000'000'000)};

    void SetUp() override {
        static const Isolation isolation = probe_isolation();
        if (const auto accepted = isolation.accepts_foreign_jobs(); !accepted) {
            GTEST_SKIP() << core::render(accepted.error(), core::Language::En);
        }
        std::string name = (std::filesystem::temp_directory_path() / "kapok_att_XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        root = name;
    }
    void TearDown() override {
        if (!root.empty()) {
            std::filesystem::remove_all(root);
        }
    }

    static AttemptSpec shell(std::string attempt, std::string script) {
        AttemptSpec spec;
        // They share its cgroups too.
        spec.attempt = attempt + "-" + std::to_string(::getpid());
        spec.command = {"/bin/sh", "-c", std::move(script)};
        spec.user = kTestUser;
        spec.limits.memory_bytes_max = 67'108'864;
        spec.limits.pids_max = 32;
        spec.limits.wall_ms_max = 20'000;
        spec.limits.file_bytes_max = 10'000'000;
        spec.limits.folder_bytes_max = 30'000'000;
        spec.limits.grace_ms = 200;
        return spec;
    }

    [[nodiscard]] std::filesystem::path prepare(const AttemptSpec& spec) const {
        const std::filesystem::path folder = root / spec.attempt;
        EXPECT_TRUE(make_attempt_folder(folder).has_value());
        const auto written = write_spec(folder, spec);
        EXPECT_TRUE(written.has_value());
        return folder;
    }

    static Child start(const std::filesystem::path& folder) {
        return start_supervisor({own_program(), "supervise"}, folder).value();
    }

    // Runs it to its end. `before` may put things into the folder.
    AttemptResult run(const AttemptSpec& spec) {
        const auto folder = prepare(spec);
        Child supervisor = start(folder);
        const auto ended = supervisor.wait(kPatience);
        EXPECT_TRUE(ended.has_value() && ended->code == 0) << log(folder);
        const auto result = read_result(folder);
        EXPECT_TRUE(result && *result) << log(folder);
        return result && *result ? **result : AttemptResult{};
    }

    static std::string log(const std::filesystem::path& folder) {
        return read_text(folder / "supervisor.log", kRecordBytesMax).value_or("no log");
    }
    [[nodiscard]] std::string output(const AttemptSpec& spec, std::string_view name) const {
        return read_text(root / spec.attempt / name, 100'000'000).value_or("no output");
    }

    // Polls: what is waited for has no handle.
    template <class Condition>
    static bool eventually(Condition condition) {
        for (int i = 0; i < 6'000; ++i) {
            if (condition()) {
                return true;
            }
            ::poll(nullptr, 0, 10);
        }
        return false;
    }
    static bool reaches(const std::filesystem::path& folder, AttemptPhase phase) {
        return eventually([&] {
            const auto status = inspect(folder);
            return status && status->phase == phase;
        });
    }
    static bool is_gone(const CgroupPlace& place) {
        return std::ranges::none_of(
            place.folders, [](const auto& folder) { return std::filesystem::exists(folder); });
    }
};

}  // namespace kapok::platform::process
