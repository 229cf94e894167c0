#pragma once

// What an operator may set of identity, with defaults that need no thought.

#include <chrono>
#include <string>

#include "identity/limits.h"
#include "identity/lockout.h"
#include "platform/crypto/hash.h"
#include "platform/crypto/password.h"

namespace kapok::identity {

struct Settings {
    std::string environment = "live";  // In the text of keys: is_environment().
    bool secure_cookies = false;       // True where the public listener has TLS.
    platform::crypto::Suite suite = platform::crypto::Suite::Intl;
    platform::crypto::PasswordCost password_cost;
    std::chrono::microseconds session_idle = kSessionIdle;
    std::chrono::microseconds session_absolute = kSessionAbsolute;
    LockoutPolicy account_lockout = kAccountLockout;
    LockoutPolicy peer_lockout = kPeerLockout;
    std::string root_name = "Kapok";  // Of the root organization, when it is made.
};

}  // namespace kapok::identity
