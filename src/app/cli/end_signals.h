#pragma once

// SIGINT and SIGTERM, kept from every thread that starts later until wait() takes one.

#include <csignal>

#include <pthread.h>

namespace kapok::app::cli {

class EndSignals {
public:
    EndSignals() {
        sigemptyset(&set_);
        sigaddset(&set_, SIGINT);
        sigaddset(&set_, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &set_, nullptr);
        std::signal(SIGPIPE, SIG_IGN);
    }
    void wait() const {
        int signal = 0;
        sigwait(&set_, &signal);
    }

private:
    sigset_t set_{};
};

}  // namespace kapok::app::cli
