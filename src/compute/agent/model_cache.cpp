#include "compute/agent/model_cache.h"

#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compute/errors.h"
#include "platform/crypto/encoding.h"

namespace kapok::compute::agent {

namespace fs = std::filesystem;
namespace crypto = platform::crypto;
using platform::process::Descriptor;

namespace {

constexpr std::string_view kIncoming = "incoming";
constexpr std::size_t kPieceBytes = 1 << 20;
constexpr mode_t kModelMode = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;  // Engines have other users.
constexpr mode_t kFolderMode = S_IRWXU | S_IRGRP | S_IXGRP | S_IROTH | S_IXOTH;

std::string hex_of(const ModelRef& model) {
    return model.digest.substr(model.digest.find(':') + 1);
}

std::unexpected<core::Error> failed(const fs::path& path, int error) {
    return core::fail(kAgentFolder,
                      {{"folder", path.string()}, {"why", std::generic_category().message(error)}});
}

core::Result<void> make_folder(const fs::path& folder) {
    std::error_code code;
    fs::create_directories(folder, code);
    if (code || ::chmod(folder.c_str(), kFolderMode) != 0) {
        return failed(folder, code ? code.value() : errno);
    }
    return {};
}

core::Result<void> sync_folder(const fs::path& folder) {
    const Descriptor place(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return place && ::fsync(place.get()) == 0 ? core::Result<void>() : failed(folder, errno);
}

}  // namespace

ModelDownload::ModelDownload(ModelRef model, fs::path part, fs::path target)
    : model_(std::move(model)),
      part_(std::move(part)),
      target_(std::move(target)),
      hasher_(crypto::Suite::Intl) {}

// What an earlier download brought is read again, since its digest went with it.
core::Result<void> ModelDownload::open() {
    file_ =
        Descriptor(::open(part_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kModelMode));
    if (!file_) {
        return failed(part_, errno);
    }
    std::vector<std::byte> piece(kPieceBytes);
    for (;;) {
        const auto count = ::read(file_.get(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return failed(part_, errno);
        }
        if (count == 0) {
            return {};
        }
        hasher_.update(std::span(piece).first(static_cast<std::size_t>(count)));
        offset_ += count;
    }
}

core::Result<void> ModelDownload::write(std::span<const std::byte> bytes) {
    if (std::ssize(bytes) > model_.bytes - offset_) {
        static_cast<void>(::unlink(part_.c_str()));
        return core::fail(kModelDamaged, {{"digest", model_.digest}});
    }
    hasher_.update(bytes);
    while (!bytes.empty()) {
        const auto count = ::write(file_.get(), bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return failed(part_, errno);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset_ += count;
    }
    return {};
}

core::Result<fs::path> ModelDownload::finish() {
    if (offset_ != model_.bytes || crypto::to_hex(hasher_.finish()) != hex_of(model_)) {
        static_cast<void>(::unlink(part_.c_str()));
        return core::fail(kModelDamaged, {{"digest", model_.digest}});
    }
    if (auto made = make_folder(target_.parent_path()); !made) {
        return std::unexpected(made.error());
    }
    if (::fchmod(file_.get(), kModelMode) != 0 || ::fsync(file_.get()) != 0 ||
        ::rename(part_.c_str(), target_.c_str()) != 0) {
        return failed(target_, errno);
    }
    const auto synced = sync_folder(target_.parent_path());
    return synced ? core::Result<fs::path>(target_) : std::unexpected(synced.error());
}

fs::path ModelCache::place_of(const ModelRef& model) const {
    return folder_ / hex_of(model) / model.file;
}

std::optional<fs::path> ModelCache::find(const ModelRef& model) const {
    struct stat info{};
    const fs::path place = place_of(model);
    const bool there = ::lstat(place.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
                       static_cast<std::int64_t>(info.st_size) == model.bytes;
    return there ? std::optional(place) : std::nullopt;
}

core::Result<ModelDownload> ModelCache::download(const ModelRef& model) const {
    const fs::path incoming = folder_ / kIncoming;
    if (auto made = make_folder(incoming); !made) {
        return std::unexpected(made.error());
    }
    ModelDownload download(model, incoming / hex_of(model), place_of(model));
    if (auto opened = download.open(); !opened) {
        return std::unexpected(opened.error());
    }
    if (download.offset() > model.bytes) {  // Of a model that was said to be larger.
        static_cast<void>(::unlink((incoming / hex_of(model)).c_str()));
        return core::fail(kModelDamaged, {{"digest", model.digest}});
    }
    return download;
}

}  // namespace kapok::compute::agent
