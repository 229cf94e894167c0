#include "sim_node.h"

#include <algorithm>
#include <variant>

#include "compute/errors.h"
#include "compute/limits.h"

namespace kapok::sim {

namespace protocol = compute::protocol;

using compute::ExitClass;

namespace {

constexpr std::size_t kReportsAtOnce = 3;  // Few, so that a batch may hold a part of a story.
constexpr std::int64_t kCores = 4;

compute::agent::Journal open_journal(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    return compute::agent::Journal::open(folder).value();
}

}  // namespace

SimNode::SimNode(Setting setting, AgentBug bug)
    : setting_(std::move(setting)), bug_(bug), journal_(open_journal(setting_.folder)) {
    journal_.acknowledge(setting_.reported).value();
    note(protocol::AgentStarted{});
}

std::int64_t SimNode::cpu_milli_in_use() const {
    std::int64_t sum = 0;
    for (const auto& [name, folder] : folders_) {
        sum += folder.started && !folder.ended ? folder.run.spec.demand.cpu_milli : 0;
    }
    return sum;
}

bool SimNode::dies() {
    if (!crash_soon_) {
        return false;
    }
    crash();
    return true;
}

void SimNode::note(protocol::ReportBody body) {
    static_cast<void>(journal_.append(std::move(body)).value());
}

std::optional<std::int64_t> SimNode::wants_orders() const {
    return must_say_hello_ ? std::nullopt : std::optional(last_order_);
}

void SimNode::take_order(std::int64_t number, const protocol::Order& order) {
    last_order_ = number;
    if (orders_taken_.contains(number)) {
        return;
    }
    if (const auto* run = std::get_if<protocol::Run>(&order)) {
        Folder& folder = folders_[run->attempt];
        folder.order = number;
        folder.run = *run;
        if (dies()) {
            return;
        }
    } else if (const auto* stop = std::get_if<protocol::Stop>(&order)) {
        if (const auto found = folders_.find(stop->attempt); found != folders_.end()) {
            found->second.stop = true;
        }
        if (dies()) {
            return;
        }
        note(protocol::OrderDone{number});
    }
    orders_taken_.insert(number);
}

void SimNode::start(const AttemptRef& name, Folder& folder) {
    ++deeds_[name].starts;
    folder.started = setting_.clock.now();
    folder.ended.reset();
    const auto seconds = std::chrono::seconds(1 + setting_.random.below(90));
    const auto limit = folder.run.spec.time_limit;
    folder.due = *folder.started + std::min<std::chrono::milliseconds>(seconds, limit);
    folder.exit = seconds > limit                  ? ExitClass::TimedOut
                  : setting_.random.below(5) == 0  ? ExitClass::UserError
                  : setting_.random.below(12) == 0 ? ExitClass::Infrastructure
                                                   : ExitClass::Succeeded;
}

void SimNode::note_end(const AttemptRef& name, Folder& folder) {
    protocol::AttemptEnded end;
    end.attempt = name;
    end.exit = folder.started ? folder.exit : ExitClass::Cancelled;
    end.started_at = folder.started.value_or(setting_.clock.now());
    end.ended_at = folder.ended.value_or(end.started_at);
    const auto ran =
        std::chrono::duration_cast<std::chrono::milliseconds>(end.ended_at - end.started_at);
    end.consumption.wall_us = std::chrono::microseconds(ran).count();
    if (end.exit != ExitClass::Lost && ran.count() > 0) {
        end.uses = {{core::make_uuid(setting_.clock, setting_.random),
                     std::string(compute::kCoreMeter),
                     {core::Unit::CoreMs, folder.run.spec.demand.cpu_milli * ran.count() / 1'000}}};
    }
    note(end);
    // One whose folder was found again after its end was taken in is noted twice; the first counts.
    if (Deed& deed = deeds_[name]; !deed.end) {
        deed.end = std::move(end);
    }
    folder.end_noted = true;
}

void SimNode::live() {
    std::vector<AttemptRef> names;
    names.reserve(folders_.size());
    for (const auto& [name, folder] : folders_) {
        names.push_back(name);
    }
    for (const AttemptRef& name : names) {
        Folder& folder = folders_.at(name);
        if (!folder.order_noted && !folder.end_noted && bug_ != AgentBug::NotesOrdersLate) {
            if (dies()) {
                return;
            }
            note(protocol::OrderDone{folder.order});
            folder.order_noted = true;
        }
        if (!folder.started && !folder.stop && !folder.abandoned) {
            start(name, folder);
            if (dies()) {
                return;
            }
        }
        if (folder.started && !folder.start_noted && !folder.end_noted) {
            note(protocol::AttemptStarted{name, *folder.started});
            folder.start_noted = true;
        }
        const bool cut = folder.stop || folder.abandoned;
        if (folder.started && !folder.ended && (cut || setting_.clock.now() >= folder.due)) {
            const bool early = setting_.clock.now() < folder.due;
            folder.ended = early ? setting_.clock.now() : folder.due;
            folder.exit = early ? ExitClass::Cancelled : folder.exit;
            if (dies()) {
                return;
            }
        }
        const bool over = folder.ended || (!folder.started && folder.stop);
        if (over && !folder.end_noted && !folder.abandoned) {
            note_end(name, folder);
            if (dies()) {
                return;
            }
        }
        const bool taken = folder.end_noted && !journal_.has_end_of(name);
        if (taken || (folder.abandoned && (folder.ended || !folder.started))) {
            if (bug_ == AgentBug::NotesOrdersLate && !dies()) {
                note(protocol::OrderDone{folder.order});
            }
            folders_.erase(name);
        }
    }
}

protocol::ReportBatch SimNode::next_batch() {
    protocol::ReportBatch batch;
    batch.node = setting_.id;
    batch.boot_id = "boot-" + std::to_string(boots_);
    if (must_say_hello_) {
        protocol::Hello hello;
        hello.name = setting_.folder.filename();
        hello.public_key = setting_.public_key;
        hello.inventory.hostname = hello.name;
        hello.inventory.usable_cpu_milli = kCores * 1'000;
        hello.inventory.usable_memory_bytes = std::int64_t{16} << 30;
        hello.isolation = "full";
        hello.program = "kapok simulator";
        batch.hello = std::move(hello);
    }
    batch.reports = journal_.pending(kReportsAtOnce);
    if (bug_ == AgentBug::ForgetsWhatItSent && !batch.reports.empty()) {
        journal_.acknowledge(batch.reports.back().sequence).value();
    }
    for (const auto& [name, folder] : folders_) {
        if (!folder.end_noted) {
            batch.attempts.push_back(name);
        }
    }
    return batch;
}

void SimNode::hear(const core::Result<protocol::ReportAnswer>& answer, bool said_hello) {
    if (!answer) {
        must_say_hello_ = must_say_hello_ || answer.error().code() == compute::kNodeUnknown;
        return;
    }
    must_say_hello_ = must_say_hello_ && !said_hello;
    static_cast<void>(journal_.acknowledge(answer->sequence).has_value());
    for (const AttemptRef& unknown : answer->unknown) {
        if (const auto found = folders_.find(unknown); found != folders_.end()) {
            found->second.abandoned = true;
        }
    }
}

void SimNode::crash() {
    must_say_hello_ = true;
    crash_soon_ = false;
    last_order_ = 0;
    orders_taken_.clear();
    journal_ = open_journal(setting_.folder);
    for (auto& [name, folder] : folders_) {
        folder.order_noted = false;
        folder.start_noted = false;
        folder.abandoned = false;
        folder.end_noted = journal_.has_end_of(name);
        orders_taken_.insert(folder.order);
        if (bug_ == AgentBug::RunsAgain && folder.started && !folder.ended) {
            folder.started.reset();
        }
    }
    note(protocol::AgentStarted{});
}

void SimNode::reboot() {
    ++boots_;
    for (auto& [name, folder] : folders_) {
        if (folder.started && !folder.ended) {
            folder.ended = setting_.clock.now();
            folder.exit = ExitClass::Lost;
        }
    }
    crash();
}

}  // namespace kapok::sim
