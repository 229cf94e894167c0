#pragma once

// Small readers for the kernel's text files.

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kapok::compute::text {

[[nodiscard]] inline std::string_view trim(std::string_view text) {
    constexpr std::string_view kSpaces = " \t\r\n";
    const auto first = text.find_first_not_of(kSpaces);
    return first == text.npos ? std::string_view{}
                              : text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

[[nodiscard]] inline std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == text.npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

// Words between any number of spaces.
[[nodiscard]] inline std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> found;
    for (const std::string_view part : split(text, ' ')) {
        if (const auto word = trim(part); !word.empty()) {
            found.push_back(word);
        }
    }
    return found;
}

// A whole number and nothing else but spaces around it.
[[nodiscard]] inline std::optional<std::int64_t> number(std::string_view text, int base = 10) {
    const std::string_view digits = trim(text);
    std::int64_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    return error == std::errc{} && end == digits.data() + digits.size() ? std::optional(value)
                                                                        : std::nullopt;
}

// Files of /proc and /sys tell no size, so the text is read until it ends.
[[nodiscard]] inline std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

[[nodiscard]] inline std::optional<std::int64_t> read_number(const std::filesystem::path& path) {
    return number(read(path));
}

}  // namespace kapok::compute::text
