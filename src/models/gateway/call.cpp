#include "models/gateway/call.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "models/errors.h"
#include "models/limits.h"

namespace kapok::models {
namespace {

namespace dom = simdjson::dom;

std::unexpected<core::Error> bad(std::string_view param, std::string expected, std::string actual) {
    return core::fail(kBadCall,
                      {{"param", std::string(param)},
                       {"expected", std::move(expected)},
                       {"actual", actual.size() <= 64 ? std::move(actual) : "..."}},
                      fmt::format("/{}", param));
}

std::string shown(dom::element value) {
    return simdjson::minify(value);
}

core::Result<bool> read_flag(std::string_view name, dom::element value) {
    if (value.is_null()) {
        return false;
    }
    bool flag = false;
    if (value.get(flag) != simdjson::SUCCESS) {
        return bad(name, "true | false", shown(value));
    }
    return flag;
}

core::Result<std::int64_t> read_integer(std::string_view name, dom::element value, std::int64_t min,
                                        std::int64_t max) {
    std::int64_t number = 0;
    if (value.get(number) != simdjson::SUCCESS || number < min || number > max) {
        return bad(name, fmt::format("integer {}..{}", min, max), shown(value));
    }
    return number;
}

core::Result<void> read_stream_options(dom::element value, Call& call) {
    dom::object options;
    if (value.is_null()) {
        return {};
    }
    if (value.get(options) != simdjson::SUCCESS) {
        return bad("stream_options", "object", shown(value));
    }
    dom::element wanted;
    if (options["include_usage"].get(wanted) == simdjson::SUCCESS) {
        const auto flag = read_flag("stream_options.include_usage", wanted);
        if (!flag) {
            return std::unexpected(flag.error());
        }
        call.include_usage = *flag;
    }
    return {};
}

core::Result<void> read_messages(dom::element value, Call& call) {
    dom::array messages;
    if (value.get(messages) != simdjson::SUCCESS || messages.size() == 0) {
        return bad("messages", "a list of at least one message", shown(value));
    }
    for (const dom::element message : messages) {
        if (!message.is_object()) {
            return bad("messages", "a list of objects", shown(message));
        }
        ++call.messages;
    }
    return {};
}

// One text or list of tokens is one input; a list of either is as many as it has.
core::Result<void> read_inputs(std::string_view name, dom::element value, Call& call) {
    if (value.is_string()) {
        return {};
    }
    dom::array list;
    if (value.get(list) != simdjson::SUCCESS || list.size() == 0) {
        return bad(name, "text, or a list of texts or tokens", shown(value));
    }
    const bool tokens = list.at(0).is_number();
    for (const dom::element item : list) {
        if (item.is_number() != tokens || (!tokens && !item.is_string() && !item.is_array())) {
            return bad(name, "text, or a list of texts or tokens", shown(item));
        }
    }
    // simdjson's size() stops counting at 2^24 - 1, far beyond the limit checked here.
    call.inputs = tokens ? 1 : static_cast<std::int64_t>(list.size());
    if (call.inputs > kInputsMax) {
        return bad(name, fmt::format("at most {} texts", kInputsMax), std::to_string(call.inputs));
    }
    return {};
}

core::Result<void> read_limit(std::string_view name, dom::element value, Call& call) {
    if (value.is_null()) {
        return {};
    }
    std::int64_t number = 0;
    // Engines read -1 as "no limit".
    if (value.get(number) == simdjson::SUCCESS && number == -1) {
        return {};
    }
    const auto limit = read_integer(name, value, 0, kTokensMax);
    if (!limit) {
        return std::unexpected(limit.error());
    }
    call.max_tokens = std::max(call.max_tokens.value_or(0), *limit);
    return {};
}

core::Result<void> read_member(std::string_view name, dom::element value, Call& call) {
    if (name == "model") {
        std::string_view model;
        if (value.get(model) != simdjson::SUCCESS || model.empty() ||
            std::ssize(model) > kModelNameBytesMax) {
            return bad("model", fmt::format("text of 1..{} byte", kModelNameBytesMax),
                       shown(value));
        }
        call.model = model;
        return {};
    }
    if (name == "messages" && call.endpoint == Endpoint::Chat) {
        return read_messages(value, call);
    }
    if ((name == "prompt" && call.endpoint == Endpoint::Completion) ||
        (name == "input" && call.endpoint == Endpoint::Embedding)) {
        return read_inputs(name, value, call);
    }
    if (name == "max_tokens" || name == "max_completion_tokens" || name == "n_predict") {
        return read_limit(name, value, call);
    }
    if (name == "n" || name == "best_of") {
        const auto count = value.is_null() ? core::Result<std::int64_t>(1)
                                           : read_integer(name, value, 1, kChoicesMax);
        if (!count) {
            return std::unexpected(count.error());
        }
        call.choices = std::max(call.choices, *count);
        return {};
    }
    if (name == "stream_options") {
        return read_stream_options(value, call);
    }
    if (name == "stream" || name == "timings_per_token") {
        const auto flag = read_flag(name, value);
        if (!flag) {
            return std::unexpected(flag.error());
        }
        (name == "stream" ? call.stream : call.timings_per_token) = *flag;
    }
    return {};
}

// What the client may write that becomes part of the prompt. Tools and schemas are rendered by the
// engine's template, which may space them out, so they count twice.
std::int64_t prompt_bytes(std::string_view name, dom::element value) {
    const bool text = name == "messages" || name == "prompt" || name == "input" ||
                      name == "suffix" || name == "input_extra";
    const bool rendered = name == "tools" || name == "functions" || name == "response_format" ||
                          name == "chat_template_kwargs" || name == "documents";
    if (!text && !rendered) {
        return 0;
    }
    const auto size = static_cast<std::int64_t>(shown(value).size());
    return rendered ? 2 * size : size;
}

std::string_view required_member(Endpoint endpoint) {
    switch (endpoint) {
        case Endpoint::Chat: return "messages";
        case Endpoint::Completion: return "prompt";
        case Endpoint::Embedding: return "input";
    }
    std::unreachable();
}

}  // namespace

core::Result<Call> read_call(Endpoint endpoint, std::string_view body) {
    dom::parser parser;
    dom::object members;
    const auto fault = parser.parse(body.data(), body.size()).get(members);
    if (fault != simdjson::SUCCESS) {
        return core::fail(kNotJson, {{"reason", simdjson::error_message(fault)}}, "");
    }
    Call call;
    call.endpoint = endpoint;
    std::set<std::string_view> seen;
    for (const auto& [name, value] : members) {
        if (!seen.insert(name).second) {
            return core::fail(kRepeatedMember, {{"param", std::string(name)}},
                              fmt::format("/{}", name));
        }
        if (const auto read = read_member(name, value, call); !read) {
            return std::unexpected(read.error());
        }
        call.text_bytes += prompt_bytes(name, value);
    }
    for (const std::string_view required : {std::string_view("model"), required_member(endpoint)}) {
        if (!seen.contains(required)) {
            return core::fail(kMissingMember, {{"param", std::string(required)}},
                              fmt::format("/{}", required));
        }
    }
    if (call.inputs > 1 && call.choices > 1) {
        return bad("n", "1 for a list of prompts", std::to_string(call.choices));
    }
    call.choices *= endpoint == Endpoint::Completion ? call.inputs : 1;
    return call;
}

TokenBound token_bound(const Call& call, std::int64_t context_window) {
    const std::int64_t window = std::max<std::int64_t>(context_window, 1);
    const std::int64_t written = call.text_bytes + kMessageOverheadTokens * call.messages +
                                 kTemplateOverheadTokens * call.inputs;
    TokenBound bound;
    bound.input = std::min(written, window * call.inputs);
    if (call.endpoint == Endpoint::Embedding) {
        return bound;
    }
    const std::int64_t reply =
        std::min(call.max_tokens.value_or(std::numeric_limits<std::int64_t>::max()), window - 1);
    bound.output = reply * call.choices;
    return bound;
}

namespace {

// A change of the body: `size` bytes at `offset` become `text`.
struct Edit {
    std::size_t offset;
    std::size_t size;
    std::string text;
};

std::string apply(std::string_view body, std::vector<Edit> edits) {
    std::ranges::sort(edits, {}, &Edit::offset);
    std::string changed;
    std::size_t done = 0;
    for (const Edit& edit : edits) {
        changed += body.substr(done, edit.offset - done);
        changed += edit.text;
        done = edit.offset + edit.size;
    }
    changed += body.substr(done);
    return changed;
}

// The object `text` with these members set to these JSON texts: replaced where they stand, else put
// in front. Everything else stays as it is, byte for byte.
using Members =
    std::vector<std::pair<std::string_view, std::function<std::string(std::string_view)>>>;

std::optional<std::string> with_members(std::string_view text, const Members& wanted) {
    namespace ondemand = simdjson::ondemand;
    const simdjson::padded_string padded(text);
    ondemand::parser parser;
    ondemand::document document;
    ondemand::object object;
    if (parser.iterate(padded).get(document) != simdjson::SUCCESS ||
        document.get_object().get(object) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    std::vector<Edit> edits;
    std::vector<bool> present(wanted.size());
    bool empty = true;
    for (auto field : object) {
        empty = false;
        std::string_view key;
        if (field.unescaped_key().get(key) != simdjson::SUCCESS) {
            return std::nullopt;
        }
        const auto found = std::ranges::find(wanted, key, &Members::value_type::first);
        if (found == wanted.end()) {
            continue;
        }
        std::string_view raw;
        if (simdjson::to_json_string(field.value()).get(raw) != simdjson::SUCCESS) {
            return std::nullopt;
        }
        present[static_cast<std::size_t>(found - wanted.begin())] = true;
        edits.push_back(
            {static_cast<std::size_t>(raw.data() - padded.data()), raw.size(), found->second(raw)});
    }
    std::string added;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (!present[i]) {
            added += fmt::format("{}\"{}\":{}", added.empty() ? "" : ",", wanted[i].first,
                                 wanted[i].second(""));
        }
    }
    added += added.empty() || empty ? "" : ",";
    edits.push_back({text.find('{') + 1, 0, added});
    return apply(text, std::move(edits));
}

std::string yes(std::string_view /*as_written*/) {
    return "true";
}

std::string options_with_usage(std::string_view as_written) {
    const auto options = with_members(as_written, {{"include_usage", yes}});
    return options.value_or(R"({"include_usage":true})");
}

}  // namespace

std::string metered_body(std::string_view body, Counting counting) {
    Members wanted{{"stream", yes}, {"stream_options", options_with_usage}};
    if (counting == Counting::Along) {
        wanted.emplace_back("timings_per_token", yes);
    }
    const auto metered = with_members(body, wanted);
    return metered.value_or(std::string(body));  // read_call() has refused what is no object.
}

}  // namespace kapok::models
