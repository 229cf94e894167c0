#pragma once

// What one command sees of the writer's connection. It remembers what the writer must know
// afterwards: whether anything was written, and whether a statement failed.

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/db/bell.h"
#include "platform/db/connection.h"

namespace kapok::platform::db {

class CommandTransaction final : public Transaction {
public:
    CommandTransaction(Connection& connection, Bells& bells, core::Timestamp now) noexcept
        : connection_(connection), bells_(bells), now_(now) {}

    using Reader::query;
    using Transaction::execute;
    using Transaction::queue;

    core::Result<void> query(std::string_view sql, std::span<const Value> values,
                             const RowVisitor& visit) override;
    core::Result<std::int64_t> execute(std::string_view sql,
                                       std::span<const Value> values) override;
    core::Result<void> queue(std::string_view sql, std::span<const Value> values) override;
    core::Result<void> execute_many(std::string_view sql,
                                    std::span<const std::vector<Value>> rows) override;
    void after_commit(std::function<void()> action) override {
        actions_.push_back(std::move(action));
    }
    void ring(std::string_view topic) override {
        after_commit([&bells = bells_, topic = std::string(topic)] { bells.ring(topic); });
    }
    [[nodiscard]] core::Timestamp now() const override { return now_; }

    [[nodiscard]] bool wrote() const noexcept { return wrote_; }
    // The first statement that failed. All later ones fail alike, as PostgreSQL would have it, so
    // that a command cannot come to depend on SQLite's patience.
    [[nodiscard]] const std::optional<core::Error>& failure() const noexcept { return failure_; }
    [[nodiscard]] std::vector<std::function<void()>> take_actions() noexcept {
        return std::move(actions_);
    }

private:
    template <class T>
    core::Result<T> note(core::Result<T> result) {
        if (!result) {
            failure_ = result.error();
        }
        return result;
    }

    Connection& connection_;
    Bells& bells_;
    core::Timestamp now_;
    bool wrote_ = false;
    std::optional<core::Error> failure_;
    std::vector<std::function<void()>> actions_;
};

}  // namespace kapok::platform::db
