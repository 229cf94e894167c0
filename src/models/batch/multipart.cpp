#include "models/batch/multipart.h"

#include <algorithm>
#include <utility>

#include "models/errors.h"
#include "models/limits.h"
#include "platform/http/utf8.h"

namespace kapok::models {
namespace {

constexpr std::string_view kBreak = "\r\n";
constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
constexpr std::string_view kBoundaryMarks = "'()+_,-./:=? ";

std::unexpected<core::Error> bad_form(std::string reason) {
    return core::fail(kBadForm, {{"reason", std::move(reason)}});
}

std::unexpected<core::Error> not_a_form() {
    return core::fail(kNotAForm);
}

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return is_alphanumeric(c) || kTokenMarks.contains(c);
    });
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == text.npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// The text in quotes that `rest` begins with; browsers and curl escape differently, both are read.
std::optional<std::string> take_quoted(std::string_view& rest) {
    std::string value;
    for (std::size_t i = 1; i < rest.size(); ++i) {
        if (rest[i] == '"') {
            rest.remove_prefix(i + 1);
            return value;
        }
        const bool escaped =
            rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\');
        i += escaped ? 1 : 0;
        value += rest[i];
    }
    return std::nullopt;
}

// The next `; name=value` of a header; nothing if it is not well formed.
struct Parameter {
    std::string name;
    std::string value;
};
std::optional<Parameter> take_parameter(std::string_view& rest) {
    if (!rest.starts_with(';')) {
        return std::nullopt;
    }
    rest = trimmed(rest.substr(1));
    const auto equals = rest.find('=');
    if (equals == rest.npos || !is_token(rest.substr(0, equals))) {
        return std::nullopt;
    }
    Parameter found{lowered(rest.substr(0, equals)), {}};
    rest.remove_prefix(equals + 1);
    if (rest.starts_with('"')) {
        auto value = take_quoted(rest);
        if (!value) {
            return std::nullopt;
        }
        found.value = *std::move(value);
    } else {
        const std::string_view value = rest.substr(0, rest.find_first_of("; \t"));
        if (!is_token(value)) {
            return std::nullopt;
        }
        found.value = value;
        rest.remove_prefix(value.size());
    }
    rest = trimmed(rest);
    return found;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
}

// A name for show: no folder, nothing that moves a terminal's cursor.
core::Result<std::string> shown_name(std::string name) {
    replace_all(name, "%22", "\"");
    name.erase(0, name.find_last_of("/\\") == name.npos ? 0 : name.find_last_of("/\\") + 1);
    const bool clean = std::ranges::none_of(
        name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    if (name.empty() || name.size() > kFileNameBytesMax || !clean ||
        !platform::http::is_utf8(name)) {
        return bad_form("a file's name must be 1 to 255 bytes of UTF-8 without control characters");
    }
    return name;
}

core::Result<PartBegin> read_disposition(std::string_view value) {
    const auto semicolon = std::min(value.find(';'), value.size());
    if (lowered(trimmed(value.substr(0, semicolon))) != "form-data") {
        return bad_form("the Content-Disposition of each part must be form-data");
    }
    PartBegin part;
    bool named = false;
    std::string_view rest = value.substr(semicolon);
    while (!rest.empty()) {
        const auto parameter = take_parameter(rest);
        if (!parameter) {
            return bad_form("a Content-Disposition has a parameter without a proper value");
        }
        if (parameter->name == "name" && !named) {
            part.name = parameter->value;
            named = true;
        } else if (parameter->name == "filename" && !part.filename) {
            auto name = shown_name(parameter->value);
            if (!name) {
                return std::unexpected(name.error());
            }
            part.filename = *std::move(name);
        } else if (parameter->name != "filename*") {  // RFC 7578 says not to use it.
            return bad_form("a Content-Disposition may have one name and one filename");
        }
    }
    const bool sane = named && !part.name.empty() && part.name.size() <= kFieldNameBytesMax &&
                      platform::http::is_utf8(part.name);
    return sane ? core::Result<PartBegin>(std::move(part))
                : bad_form("each part needs a name of 1 to 100 bytes");
}

core::Result<PartBegin> read_headers(std::string_view block) {
    std::optional<PartBegin> part;
    while (!block.empty()) {
        const auto end = std::min(block.find(kBreak), block.size());
        const std::string_view line = block.substr(0, end);
        block.remove_prefix(std::min(end + kBreak.size(), block.size()));
        const auto colon = std::min(line.find(':'), line.size());
        if (!is_token(line.substr(0, colon)) || colon == line.size() ||
            line.find_first_of(std::string_view("\r\n\0", 3)) != line.npos) {
            return bad_form("a part's header must be lines of 'Name: value'");
        }
        if (lowered(line.substr(0, colon)) != "content-disposition") {
            continue;
        }
        if (part) {
            return bad_form("a part has two headers Content-Disposition");
        }
        auto read = read_disposition(trimmed(line.substr(colon + 1)));
        if (!read) {
            return read;
        }
        part = *std::move(read);
    }
    return part ? core::Result<PartBegin>(*std::move(part))
                : bad_form("each part needs a Content-Disposition");
}

}  // namespace

