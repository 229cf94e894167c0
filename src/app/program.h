#pragma once

// What this program calls itself, in reports and on the command line.

#include <string>

namespace kapok::app {

inline const std::string kProgram = "kapok 0.1.0";

}  // namespace kapok::app
