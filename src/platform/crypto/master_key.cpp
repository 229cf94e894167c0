#include "platform/crypto/master_key.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/crypto/encoding.h"
#include "platform/crypto/errors.h"
#include "platform/crypto/limits.h"

namespace kapok::platform::crypto {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "kapok-master-key-1 ";
constexpr std::size_t kMaterialSize = 32;

class File {
public:
    explicit File(int descriptor) noexcept : descriptor_(descriptor) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }
    [[nodiscard]] int get() const noexcept { return descriptor_; }
    [[nodiscard]] bool open() const noexcept { return descriptor_ >= 0; }

private:
    int descriptor_;
};

std::unexpected<core::Error> io_error(const fs::path& path, std::string_view action) {
    return core::fail(kKeyFileIo, {{"path", path.string()},
                                   {"action", std::string(action)},
                                   {"reason", std::strerror(errno)}});
}

bool write_all(int descriptor, std::string_view content) {
    while (!content.empty()) {
        const ssize_t count = ::write(descriptor, content.data(), content.size());
        if (count < 0 && errno != EINTR) {
            return false;
        }
        content.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }
    return true;
}

// A name is durable when its folder is.
bool sync_folder(const fs::path& folder) {
    const File file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return file.open() && ::fsync(file.get()) == 0;
}

core::Result<void> check_access(const fs::path& path, const struct stat& status) {
    if (!S_ISREG(status.st_mode)) {
        return core::fail(kKeyFileBad, {{"path", path.string()}});
    }
    if (status.st_uid != ::geteuid() && status.st_uid != 0) {
        return core::fail(kKeyFileForeign,
                          {{"path", path.string()}, {"owner", std::to_string(status.st_uid)}});
    }
    if ((status.st_mode & 077U) != 0) {
        return core::fail(
            kKeyFileExposed,
            {{"path", path.string()}, {"mode", fmt::format("{:04o}", status.st_mode & 07777U)}});
    }
    return {};
}

}  // namespace

core::Result<void> create_secret_file(const fs::path& path, const core::Secret& content) {
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    // Without a name until it is complete: a crash leaves nothing behind.
    const File file(::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
    if (!file.open()) {
        return io_error(path, "create");
    }
    if (::fchmod(file.get(), 0600) != 0 || !write_all(file.get(), content.reveal()) ||
        ::fsync(file.get()) != 0) {
        return io_error(path, "write");
    }
    const std::string source = fmt::format("/proc/self/fd/{}", file.get());
    if (::linkat(AT_FDCWD, source.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) != 0) {
        if (errno == EEXIST) {
            return core::fail(kKeyFileExists, {{"path", path.string()}});
        }
        return io_error(path, "name");
    }
    if (!sync_folder(folder)) {
        return io_error(folder, "fsync");
    }
    return {};
}

core::Result<core::Secret> read_secret_file(const fs::path& path) {
    // Not blocking, so that a pipe in its place cannot hold the start.
    const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.open()) {
        return errno == ENOENT ? core::fail(kKeyFileMissing, {{"path", path.string()}})
                               : io_error(path, "open");
    }
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) {
        return io_error(path, "stat");
    }
    if (auto checked = check_access(path, status); !checked) {
        return std::unexpected(checked.error());
    }
    std::array<char, kKeyFileBytesMax + 1> buffer;
    std::size_t size = 0;
    while (size < buffer.size()) {
        const ssize_t count = ::read(file.get(), buffer.data() + size, buffer.size() - size);
        if (count < 0 && errno != EINTR) {
            return io_error(path, "read");
        }
        if (count == 0) {
            break;
        }
        size += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    }
    core::Secret content(std::string(buffer.data(), size));
    sodium_memzero(buffer.data(), buffer.size());
    if (size > kKeyFileBytesMax) {
        return core::fail(kKeyFileBad, {{"path", path.string()}});
    }
    return content;
}

core::Result<MasterKey> MasterKey::create(const fs::path& path, core::Random& random) {
    std::array<std::byte, kMaterialSize> material;
    random.fill(material);
    const core::Secret content(fmt::format("{}{}\n", kPrefix, to_base64url(material)));
    MasterKey key{core::Secret(std::string(text_of(material)))};
    sodium_memzero(material.data(), material.size());
    if (auto created = create_secret_file(path, content); !created) {
        return std::unexpected(created.error());
    }
    return key;
}

core::Result<MasterKey> MasterKey::load(const fs::path& path) {
    const auto content = read_secret_file(path);
    if (!content) {
        return std::unexpected(content.error());
    }
    std::string_view text = content->reveal();
    while (text.ends_with('\n') || text.ends_with('\r')) {  // Editors and mounts add or drop these.
        text.remove_suffix(1);
    }
    auto material =
        text.starts_with(kPrefix) ? from_base64url(text.substr(kPrefix.size())) : std::nullopt;
    if (!material || material->size() != kMaterialSize) {
        return core::fail(kKeyFileBad, {{"path", path.string()}});
    }
    MasterKey key{core::Secret(std::string(text_of(*material)))};
    sodium_memzero(material->data(), material->size());
    return key;
}

core::Result<MasterKey> MasterKey::load_or_create(const fs::path& data,
                                                  const fs::path& override_path,
                                                  core::Random& random) {
    if (!override_path.empty()) {
        return load(override_path);
    }
    const fs::path folder = data / "keys";
    const fs::path path = folder / "master.key";
    auto loaded = load(path);
    if (loaded || loaded.error().code() != kKeyFileMissing) {
        return loaded;
    }
    std::error_code error;
    fs::create_directories(data, error);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        return io_error(folder, "create");
    }
    auto created = create(path, random);
    // Two servers may start at once: the one that comes second uses the first one's key.
    return !created && created.error().code() == kKeyFileExists ? load(path) : std::move(created);
}

core::Secret MasterKey::derive(Suite suite, std::string_view label, std::size_t size) const {
    const std::string info = fmt::format("kapok/{}/{}", to_text(suite), label);
    Bytes bytes = hkdf(suite, bytes_of(material_.reveal()), {}, bytes_of(info), size);
    core::Secret secret{std::string(text_of(bytes))};
    sodium_memzero(bytes.data(), bytes.size());
    return secret;
}

SealingKey MasterKey::sealing_key(Suite suite, std::string_view label, std::uint32_t id) const {
    const core::Secret derived = derive(suite, fmt::format("seal/{}/{}", label, id), 32);
    std::array<std::byte, 32> material;
    std::ranges::copy(bytes_of(derived.reveal()), material.begin());
    SealingKey key(suite, id, material);
    sodium_memzero(material.data(), material.size());
    return key;
}

core::Secret MasterKey::pepper(Suite suite, std::string_view label) const {
    return derive(suite, fmt::format("pepper/{}", label), 32);
}

}  // namespace kapok::platform::crypto
