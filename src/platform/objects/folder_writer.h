#pragma once

// Writes an object into the incoming folder, and renames it into its place when it is whole.

#include <filesystem>
#include <memory>
#include <string>

#include "core/clock.h"
#include "core/result.h"
#include "platform/objects/folders.h"
#include "platform/objects/object_store.h"

namespace kapok::platform::objects {

struct WriterTarget {
    std::string name;
    Existing existing;
    std::int64_t size_max;
};

// `temporary` is a name in the incoming folder that nobody else uses.
[[nodiscard]] core::Result<std::unique_ptr<ObjectWriter>> make_folder_writer(
    std::shared_ptr<Folders> folders, std::string temporary, WriterTarget target,
    const core::Clock& clock);

// Makes an object of the file, by a link and a rename if it lies on the store's own disk, else by a
// copy. The file is gone afterwards; if anything fails, it is as it was.
[[nodiscard]] core::Result<ObjectInfo> take_file(std::shared_ptr<Folders> folders,
                                                 std::string temporary, WriterTarget target,
                                                 const std::filesystem::path& path,
                                                 const core::Clock& clock);

}  // namespace kapok::platform::objects
