#include "platform/process/sandbox.h"

#include <array>
#include <filesystem>

#include <fmt/format.h>

namespace kapok::platform::process {
namespace {

namespace fs = std::filesystem;

// Of /etc only what programs need to run, to check certificates and to show the time; with a
// network also what finds names. Nothing that says who the node's users are.
constexpr std::array kEtc{"/etc/alternatives", "/etc/ld.so.cache",     "/etc/ld.so.conf",
                          "/etc/ld.so.conf.d", "/etc/localtime",       "/etc/timezone",
                          "/etc/ssl/certs",    "/etc/ca-certificates", "/etc/fonts"};
constexpr std::array kEtcOfNetwork{"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf",
                                   "/etc/services", "/etc/protocols"};

class Arguments {
public:
    explicit Arguments(std::string program) : list_{std::move(program)} {}

    template <class... Texts>
    void add(Texts... texts) {
        (list_.emplace_back(std::move(texts)), ...);
    }
    [[nodiscard]] std::vector<std::string> take() && { return std::move(list_); }

private:
    std::vector<std::string> list_;
};

void add_namespaces(const Sandbox& sandbox, Arguments& arguments) {
    arguments.add("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts",
                  "--unshare-cgroup-try");
    if (sandbox.network == Network::None) {
        arguments.add("--unshare-net");
    }
    arguments.add("--die-with-parent", "--new-session", "--hostname", "job", "--cap-drop", "ALL");
}

void add_system(const Sandbox& sandbox, Arguments& arguments) {
    for (const std::string& folder : sandbox.system.folders) {
        arguments.add("--ro-bind", folder, folder);
    }
    for (const auto& [link, target] : sandbox.system.links) {
        arguments.add("--symlink", target, link);
    }
    for (const char* const file : kEtc) {
        arguments.add("--ro-bind-try", file, file);
    }
    if (sandbox.network == Network::Host) {
        for (const char* const file : kEtcOfNetwork) {
            arguments.add("--ro-bind-try", file, file);
        }
    }
    arguments.add("--ro-bind-data", fmt::format("{}", sandbox.passwd), "/etc/passwd");
    arguments.add("--proc", "/proc", "--dev", "/dev");
    for (const std::string& device : sandbox.devices) {
        arguments.add("--dev-bind-try", device, device);
    }
    if (sandbox.temporary_bytes_max > 0) {
        arguments.add("--size", fmt::format("{}", sandbox.temporary_bytes_max));
    }
    arguments.add("--tmpfs", "/tmp");
}

}  // namespace

SystemFolders find_system_folders() {
    SystemFolders system;
    system.folders.emplace_back("/usr");
    for (const char* const name : {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}) {
        std::error_code error;
        if (fs::is_symlink(name, error)) {
            system.links.emplace_back(name, fs::read_symlink(name, error).string());
        } else if (fs::is_directory(name, error)) {
            system.folders.emplace_back(name);
        }
    }
    return system;
}

std::vector<std::string> sandbox_arguments(const Sandbox& sandbox) {
    Arguments arguments(sandbox.bubblewrap);
    add_namespaces(sandbox, arguments);
    add_system(sandbox, arguments);
    for (const Bind& bind : sandbox.binds) {
        arguments.add(bind.writable ? "--bind" : "--ro-bind", bind.source, bind.target);
    }
    arguments.add("--remount-ro", "/", "--chdir", sandbox.folder);
    arguments.add("--seccomp", fmt::format("{}", sandbox.seccomp));
    arguments.add("--json-status-fd", fmt::format("{}", sandbox.status));
    arguments.add("--", "/bin/sh", "-c", "exec \"$@\"", "job");
    for (const std::string& word : sandbox.command) {
        arguments.add(word);
    }
    return std::move(arguments).take();
}

}  // namespace kapok::platform::process