core::Result<MultipartReader> MultipartReader::create(std::string_view content_type) {
    const auto semicolon = std::min(content_type.find(';'), content_type.size());
    if (lowered(trimmed(content_type.substr(0, semicolon))) != "multipart/form-data") {
        return not_a_form();
    }
    std::optional<std::string> boundary;
    std::string_view rest = content_type.substr(semicolon);
    while (!rest.empty()) {
        auto parameter = take_parameter(rest);
        if (!parameter || (parameter->name == "boundary" && boundary)) {
            return not_a_form();
        }
        if (parameter->name == "boundary") {
            boundary = std::move(parameter->value);
        }
    }
    const bool sane = boundary && !boundary->empty() && boundary->size() <= kBoundaryBytesMax &&
                      !boundary->ends_with(' ') && std::ranges::all_of(*boundary, [](char c) {
                          return is_alphanumeric(c) || kBoundaryMarks.contains(c);
                      });
    if (!sane) {
        return not_a_form();
    }
    return MultipartReader(*std::move(boundary));
}

core::Result<std::vector<FormEvent>> MultipartReader::feed(std::string_view bytes) {
    buffer_ += bytes;
    std::vector<FormEvent> events;
    for (;;) {
        const auto went_on = step(events);
        if (!went_on) {
            return std::unexpected(went_on.error());
        }
        if (!*went_on) {
            return events;
        }
    }
}

core::Result<void> MultipartReader::finish() const {
    const bool complete = state_ == State::Epilogue && (buffer_.empty() || buffer_ == kBreak);
    return complete ? core::Result<void>() : bad_form("it ends before its last boundary");
}

core::Result<bool> MultipartReader::step(std::vector<FormEvent>& events) {
    switch (state_) {
        case State::Start: return begin();
        case State::AfterBoundary: return after_boundary();
        case State::Headers: return headers(events);
        case State::Content: return content(events);
        case State::Epilogue:
            if (!kBreak.starts_with(buffer_)) {
                return bad_form("there is something after the last boundary");
            }
            return false;
    }
    std::unreachable();
}

// The first boundary is not preceded by a line break.
core::Result<bool> MultipartReader::begin() {
    const std::string_view first = std::string_view(delimiter_).substr(kBreak.size());
    if (!first.starts_with(std::string_view(buffer_).substr(0, first.size()))) {
        return bad_form("it must begin with the boundary that its Content-Type names");
    }
    if (buffer_.size() < first.size()) {
        return false;
    }
    buffer_.erase(0, first.size());
    state_ = State::AfterBoundary;
    return true;
}

core::Result<bool> MultipartReader::after_boundary() {
    if (buffer_.size() < kBreak.size()) {
        return false;
    }
    const bool last = buffer_.starts_with("--");
    if (!last && !buffer_.starts_with(kBreak)) {
        return bad_form("a boundary must be followed by a line break, or by -- at the end");
    }
    if (!last && ++parts_ > kFormPartsMax) {
        return bad_form("it has too many parts");
    }
    buffer_.erase(0, kBreak.size());
    state_ = last ? State::Epilogue : State::Headers;
    return true;
}

core::Result<bool> MultipartReader::headers(std::vector<FormEvent>& events) {
    const auto end = buffer_.find("\r\n\r\n");
    if (std::min(end, buffer_.size()) > kPartHeaderBytesMax) {
        return bad_form("a part's header is too long");
    }
    if (end == buffer_.npos) {
        return false;
    }
    auto part = read_headers(std::string_view(buffer_).substr(0, end));
    if (!part) {
        return std::unexpected(part.error());
    }
    events.emplace_back(*std::move(part));
    buffer_.erase(0, end + 2 * kBreak.size());
    state_ = State::Content;
    return true;
}

// Gives out what cannot be part of a delimiter.
bool MultipartReader::content(std::vector<FormEvent>& events) {
    const auto end = buffer_.find(delimiter_);
    const bool found = end != buffer_.npos;
    const std::size_t keep = std::min(buffer_.size(), delimiter_.size() - 1);
    const std::size_t size = found ? end : buffer_.size() - keep;
    if (size > 0) {
        events.emplace_back(PartData{buffer_.substr(0, size)});
        buffer_.erase(0, size);
    }
    if (!found) {
        return false;
    }
    buffer_.erase(0, delimiter_.size());
    events.emplace_back(PartEnd{});
    state_ = State::AfterBoundary;
    return true;
}

}  // namespace kapok::models
