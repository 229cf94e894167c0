#pragma once

// Looks into answers of the API by JSON pointer; what is not there is empty, zero or nothing.

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace kapok::app::cli {

[[nodiscard]] inline const boost::json::value* find_at(const boost::json::value& value,
                                                       std::string_view pointer) {
    boost::system::error_code absent;
    return value.find_pointer(pointer, absent);
}
[[nodiscard]] inline std::string text_at(const boost::json::value& value,
                                         std::string_view pointer) {
    const auto* found = find_at(value, pointer);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}
[[nodiscard]] inline std::int64_t number_at(const boost::json::value& value,
                                            std::string_view pointer) {
    const auto* found = find_at(value, pointer);
    if (found == nullptr || !found->is_number()) {
        return 0;
    }
    boost::system::error_code inexact;
    const auto number = found->to_number<std::int64_t>(inexact);
    return inexact ? 0 : number;
}
[[nodiscard]] inline bool flag_at(const boost::json::value& value, std::string_view pointer) {
    const auto* found = find_at(value, pointer);
    return found != nullptr && found->is_bool() && found->get_bool();
}
[[nodiscard]] inline const boost::json::array& list_at(const boost::json::value& value,
                                                       std::string_view pointer) {
    static const boost::json::array kNone;
    const auto* found = find_at(value, pointer);
    return found != nullptr && found->is_array() ? found->get_array() : kNone;
}

}  // namespace kapok::app::cli
