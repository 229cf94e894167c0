// What a log line looks like, that secrets stay out, and that lines of many threads stay whole.

#include "platform/log/log.h"

#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace kapok::platform::log {
namespace {

class LogLines : public testing::Test {
protected:
    void SetUp() override { ASSERT_EQ(::pipe(pipe_.data()), 0); }
    void TearDown() override { ::close(pipe_[0]); }

    [[nodiscard]] std::string read_all() {
        ::close(pipe_[1]);
        std::string text;
        std::array<char, 4'096> piece{};
        for (ssize_t n = 0; (n = ::read(pipe_[0], piece.data(), piece.size())) > 0;) {
            text.append(piece.data(), static_cast<std::size_t>(n));
        }
        return text;
    }

    std::array<int, 2> pipe_{};
    core::ManualClock clock_{core::Timestamp(std::chrono::microseconds(7))};
};

TEST_F(LogLines, AreJsonWithEscapesAndWithoutSecrets) {
    {
        Log log(pipe_[1], Level::Info, clock_);
        log.debug("not shown");
        log.info("signed in \"x\"\n", {{"user", "木棉"},
                                       {"duration_us", 12},
                                       {"first", true},
                                       {"password", core::Secret("hunter2")}});
    }
    EXPECT_EQ(read_all(), R"({"time":"1970-01-01T00:00:00.000007Z","level":"info",)"
                          R"("message":"signed in \"x\"\u000a","user":"木棉","duration_us":12,)"
                          R"("first":true,"password":"***"})"
                          "\n");
}

TEST_F(LogLines, CutsLongValues) {
    {
        Log log(pipe_[1], Level::Info, clock_);
        log.info("m", {{"value", std::string(100'000, 'x')}});
    }
    EXPECT_LT(read_all().size(), 4'300U);
}

TEST_F(LogLines, StayWholeWhenManyThreadsWrite) {
    std::thread reader;
    std::string text;
    {
        Log log(pipe_[1], Level::Info, clock_);
        std::vector<std::jthread> writers;
        reader = std::thread([&] {
            std::array<char, 4'096> piece{};
            while (std::ranges::count(text, '\n') < 4'000) {
                const ssize_t n = ::read(pipe_[0], piece.data(), piece.size());
                ASSERT_GT(n, 0);
                text.append(piece.data(), static_cast<std::size_t>(n));
            }
        });
        for (int i = 0; i < 4; ++i) {
            writers.emplace_back([&log] {
                for (int k = 0; k < 1'000; ++k) {
                    log.info("tick", {{"count", k}});
                }
            });
        }
    }
    reader.join();
    ::close(pipe_[1]);
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
        EXPECT_TRUE(text.substr(begin, end - begin).starts_with("{\"time\""));
        EXPECT_EQ(text[end - 1], '}');
    }
}

}  // namespace
}  // namespace kapok::platform::log
