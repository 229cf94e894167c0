#pragma once

// The open folders of a store, which its writers share.

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "core/result.h"
#include "platform/objects/file_system.h"
#include "platform/objects/folder_store.h"
#include "platform/objects/quota.h"

namespace kapok::platform::objects {

struct Folders {
    Folders(FileDescriptor opened_root, std::int64_t limit) noexcept
        : root(std::move(opened_root)), quota(0, limit) {}

    FileDescriptor root;
    FileDescriptor objects;
    FileDescriptor incoming;
    FileDescriptor lock;
    Quota quota;
    std::mutex naming;  // What a name stands for is looked up and changed in one go.
};

// Makes what is missing, removes what a crash left, and counts what is there.
[[nodiscard]] core::Result<std::shared_ptr<Folders>> open_folders(const FolderOptions& options);

// "a/b/c" as "a/b" and "c".
[[nodiscard]] std::pair<std::string_view, std::string> split_name(std::string_view name);

// How many bytes lie under a name; 0 if there is none.
[[nodiscard]] std::int64_t size_under(const FileDescriptor& folder, const std::string& file);

}  // namespace kapok::platform::objects
