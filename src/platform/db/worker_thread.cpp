#include "platform/db/worker_thread.h"

#include <pthread.h>

namespace kapok::platform::db {
namespace {

thread_local bool is_worker = false;

}  // namespace

void name_worker_thread(const char* name) {
    is_worker = true;
    pthread_setname_np(pthread_self(), name);
}

bool on_worker_thread() noexcept {
    return is_worker;
}

}  // namespace kapok::platform::db
