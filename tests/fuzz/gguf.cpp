// Any bytes as a file of weights, read at once and byte by byte: no crash, no memory beyond what
// the file has, and both ways the same.

#include "models/imports/gguf.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>

namespace {

using kapok::models::WeightsInfo;

kapok::core::Result<WeightsInfo> read(std::span<const std::byte> file, std::size_t piece) {
    const auto size = static_cast<std::int64_t>(file.size());
    const auto source = [&](std::span<std::byte> buffer) -> kapok::core::Result<std::size_t> {
        const std::size_t count = std::min({buffer.size(), piece, file.size()});
        std::ranges::copy(file.first(count), buffer.begin());
        file = file.subspan(count);
        return count;
    };
    return kapok::models::read_gguf(source, size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto file = std::as_bytes(std::span(data, size));
    const auto whole = read(file, size + 1);
    const auto pieces = read(file, 1);
    const bool same = whole ? pieces && pieces->architecture == whole->architecture &&
                                  pieces->context_window == whole->context_window &&
                                  pieces->tensors == whole->tensors
                            : !pieces && pieces.error() == whole.error();
    if (!same) {
        std::abort();
    }
    return 0;
}
