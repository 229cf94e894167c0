#pragma once

// What a job sees: its working folder, what it was given, the system read-only, and nothing else.
// This file only writes bubblewrap's command line; it is a pure function, so that every rule of it
// can be tested.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace kapok::platform::process {

enum class Network : std::uint8_t {
    None,  // Not even the node's loopback: services are reached by a Unix socket in a mount.
    Host,  // Everything that the node reaches, its loopback included. For granted jobs only.
};

struct Bind {
    std::string source;  // As the job's user can reach it.
    std::string target;  // In the sandbox.
    bool writable = false;
};

// Of the node's root folder: on most systems /bin is a link to usr/bin.
struct SystemFolders {
    std::vector<std::pair<std::string, std::string>> links;  // "/bin" to "usr/bin"
    std::vector<std::string> folders;                        // "/usr", and those that are no links.
};
[[nodiscard]] SystemFolders find_system_folders();

struct Sandbox {
    std::string bubblewrap;
    std::vector<std::string> command;
    std::vector<Bind> binds;
    std::vector<std::string> devices;  // "/dev/nvidia0": bound as they are, where they exist.
    SystemFolders system;
    std::string folder;  // Where the command starts; it must be in a bind.
    Network network = Network::None;
    std::int64_t temporary_bytes_max = 0;  // Of /tmp, which is memory.
    int seccomp = -1;                      // Descriptors that bubblewrap reads or writes.
    int status = -1;
    int passwd = -1;
};

// The command runs by way of a shell, which ends with 127 for a program that does not exist and 126
// for one that cannot run: bubblewrap itself would answer 1, as the program might.
[[nodiscard]] std::vector<std::string> sandbox_arguments(const Sandbox& sandbox);

}  // namespace kapok::platform::process
