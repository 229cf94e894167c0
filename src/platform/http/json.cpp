#include "platform/http/json.h"

#include <cmath>
#include <unordered_set>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_stack.hpp>
#include <fmt/format.h>

#include "core/timestamp.h"
#include "platform/errors.h"
#include "platform/http/limits.h"
#include "platform/http/pointer.h"

namespace kapok::platform::http {
namespace {

namespace json = boost::json;
using boost::system::error_code;

// Builds the value as Boost's own handler does, and knows besides where it is and which members an
// object has had: Boost.JSON alone keeps the last of two members with one name.
class StrictHandler {
public:
    // NOLINTBEGIN(readability-identifier-naming): Boost.JSON looks for these names.
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();
    // NOLINTEND(readability-identifier-naming)

    [[nodiscard]] json::value release() { return values_.release(); }
    [[nodiscard]] const std::optional<std::string>& duplicate() const noexcept {
        return duplicate_;
    }
    [[nodiscard]] std::string pointer() const {
        std::string pointer;
        for (const Level& level : levels_) {
            pointer += level.is_object ? step(level.key) : step(level.index);
        }
        return pointer;
    }

    bool on_document_begin(error_code&) {
        values_.reset();
        return true;
    }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) {
        levels_.push_back({.is_object = true});
        return true;
    }
    bool on_object_end(std::size_t size, error_code&) {
        values_.push_object(size);
        return leave();
    }
    bool on_array_begin(error_code&) {
        levels_.push_back({.is_object = false});
        return true;
    }
    bool on_array_end(std::size_t size, error_code&) {
        values_.push_array(size);
        return leave();
    }
    bool on_key_part(json::string_view text, std::size_t, error_code&) {
        key_ += text;
        values_.push_chars(text);
        return true;
    }
    bool on_key(json::string_view text, std::size_t, error_code& failure) {
        key_ += text;
        values_.push_key(text);
        Level& level = levels_.back();
        level.key = std::exchange(key_, {});
        if (!level.members.insert(level.key).second) {
            duplicate_ = level.key;
            failure = boost::system::errc::make_error_code(boost::system::errc::invalid_argument);
            return false;
        }
        return true;
    }
    bool on_string_part(json::string_view text, std::size_t, error_code&) {
        values_.push_chars(text);
        return true;
    }
    bool on_string(json::string_view text, std::size_t, error_code&) {
        values_.push_string(text);
        return next();
    }
    bool on_number_part(json::string_view, error_code&) { return true; }
    bool on_int64(std::int64_t number, json::string_view, error_code&) {
        values_.push_int64(number);
        return next();
    }
    bool on_uint64(std::uint64_t number, json::string_view, error_code&) {
        values_.push_uint64(number);
        return next();
    }
    bool on_double(double number, json::string_view, error_code& failure) {
        if (!std::isfinite(number)) {
            failure =
                boost::system::errc::make_error_code(boost::system::errc::result_out_of_range);
            return false;
        }
        // JSON has one kind of number, and JSON Schema calls an integer what has no fraction: 2.5e3
        // and 8.0 are integers, as far as a double is exact.
        constexpr double kExactMax = 1LL << 53;
        if (std::trunc(number) == number && std::abs(number) <= kExactMax) {
            values_.push_int64(static_cast<std::int64_t>(number));
        } else {
            values_.push_double(number);
        }
        return next();
    }
    bool on_bool(bool value, error_code&) {
        values_.push_bool(value);
        return next();
    }
    bool on_null(error_code&) {
        values_.push_null();
        return next();
    }
    bool on_comment_part(json::string_view, error_code&) { return true; }
    bool on_comment(json::string_view, error_code&) { return true; }

private:
    struct Level {
        bool is_object = false;  // Or an array.
        std::unordered_set<std::string> members = {};
        std::string key = {};
        std::size_t index = 0;
    };

    bool next() {
        if (!levels_.empty()) {
            ++levels_.back().index;
        }
        return true;
    }
    bool leave() {
        levels_.pop_back();
        return next();
    }

    json::value_stack values_;
    std::vector<Level> levels_;
    std::string key_;
    std::optional<std::string> duplicate_;
};

}  // namespace

core::Result<json::value> parse_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = kJsonDepthMax;
    json::basic_parser<StrictHandler> parser(options);
    error_code failure;
    const std::size_t read = parser.write_some(false, text.data(), text.size(), failure);
    if (failure == json::error::too_deep) {
        return core::fail(kTooDeep, {{"limit", std::to_string(kJsonDepthMax)}}, "");
    }
    if (const auto& duplicate = parser.handler().duplicate()) {
        return core::fail(kDuplicateField, {{"field", shown(*duplicate)}},
                          parser.handler().pointer());
    }
    if (failure || read < text.size()) {
        return core::fail(kBadJson, {{"offset", std::to_string(read)}}, "");
    }
    return parser.handler().release();
}

json::value to_json(core::Money money) {
    return {{"amount", core::to_decimal(money)}, {"currency", core::to_text(money.currency())}};
}

json::value to_json(core::Timestamp time) {
    return json::value(json::string(core::to_rfc3339(time)));
}

Response json_response(int status, const json::value& body) {
    Response response;
    response.status = status;
    response.headers.emplace("content-type", "application/json");
    response.body = json::serialize(body);
    return response;
}

Response page_response(json::array items, const std::optional<std::string>& next_cursor) {
    json::object page{{"items", std::move(items)}};
    if (next_cursor) {
        page["next_cursor"] = *next_cursor;
    }
    Response response = json_response(200, std::move(page));
    response.compressible = true;
    return response;
}

Response empty_response() {
    Response response;
    response.status = 204;
    return response;
}

const json::value* find_member(const json::object& body, std::string_view name) {
    const json::value* value = body.if_contains(name);
    return value && !value->is_null() ? value : nullptr;
}

std::optional<std::string> find_text(const json::object& body, std::string_view name) {
    const json::value* value = find_member(body, name);
    return value ? std::optional(std::string(value->as_string())) : std::nullopt;
}

std::optional<std::int64_t> find_integer(const json::object& body, std::string_view name) {
    const json::value* value = find_member(body, name);
    return value ? std::optional(value->as_int64()) : std::nullopt;
}

std::optional<double> find_number(const json::object& body, std::string_view name) {
    const json::value* value = find_member(body, name);
    return value ? std::optional(value->to_number<double>()) : std::nullopt;
}

std::optional<bool> find_boolean(const json::object& body, std::string_view name) {
    const json::value* value = find_member(body, name);
    return value ? std::optional(value->as_bool()) : std::nullopt;
}

std::optional<core::Money> find_money(const json::object& body, std::string_view name) {
    const json::object* money = find_object(body, name);
    if (!money) {
        return std::nullopt;
    }
    const auto parsed =
        core::parse_money(money->at("amount").as_string(), money->at("currency").as_string());
    assert(parsed.has_value());
    return *parsed;
}

std::optional<core::Timestamp> find_time(const json::object& body, std::string_view name) {
    const json::value* value = find_member(body, name);
    if (!value) {
        return std::nullopt;
    }
    const auto time = core::parse_rfc3339(value->as_string());
    assert(time.has_value());
    return time;
}

const json::object* find_object(const json::object& body, std::string_view name) {
    const json::value* value = find_member(body, name);
    return value ? &value->as_object() : nullptr;
}

const json::array* find_list(const json::object& body, std::string_view name) {
    const json::value* value = find_member(body, name);
    return value ? &value->as_array() : nullptr;
}

}  // namespace kapok::platform::http
