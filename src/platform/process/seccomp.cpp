#include "platform/process/seccomp.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/process/kernel.h"

namespace kapok::platform::process {
namespace {

struct FilterFreer {
    void operator()(void* filter) const noexcept { ::seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, FilterFreer>;

constexpr std::array kRefused{
    // Another kernel, other modules, other devices' memory.
    "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module",
    "create_module", "reboot", "iopl", "ioperm", "swapon", "swapoff", "acct", "syslog", "vhangup",
    // Mounts and namespaces.
    "mount", "umount", "umount2", "pivot_root", "move_mount", "open_tree", "fsopen", "fsconfig",
    "fsmount", "fspick", "mount_setattr", "setns", "unshare", "chroot", "name_to_handle_at",
    "open_by_handle_at", "quotactl", "quotactl_fd", "nfsservctl",
    // Other processes and the kernel's own machines.
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp",
    "bpf", "perf_event_open", "userfaultfd", "fanotify_init", "lookup_dcookie", "add_key",
    "request_key", "keyctl", "io_uring_setup", "io_uring_enter", "io_uring_register", "vm86",
    "vm86old", "modify_ldt", "uselib", "ustat", "sysfs", "_sysctl",
    // The node's clock and name.
    "settimeofday", "stime", "clock_settime", "clock_settime64", "clock_adjtime", "clock_adjtime64",
    "adjtimex", "sethostname", "setdomainname"};

constexpr std::array kNamespaceFlags{CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                     CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};

// Local, IPv4, IPv6 and the kernel's own messages (getifaddrs needs them).
constexpr std::array kFamilies{AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
constexpr int kFamilyLast = AF_NETLINK;

scmp_arg_cmp argument(unsigned index, scmp_compare compare, scmp_datum_t first,
                      scmp_datum_t second = 0) {
    return {index, compare, first, second};
}

bool refuse_if(scmp_filter_ctx filter, int reason, int call, const scmp_arg_cmp& condition) {
    return ::seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(static_cast<unsigned>(reason)), call, 1,
                                    &condition) == 0;
}

// A call that this machine does not have needs no rule.
bool refuse(scmp_filter_ctx filter, const char* name) {
    const int number = ::seccomp_syscall_resolve_name(name);
    return number == __NR_SCMP_ERROR ||
           ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0) == 0;
}

bool refuse_namespaces(scmp_filter_ctx filter) {
    for (const int flag : kNamespaceFlags) {
        const auto bits = static_cast<scmp_datum_t>(static_cast<unsigned>(flag));
        if (!refuse_if(filter, EPERM, SCMP_SYS(clone),
                       argument(0, SCMP_CMP_MASKED_EQ, bits, bits))) {
            return false;
        }
    }
    // Its flags are in memory, where a filter cannot look; without it libc uses clone.
    return ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
}

bool refuse_families(scmp_filter_ctx filter) {
    for (int family = 0; family < kFamilyLast; ++family) {
        if (std::ranges::find(kFamilies, family) == kFamilies.end() &&
            !refuse_if(filter, EAFNOSUPPORT, SCMP_SYS(socket),
                       argument(0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(family)))) {
            return false;
        }
    }
    return refuse_if(filter, EAFNOSUPPORT, SCMP_SYS(socket), argument(0, SCMP_CMP_GT, kFamilyLast));
}

// Typing into the terminal of whoever started the agent. The kernel looks at 32 bits only.
bool refuse_terminal_input(scmp_filter_ctx filter) {
    constexpr scmp_datum_t kRequestBits = 0xFFFFFFFFU;
    return std::ranges::all_of(std::array{TIOCSTI, TIOCLINUX}, [&](scmp_datum_t request) {
        return refuse_if(filter, EPERM, SCMP_SYS(ioctl),
                         argument(1, SCMP_CMP_MASKED_EQ, kRequestBits, request));
    });
}

}  // namespace

core::Result<Descriptor> seccomp_file() {
    const Filter filter(::seccomp_init(SCMP_ACT_ALLOW));
    bool made = filter && ::seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH,
                                             SCMP_ACT_KILL_PROCESS) == 0;
    for (const char* const name : kRefused) {
        made = made && refuse(filter.get(), name);
    }
    made = made && refuse_namespaces(filter.get()) && refuse_families(filter.get()) &&
           refuse_terminal_input(filter.get());
    Descriptor file(::memfd_create("seccomp", MFD_CLOEXEC));
    if (!made || !file || ::seccomp_export_bpf(filter.get(), file.get()) != 0 ||
        ::lseek(file.get(), 0, SEEK_SET) != 0) {
        return system_error("seccomp", "filter");
    }
    return file;
}

core::Result<std::string> seccomp_program() {
    const auto file = seccomp_file();
    if (!file) {
        return std::unexpected(file.error());
    }
    std::string program;
    std::array<char, 4'096> buffer;
    ssize_t count = 0;
    while ((count = ::read(file->get(), buffer.data(), buffer.size())) > 0) {
        program.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return program;
}

}  // namespace kapok::platform::process
