#pragma once

// Lets a job's user reach exactly the folders that it was given, wherever they are. Data lies below
// folders that only root may enter; so root takes each given place by itself, and shows it to the
// child in a private view of the file system, under a folder that holds nothing else.

#include <string>
#include <vector>

#include "core/result.h"
#include "platform/process/descriptor.h"

namespace kapok::platform::process {

class Stage {
public:
    // Takes the tree at an open file or folder as it is now, with what is mounted in it. Needs
    // CAP_SYS_ADMIN. Returns the path at which the child will find it.
    [[nodiscard]] core::Result<std::string> add(int place);

    // In the child, before its user is set: see Launch::prepare. Returns 0 or an errno.
    [[nodiscard]] int enter() const noexcept;

private:
    struct Entry {
        Descriptor tree;
        std::string path;
        bool folder;
    };

    std::vector<Entry> entries_;
};

}  // namespace kapok::platform::process
