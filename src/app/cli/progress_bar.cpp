#include "app/cli/progress_bar.h"

#include <algorithm>
#include <chrono>
#include <iostream>

#include <fmt/format.h>
#include <unistd.h>

namespace kapok::app::cli {
namespace {

constexpr int kWidth = 24;
constexpr double kMegabyte = 1e6;

}  // namespace

std::string progress_text(std::int64_t done, std::optional<std::int64_t> total,
                          double bytes_per_s) {
    const double here = static_cast<double>(done) / kMegabyte;
    const std::string speed =
        bytes_per_s > 0 ? fmt::format(", {:.1f} MB/s", bytes_per_s / kMegabyte) : std::string();
    if (!total || *total <= 0) {
        return fmt::format("{:.1f} MB{}", here, speed);
    }
    const double share =
        std::clamp(static_cast<double>(done) / static_cast<double>(*total), 0.0, 1.0);
    const auto filled = static_cast<std::size_t>(share * kWidth);
    return fmt::format("{:3.0f}% [{}{}] {:.1f} / {:.1f} MB{}", share * 100,
                       std::string(filled, '#'), std::string(kWidth - filled, '.'), here,
                       static_cast<double>(*total) / kMegabyte, speed);
}

ProgressBar::ProgressBar(std::string what, const core::Clock& clock)
    : what_(std::move(what)),
      terminal_(::isatty(STDERR_FILENO) == 1),
      clock_(clock),
      begun_(clock.now()) {}

ProgressBar::~ProgressBar() {
    if (terminal_) {
        std::cerr << '\n';
    }
}

void ProgressBar::show(std::int64_t done, std::optional<std::int64_t> total) {
    first_ = first_ < 0 ? done : first_;
    const std::chrono::duration<double> spent = clock_.now() - begun_;
    const double speed =
        spent.count() > 0 ? static_cast<double>(done - first_) / spent.count() : 0.0;
    say(progress_text(done, total, speed));
}

void ProgressBar::say(const std::string& text) {
    if (terminal_) {
        std::cerr << fmt::format("\r\x1b[K{}: {}", what_, text) << std::flush;
    }
}

}  // namespace kapok::app::cli
