#include "platform/objects/folder_writer.h"

#include <cerrno>
#include <cstdio>
#include <mutex>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "platform/objects/errors.h"
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
        const auto count = static_cast<std::int64_t>(bytes.size());
        if (count > target_.size_max - sealer_.size()) {
            return core::fail(
                kTooLarge, {{"name", target_.name}, {"limit", std::to_string(target_.size_max)}});
        }
        if (auto taken = take(count); !taken) {
            return taken;
        }
        sealer_.add(bytes);
        return write_all(file_, bytes, target_.name);
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

}  // namespace

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
