#pragma once

// A bug in the caller's code that no caller can handle: the program stops and says where.

#include <string_view>

namespace kapok::platform::db {

[[noreturn]] void stop_misuse(std::string_view what, int column, std::string_view sql);

}  // namespace kapok::platform::db
