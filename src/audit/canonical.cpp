#include "audit/canonical.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/kind.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "audit/errors.h"
#include "audit/limits.h"
#include "platform/http/utf8.h"

namespace kapok::audit {
namespace {

using boost::json::kind;

// UTF-8 sorts by code point; UTF-16 puts the pairs for U+10000 and up (lead byte F0 and up) before
// U+E000 to U+FFFF (lead bytes EE and EF).
constexpr unsigned utf16_weight(char byte) {
    const auto value = static_cast<unsigned char>(byte);
    return value == 0xEE || value == 0xEF ? value + 0x10U : value;
}

bool utf16_less(std::string_view left, std::string_view right) {
    return std::ranges::lexicographical_compare(left, right, {}, utf16_weight, utf16_weight);
}

class Writer {
public:
    core::Result<void> write(const boost::json::value& value, std::size_t depth) {
        switch (value.kind()) {
            case kind::null: out_ += "null"; return {};
            case kind::bool_: out_ += value.get_bool() ? "true" : "false"; return {};
            case kind::int64: return write_integer(value.get_int64());
            case kind::uint64:  // Boost makes one only of what does not fit an int64.
                return value.get_uint64() <= kExactIntegerMax
                           ? write_integer(static_cast<std::int64_t>(value.get_uint64()))
                           : integer_too_large(fmt::to_string(value.get_uint64()));
            case kind::double_:
                return core::fail(kNotCanonical, {{"expected", "integers and strings"},
                                                  {"actual", "a fractional number"}});
            case kind::string: return write_string(value.get_string());
            case kind::array: return write_array(value.get_array(), depth);
            case kind::object: return write_object(value.get_object(), depth);
        }
        return {};
    }

    std::string take() { return std::move(out_); }

private:
    static core::Result<void> integer_too_large(std::string actual) {
        return core::fail(kNotCanonical, {{"expected", "integers within ±9007199254740991"},
                                          {"actual", std::move(actual)}});
    }

    static core::Result<void> too_deep() {
        return core::fail(kNotCanonical, {{"expected", "at most 16 levels"}, {"actual", "more"}});
    }

    core::Result<void> write_integer(std::int64_t number) {
        if (number > kExactIntegerMax || number < -kExactIntegerMax) {
            return integer_too_large(fmt::to_string(number));
        }
        fmt::format_to(std::back_inserter(out_), "{}", number);
        return {};
    }

    core::Result<void> write_string(std::string_view text) {
        if (!platform::http::is_utf8(text)) {
            return core::fail(kNotCanonical, {{"expected", "UTF-8"}, {"actual", "other bytes"}});
        }
        append_quoted(out_, text);
        return {};
    }

    core::Result<void> write_array(const boost::json::array& array, std::size_t depth) {
        if (depth == kDataDepthMax) {
            return too_deep();
        }
        char separator = '[';
        for (const auto& item : array) {
            out_ += separator;
            separator = ',';
            if (auto written = write(item, depth + 1); !written) {
                return written;
            }
        }
        out_ += array.empty() ? "[]" : "]";
        return {};
    }

    core::Result<void> write_object(const boost::json::object& object, std::size_t depth) {
        if (depth == kDataDepthMax) {
            return too_deep();
        }
        std::vector<const boost::json::key_value_pair*> members;
        members.reserve(object.size());
        for (const auto& member : object) {
            members.push_back(&member);
        }
        std::ranges::sort(members, utf16_less,
                          [](const auto* member) { return std::string_view(member->key()); });
        char separator = '{';
        for (const auto* member : members) {
            out_ += separator;
            separator = ',';
            if (auto written = write_string(member->key()); !written) {
                return written;
            }
            out_ += ':';
            if (auto written = write(member->value(), depth + 1); !written) {
                return written;
            }
        }
        out_ += object.empty() ? "{}" : "}";
        return {};
    }

    std::string out_;
};

}  // namespace

core::Result<std::string> canonical_json(const boost::json::value& value) {
    Writer writer;
    if (const auto written = writer.write(value, 0); !written) {
        return std::unexpected(written.error());
    }
    return writer.take();
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (const char character : text) {
        switch (character) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\b': out += "\\b"; break;
            case '\f': out += "\\f"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                if (static_cast<unsigned char>(character) < 0x20) {
                    fmt::format_to(std::back_inserter(out), "\\u{:04x}", character);
                } else {
                    out += character;
                }
        }
    }
    out += '"';
}

}  // namespace kapok::audit
