#pragma once

// A folder for a test, which goes when this goes.

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace kapok::platform::objects {

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string path = std::filesystem::temp_directory_path() / "kapok-objects-XXXXXX";
        if (::mkdtemp(path.data()) == nullptr) {
            std::abort();
        }
        path_ = path;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace kapok::platform::objects
