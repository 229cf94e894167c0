#pragma once

// An error as OpenAI's clients read it: {"message", "type", "param", "code"}.

#include <string_view>

#include <boost/json/object.hpp>

#include "core/result.h"

namespace kapok::models {

// OpenAI's words for what its clients switch on; elsewhere our code is as good.
struct OpenAiWords {
    std::string_view type;
    std::string_view code;
};
[[nodiscard]] OpenAiWords openai_words(const core::ErrorCode& code);

// The HTTP status that goes with these words. Who has no wallet has no quota: OpenAI says 429 to
// both.
[[nodiscard]] int openai_status(const core::ErrorCode& code);

[[nodiscard]] boost::json::object openai_error_object(const core::Error& error,
                                                      core::Language language);

}  // namespace kapok::models
