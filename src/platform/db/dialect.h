#pragma once

// SQL as modules write it, turned into what one backend understands.

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::platform::db {

struct NativeSql {
    std::string text;
    std::size_t parameters = 0;
};

// `?` becomes $1, $2… for PostgreSQL, outside of quotes and comments; `{for_update}` becomes
// "for update" or nothing.
[[nodiscard]] NativeSql native_statement(std::string_view sql, Backend backend);

// The statements of a migration in this backend's SQL. The error is a sentence on what to write
// instead.
[[nodiscard]] std::expected<std::vector<std::string>, std::string> native_definitions(
    std::string_view sql, Backend backend);

}  // namespace kapok::platform::db
