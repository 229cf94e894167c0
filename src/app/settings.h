#pragma once

// Every setting of the program with its default, unit and both texts; see platform/config. Each is
// read in one place, where the thing that it limits is made.

#include <span>

#include "core/result.h"
#include "platform/config/config.h"

namespace kapok::app {

[[nodiscard]] std::span<const platform::config::Setting> settings();

// From flags, the environment and the file that --config or KAPOK_CONFIG names (or
// DATA/kapok.toml, if there is one).
[[nodiscard]] core::Result<platform::config::Config> load_config(
    std::map<std::string, std::string, std::less<>> flags);

// Where state is kept if nothing is said: /var/lib/kapok as root, else ~/.local/share/kapok.
[[nodiscard]] std::string default_data_folder();

}  // namespace kapok::app
