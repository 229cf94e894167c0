#include "platform/db/misuse.h"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

namespace kapok::platform::db {

void stop_misuse(std::string_view what, int column, std::string_view sql) {
    fmt::print(stderr, "db: column {} {}, in: {}\n", column, what, sql);
    std::abort();
}

}  // namespace kapok::platform::db
