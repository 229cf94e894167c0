#include "platform/objects/folder_writer.h"

#include <cerrno>
#include <cstdio>
#include <mutex>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/objects/errors.h"
#include "platform/objects/limits.h"
#include "platform/objects/object_file.h"
#include "platform/objects/quota.h"

namespace kapok::platform::objects {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr int kPlaceAttemptsMax = 10;

class FolderWriter final : public ObjectWriter {
public:
    FolderWriter(std::shared_ptr<Folders> folders, FileDescriptor file, std::string temporary,
                 WriterTarget target, const core::Clock& clock)
        : folders_(std::move(folders)),
          file_(std::move(file)),
          temporary_(std::move(temporary)),
          target_(std::move(target)),
          clock_(clock),
          share_(folders_->quota) {}
    ~FolderWriter() override {
        if (!finished_) {
            ::unlinkat(folders_->incoming.number(), temporary_.c_str(), 0);
        }
    }
    FolderWriter(const FolderWriter&) = delete;
    FolderWriter& operator=(const FolderWriter&) = delete;

    core::Result<void> write(ByteView bytes) override {
        if (failed_) {
            return std::unexpected(*failed_);
        }
        return note(write_checked(bytes));
    }

    // What the file has already; it goes on at its end.
    core::Result<void> read_in() {
        Bytes buffer(kChunkBytes);
        for (;;) {
            const ssize_t count = ::read(file_.number(), buffer.data(), buffer.size());
            if (count < 0 && errno == EINTR) {
                continue;
            }
            if (count <= 0) {
                return count == 0 ? core::Result<void>()
                                  : std::unexpected(error_of(errno, target_.name));
            }
            if (auto counted = count_in(ByteView(buffer).first(static_cast<std::size_t>(count)));
                !counted) {
                return counted;
            }
        }
    }

    core::Result<ObjectInfo> finish() override {
        if (failed_) {
            return std::unexpected(*failed_);
        }
        ObjectInfo info{target_.name, 0, {}, {}};
        const Bytes seal = sealer_.seal(clock_.now(), info);
        auto done = take(static_cast<std::int64_t>(seal.size()));
        done = done ? write_all(file_, seal, target_.name) : done;
        done = done ? sync(file_, target_.name) : done;
        done = done ? put_in_place() : done;
        if (auto noted = note(std::move(done)); !noted) {
            return std::unexpected(noted.error());
        }
        return info;
    }

private:
    core::Result<void> note(core::Result<void> done) {
        if (!done) {
            failed_ = done.error();
        }
        return done;
    }
    core::Result<void> take(std::int64_t bytes) {
        if (!share_.take(bytes)) {
            return core::fail(kFull, {{"limit", std::to_string(folders_->quota.limit())}});
        }
        return {};
    }
    core::Result<void> write_checked(ByteView bytes) {
        if (auto counted = count_in(bytes); !counted) {
            return counted;
        }
        return write_all(file_, bytes, target_.name);
    }
    core::Result<void> count_in(ByteView bytes) {
        const auto count = static_cast<std::int64_t>(bytes.size());
        if (count > target_.size_max - sealer_.size()) {
            return core::fail(
                kTooLarge, {{"name", target_.name}, {"limit", std::to_string(target_.size_max)}});
        }
        if (auto taken = take(count); !taken) {
            return taken;
        }
        sealer_.add(bytes);
        return {};
    }
    core::Result<void> put_in_place();
    // The folder that it lies in now.
    [[nodiscard]] core::Result<FileDescriptor> place_once();
    [[nodiscard]] int rename_into(const FileDescriptor& folder, const std::string& file);

