#pragma once

// The prepared statements of one connection by their text, the least recently used leaving first.

#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace kapok::platform::db {

template <class Statement>
class StatementCache {
public:
    explicit StatementCache(std::size_t size_max) : size_max_(size_max) {}

    // Null if there is none. What is found stays until it is erased or evicted by add().
    [[nodiscard]] Statement* find(std::string_view key) {
        const auto found = by_key_.find(key);
        if (found == by_key_.end()) {
            return nullptr;
        }
        entries_.splice(entries_.begin(), entries_, found->second);
        return &found->second->second;
    }
    // The key must be new.
    Statement& add(std::string key, Statement statement) {
        entries_.emplace_front(std::move(key), std::move(statement));
        by_key_.emplace(entries_.front().first, entries_.begin());
        return entries_.front().second;
    }
    [[nodiscard]] bool full() const noexcept { return entries_.size() >= size_max_; }
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
    [[nodiscard]] const Statement& oldest() const { return entries_.back().second; }
    void erase_oldest() {
        by_key_.erase(entries_.back().first);
        entries_.pop_back();
    }
    void erase(std::string_view key) {
        const auto found = by_key_.find(key);
        if (found != by_key_.end()) {
            const auto entry = found->second;
            by_key_.erase(found);
            entries_.erase(entry);
        }
    }
    void clear() noexcept {
        by_key_.clear();
        entries_.clear();
    }

private:
    using Entries = std::list<std::pair<std::string, Statement>>;

    std::size_t size_max_;
    Entries entries_;  // The most recently used first.
    std::unordered_map<std::string_view, typename Entries::iterator> by_key_;
};

}  // namespace kapok::platform::db
