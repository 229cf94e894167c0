#pragma once

// `kapok batch …`: many calls in one file. `submit` uploads a file of requests, or makes one of
// prompts; `output` fetches what came of them.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/command.h"
#include "core/result.h"

namespace kapok::app::cli {

[[nodiscard]] std::vector<Command> batch_commands();

// A file of requests to chat, one for each line of `prompts` that is not blank.
struct PromptWish {
    std::string model;
    std::string system;           // Instructions before each prompt; empty for none.
    std::int64_t max_tokens = 0;  // 0: as the model has it.
};
[[nodiscard]] std::string prompt_lines(std::string_view prompts, const PromptWish& wish);

// One line for a terminal, `width` columns at the most: how many of `total` are done.
[[nodiscard]] std::string progress_line(std::size_t done, std::size_t failed, std::size_t total,
                                        core::Language language);

}  // namespace kapok::app::cli
