#pragma once

// What a person types when asked; a program may pipe it in.

#include <string>
#include <string_view>

namespace kapok::app::cli {

// A line of standard input. On a terminal it prompts, and shows nothing of what is `hidden`.
[[nodiscard]] std::string ask(std::string_view prompt, bool hidden);

}  // namespace kapok::app::cli
