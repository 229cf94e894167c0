#pragma once

// SQLite behind the Connection port: one file in WAL mode, one writer, any number of readers.

#include <chrono>
#include <memory>
#include <string>

#include "core/result.h"
#include "platform/db/connection.h"

namespace kapok::platform::db {

struct SqliteOptions {
    std::string path;
    Access access = Access::Read;
    bool durable = true;  // Off only for databases that end with the program.
    std::chrono::milliseconds statement_time{30'000};
};

// A writer makes the file if there is none.
[[nodiscard]] core::Result<std::unique_ptr<Connection>> open_sqlite(const SqliteOptions& options);

}  // namespace kapok::platform::db
