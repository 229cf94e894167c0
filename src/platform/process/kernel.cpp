#include "platform/process/kernel.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/process/errors.h"
#include "platform/process/files.h"

namespace kapok::platform::process {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kProcFileMax = 4'194'304;

std::string read_proc(pid_t pid, std::string_view name) {
    const auto text = read_text(fmt::format("/proc/{}/{}", pid, name), kProcFileMax);
    return text ? *text : std::string();
}

struct Stat {
    char state = 'Z';
    pid_t parent = 0;
    std::int64_t start_ticks = 0;
};

// The program's name is in parentheses and may hold anything, so fields count from the last ')'.
std::optional<Stat> parse_stat(std::string_view text) {
    const auto close = text.rfind(')');
    if (close == text.npos) {
        return std::nullopt;
    }
    Stat stat;
    std::string_view rest = text.substr(close + 1);
    for (int field = 3; field <= 22; ++field) {
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
        const std::string_view word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(word.size());
        if (word.empty()) {
            return std::nullopt;
        }
        if (field == 3) {
            stat.state = word.front();
        } else if (field == 4) {
            std::from_chars(word.begin(), word.end(), stat.parent);
        } else if (field == 22) {
            std::from_chars(word.begin(), word.end(), stat.start_ticks);
        }
    }
    return stat;
}

std::vector<pid_t> all_processes() {
    std::vector<pid_t> pids;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("/proc", error)) {
        const std::string name = entry.path().filename();
        pid_t pid = 0;
        const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (problem == std::errc() && end == name.data() + name.size()) {
            pids.push_back(pid);
        }
    }
    return pids;
}

}  // namespace

std::string boot_id() {
    auto text = read_text("/proc/sys/kernel/random/boot_id", 64);
    if (!text) {
        return {};
    }
    text->erase(text->find_last_not_of('\n') + 1);
    return *text;
}

std::optional<ProcessName> name_of(pid_t pid) {
    const auto stat = parse_stat(read_proc(pid, "stat"));
    if (!stat || stat->state == 'Z' || stat->state == 'X') {
        return std::nullopt;
    }
    return ProcessName{pid, stat->start_ticks, boot_id()};
}

bool is_alive(const ProcessName& name) {
    return name_of(name.pid) == name;
}

Descriptor open_process(const ProcessName& name) {
    Descriptor handle(open_pidfd(name.pid));
    // Looked at after the handle is open: if it matches now, the handle is of that process.
    return handle && is_alive(name) ? std::move(handle) : Descriptor();
}

std::vector<pid_t> descendants_of(pid_t root) {
    std::vector<std::pair<pid_t, pid_t>> parents;
    for (const pid_t pid : all_processes()) {
        if (const auto stat = parse_stat(read_proc(pid, "stat"))) {
            parents.emplace_back(stat->parent, pid);
        }
    }
    std::vector<pid_t> found{root};
    for (std::size_t i = 0; i < found.size(); ++i) {
        for (const auto& [parent, pid] : parents) {
            if (parent == found[i] && std::ranges::find(found, pid) == found.end()) {
                found.push_back(pid);
            }
        }
    }
    return found;
}

std::vector<pid_t> processes_of(uid_t uid) {
    std::vector<pid_t> found;
    for (const pid_t pid : all_processes()) {
        struct stat status{};
        if (::stat(fmt::format("/proc/{}", pid).c_str(), &status) == 0 && status.st_uid == uid &&
            name_of(pid)) {
            found.push_back(pid);
        }
    }
    return found;
}

std::vector<pid_t> processes_with(const std::string& entry) {
    std::vector<pid_t> found;
    for (const pid_t pid : all_processes()) {
        const std::string environment = std::string(1, '\0') + read_proc(pid, "environ");
        if (environment.find('\0' + entry + '\0') != environment.npos && name_of(pid)) {
            found.push_back(pid);
        }
    }
    return found;
}

int open_pidfd(pid_t pid) noexcept {
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

int signal_pidfd(int pidfd, int signal) noexcept {
    return static_cast<int>(::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0));
}

std::unexpected<core::Error> system_error(std::string_view action, std::string_view path) {
    return core::fail(kSystem, {{"action", std::string(action)},
                                {"path", std::string(path)},
                                {"reason", std::strerror(errno)}});
}

}  // namespace kapok::platform::process
