#pragma once

// The log: one JSON object a line, to be read by machines and, with `jq`, by people. A message is a
// fixed text and its facts are fields, so that logs can be searched. Secrets cannot get in: a
// core::Secret becomes "***". Lines are written by a thread of the log's own, so that a slow disk
// does not hold up requests; what does not fit its buffer is dropped and counted.

#include <array>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "core/clock.h"
#include "core/secret.h"

namespace kapok::platform::log {

enum class Level : std::uint8_t { Debug, Info, Warning, Error };
inline constexpr std::array<std::string_view, 4> kLevelNames{"debug", "info", "warning", "error"};

// A fact of a message. Names are snake_case with the unit last: "duration_us".
class Field {
public:
    Field(std::string_view name, std::string_view value) : name_(name), value_(value) {}
    Field(std::string_view name, const std::string& value)
        : name_(name), value_(std::string_view(value)) {}
    Field(std::string_view name, const char* value)
        : name_(name), value_(std::string_view(value)) {}
    Field(std::string_view name, bool value) : name_(name), value_(value) {}
    template <std::integral Number>
    Field(std::string_view name, Number value)
        : name_(name), value_(static_cast<std::int64_t>(value)) {}
    Field(std::string_view name, const core::Secret& /*value*/) : name_(name), value_("***") {}

    void append_to(std::string& line) const;

private:
    std::string_view name_;
    std::variant<std::string_view, std::int64_t, bool> value_;  // Lives as long as the call.
};

using Fields = std::initializer_list<Field>;

class Log {
public:
    // Writes to the open file `descriptor`, which stays the caller's. `clock` must outlive the log.
    Log(int descriptor, Level lowest, const core::Clock& clock);
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    ~Log();  // Writes what is left.

    void debug(std::string_view message, Fields fields = {}) {
        write(Level::Debug, message, fields);
    }
    void info(std::string_view message, Fields fields = {}) { write(Level::Info, message, fields); }
    void warning(std::string_view message, Fields fields = {}) {
        write(Level::Warning, message, fields);
    }
    void error(std::string_view message, Fields fields = {}) {
        write(Level::Error, message, fields);
    }

    void write(Level level, std::string_view message, Fields fields);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace kapok::platform::log
