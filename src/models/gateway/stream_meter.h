#pragma once

// Reads an engine's stream as it passes: how much has been used so far, whether it ended well, and
// what of each chunk the client is to see. Pure: chunks in, facts out.
//
// An engine that counts along (llama.cpp with `timings_per_token`) puts cumulative counts into each
// content chunk, for each choice by itself; its final usage, one a choice, has the exact ones. A
// prompt is processed once for all its choices, so it counts once.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "models/gateway/call.h"

namespace kapok::models {

struct TokenCount {
    std::int64_t prompt = 0;
    std::int64_t cached = 0;  // Of the prompt, what the engine had kept from before.
    std::int64_t completion = 0;

    friend bool operator==(const TokenCount&, const TokenCount&) = default;
};

class StreamMeter {
public:
    // `call` says what the client asked for, and so what is taken out for it.
    explicit StreamMeter(Call call);

    // What the client gets of one event's data: nothing, the same, or the same less what the
    // gateway asked for itself. "[DONE]" and usage chunks give nothing: the gateway sends
    // closing_chunk() and its own "[DONE]" after the settlement.
    [[nodiscard]] core::Result<std::optional<std::string>> pass(std::string_view data);

    // The usage chunk for a client that asked for one: the engine's, with the sum of all choices.
    [[nodiscard]] std::optional<std::string> closing_chunk() const;

    // The last cumulative count that the engine gave.
    [[nodiscard]] TokenCount count() const;
    // For an upstream that gives no counts along its stream: one token for each piece of content
    // that passed, and nothing for the prompt, which nobody has counted.
    [[nodiscard]] TokenCount estimate() const noexcept { return {0, 0, pieces_}; }
    // The engine said "[DONE]" and gave its final usage for every choice.
    [[nodiscard]] bool complete() const noexcept;
    [[nodiscard]] bool failed() const noexcept { return failed_; }  // An error came in the stream.

private:
    struct Choice {
        std::int64_t prompt = 0;
        std::int64_t cached = 0;
        std::int64_t completion = 0;
    };

    Call call_;
    std::map<std::int64_t, Choice> choices_;  // By index: cumulative counts of its chunks.
    std::int64_t pieces_ = 0;                 // Chunks that held content.
    std::int64_t finals_ = 0;                 // Final usages seen, and their sums.
    std::int64_t final_completion_ = 0;
    std::int64_t final_prompt_ = 0;
    std::int64_t final_cached_ = 0;
    bool done_ = false;
    bool failed_ = false;
    std::string usage_chunk_;  // The last usage chunk of a chat, as it came.
};

// The JSON object `text` without these members, all else byte for byte.
[[nodiscard]] std::string without_members(std::string_view text,
                                          std::initializer_list<std::string_view> names);

}  // namespace kapok::models
