#pragma once

// What the doctor says of one thing: how it is, what was found, and what to do if that is not well.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/cli/command.h"
#include "core/result.h"

namespace kapok::app::doctor {

using cli::Text;

// Warn: it works, and somebody should look. Fail: it does not work, or data is at risk.
enum class Health : std::uint8_t { Ok, Warn, Fail };
inline constexpr std::array<std::string_view, 3> kHealthNames{"ok", "warn", "fail"};

struct Finding {
    std::string check;
    Health health = Health::Ok;
    Text found;
    Text remedy;  // Empty where all is well.
};

[[nodiscard]] inline Text both(const std::string& text) {
    return {text, text};
}

class Findings {
public:
    void ok(std::string check, Text found) {
        add(std::move(check), Health::Ok, std::move(found), {});
    }
    void warn(std::string check, Text found, Text remedy) {
        add(std::move(check), Health::Warn, std::move(found), std::move(remedy));
    }
    void fail(std::string check, Text found, Text remedy) {
        add(std::move(check), Health::Fail, std::move(found), std::move(remedy));
    }
    void add(std::string check, Health health, Text found, Text remedy) {
        all_.push_back({std::move(check), health, std::move(found), std::move(remedy)});
    }
    void fail(std::string check, const core::Error& error, Text remedy) {
        fail(std::move(check),
             {core::render(error, core::Language::En), core::render(error, core::Language::Zh)},
             std::move(remedy));
    }

    [[nodiscard]] const std::vector<Finding>& all() const noexcept { return all_; }

private:
    std::vector<Finding> all_;
};

}  // namespace kapok::app::doctor
