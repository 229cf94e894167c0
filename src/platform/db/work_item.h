#pragma once

// A read or a command on its way through a queue, and how its asker is told the outcome.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "core/result.h"
#include "platform/db/errors.h"

namespace kapok::platform::db {

using Outcome = core::Result<void>;
using Completion = std::move_only_function<void(Outcome)>;

// Decides between a thread that wants to start the work and an asker who stopped waiting: one of
// them wins, so the work never runs with its asker gone.
class Ticket {
public:
    [[nodiscard]] bool start() noexcept { return leave(State::Started); }
    [[nodiscard]] bool cancel() noexcept { return leave(State::Cancelled); }

private:
    enum class State : std::uint8_t { Waiting, Started, Cancelled };

    [[nodiscard]] bool leave(State state) noexcept {
        State waiting = State::Waiting;
        return state_.compare_exchange_strong(waiting, state);
    }

    std::atomic<State> state_{State::Waiting};
};

// Answers exactly once: by complete(), or with kClosed if it is dropped.
template <class Function>
class WorkItem {
public:
    WorkItem(Function function, Completion completion, std::shared_ptr<Ticket> ticket = {})
        : function_(std::move(function)),
          completion_(std::move(completion)),
          ticket_(std::move(ticket)) {}
    WorkItem(WorkItem&& other) noexcept
        : function_(std::exchange(other.function_, nullptr)),
          completion_(std::exchange(other.completion_, nullptr)),
          ticket_(std::move(other.ticket_)) {}
    WorkItem& operator=(WorkItem&& other) noexcept {
        std::swap(function_, other.function_);
        std::swap(completion_, other.completion_);
        std::swap(ticket_, other.ticket_);
        return *this;
    }
    ~WorkItem() {
        if (completion_) {
            complete(core::fail(kClosed));
        }
    }

    // False, and answered already, if the asker stopped waiting.
    [[nodiscard]] bool start() {
        if (ticket_ == nullptr || ticket_->start()) {
            return true;
        }
        complete(core::fail(kCancelled));
        return false;
    }
    [[nodiscard]] Function& function() noexcept { return function_; }
    void complete(Outcome outcome) {
        function_ = nullptr;  // What it captured goes before its asker may go on.
        std::exchange(completion_, nullptr)(std::move(outcome));
    }

private:
    Function function_;
    Completion completion_;
    std::shared_ptr<Ticket> ticket_;
};

}  // namespace kapok::platform::db
