#include "platform/objects/folder_store.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "platform/crypto/encoding.h"
#include "platform/objects/errors.h"
#include "platform/objects/folder_listing.h"
#include "platform/objects/folder_reader.h"
#include "platform/objects/folder_writer.h"
#include "platform/objects/folders.h"
#include "platform/objects/object_name.h"

namespace kapok::platform::objects {
namespace {

class FolderStore final : public ObjectStore {
public:
    FolderStore(std::shared_ptr<Folders> folders, const FolderOptions& options,
                const core::Clock& clock, core::Random& random)
        : folders_(std::move(folders)),
          object_bytes_max_(std::min(options.object_bytes_max, kObjectBytesMax)),
          clock_(clock),
          random_(random) {}

    using ObjectStore::create;
    using ObjectStore::open;
    core::Result<std::unique_ptr<ObjectWriter>> create(
        std::string_view name, Existing existing, std::optional<std::int64_t> size_max) override;
    core::Result<ObjectInfo> take(std::string_view name,
                                  const std::filesystem::path& file) override;
    core::Result<std::unique_ptr<ObjectReader>> open(std::string_view name, Range range) override;
    core::Result<std::optional<ObjectInfo>> find(std::string_view name) override;
    core::Result<void> remove(std::string_view name) override;
    core::Result<std::vector<ObjectInfo>> list(const ListQuery& query) override;

private:
    [[nodiscard]] core::Result<FileDescriptor> open_object(std::string_view name) const {
        if (auto checked = check_name(name); !checked) {
            return std::unexpected(checked.error());
        }
        auto file = open_beneath(folders_->objects, std::string(name), O_RDONLY | O_NONBLOCK);
        if (!file && file.error().code() == kNameTaken) {
            return core::fail(kNotFound, {{"name", std::string(name)}});
        }
        return file;
    }
    [[nodiscard]] std::string make_temporary_name();
    void remove_empty_folders(std::string_view path);

    std::shared_ptr<Folders> folders_;
    std::int64_t object_bytes_max_;
    const core::Clock& clock_;
    core::Random& random_;
};

std::string FolderStore::make_temporary_name() {
    std::array<std::byte, 16> bytes{};
    random_.fill(bytes);
    return crypto::to_hex(bytes);
}

core::Result<std::unique_ptr<ObjectWriter>> FolderStore::create(
    std::string_view name, Existing existing, std::optional<std::int64_t> size_max) {
    if (auto checked = check_name(name); !checked) {
        return std::unexpected(checked.error());
    }
    const std::int64_t limit = std::min(size_max.value_or(object_bytes_max_), object_bytes_max_);
    return make_folder_writer(folders_, make_temporary_name(),
                              WriterTarget{std::string(name), existing, limit}, clock_);
}

core::Result<ObjectInfo> FolderStore::take(std::string_view name,
                                           const std::filesystem::path& file) {
    if (auto checked = check_name(name); !checked) {
        return std::unexpected(checked.error());
    }
    return take_file(folders_, make_temporary_name(),
                     WriterTarget{std::string(name), Existing::Replace, object_bytes_max_}, file,
                     clock_);
}

core::Result<std::unique_ptr<ObjectReader>> FolderStore::open(std::string_view name, Range range) {
    auto file = open_object(name);
    if (!file) {
        return std::unexpected(file.error());
    }
    auto seal = read_seal(*file, std::string(name));
    if (!seal) {
        return std::unexpected(seal.error());
    }
    return make_folder_reader(*std::move(file), *std::move(seal), range);
}

core::Result<std::optional<ObjectInfo>> FolderStore::find(std::string_view name) {
    const auto file = open_object(name);
    const auto seal = file ? read_seal(*file, std::string(name))
                           : core::Result<Seal>(std::unexpected(file.error()));
    if (!seal && seal.error().code() == kNotFound) {
        return std::optional<ObjectInfo>();
    }
    return seal ? core::Result<std::optional<ObjectInfo>>(seal->info)
                : std::unexpected(seal.error());
}

core::Result<void> FolderStore::remove(std::string_view name) {
    if (auto checked = check_name(name); !checked) {
        return checked;
    }
    const auto [path, file] = split_name(name);
    const core::Error missing(kNotFound, {{"name", std::string(name)}}, {});
    const auto folder = open_beneath(folders_->objects, path.empty() ? "." : std::string(path),
                                     O_RDONLY | O_DIRECTORY);
    if (!folder) {
        const bool none = folder.error().code() == kNotFound || folder.error().code() == kNameTaken;
        return std::unexpected(none ? missing : folder.error());
    }
    {
        const std::scoped_lock lock(folders_->naming);
        const std::int64_t before = size_under(*folder, file);
        if (::unlinkat(folder->number(), file.c_str(), 0) != 0) {
            return std::unexpected(errno == EISDIR ? missing : error_of(errno, name));
        }
        folders_->quota.give_back(before);
    }
    if (auto synced = sync(*folder, name); !synced) {
        return synced;
    }
    remove_empty_folders(path);
    return {};
}

// As far up as they are empty: a folder that is not refuses.
void FolderStore::remove_empty_folders(std::string_view path) {
    const std::scoped_lock lock(folders_->naming);
    while (!path.empty()) {
        const auto [parent, folder] = split_name(path);
        const auto opened = open_beneath(
            folders_->objects, parent.empty() ? "." : std::string(parent), O_RDONLY | O_DIRECTORY);
        if (!opened || ::unlinkat(opened->number(), folder.c_str(), AT_REMOVEDIR) != 0) {
            return;
        }
        path = parent;
    }
}

core::Result<std::vector<ObjectInfo>> FolderStore::list(const ListQuery& query) {
    ListQuery bounded = query;
    bounded.count = std::min(query.count, kListMax);
    const auto names = list_names(folders_->objects, bounded);
    if (!names) {
        return std::unexpected(names.error());
    }
    std::vector<ObjectInfo> infos;
    for (const std::string& name : *names) {
        auto found = find(name);
        if (!found) {
            return std::unexpected(found.error());
        }
        if (auto& info = *found) {
            infos.push_back(*std::move(info));
        }
    }
    return infos;
}

}  // namespace

core::Result<std::unique_ptr<ObjectStore>> open_folder_store(const FolderOptions& options,
                                                             const core::Clock& clock,
                                                             core::Random& random) {
    auto folders = open_folders(options);
    if (!folders) {
        return std::unexpected(folders.error());
    }
    return std::make_unique<FolderStore>(*std::move(folders), options, clock, random);
}

}  // namespace kapok::platform::objects
