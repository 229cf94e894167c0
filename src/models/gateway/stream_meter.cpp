#include "models/gateway/stream_meter.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "models/errors.h"

namespace kapok::models {
namespace {

namespace dom = simdjson::dom;
namespace ondemand = simdjson::ondemand;

std::int64_t integer_at(dom::element object, std::string_view name) {
    std::int64_t number = 0;
    return object[name].get(number) == simdjson::SUCCESS && number > 0 ? number : 0;
}

// A choice of a chunk that brings text, of a chat or of a completion.
bool has_content(dom::element choice) {
    std::string_view text;
    return (choice["delta"]["content"].get(text) == simdjson::SUCCESS ||
            choice["text"].get(text) == simdjson::SUCCESS) &&
           !text.empty();
}

// The range of bytes of a member and of one comma beside it.
struct Cut {
    std::size_t begin;
    std::size_t end;
};

Cut cut_member(std::string_view text, std::size_t key, std::size_t end) {
    std::size_t begin = key;
    while (begin > 0 && text[begin] != ',' && text[begin] != '{') {
        --begin;
    }
    if (text[begin] == ',') {
        return {begin, end};
    }
    const auto next = text.find_first_not_of(" \t\r\n", end);  // It is the first member.
    const bool more = next != text.npos && text[next] == ',';
    return {begin + 1, more ? next + 1 : end};
}

}  // namespace

std::string without_members(std::string_view text, std::initializer_list<std::string_view> names) {
    const simdjson::padded_string padded(text);
    ondemand::parser parser;
    ondemand::document document;
    ondemand::object object;
    if (parser.iterate(padded).get(document) != simdjson::SUCCESS ||
        document.get_object().get(object) != simdjson::SUCCESS) {
        return std::string(text);
    }
    std::string kept(text);
    std::vector<Cut> cuts;
    for (auto field : object) {
        ondemand::raw_json_string key;
        std::string_view raw;
        if (field.key().get(key) != simdjson::SUCCESS) {
            return kept;
        }
        if (std::ranges::none_of(names, [&](std::string_view name) { return key == name; })) {
            continue;
        }
        if (simdjson::to_json_string(field.value()).get(raw) != simdjson::SUCCESS) {
            return kept;
        }
        const auto begin = static_cast<std::size_t>(key.raw() - padded.data()) - 1;
        const auto end = static_cast<std::size_t>(raw.data() - padded.data()) + raw.size();
        cuts.push_back(cut_member(text, begin, end));
    }
    for (auto cut = cuts.rbegin(); cut != cuts.rend(); ++cut) {
        kept.erase(cut->begin, cut->end - cut->begin);
    }
    return kept;
}

StreamMeter::StreamMeter(Call call) : call_(std::move(call)) {}

core::Result<std::optional<std::string>> StreamMeter::pass(std::string_view data) {
    if (data == "[DONE]") {
        done_ = true;
        return std::nullopt;
    }
    dom::parser parser;
    dom::element chunk;
    const auto fault = parser.parse(data.data(), data.size()).get(chunk);
    if (fault != simdjson::SUCCESS || !chunk.is_object()) {
        return core::fail(kBadUpstream, {{"reason", simdjson::error_message(fault)}});
    }
    dom::element part;
    failed_ = failed_ || (chunk["error"].get(part) == simdjson::SUCCESS && !part.is_null());
    dom::array choices;
    const bool has_choices =
        chunk["choices"].get(choices) == simdjson::SUCCESS && choices.size() > 0;
    pieces_ += has_choices && has_content(choices.at(0).value()) ? 1 : 0;
    if (has_choices && chunk["timings"].get(part) == simdjson::SUCCESS) {
        Choice& choice = choices_[integer_at(choices.at(0).value(), "index")];
        choice.cached = integer_at(part, "cache_n");
        choice.prompt = choice.cached + integer_at(part, "prompt_n");
        choice.completion = std::max(choice.completion, integer_at(part, "predicted_n"));
    }
    const bool has_usage = chunk["usage"].get(part) == simdjson::SUCCESS && part.is_object();
    if (has_usage) {
        ++finals_;
        const std::int64_t prompt = integer_at(part, "prompt_tokens");
        dom::element details;
        const std::int64_t cached = part["prompt_tokens_details"].get(details) == simdjson::SUCCESS
                                        ? integer_at(details, "cached_tokens")
                                        : 0;
        const bool shared = call_.inputs == 1;  // One prompt for all choices.
        final_prompt_ = shared ? std::max(final_prompt_, prompt) : final_prompt_ + prompt;
        final_cached_ = shared ? std::max(final_cached_, cached) : final_cached_ + cached;
        final_completion_ += integer_at(part, "completion_tokens");
        if (!has_choices) {
            usage_chunk_ = data;
            return std::nullopt;
        }
    }
    if (call_.timings_per_token) {
        return call_.include_usage || !has_usage ? std::string(data)
                                                 : without_members(data, {"usage"});
    }
    return call_.include_usage ? without_members(data, {"timings"})
                               : without_members(data, {"timings", "usage"});
}

std::optional<std::string> StreamMeter::closing_chunk() const {
    if (!call_.include_usage || usage_chunk_.empty()) {
        return std::nullopt;
    }
    const TokenCount total = count();
    std::string chunk = without_members(usage_chunk_, {"usage"});
    chunk.erase(chunk.find_last_of('}'));
    chunk +=
        fmt::format(R"(,"usage":{{"completion_tokens":{},"prompt_tokens":{},"total_tokens":{},)"
                    R"("prompt_tokens_details":{{"cached_tokens":{}}}}}}})",
                    total.completion, total.prompt, total.prompt + total.completion, total.cached);
    return chunk;
}

bool StreamMeter::complete() const noexcept {
    return done_ && !failed_ && finals_ >= 1 && finals_ >= std::ssize(choices_);
}

TokenCount StreamMeter::count() const {
    if (complete()) {
        return {final_prompt_, final_cached_, final_completion_};
    }
    TokenCount total;
    for (const auto& [index, choice] : choices_) {
        const bool shared = call_.inputs == 1;
        total.prompt =
            shared ? std::max(total.prompt, choice.prompt) : total.prompt + choice.prompt;
        total.cached =
            shared ? std::max(total.cached, choice.cached) : total.cached + choice.cached;
        total.completion += choice.completion;
    }
    return total;
}

}  // namespace kapok::models
