#pragma once

// Objects in a folder of this host. FOLDER/objects has a file for each, under its name;
// FOLDER/incoming has those on their way in. An object is synced, then renamed into its place, then
// the place is synced, so that after a crash there is the old one or the new one, whole.
//
// Several processes may use one folder. What a crashed one left in incoming is removed by the next
// one that opens the folder while nobody else has it. The limit on all objects together counts what
// this process puts and removes, from what was there when it opened the folder.

#include <filesystem>
#include <memory>

#include "core/clock.h"
#include "core/random.h"
#include "core/result.h"
#include "platform/objects/limits.h"
#include "platform/objects/object_store.h"

namespace kapok::platform::objects {

struct FolderOptions {
    std::filesystem::path folder;  // Made if there is none.
    std::int64_t object_bytes_max = kObjectBytesMax;
    std::optional<std::int64_t> total_bytes_max;
};

// `clock` and `random` must outlive the store, and be safe to use from any thread.
[[nodiscard]] core::Result<std::unique_ptr<ObjectStore>> open_folder_store(
    const FolderOptions& options, const core::Clock& clock, core::Random& random);

}  // namespace kapok::platform::objects
