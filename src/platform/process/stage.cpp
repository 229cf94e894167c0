#include "platform/process/stage.h"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "platform/process/kernel.h"

namespace kapok::platform::process {
namespace {

// It exists everywhere, and no job sees the node's own: each has its private one.
constexpr const char* kStageFolder = "/tmp";

}  // namespace

core::Result<std::string> Stage::add(int place) {
    struct stat status{};
    Descriptor tree(
        ::open_tree(place, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    if (!tree || ::fstat(place, &status) != 0) {
        return system_error("open_tree", fmt::format("/proc/self/fd/{}", place));
    }
    entries_.push_back({std::move(tree), fmt::format("{}/{}", kStageFolder, entries_.size()),
                        S_ISDIR(status.st_mode)});
    return entries_.back().path;
}

int Stage::enter() const noexcept {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) ||
        ::mount("kapok", kStageFolder, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0711,size=1m") != 0) {
        return errno;
    }
    for (const Entry& entry : entries_) {
        const int made = entry.folder ? ::mkdir(entry.path.c_str(), 0711)
                                      : ::mknod(entry.path.c_str(), S_IFREG | 0444, 0);
        if (made != 0 || ::move_mount(entry.tree.get(), "", AT_FDCWD, entry.path.c_str(),
                                      MOVE_MOUNT_F_EMPTY_PATH) != 0) {
            return errno;
        }
    }
    return 0;
}

}  // namespace kapok::platform::process
