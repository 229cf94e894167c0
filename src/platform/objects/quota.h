#pragma once

// Bytes that may still be taken from a common limit, by any thread.

#include <atomic>
#include <cstdint>
#include <utility>

namespace kapok::platform::objects {

class Quota {
public:
    Quota(std::int64_t used, std::int64_t limit) noexcept : used_(used), limit_(limit) {}

    [[nodiscard]] bool take(std::int64_t bytes) noexcept {
        if (used_.fetch_add(bytes) + bytes <= limit_) {
            return true;
        }
        used_.fetch_sub(bytes);
        return false;
    }
    void give_back(std::int64_t bytes) noexcept { used_.fetch_sub(bytes); }
    // What is there already counts even beyond the limit.
    void count(std::int64_t bytes) noexcept { used_.fetch_add(bytes); }
    [[nodiscard]] std::int64_t limit() const noexcept { return limit_; }

private:
    std::atomic<std::int64_t> used_;
    const std::int64_t limit_;
};

// What one object has taken so far; given back unless it is kept.
class QuotaShare {
public:
    explicit QuotaShare(Quota& quota) noexcept : quota_(quota) {}
    QuotaShare(const QuotaShare&) = delete;
    QuotaShare& operator=(const QuotaShare&) = delete;
    ~QuotaShare() { quota_.give_back(taken_); }

    [[nodiscard]] bool take(std::int64_t bytes) noexcept {
        const bool taken = quota_.take(bytes);
        taken_ += taken ? bytes : 0;
        return taken;
    }
    void keep() noexcept { taken_ = 0; }

private:
    Quota& quota_;
    std::int64_t taken_ = 0;
};

}  // namespace kapok::platform::objects
