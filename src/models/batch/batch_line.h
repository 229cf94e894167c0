#pragma once

// The lines of a batch's input: how a file is cut into them while it is read, and what is read of
// each. Pure; the bytes of a line's body go to the engine as its author wrote them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "models/gateway/call.h"

namespace kapok::models {

struct TextLine {
    std::int64_t number = 0;  // From 1; blank lines count but are not given out.
    std::int64_t offset = 0;
    std::string text;  // Without its line end.
};

class LineCutter {
public:
    // The lines that are complete now. kLineTooLong ends it.
    [[nodiscard]] core::Result<std::vector<TextLine>> feed(std::string_view bytes);
    // A last line that no line end follows.
    [[nodiscard]] std::optional<TextLine> finish();

private:
    void end_line(std::vector<TextLine>& lines);

    TextLine line_{1, 0, {}};
};

struct LineRequest {
    std::string custom_id;
    std::string model;
    std::string body;
};

// {"custom_id", "method": "POST", "url": the endpoint's path, "body": {"model", …}}. The pointer of
// the error names the member. What else is wrong with the body, its call will say.
[[nodiscard]] core::Result<LineRequest> read_line(Endpoint endpoint, std::string_view text);

}  // namespace kapok::models
