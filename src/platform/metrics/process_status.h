#pragma once

// What this process uses of its host, under the names that every Prometheus client has for it.

#include <cstdint>

#include "platform/metrics/metrics.h"

namespace kapok::platform::metrics {

// What the kernel does not tell is 0.
struct ProcessStatus {
    std::int64_t cpu_us = 0;
    std::int64_t resident_bytes = 0;
    std::int64_t virtual_bytes = 0;
    std::int64_t threads = 0;
    std::int64_t open_fds = 0;
    std::int64_t max_fds = 0;
    std::int64_t started_at_us = 0;  // Since 1970.
};

[[nodiscard]] ProcessStatus read_process_status();

void describe(const ProcessStatus& status, Exposition& text);

}  // namespace kapok::platform::metrics
