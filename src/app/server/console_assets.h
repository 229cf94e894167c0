#pragma once

// The web console as the program carries it. Where the program was built without it, one page says
// so and how to change that.

#include <memory>
#include <span>
#include <string_view>

#include "platform/http/assets.h"

namespace kapok::app {

struct ConsoleFile {
    std::string_view path;  // Begins with "/".
    std::string_view bytes;
    std::string_view gzip;
    std::string_view etag;
};

// What the build embedded; empty if console/dist was not there. Made by CMake.
[[nodiscard]] std::span<const ConsoleFile> console_files() noexcept;

// `files` must outlive what is returned.
[[nodiscard]] std::shared_ptr<const platform::http::Assets> make_console_assets(
    std::span<const ConsoleFile> files);

}  // namespace kapok::app
