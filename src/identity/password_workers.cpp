#include "identity/password_workers.h"

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "identity/errors.h"
#include "identity/limits.h"

namespace kapok::identity {
namespace {

namespace asio = boost::asio;
namespace crypto = platform::crypto;

// Counts one for as long as it lives.
class Place {
public:
    explicit Place(std::atomic<std::int64_t>& count) noexcept : count_(count), place_(++count) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { --count_; }

    [[nodiscard]] bool is_beyond(std::int64_t limit) const noexcept { return place_ > limit; }

private:
    std::atomic<std::int64_t>& count_;
    std::int64_t place_;
};

std::unexpected<core::Error> busy() {
    return core::fail(kSignInBusy, {{"retry_after_s", "2"}});
}

asio::awaitable<core::Result<std::string>> hash_here(core::Secret password,
                                                     crypto::PasswordCost cost,
                                                     core::Random* random) {
    co_return crypto::hash_password(password, cost, *random);
}

asio::awaitable<bool> verify_here(core::Secret password, std::string stored) {
    co_return crypto::verify_password(password, stored);
}

}  // namespace

struct PasswordWorkers::Pool {
    asio::thread_pool threads{kPasswordThreads};
};

PasswordWorkers::PasswordWorkers(crypto::PasswordCost cost, core::Random& random)
    : cost_(cost),
      random_(random),
      nobodys_hash_(fmt::format("$argon2id$v=19$m={},t={},p=1${}${}", cost.memory_bytes / 1'024,
                                cost.passes, std::string(22, 'A'), std::string(43, 'A'))),
      pool_(std::make_unique<Pool>()) {}

PasswordWorkers::~PasswordWorkers() {
    pool_->threads.join();
}

asio::awaitable<core::Result<std::string>> PasswordWorkers::hash(core::Secret password) {
    const Place place(waiting_);
    if (place.is_beyond(kPasswordsWaitingMax)) {
        co_return busy();
    }
    auto work = hash_here(std::move(password), cost_, &random_);
    auto hashed = co_await asio::co_spawn(pool_->threads, std::move(work), asio::use_awaitable);
    co_return hashed;
}

asio::awaitable<core::Result<bool>> PasswordWorkers::verify(core::Secret password,
                                                            std::string stored) {
    const Place place(waiting_);
    if (place.is_beyond(kPasswordsWaitingMax)) {
        co_return busy();
    }
    auto work = verify_here(std::move(password), std::move(stored));
    const bool right =
        co_await asio::co_spawn(pool_->threads, std::move(work), asio::use_awaitable);
    co_return right;
}

bool PasswordWorkers::needs_rehash(const std::string& stored) const {
    return crypto::needs_rehash(stored, cost_);
}

}  // namespace kapok::identity
