#include "compute/canonical_json.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "compute/errors.h"

namespace kapok::compute {

namespace {

constexpr std::int64_t kExactMax = std::int64_t{1} << 53;

core::Result<void> append(const boost::json::value& value, std::string& text);

core::Result<void> append_object(const boost::json::object& object, std::string& text) {
    std::vector<const boost::json::key_value_pair*> members;
    members.reserve(object.size());
    for (const auto& member : object) {
        members.push_back(&member);
    }
    std::ranges::sort(members, {}, [](const auto* member) {
        return std::string_view(member->key().data(), member->key().size());
    });
    text += '{';
    for (std::size_t i = 0; i < members.size(); ++i) {
        text += i == 0 ? "" : ",";
        text += boost::json::serialize(boost::json::value(members[i]->key()));
        text += ':';
        if (auto done = append(members[i]->value(), text); !done) {
            return done;
        }
    }
    text += '}';
    return {};
}

core::Result<void> append_array(const boost::json::array& array, std::string& text) {
    text += '[';
    for (std::size_t i = 0; i < array.size(); ++i) {
        text += i == 0 ? "" : ",";
        if (auto done = append(array[i], text); !done) {
            return done;
        }
    }
    text += ']';
    return {};
}

core::Result<void> append(const boost::json::value& value, std::string& text) {
    if (const auto* object = value.if_object()) {
        return append_object(*object, text);
    }
    if (const auto* array = value.if_array()) {
        return append_array(*array, text);
    }
    if (value.is_double() || (value.is_uint64() && value.get_uint64() > kExactMax) ||
        (value.is_int64() && (value.get_int64() > kExactMax || value.get_int64() < -kExactMax))) {
        return core::fail(kNotCanonical, {{"actual", boost::json::serialize(value)}});
    }
    text += boost::json::serialize(value);
    return {};
}

}  // namespace

core::Result<std::string> to_canonical(const boost::json::value& value) {
    std::string text;
    if (auto done = append(value, text); !done) {
        return std::unexpected(done.error());
    }
    return text;
}

core::Result<boost::json::value> parse_canonical(std::string_view text) {
    boost::system::error_code code;
    boost::json::value value = boost::json::parse(text, code);
    if (code) {
        return core::fail(kNotCanonical, {{"actual", code.message()}});
    }
    const auto again = to_canonical(value);
    if (!again) {
        return std::unexpected(again.error());
    }
    if (*again != text) {
        return core::fail(kNotCanonical, {{"actual", "another spelling of the same value"}});
    }
    return value;
}

}  // namespace kapok::compute
