#pragma once

// A value that must not be shown: a password, an API key, a token. It prints as "***" wherever
// something prints it, cannot be compared by accident in a way that leaks its length of agreement,
// and is wiped when it goes. reveal() is the one door, and easy to search for.

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace kapok::core {

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value) noexcept : value_(std::move(value)) {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept : value_(std::exchange(other.value_, {})) {}
    Secret& operator=(const Secret& other) {
        if (this != &other) {
            wipe();
            value_ = other.value_;
        }
        return *this;
    }
    Secret& operator=(Secret&& other) noexcept {
        std::swap(value_, other.value_);
        return *this;
    }
    ~Secret() { wipe(); }

    [[nodiscard]] std::string_view reveal() const noexcept { return value_; }
    [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

private:
    void wipe() noexcept {
        volatile char* byte = value_.data();
        for (std::size_t i = 0; i < value_.size(); ++i) {
            byte[i] = '\0';
        }
    }

    std::string value_;
};

}  // namespace kapok::core

template <>
struct fmt::formatter<kapok::core::Secret> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(const kapok::core::Secret& /*secret*/, Context& context) const {
        return fmt::formatter<std::string_view>::format("***", context);
    }
};
