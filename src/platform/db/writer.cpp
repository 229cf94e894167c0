#include "platform/db/writer.h"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "platform/db/command_transaction.h"
#include "platform/db/errors.h"
#include "platform/db/limits.h"
#include "platform/db/worker_thread.h"

namespace kapok::platform::db {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Another run may succeed: nothing in the command itself was wrong.
bool worth_another_run(const core::Error& error) {
    return error.code() == kConflict || error.code() == kConnectionLost;
}

Outcome call(std::move_only_function<core::Result<void>(Transaction&)>& command,
             CommandTransaction& transaction) {
    try {
        Outcome outcome = command(transaction);
        const std::optional<core::Error>& failure = transaction.failure();
        if (outcome && failure) {
            return std::unexpected(*failure);
        }
        return outcome;
    } catch (const std::exception& thrown) {
        return core::fail(kCommandThrew, {{"detail", thrown.what()}});
    } catch (...) {
        return core::fail(kCommandThrew, {{"detail", "an exception of unknown type"}});
    }
}

}  // namespace

Writer::Writer(std::unique_ptr<Connection> connection, const Options& options,
               const core::Clock& clock, Bells& bells)
    : clock_(clock),
      bells_(bells),
      group_max_(std::max<std::size_t>(options.group_max, 1)),
      queue_max_(options.queue_max),
      group_time_(options.group_time),
      connection_(std::move(connection)),
      queue_(options.queue_max),
      thread_([this] { run(); }) {}

Writer::~Writer() {
    queue_.close();
    thread_.join();
}

void Writer::submit(WriteItem item) {
    if (queue_.offer(item) == Offer::Accepted) {
        return;
    }
    const bool closed = queue_.closed();
    item.complete(closed ? Outcome(core::fail(kClosed))
                         : core::fail(kBusy, {{"waiting", std::to_string(queue_max_)}}));
}

void Writer::add_statistics(Statistics& statistics) const {
    statistics.commands = commands_;
    statistics.failed = failed_;
    statistics.groups = groups_;
    statistics.redone = redone_;
    statistics.commands_waiting = queue_.size();
}

void Writer::run() {
    name_worker_thread("db-writer");
    while (true) {
        if (taken_.empty()) {
            std::optional<WriteItem> first = queue_.take();
            if (!first) {
                return;
            }
            taken_.push_back(std::move(*first));
        }
        run_group();
    }
}

void Writer::run_group() {
    group_began_ = SteadyClock::now();
    if (auto begun = connection_->begin(Access::Write); !begun) {
        refuse_waiting(begun.error());
        return;
    }
    const Care care = cautious_groups_ > 0 ? Care::Savepoints : Care::Optimistic;
    cautious_groups_ = std::max(cautious_groups_ - 1, 0);
    Group group;
    const Left left = fill(group, care);
    commit(group, left, care);
}

std::optional<WriteItem> Writer::next_waiting(std::size_t room) {
    if (taken_.empty()) {
        taken_ = queue_.take_waiting(room);
    }
    while (!taken_.empty()) {
        WriteItem item = std::move(taken_.front());
        taken_.pop_front();
        if (item.start()) {
            return item;
        }
    }
    return std::nullopt;
}

Writer::Left Writer::fill(Group& group, Care care) {
    const auto end = SteadyClock::now() + group_time_;
    while (group.size() < group_max_ && (group.empty() || SteadyClock::now() < end)) {
        std::optional<WriteItem> item = next_waiting(group_max_ - group.size());
        if (!item) {
            break;
        }
        group.push_back(Entry{std::move(*item), {}, {}});
        if (run_entry(group.back(), care) == Left::GroupUndone) {
            return Left::GroupUndone;
        }
    }
    return Left::Clean;
}

Writer::Left Writer::run_entry(Entry& entry, Care care) {
    const bool with_savepoint = care == Care::Savepoints;
    entry.after_commit.clear();
    if (with_savepoint) {
        if (auto made = connection_->savepoint(); !made) {
            entry.outcome = made;
            return Left::GroupUndone;
        }
    }
    CommandTransaction transaction(*connection_, bells_, clock_.now());
    entry.outcome = call(entry.item.function(), transaction);
    if (entry.outcome && with_savepoint) {
        entry.outcome = connection_->settle();
    }
    if (entry.outcome) {
        entry.after_commit = transaction.take_actions();
    }
    const bool nothing_to_undo = entry.outcome || !transaction.wrote();
    if (nothing_to_undo && connection_->transaction_usable()) {
        return !with_savepoint || connection_->release() ? Left::Clean : Left::GroupUndone;
    }
    const bool undone = with_savepoint && connection_->rollback_to_savepoint();
    return undone ? Left::Clean : Left::GroupUndone;
}

void Writer::commit(Group& group, Left left, Care care) {
    int attempts = 1;
    while (!group.empty()) {
        const Outcome committed = left == Left::Clean ? connection_->commit() : Outcome{};
        if (left == Left::Clean && committed) {
            ++groups_;
            group_duration_.observe(std::chrono::duration_cast<std::chrono::microseconds>(
                                        SteadyClock::now() - group_began_)
                                        .count());
            answer(group);
            return;
        }
        // Without savepoints a statement that was queued may have failed unseen until here.
        if (!committed && !may_run_again(committed.error(), care, attempts)) {
            answer_all(group, committed.error());
            break;
        }
        connection_->rollback();
        ++redone_;
        cautious_groups_ = kCautiousGroups;
        care = Care::Savepoints;
        left = run_again(group, attempts);
    }
    connection_->rollback();
}

bool Writer::may_run_again(const core::Error& error, Care care, int& attempts) {
    if (error.code() == kCommitUnknown) {
        return false;
    }
    return care == Care::Optimistic ||
           (worth_another_run(error) && ++attempts <= kGroupAttemptsMax);
}

// A command whose failure takes the whole transaction with it is answered and taken out, so each
// round has fewer; one that only lost against others stays for another round.
Writer::Left Writer::run_again(Group& group, int& attempts) {
    if (auto begun = connection_->begin(Access::Write); !begun) {
        answer_all(group, begun.error());
        return Left::Clean;
    }
    for (auto entry = group.begin(); entry != group.end(); ++entry) {
        if (run_entry(*entry, Care::Savepoints) == Left::Clean) {
            continue;
        }
        const bool again = !entry->outcome && worth_another_run(entry->outcome.error()) &&
                           ++attempts <= kGroupAttemptsMax;
        if (!again) {
            if (entry->outcome) {
                entry->outcome = core::fail(kConflict);
            }
            complete(*entry);
            group.erase(entry);
        }
        return Left::GroupUndone;
    }
    return Left::Clean;
}

void Writer::answer(Group& group) {
    for (Entry& entry : group) {
        for (const auto& action : entry.after_commit) {
            action();
        }
    }
    for (Entry& entry : group) {
        complete(entry);
    }
    group.clear();
}

void Writer::answer_all(Group& group, const core::Error& error) {
    for (Entry& entry : group) {
        entry.outcome = std::unexpected(error);
        complete(entry);
    }
    group.clear();
}

void Writer::refuse_waiting(const core::Error& error) {
    Group group;
    while (group.size() < group_max_) {
        std::optional<WriteItem> item = next_waiting(group_max_ - group.size());
        if (!item) {
            break;
        }
        group.push_back(Entry{std::move(*item), {}, {}});
    }
    answer_all(group, error);
}

void Writer::complete(Entry& entry) {
    ++commands_;
    failed_ += entry.outcome ? 0 : 1;
    entry.item.complete(std::move(entry.outcome));
}

}  // namespace kapok::platform::db
