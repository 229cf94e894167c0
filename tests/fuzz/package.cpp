// Any bytes as a package: no crash, and what is taken out of it is a part of it. gzip is zlib's
// own; a file that is not compressed is read as it is, so the fuzzer's bytes are the archive.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cli/package_file.h"

namespace {

namespace fs = std::filesystem;

// A file that is in memory only, and its name for who opens it again.
class MemoryFile {
public:
    explicit MemoryFile(const char* name) : file_(::memfd_create(name, 0)) {
        if (file_ < 0) {
            std::abort();
        }
    }
    ~MemoryFile() { ::close(file_); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    [[nodiscard]] fs::path path() const { return fmt::format("/proc/self/fd/{}", file_); }
    void replace(const std::uint8_t* data, std::size_t size) const {
        if (::ftruncate(file_, 0) != 0 ||
            ::pwrite(file_, data, size, 0) != static_cast<ssize_t>(size)) {
            std::abort();
        }
    }
    [[nodiscard]] std::size_t size() const {
        struct stat found{};
        return ::fstat(file_, &found) == 0 ? static_cast<std::size_t>(found.st_size) : 0;
    }

private:
    int file_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 1 && data[0] == 0x1f && data[1] == 0x8b) {
        return 0;  // zlib's, and longer than it looks.
    }
    static const MemoryFile package("package");
    static const MemoryFile target("target");
    package.replace(data, size);
    target.replace(data, 0);
    const bool found =
        kapok::app::cli::extract_member(package.path(), "m", target.path()).has_value();
    if (target.size() > size || (found && size < 512)) {
        std::abort();
    }
    return 0;
}
