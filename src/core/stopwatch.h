#pragma once

// How long something really took, for measuring hardware and for time limits on other programs.
// Nothing is decided, billed or ordered by it: that is what Clock is for.

#include <chrono>

namespace kapok::core {

class Stopwatch {
public:
    [[nodiscard]] std::chrono::nanoseconds elapsed() const {
        return std::chrono::steady_clock::now() - start_;
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace kapok::core
