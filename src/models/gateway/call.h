#pragma once

// What the gateway must know of a call before it is dispatched, read in one pass from the bytes
// that the client sent. The bytes themselves are passed on: members that Kapok does not know belong
// to the engine. Only what metering needs is changed, by splicing.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "models/catalog.h"

namespace kapok::models {

enum class Endpoint : std::uint8_t { Chat, Completion, Embedding };
inline constexpr std::array<std::string_view, 3> kEndpointPaths{
    "/v1/chat/completions", "/v1/completions", "/v1/embeddings"};

struct Call {
    Endpoint endpoint = Endpoint::Chat;
    std::string model;
    bool stream = false;
    bool include_usage = false;      // The client asked for a usage chunk.
    bool timings_per_token = false;  // The client asked for timings in each chunk.
    std::int64_t choices = 1;        // Replies wanted: `n` times the prompts.
    std::int64_t inputs = 1;         // Prompts of a completion, texts of an embedding.
    std::int64_t messages = 0;
    std::int64_t text_bytes = 0;  // Of all that becomes prompt, as JSON; never fewer than tokens.
    std::optional<std::int64_t> max_tokens;
};

// Refuses what is not JSON, what is there twice, and what a hold could not be computed from. The
// pointer of the error names the member.
[[nodiscard]] core::Result<Call> read_call(Endpoint endpoint, std::string_view body);

// The most tokens that the call can use, given the model's context window (in tokens, per reply).
struct TokenBound {
    std::int64_t input = 0;
    std::int64_t output = 0;
};
[[nodiscard]] TokenBound token_bound(const Call& call, std::int64_t context_window);

// The body as it goes upstream: always streamed, with a usage chunk, and with cumulative timings
// where the upstream knows them; everything else is as the client wrote it. `body` has passed
// read_call().
[[nodiscard]] std::string metered_body(std::string_view body, Counting counting);

}  // namespace kapok::models
