#include "models/batch/batch_line.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "models/errors.h"
#include "models/limits.h"

namespace kapok::models {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kShownBytes = 64;

std::unexpected<core::Error> bad(std::string_view param, std::string expected, std::string actual) {
    return core::fail(kBadLine,
                      {{"param", std::string(param)},
                       {"expected", std::move(expected)},
                       {"actual", actual.size() <= kShownBytes ? std::move(actual) : "..."}},
                      fmt::format("/{}", param));
}

// The members that a line must have, each once.
constexpr std::array<std::string_view, 4> kMembers{"custom_id", "method", "url", "body"};
using Members = std::array<dom::element, kMembers.size()>;

core::Result<Members> members_of(dom::object line) {
    Members members;
    std::array<bool, kMembers.size()> there{};
    for (const auto [name, value] : line) {
        const auto known = std::ranges::find(kMembers, name);
        if (known == kMembers.end()) {
            continue;
        }
        const auto place = static_cast<std::size_t>(known - kMembers.begin());
        if (std::exchange(there[place], true)) {
            return bad(name, "there once", "there twice");
        }
        members[place] = value;
    }
    const auto absent = std::ranges::find(there, false);
    if (absent != there.end()) {
        return bad(kMembers[static_cast<std::size_t>(absent - there.begin())], "there", "absent");
    }
    return members;
}

core::Result<std::string> read_text(std::string_view name, dom::element value) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) {
        return bad(name, "a string", simdjson::minify(value));
    }
    return std::string(text);
}

core::Result<std::string> read_custom_id(dom::element value) {
    auto id = read_text("custom_id", value);
    if (!id) {
        return id;
    }
    const bool sane =
        !id->empty() && std::cmp_less_equal(id->size(), kCustomIdBytesMax) && !id->contains('\0');
    if (!sane) {
        return bad("custom_id", fmt::format("1 to {} bytes without NUL", kCustomIdBytesMax),
                   fmt::format("{} bytes", id->size()));
    }
    return id;
}

core::Result<void> expect_text(std::string_view name, dom::element value, std::string_view wanted) {
    const auto text = read_text(name, value);
    if (!text) {
        return std::unexpected(text.error());
    }
    if (*text != wanted) {
        return bad(name, std::string(wanted), *text);
    }
    return {};
}

core::Result<std::string> read_model(dom::element body) {
    dom::object members;
    if (body.get(members) != simdjson::SUCCESS) {
        return bad("body", "an object", simdjson::minify(body));
    }
    bool stream = false;
    if (members["stream"].get(stream) == simdjson::SUCCESS && stream) {
        return bad("body/stream", "false: a batch gives whole answers", "true");
    }
    dom::element model;
    if (members["model"].get(model) != simdjson::SUCCESS) {
        return bad("body/model", "there", "absent");
    }
    return read_text("body/model", model);
}

// The bytes of the member "body" as they stand in the line, which is known to be well formed.
std::string raw_body(std::string_view text) {
    const simdjson::padded_string padded(text);
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document document = parser.iterate(padded);
    simdjson::ondemand::object line = document.get_object();
    for (auto field : line) {
        const std::string_view name = field.unescaped_key();
        if (name == "body") {
            simdjson::ondemand::object body = field.value().get_object();
            const std::string_view raw = body.raw_json();
            return std::string(raw);
        }
    }
    return {};
}

}  // namespace

void LineCutter::end_line(std::vector<TextLine>& lines) {
    const std::int64_t next = line_.offset + static_cast<std::int64_t>(line_.text.size()) + 1;
    const std::int64_t number = line_.number + 1;
    if (line_.text.find_first_not_of(" \t\r") != std::string::npos) {
        lines.push_back(std::move(line_));
    }
    line_ = {number, next, {}};
}

core::Result<std::vector<TextLine>> LineCutter::feed(std::string_view bytes) {
    std::vector<TextLine> lines;
    while (!bytes.empty()) {
        const auto end = std::min(bytes.find('\n'), bytes.size());
        line_.text += bytes.substr(0, end);
        if (std::cmp_greater(line_.text.size(), kLineBytesMax)) {
            return core::fail(kLineTooLong, {{"limit", std::to_string(kLineBytesMax)}},
                              fmt::format("/{}", line_.number));
        }
        if (end == bytes.size()) {
            break;
        }
        bytes.remove_prefix(end + 1);
        end_line(lines);
    }
    return lines;
}

std::optional<TextLine> LineCutter::finish() {
    std::vector<TextLine> lines;
    end_line(lines);
    return lines.empty() ? std::nullopt : std::optional(std::move(lines.front()));
}

core::Result<LineRequest> read_line(Endpoint endpoint, std::string_view text) {
    dom::parser parser;
    dom::element document;
    const auto failure = parser.parse(text.data(), text.size()).get(document);
    dom::object line;
    if (failure != simdjson::SUCCESS || document.get(line) != simdjson::SUCCESS) {
        const std::string reason =
            failure != simdjson::SUCCESS ? simdjson::error_message(failure) : "it is no object";
        return core::fail(kLineNotJson, {{"reason", reason}});
    }
    const auto members = members_of(line);
    if (!members) {
        return std::unexpected(members.error());
    }
    const auto& [custom_id, method, url, body] = *members;
    auto id = read_custom_id(custom_id);
    if (!id) {
        return std::unexpected(id.error());
    }
    const auto posts = expect_text("method", method, "POST");
    const auto agrees =
        posts ? expect_text("url", url, kEndpointPaths[static_cast<std::size_t>(endpoint)]) : posts;
    if (!agrees) {
        return std::unexpected(agrees.error());
    }
    auto model = read_model(body);
    if (!model) {
        return std::unexpected(model.error());
    }
    return LineRequest{*std::move(id), *std::move(model), raw_body(text)};
}

}  // namespace kapok::models
