#pragma once

// SIGINT and SIGTERM, kept until wait() takes one: from the moment this is made, also before
// anybody waits, neither ends the program by itself.
//
// Threads that start later do not get them. One that a library started before main() does (OpenBLAS
// has such threads), and would end the program by the signal's default; so there is a handler,
// which hands it on through a pipe.

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

namespace kapok::app::cli {

// One a program.
class EndSignals {
public:
    EndSignals() {
        std::array<int, 2> ends{-1, -1};
        if (::pipe2(ends.data(), O_CLOEXEC) == 0) {
            read_end_ = ends[0];
            write_end = ends[1];
        }
        sigemptyset(&set_);
        struct sigaction action{};
        action.sa_handler = hand_on;
        action.sa_flags = SA_RESTART;
        for (const int signal : {SIGINT, SIGTERM}) {
            sigaddset(&set_, signal);
            ::sigaction(signal, &action, nullptr);
        }
        pthread_sigmask(SIG_BLOCK, &set_, nullptr);
        std::signal(SIGPIPE, SIG_IGN);
    }
    void wait() const {
        pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
        char taken = 0;
        while (::read(read_end_, &taken, 1) < 0 && errno == EINTR) {
        }
    }

private:
    static void hand_on(int /*signal*/) {
        const int before = errno;
        const char byte = 1;
        static_cast<void>(!::write(write_end, &byte, 1));
        errno = before;
    }

    static inline int write_end = -1;
    int read_end_ = -1;
    sigset_t set_{};
};

}  // namespace kapok::app::cli
