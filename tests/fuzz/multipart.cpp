// Any bytes as a form, whole and cut in two: no crash, and both ways the same.

#include "models/batch/multipart.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace {

using kapok::models::FormEvent;
using kapok::models::MultipartReader;
using kapok::models::PartBegin;
using kapok::models::PartData;

// What a reader saw, as one text; nothing if it refused.
std::optional<std::string> seen(std::string_view bytes, std::size_t cut) {
    auto reader = MultipartReader::create("multipart/form-data; boundary=a");
    std::string text;
    for (const std::string_view piece : {bytes.substr(0, cut), bytes.substr(cut)}) {
        const auto events = reader->feed(piece);
        if (!events) {
            return std::nullopt;
        }
        for (const FormEvent& event : *events) {
            if (const auto* begin = std::get_if<PartBegin>(&event)) {
                text += "[" + begin->name + "|" + begin->filename.value_or("-") + "]";
            } else if (const auto* data = std::get_if<PartData>(&event)) {
                text += data->bytes;
            } else {
                text += "[/]";
            }
        }
    }
    return reader->finish() ? std::optional(text) : std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::size_t cut = size == 0 ? 0 : data[0] % (size + 1);
    static_cast<void>(MultipartReader::create(bytes));
    if (seen(bytes, size) != seen(bytes, cut)) {
        std::abort();
    }
    return 0;
}
