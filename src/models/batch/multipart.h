#pragma once

// Reads a body of multipart/form-data (RFC 7578) while it comes, cut anywhere. Pure: bytes in,
// events out. Strict where readers differ, so that nobody behind it can see another form: lines end
// in CR LF, nothing stands before the first boundary or after the last, no part is without a name,
// and no header of a part is folded or there twice.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.h"

namespace kapok::models {

struct PartBegin {
    std::string name;
    std::optional<std::string> filename;  // Without any folder; only a file has one.

    friend bool operator==(const PartBegin&, const PartBegin&) = default;
};
struct PartData {
    std::string bytes;

    friend bool operator==(const PartData&, const PartData&) = default;
};
struct PartEnd {
    friend bool operator==(const PartEnd&, const PartEnd&) = default;
};
using FormEvent = std::variant<PartBegin, PartData, PartEnd>;

class MultipartReader {
public:
    // kNotAForm if the type is another, or names no boundary or a bad one.
    [[nodiscard]] static core::Result<MultipartReader> create(std::string_view content_type);

    // What the bytes complete. After an error there is nothing more to be had.
    [[nodiscard]] core::Result<std::vector<FormEvent>> feed(std::string_view bytes);
    // The body has ended: kBadForm unless its last boundary has come.
    [[nodiscard]] core::Result<void> finish() const;

private:
    enum class State : std::uint8_t { Start, AfterBoundary, Headers, Content, Epilogue };

    explicit MultipartReader(std::string boundary) : delimiter_("\r\n--" + std::move(boundary)) {}

    // One step on what is buffered; false if it needs more bytes.
    [[nodiscard]] core::Result<bool> step(std::vector<FormEvent>& events);
    [[nodiscard]] core::Result<bool> begin();
    [[nodiscard]] core::Result<bool> after_boundary();
    [[nodiscard]] core::Result<bool> headers(std::vector<FormEvent>& events);
    [[nodiscard]] bool content(std::vector<FormEvent>& events);

    std::string delimiter_;  // CR LF and the dash-boundary.
    std::string buffer_;
    State state_ = State::Start;
    std::size_t parts_ = 0;
};

}  // namespace kapok::models
