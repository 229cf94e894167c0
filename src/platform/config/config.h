#pragma once

// Settings: every limit, time-out and path that an operator may change, declared in one table.
// A value comes from a flag, else from the environment, else from the TOML file, else it is the
// default; `kapok config show` prints each with where it came from. A key that is not in the table
// is an error, because a misspelt limit is no limit; so is a variable of the environment that
// begins like those of a section (KAPOK_SERVER_) and is none of them.

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace kapok::platform::config {

enum class Kind : std::uint8_t { Integer, Text, Boolean };

struct Setting {
    std::string_view name;  // "server.port"; in the environment KAPOK_SERVER_PORT.
    Kind kind = Kind::Text;
    std::string_view fallback = {};
    std::int64_t min = 0;  // Of an integer.
    std::int64_t max = 0;
    std::span<const std::string_view> choices = {};  // Of a text; empty: any text.
    std::string_view unit = {};  // "s", "byte"; part of what an error says would be right.
    std::string_view en = {};
    std::string_view zh = {};
};

enum class Source : std::uint8_t { Default, File, Environment, Flag };
inline constexpr std::array<std::string_view, 4> kSourceNames{"default", "file", "environment",
                                                              "flag"};

struct Inputs {
    std::span<const Setting> settings;
    std::map<std::string, std::string, std::less<>> flags;  // By setting name.
    // The whole environment, by name; variables of others are passed over.
    std::map<std::string, std::string, std::less<>> environment;
    std::string file_text;  // TOML; empty if there is no file.
    std::string file_name;  // For messages.
};

class Config {
public:
    // Checks everything, so that the getters below cannot fail.
    [[nodiscard]] static core::Result<Config> load(const Inputs& inputs);

    // Asking for a setting that is not in the table, or as another kind, is a bug.
    [[nodiscard]] const std::string& text(std::string_view name) const;
    [[nodiscard]] std::int64_t integer(std::string_view name) const;
    [[nodiscard]] bool boolean(std::string_view name) const;

    struct Entry {
        const Setting* setting;
        std::string value;
        Source source;
    };
    [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }

private:
    [[nodiscard]] const Entry& entry(std::string_view name, Kind kind) const;

    std::vector<Entry> entries_;  // In the table's order.
};

// "server.port" is KAPOK_SERVER_PORT.
[[nodiscard]] std::string environment_name(std::string_view setting);

}  // namespace kapok::platform::config
