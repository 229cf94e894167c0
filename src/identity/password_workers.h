#pragma once

// Hashes passwords on threads of its own: argon2id takes tens of milliseconds and tens of MiB on
// purpose, which must not stop those who are being served. Few at once, few waiting; more are
// refused rather than remembered.

#include <atomic>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "core/random.h"
#include "core/result.h"
#include "core/secret.h"
#include "platform/crypto/password.h"

namespace kapok::identity {

class PasswordWorkers {
public:
    PasswordWorkers(platform::crypto::PasswordCost cost, core::Random& random);
    ~PasswordWorkers();  // Waits for what is being hashed.
    PasswordWorkers(const PasswordWorkers&) = delete;
    PasswordWorkers& operator=(const PasswordWorkers&) = delete;

    [[nodiscard]] boost::asio::awaitable<core::Result<std::string>> hash(core::Secret password);
    [[nodiscard]] boost::asio::awaitable<core::Result<bool>> verify(core::Secret password,
                                                                    std::string stored);
    // Of a password that nobody has. Verifying against it takes as long as against a real one.
    [[nodiscard]] const std::string& nobodys_hash() const noexcept { return nobodys_hash_; }
    [[nodiscard]] bool needs_rehash(const std::string& stored) const;

private:
    struct Pool;

    platform::crypto::PasswordCost cost_;
    core::Random& random_;
    std::string nobodys_hash_;
    std::atomic<std::int64_t> waiting_{0};
    std::unique_ptr<Pool> pool_;
};

}  // namespace kapok::identity
