// A job's log: whole below its bound, cut or begun anew above it, and open only to its job.

#include "platform/process/job_log.h"

#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "platform/process/files.h"

namespace kapok::platform::process {
namespace {

namespace fs = std::filesystem;

class Log : public testing::Test {
protected:
    fs::path root;

    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "kapok_log_XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        root = name;
    }
    void TearDown() override { fs::remove_all(root); }

    static void write(JobLog& log, const std::string& text) {
        ASSERT_EQ(::write(log.writing(), text.data(), text.size()), std::ssize(text));
        while (log.pump()) {
        }
    }
    [[nodiscard]] std::string read(const std::string& name) const {
        return read_text(root / name, 1'000'000).value_or("nothing");
    }
};

TEST_F(Log, IsWholeBelowItsBound) {
    auto log = JobLog::open(root / "out", {10, LogOverflow::Truncate}, {});
    ASSERT_TRUE(log.has_value());
    write(*log, "12345");
    write(*log, "67890");
    EXPECT_EQ(read("out"), "1234567890");
    EXPECT_FALSE(log->truncated());
    EXPECT_GE(log->reading(), 0);
    log->close_writing();
    EXPECT_FALSE(log->pump());
    EXPECT_EQ(log->reading(), -1);
    EXPECT_FALSE(log->pump());
}

TEST_F(Log, IsCutAtItsBound) {
    auto log = JobLog::open(root / "out", {10, LogOverflow::Truncate}, {});
    write(*log, "12345678");
    write(*log, "90abc");
    write(*log, "more");
    EXPECT_EQ(read("out"), "1234567890");
    EXPECT_TRUE(log->truncated());
}

TEST_F(Log, BeginsAnewAndKeepsTheOneBefore) {
    auto log = JobLog::open(root / "out", {10, LogOverflow::Rotate}, {});
    for (const char* const text : {"aaaaaa\n", "bbbbbb\n", "cccccc\n"}) {
        write(*log, text);
    }
    EXPECT_EQ(read("out"), "cccccc\n");
    EXPECT_EQ(read("out.1"), "bbbbbb\n");
    EXPECT_FALSE(log->truncated());
    write(*log, std::string(25, 'x'));  // Longer than a whole file.
    EXPECT_EQ(read("out"), "xx");
    EXPECT_EQ(read("out.1"), std::string(10, 'x'));
    EXPECT_FALSE(log->truncated());
}

TEST_F(Log, IsUnboundedWithoutABound) {
    auto log = JobLog::open(root / "out", {}, {});
    for (int i = 0; i < 10; ++i) {
        write(*log, std::string(60'000, 'x'));
    }
    EXPECT_EQ(read("out").size(), 600'000U);
}

}  // namespace
}  // namespace kapok::platform::process