    std::shared_ptr<Folders> folders_;
    FileDescriptor file_;
    std::string temporary_;
    WriterTarget target_;
    const core::Clock& clock_;
    QuotaShare share_;
    Sealer sealer_;
    std::optional<core::Error> failed_;
    bool finished_ = false;
};

// 0 or an errno.
int FolderWriter::rename_into(const FileDescriptor& folder, const std::string& file) {
    const std::int64_t before = size_under(folder, file);
    const unsigned int flags = target_.existing == Existing::Refuse ? RENAME_NOREPLACE : 0U;
    if (::renameat2(folders_->incoming.number(), temporary_.c_str(), folder.number(), file.c_str(),
                    flags) != 0) {
        return errno;
    }
    finished_ = true;
    share_.keep();
    folders_->quota.give_back(before);
    return 0;
}

core::Result<FileDescriptor> FolderWriter::place_once() {
    const auto [path, file] = split_name(target_.name);
    const std::scoped_lock lock(folders_->naming);
    auto folder = make_folders(folders_->objects, path);
    const int failed = folder ? rename_into(*folder, file) : 0;
    if (failed != 0) {
        return std::unexpected(error_of(failed, target_.name));
    }
    if (!folder && folder.error().code() == kNameTaken) {
        return std::unexpected(error_of(ENOTDIR, target_.name));
    }
    return folder;
}

core::Result<void> FolderWriter::put_in_place() {
    auto folder = place_once();
    // Another program may remove the folder, while it is empty, between two steps.
    for (int attempt = 1;
         !folder && folder.error().code() == kNotFound && attempt < kPlaceAttemptsMax; ++attempt) {
        folder = place_once();
    }
    return folder ? sync(*folder, target_.name) : std::unexpected(folder.error());
}

// Files of another disk can only be copied.
core::Result<void> copy_in(FolderWriter& writer, const FileDescriptor& source,
                           const std::string& name) {
    Bytes buffer(kChunkBytes);
    for (;;) {
        const ssize_t count = ::read(source.number(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return count == 0 ? core::Result<void>() : std::unexpected(error_of(errno, name));
        }
        const auto bytes = ByteView(buffer).first(static_cast<std::size_t>(count));
        if (auto written = writer.write(bytes); !written) {
            return written;
        }
    }
}

core::Result<FileDescriptor> open_source(const std::filesystem::path& path) {
    const int number = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (number < 0) {
        return std::unexpected(error_of(errno, path.string()));
    }
    FileDescriptor file(number);
    struct stat status{};
    if (::fstat(number, &status) != 0 || !S_ISREG(status.st_mode)) {
        return core::fail(kNotFound, {{"name", path.string()}});
    }
    return file;
}

core::Result<ObjectInfo> take_by_link(FolderWriter& writer, const std::filesystem::path& path,
                                      std::int64_t size) {
    auto done = writer.read_in();
    auto info = done ? writer.finish() : core::Result<ObjectInfo>(std::unexpected(done.error()));
    if (!info && ::truncate(path.c_str(), size) != 0) {
        return std::unexpected(
            error_of(errno, path.string()));  // It keeps its seal, which is worse.
    }
    return info;
}

core::Result<ObjectInfo> take_by_copy(std::shared_ptr<Folders> folders, std::string temporary,
                                      WriterTarget target, FileDescriptor source,
                                      const core::Clock& clock) {
    const std::string name = target.name;
    auto incoming =
        open_beneath(folders->incoming, temporary, O_WRONLY | O_CREAT | O_EXCL, kFileMode);
    if (!incoming) {
        return std::unexpected(incoming.error());
    }
    FolderWriter writer(std::move(folders), *std::move(incoming), std::move(temporary),
                        std::move(target), clock);
    if (auto copied = copy_in(writer, source, name); !copied) {
        return std::unexpected(copied.error());
    }
    return writer.finish();
}

}  // namespace

core::Result<ObjectInfo> take_file(std::shared_ptr<Folders> folders, std::string temporary,
                                   WriterTarget target, const std::filesystem::path& path,
                                   const core::Clock& clock) {
    auto source = open_source(path);
    const auto size = source ? size_of(*source, path.string())
                             : core::Result<std::int64_t>(std::unexpected(source.error()));
    if (!size) {
        return std::unexpected(size.error());
    }
    core::Result<ObjectInfo> info = core::fail(kUnreadable);
    if (::linkat(AT_FDCWD, path.c_str(), folders->incoming.number(), temporary.c_str(), 0) == 0) {
        FolderWriter writer(std::move(folders), *std::move(source), std::move(temporary),
                            std::move(target), clock);
        info = take_by_link(writer, path, *size);
    } else if (errno == EXDEV || errno == EPERM || errno == EMLINK) {
        info = take_by_copy(std::move(folders), std::move(temporary), std::move(target),
                            *std::move(source), clock);
    } else {
        info = std::unexpected(error_of(errno, path.string()));
    }
    if (info && ::unlink(path.c_str()) != 0) {
        return std::unexpected(error_of(errno, path.string()));
    }
    return info;
}

core::Result<std::unique_ptr<ObjectWriter>> make_folder_writer(std::shared_ptr<Folders> folders,
                                                               std::string temporary,
                                                               WriterTarget target,
                                                               const core::Clock& clock) {
    auto file = open_beneath(folders->incoming, temporary, O_WRONLY | O_CREAT | O_EXCL, kFileMode);
    if (!file) {
        return std::unexpected(file.error());
    }
    return std::make_unique<FolderWriter>(std::move(folders), *std::move(file),
                                          std::move(temporary), std::move(target), clock);
}

}  // namespace kapok::platform::objects
