#pragma once

// Which server the command line talks to, and as whom: from flags, else KAPOK_URL and KAPOK_TOKEN,
// else a profile of ~/.config/kapok/config.toml, which only its owner may read.

#include <optional>
#include <string>
#include <string_view>

#include "app/cli/command.h"
#include "core/result.h"
#include "core/secret.h"

namespace kapok::app::cli {

struct Profile {
    std::string url = "http://127.0.0.1:8420";
    core::Secret token;    // An API key.
    core::Secret session;  // Or a session's cookie, with its CSRF token.
    core::Secret csrf;

    [[nodiscard]] bool has_credential() const noexcept {
        return !token.empty() || !session.empty();
    }
};

[[nodiscard]] core::Result<Profile> load_profile(const Invocation& invocation);

// Keeps `profile` under `name` beside those that are there; mode 0600, replaced as a whole.
[[nodiscard]] core::Result<void> save_profile(std::string_view name, const Profile& profile);

// Options that choose a server: --url, --profile.
[[nodiscard]] std::vector<Option> remote_options();

}  // namespace kapok::app::cli
