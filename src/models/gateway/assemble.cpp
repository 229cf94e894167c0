#include "models/gateway/assemble.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include <boost/json.hpp>

#include "models/errors.h"

namespace kapok::models {
namespace {

namespace json = boost::json;

// Texts of later fragments are appended to those of earlier ones; lists of log probabilities too;
// tool calls are merged by their index. Anything else: the last word counts.
void merge_delta(json::object& message, const json::object& delta);

void merge_tool_call(json::array& calls, const json::object& fragment) {
    const json::value* index = fragment.if_contains("index");
    json::object* call = nullptr;
    for (json::value& known : calls) {  // Only objects are ever put there.
        const json::value* other = known.get_object().if_contains("index");
        if (index != nullptr && other != nullptr && *other == *index) {
            call = &known.get_object();
        }
    }
    if (call == nullptr) {
        call = &calls.emplace_back(json::object()).get_object();
    }
    for (const auto& [key, value] : fragment) {
        json::value* known = call->if_contains(key);
        if (key == "function" && known != nullptr && known->is_object() && value.is_object()) {
            merge_delta(known->get_object(), value.get_object());
        } else if (known == nullptr || !value.is_null()) {
            (*call)[key] = value;
        }
    }
}

void merge_delta(json::object& message, const json::object& delta) {
    for (const auto& [key, value] : delta) {
        json::value* known = message.if_contains(key);
        if (key == "tool_calls") {
            if (!value.is_array()) {
                continue;
            }
            json::value& calls = message[key];
            if (!calls.is_array()) {
                calls.emplace_array();
            }
            for (const json::value& fragment : value.get_array()) {
                if (fragment.is_object()) {
                    merge_tool_call(calls.get_array(), fragment.get_object());
                }
            }
        } else if (known != nullptr && known->is_string() && value.is_string() && key != "role") {
            known->get_string().append(value.get_string());
        } else if (known == nullptr || !value.is_null()) {
            message[key] = value;
        }
    }
}

// {"content": [ … ]} grows by what each chunk adds.
void merge_logprobs(json::object& choice, const json::value& logprobs) {
    if (!logprobs.is_object()) {
        choice.emplace("logprobs", logprobs);
        return;
    }
    json::value& known = choice["logprobs"];
    if (!known.is_object()) {
        known.emplace_object();
    }
    for (const auto& [key, value] : logprobs.get_object()) {
        json::value& list = known.get_object()[key];
        if (value.is_array() && list.is_array()) {
            for (const json::value& item : value.get_array()) {
                list.get_array().push_back(item);
            }
        } else {
            list = value;
        }
    }
}

void merge_choice(Endpoint endpoint, json::object& choice, const json::object& fragment) {
    for (const auto& [key, value] : fragment) {
        if (key == "delta" && value.is_object()) {
            merge_delta(choice["message"].get_object(), value.get_object());
        } else if (key == "text" && value.is_string() && endpoint == Endpoint::Completion) {
            json::value& text = choice[key];
            if (!text.is_string()) {
                text.emplace_string();
            }
            text.get_string().append(value.get_string());
        } else if (key == "logprobs") {
            merge_logprobs(choice, value);
        } else if (key != "message" && (key != "finish_reason" || !value.is_null())) {
            choice[key] = value;
        }
    }
}

// A reply's tool calls have no index, unlike a stream's; and content that never came is null.
void finish_message(json::object& choice) {
    json::object& message = choice["message"].get_object();
    json::value* calls = message.if_contains("tool_calls");
    if (calls != nullptr && calls->is_array()) {
        for (json::value& call : calls->get_array()) {
            call.get_object().erase("index");
        }
    }
    const json::value* content = message.if_contains("content");
    const bool calls_tools = message.contains("tool_calls");
    if (!calls_tools && (content == nullptr || content->is_null())) {
        message["content"] = "";
    }
}

json::object usage_json(const TokenCount& usage) {
    return {{"completion_tokens", usage.completion},
            {"prompt_tokens", usage.prompt},
            {"total_tokens", usage.prompt + usage.completion},
            {"prompt_tokens_details", {{"cached_tokens", usage.cached}}}};
}

json::object& choice_of(Endpoint endpoint, std::map<std::int64_t, json::object>& choices,
                        const json::object& fragment) {
    const json::value* index = fragment.if_contains("index");
    json::object& choice = choices[index != nullptr && index->is_int64() ? index->get_int64() : 0];
    if (choice.empty()) {
        choice["finish_reason"] = nullptr;
        if (endpoint == Endpoint::Chat) {
            choice["message"].emplace_object();
        }
    }
    return choice;
}

}  // namespace

core::Result<std::string> assemble(Endpoint endpoint, std::span<const std::string> chunks,
                                   const TokenCount& usage) {
    json::object reply;
    std::map<std::int64_t, json::object> choices;
    for (const std::string& text : chunks) {
        boost::system::error_code fault;
        const json::value chunk = json::parse(text, fault);
        if (fault || !chunk.is_object()) {
            return core::fail(kBadUpstream, {{"reason", "a chunk that is no JSON object"}});
        }
        for (const auto& [key, value] : chunk.get_object()) {
            if (key != "choices") {
                reply[key] = value;
                continue;
            }
            if (!value.is_array() ||
                !std::ranges::all_of(value.get_array(), &json::value::is_object)) {
                return core::fail(kBadUpstream,
                                  {{"reason", "choices that are no list of objects"}});
            }
            for (const json::value& fragment : value.get_array()) {
                merge_choice(endpoint, choice_of(endpoint, choices, fragment.as_object()),
                             fragment.as_object());
            }
        }
    }
    json::array& list = reply["choices"].emplace_array();
    for (auto& [index, choice] : choices) {
        if (endpoint == Endpoint::Chat) {
            finish_message(choice);
        }
        list.push_back(std::move(choice));
    }
    reply["object"] = endpoint == Endpoint::Chat ? "chat.completion" : "text_completion";
    reply["usage"] = usage_json(usage);
    return json::serialize(reply);
}

}  // namespace kapok::models
