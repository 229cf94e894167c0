#pragma once

// What a batch writes: one line of JSON for each line of its input, in OpenAI's shape, and the
// words for what is wrong with an input. Pure.

#include <span>
#include <string>

#include "core/result.h"
#include "models/batch/batch.h"
#include "platform/http/message.h"

namespace kapok::models {

// What a line comes to by this reply: an answer (200, or the refusal of its own call), or an error
// where nothing was asked, such as want of funds.
[[nodiscard]] Line result_of(const core::Result<platform::http::Response>& reply,
                             core::Language language);
// Whether the same call may go better later.
[[nodiscard]] bool is_transient(const core::Error& error);
// {"code", "message"} of a line.
[[nodiscard]] std::string error_text(const core::Error& error, core::Language language);

// Does it stand in the output file, or in that of errors?
[[nodiscard]] bool is_good(const Line& line);
// With its line end.
[[nodiscard]] std::string output_text(const Line& line);

[[nodiscard]] LineFault fault_of(const core::Error& error, std::int64_t line);
[[nodiscard]] std::string faults_text(std::span<const LineFault> faults);

}  // namespace kapok::models
