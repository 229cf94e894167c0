#pragma once

// A line on a terminal that shows how far long work is. Where stderr is no terminal it shows
// nothing, so that logs stay readable.

#include <cstdint>
#include <optional>
#include <string>

#include "core/clock.h"

namespace kapok::app::cli {

class ProgressBar {
public:
    // `clock` outlives it.
    ProgressBar(std::string what, const core::Clock& clock);
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;
    ~ProgressBar();  // Leaves the line.

    // Without a total it says how much there is.
    void show(std::int64_t done, std::optional<std::int64_t> total);
    // Any other state in words.
    void say(const std::string& text);

private:
    std::string what_;
    bool terminal_;
    const core::Clock& clock_;
    core::Timestamp begun_;
    std::int64_t first_ = -1;  // Where it was when it began.
};

// "42% [########············] 41.3 of 98.4 MB, 12.1 MB/s": pure, for tests.
[[nodiscard]] std::string progress_text(std::int64_t done, std::optional<std::int64_t> total,
                                        double bytes_per_s);

}  // namespace kapok::app::cli
