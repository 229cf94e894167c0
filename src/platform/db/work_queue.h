#pragma once

// A bounded queue between those who ask and the threads that work. After close() nothing more goes
// in, and what is in is still handed out.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace kapok::platform::db {

enum class Offer : bool { Refused, Accepted };

template <class Item>
class WorkQueue {
public:
    explicit WorkQueue(std::size_t size_max) : size_max_(size_max) {}

    // Takes `item` away from its owner, or leaves it as it is if it is refused.
    [[nodiscard]] Offer offer(Item& item) {
        const std::scoped_lock lock(mutex_);
        if (closed_ || items_.size() >= size_max_) {
            return Offer::Refused;
        }
        items_.push_back(std::move(item));
        // Under the lock: once the item is taken its owner may destroy the queue.
        changed_.notify_one();
        return Offer::Accepted;
    }
    // Waits; nothing once the queue is closed and empty.
    [[nodiscard]] std::optional<Item> take() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return closed_ || !items_.empty(); });
        return take_front();
    }
    // Everything that waits, up to `count`, without waiting.
    [[nodiscard]] std::deque<Item> take_waiting(std::size_t count) {
        const std::scoped_lock lock(mutex_);
        std::deque<Item> taken;
        if (items_.size() <= count) {
            taken.swap(items_);
            return taken;
        }
        for (std::size_t i = 0; i < count; ++i) {
            taken.push_back(std::move(items_.front()));
            items_.pop_front();
        }
        return taken;
    }
    void close() {
        {
            const std::scoped_lock lock(mutex_);
            closed_ = true;
        }
        changed_.notify_all();
    }
    [[nodiscard]] bool closed() const {
        const std::scoped_lock lock(mutex_);
        return closed_;
    }
    [[nodiscard]] std::size_t size() const {
        const std::scoped_lock lock(mutex_);
        return items_.size();
    }

private:
    std::optional<Item> take_front() {
        if (items_.empty()) {
            return std::nullopt;
        }
        std::optional<Item> item(std::move(items_.front()));
        items_.pop_front();
        return item;
    }

    const std::size_t size_max_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Item> items_;
    bool closed_ = false;
};

}  // namespace kapok::platform::db
