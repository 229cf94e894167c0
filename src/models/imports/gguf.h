#pragma once

// What a file of weights says of itself. GGUF is read strictly and once, from front to back: what
// does not fit its specification, claims more than the file has, or would cost memory that the
// answer does not need, is refused before an engine ever maps it.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "core/result.h"

namespace kapok::models {

struct WeightsInfo {
    std::string architecture;           // "llama"
    std::string name;                   // As its makers call it; may be empty.
    std::string license;                // Likewise.
    std::int64_t context_window = 0;    // Tokens that it was made for; 0 if it does not say.
    std::int64_t embedding_length = 0;  // Numbers of a vector; 0 if it does not say.
    bool embeds = false;                // It was made for embeddings: it says how to pool.
    std::int64_t tensors = 0;
};

// The next bytes of the file into `buffer`; 0 is its end.
using ByteSource = std::function<core::Result<std::size_t>(std::span<std::byte> buffer)>;

// `file_bytes` is how long the file is. kNotGguf, kBadGguf, kWeightsCut, or the source's own error.
[[nodiscard]] core::Result<WeightsInfo> read_gguf(const ByteSource& source,
                                                  std::int64_t file_bytes);

}  // namespace kapok::models
