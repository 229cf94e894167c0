#pragma once

// PostgreSQL behind the Connection port, always in pipeline mode: what needs no answer at once
// travels together with what does. A simple read is one round trip with its begin and its end.

#include <chrono>
#include <memory>
#include <string>

#include "core/result.h"
#include "platform/db/connection.h"

namespace kapok::platform::db {

struct PostgresOptions {
    std::string url;
    Access access = Access::Read;
    std::chrono::milliseconds statement_time{30'000};
    std::chrono::milliseconds reconnect_time{10'000};
};

// Tries once; later, begin() makes a broken connection anew with patience.
[[nodiscard]] core::Result<std::unique_ptr<Connection>> open_postgres(
    const PostgresOptions& options);

}  // namespace kapok::platform::db
