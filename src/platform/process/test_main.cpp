// Runs the tests, or plays one of the other programs that they need: a supervisor, an agent that
// starts one and then does nothing until it is killed, an intruder, a client, a user's probe.

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/process/adoption.h"
#include "platform/process/errors.h"
#include "platform/process/isolation.h"
#include "platform/process/supervisor.h"

namespace {

namespace core = kapok::core;
namespace platform = kapok::platform;

int report(const core::Result<void>& result) {
    if (!result) {
        fmt::print(stderr, "{}\n", core::render(result.error(), core::Language::En));
        return core::exit_code(result.error().code().kind);
    }
    return 0;
}

int play_agent(const char* folder) {
    const auto started =
        platform::process::start_supervisor({"/proc/self/exe", "supervise"}, folder);
    if (!started) {
        fmt::print(stderr, "{}\n", core::render(started.error(), core::Language::En));
        return 1;
    }
    while (true) {
        ::pause();
    }
}

// Each call must be refused with the reason that the filter gives, not fail for another.
struct Attempted {
    const char* name;
    long number;
    std::array<long, 3> arguments;
    int reason = EPERM;
};

int play_intruder() {
    const auto address = reinterpret_cast<long>("/tmp");
    const Attempted calls[] = {
        {"mount", SYS_mount, {address, address, 0}},
        {"umount2", SYS_umount2, {address, 0, 0}},
        {"pivot_root", SYS_pivot_root, {address, address, 0}},
        {"open_tree", SYS_open_tree, {-1, 0, 0}},
        {"move_mount", SYS_move_mount, {-1, 0, 0}},
        {"fsopen", SYS_fsopen, {0, 0, 0}},
        {"setns", SYS_setns, {-1, 0, 0}},
        {"unshare", SYS_unshare, {0, 0, 0}},
        {"chroot", SYS_chroot, {address, 0, 0}},
        {"ptrace", SYS_ptrace, {0, 0, 0}},
        {"process_vm_readv", SYS_process_vm_readv, {1, 0, 0}},
        {"bpf", SYS_bpf, {0, 0, 0}},
        {"perf_event_open", SYS_perf_event_open, {0, 0, 0}},
        {"userfaultfd", SYS_userfaultfd, {0, 0, 0}},
        {"keyctl", SYS_keyctl, {0, 0, 0}},
        {"add_key", SYS_add_key, {0, 0, 0}},
        {"request_key", SYS_request_key, {0, 0, 0}},
        {"kexec_load", SYS_kexec_load, {0, 0, 0}},
        {"init_module", SYS_init_module, {0, 0, 0}},
        {"reboot", SYS_reboot, {0, 0, 0}},
        {"io_uring_setup", SYS_io_uring_setup, {1, 0, 0}},
        {"open_by_handle_at", SYS_open_by_handle_at, {-1, 0, 0}},
        {"clone(NEWUSER)", SYS_clone, {CLONE_NEWUSER | SIGCHLD, 0, 0}},
        {"clone3", SYS_clone3, {0, 0, 0}, ENOSYS},
        {"ioctl(TIOCSTI)", SYS_ioctl, {0, TIOCSTI, address}},
        {"ioctl(TIOCSTI, high bits)", SYS_ioctl, {0, TIOCSTI | (1L << 32), address}},
        {"socket(VSOCK)", SYS_socket, {AF_VSOCK, SOCK_STREAM, 0}, EAFNOSUPPORT},
        {"socket(ALG)", SYS_socket, {AF_ALG, SOCK_SEQPACKET, 0}, EAFNOSUPPORT},
        {"socket(PACKET)", SYS_socket, {AF_PACKET, SOCK_RAW, 0}, EAFNOSUPPORT}};
    int failed = 0;
    for (const auto& [name, number, arguments, reason] : calls) {
        errno = 0;
        const long answer = ::syscall(number, arguments[0], arguments[1], arguments[2]);
        if (answer != -1 || errno != reason) {
            fmt::print("{}: {} errno {}\n", name, answer, errno);
            ++failed;
        }
    }
    fmt::print("{}\n", failed == 0 ? "all refused" : "not all refused");
    return failed == 0 ? 0 : 1;
}

int play_client(const char* port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    if (socket < 0) {
        return 2;
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0
                                                                                               : 1;
}

int play_prober() {
    const auto isolation = platform::process::probe_isolation();
    bool told = false;
    for (const auto& [feature, missing] : isolation.features) {
        if (missing) {
            const auto text = core::render(*missing, core::Language::Zh);
            fmt::print("{}\n", text);
            if (text.find('{') != text.npos) {
                return 1;
            }
            told = told || missing->code() == platform::process::kNoOwnUsers;
        }
    }
    return told && isolation.level() != platform::process::IsolationLevel::Full ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    const std::string_view role = count == 3 ? arguments[1] : "";
    if (role == "supervise") {
        return report(platform::process::supervise(arguments[2], core::SystemClock()));
    }
    if (role == "agent") {
        return play_agent(arguments[2]);
    }
    if (role == "intrude") {
        return play_intruder();
    }
    if (role == "connect") {
        return play_client(arguments[2]);
    }
    if (role == "probe") {
        return play_prober();
    }
    testing::InitGoogleTest(&count, arguments);
    return RUN_ALL_TESTS();
}
