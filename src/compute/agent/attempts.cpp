#include "compute/agent/attempts.h"

#include <algorithm>
#include <cassert>
#include <set>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compute/errors.h"
#include "compute/limits.h"
#include "platform/db/bell.h"
#include "platform/process/files.h"

namespace kapok::compute::agent {

namespace asio = boost::asio;
namespace db = platform::db;
namespace process = platform::process;
using process::AttemptPhase;
using protocol::AttemptRef;

namespace {

constexpr std::chrono::milliseconds kLook{100};  // How often a running attempt is looked at.
constexpr std::chrono::milliseconds kTryAgain{1'000};
constexpr std::chrono::milliseconds kReapTime{10'000};  // Its result is written: it is ending.
constexpr std::size_t kLogPieceBytes = 131'072;
constexpr std::size_t kLogBatchBytes = 1'048'576;
constexpr std::string_view kUsersFile = "users.json";
constexpr std::string_view kStopFile = "stop";

const char* log_file(LogStream stream) {
    return stream == LogStream::Output ? process::kOutputFile.data() : process::kErrorFile.data();
}

std::int64_t size_of(const std::filesystem::path& file) {
    struct stat info{};
    return ::stat(file.c_str(), &info) == 0 ? static_cast<std::int64_t>(info.st_size) : 0;
}

// What comes after the first turn of a service's log stays on the node: the platform keeps no more
// of a log than that anyway.
bool has_turned(const std::filesystem::path& folder, LogStream stream) {
    std::error_code code;
    return std::filesystem::exists(folder / (std::string(log_file(stream)) + ".1"), code);
}

platform::db::Blob read_piece(const std::filesystem::path& path, std::int64_t position) {
    const process::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    platform::db::Blob bytes(kLogPieceBytes);
    const auto count =
        file ? ::pread(file.get(), bytes.data(), bytes.size(), position) : ssize_t{0};
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    return bytes;
}

}  // namespace

struct Attempts::Held {
    Held(std::filesystem::path place, KeptOrder kept)
        : folder(std::move(place)), order(std::move(kept)) {}

    [[nodiscard]] const AttemptRef& name() const { return order.run.attempt; }

    std::filesystem::path folder;
    KeptOrder order;
    bool stop_asked = false;
    bool abandoned = false;
    bool end_noted = false;
    std::array<std::int64_t, 2> log_taken{0, 0};  // By stream.
    std::vector<process::Child> supervisors;      // That this agent started, to be reaped by it.
    std::shared_ptr<EngineState> engine = std::make_shared<EngineState>();  // Of a service.
};

core::Result<std::unique_ptr<Attempts>> Attempts::open(AttemptTools tools) {
    auto users = process::ProjectUsers::open(tools.folder.parent_path() / kUsersFile);
    if (!users) {
        return std::unexpected(users.error());
    }
    return std::unique_ptr<Attempts>(new Attempts(std::move(tools), *std::move(users)));
}

core::Result<void> Attempts::adopt() {
    std::error_code code;
    for (const auto& entry : std::filesystem::directory_iterator(tools_.folder, code)) {
        auto found = read_order(entry.path());
        if (!found) {
            return std::unexpected(found.error());
        }
        auto& order = *found;
        if (!order) {  // The agent died before it had kept the order, which will come again.
            std::filesystem::remove_all(entry.path(), code);
            continue;
        }
        auto held = std::make_shared<Held>(entry.path(), *std::move(order));
        held->end_noted = tools_.journal.has_end_of(held->name());
        held->stop_asked = std::filesystem::exists(entry.path() / kStopFile);
        held_[held->name()] = std::move(held);
    }
    return {};
}

void Attempts::resume() {
    for (const auto& [name, held] : held_) {
        asio::co_spawn(tools_.io, live(held), asio::detached);
    }
}

// A user of the project's own range and cards of its own, beside what the other attempts have.
core::Result<KeptOrder> Attempts::equip(protocol::Run run, const Inventory& inventory) {
    KeptOrder order;
    if (::geteuid() == 0) {
        const auto range = users_.range_of(run.project.text());
        if (!range) {
            return std::unexpected(range.error());
        }
        std::set<std::uint32_t> used;
        for (const auto& [name, held] : held_) {
            used.insert(held->order.user.value_or(0));
        }
        order.user = range->first;
        while (used.contains(*order.user) && *order.user + 1 < range->first + range->count) {
            ++*order.user;
        }
    }
    if (run.spec.demand.accelerators > 0) {
        std::vector<std::int64_t> taken;
        for (const auto& [name, held] : held_) {
            if (held->order.run.accelerator_model == run.accelerator_model) {
                taken.insert(taken.end(), held->order.cards.begin(), held->order.cards.end());
            }
        }
        auto grant =
            grant_cards(inventory, run.accelerator_model, run.spec.demand.accelerators, taken);
        if (!grant) {
            return core::fail(kNoCards, {{"model", run.accelerator_model}});
        }
        order.cards = std::move(grant->indexes);
        order.devices = std::move(grant->devices);
        order.visible = std::move(grant->visible);
    }
    if (run.serving) {
        std::vector<std::uint16_t> taken;
        taken.reserve(held_.size());
        for (const auto& [name, held] : held_) {
            taken.push_back(held->order.port);
        }
        order.port = find_free_port(taken);
        if (order.port == 0) {
            return core::fail(kNoPort);
        }
    }
    order.run = std::move(run);
    return order;
}

std::vector<std::int64_t> Attempts::orders() const {
    std::vector<std::int64_t> numbers;
    for (const auto& [name, held] : held_) {
        if (held->order.number > 0) {
            numbers.push_back(held->order.number);
        }
    }
    return numbers;
}

asio::awaitable<bool> Attempts::take(std::int64_t number, protocol::Run run, Inventory inventory) {
    const AttemptRef name = run.attempt;
    if (held_.contains(name)) {
        co_return true;
    }
    auto order = equip(std::move(run), inventory);
    if (!order) {
        tools_.tell("an attempt could not be taken", &order.error());
        co_return false;
    }
    order->number = number;
    auto held = std::make_shared<Held>(tools_.folder / folder_name(name), *std::move(order));
    held_[name] = held;  // Its user and cards are taken from now on.
    auto work = [held]() -> core::Result<void> {
        std::error_code code;
        std::filesystem::remove_all(held->folder, code);  // Without an order: nobody relied on it.
        return accept(held->folder, held->order);
    };
    const auto accepted = co_await tools_.pool.run(std::move(work));
    if (!accepted) {
        tools_.tell("an attempt could not be taken", &accepted.error());
        held_.erase(name);
        co_return false;
    }
    asio::co_spawn(tools_.io, live(std::move(held)), asio::detached);
    co_return true;
}

asio::awaitable<bool> Attempts::stop(AttemptRef attempt) {
    const auto found = held_.find(attempt);
    if (found == held_.end()) {
        co_return true;  // It is over already.
    }
    const HeldPtr held = found->second;
    auto keep = [folder = held->folder] { return process::write_durably(folder, kStopFile, ""); };
    const auto kept = co_await tools_.pool.run(std::move(keep));
    held->stop_asked = true;
    co_return kept.has_value() || held->end_noted;
}

void Attempts::abandon(const AttemptRef& attempt) {
    if (const auto found = held_.find(attempt); found != held_.end()) {
        found->second->abandoned = true;
    }
}

std::vector<AttemptRef> Attempts::unreported() const {
    std::vector<AttemptRef> names;
    for (const auto& [name, held] : held_) {
        if (!held->end_noted) {
            names.push_back(name);
        }
    }
    return names;
}

std::vector<LogChunk> Attempts::log_pieces() const {
    std::vector<LogChunk> pieces;
    std::size_t bytes = 0;
    for (const auto& [name, held] : held_) {
        for (const LogStream stream : {LogStream::Output, LogStream::Error}) {
            const std::int64_t taken = held->log_taken[std::to_underlying(stream)];
            if (held->end_noted || held->abandoned || bytes >= kLogBatchBytes ||
                has_turned(held->folder, stream)) {
                continue;
            }
            auto content = read_piece(held->folder / log_file(stream), taken);
            if (!content.empty()) {
                bytes += content.size();
                pieces.push_back({name.job, name.attempt, stream, taken, std::move(content)});
            }
        }
    }
    return pieces;
}

void Attempts::log_was_taken(const protocol::LogPosition& position) {
    if (const auto found = held_.find(position.attempt); found != held_.end()) {
        found->second->log_taken[std::to_underlying(position.stream)] = position.position;
    }
}

// Before anything else, also by an agent that has found the attempt: the platform sends open orders
// again, and whoever had noted this one only after its attempt was forgotten would run it twice.
asio::awaitable<void> Attempts::note_order(HeldPtr held) {
    const std::int64_t number = held->order.number;
    while (number > 0 && !held->abandoned && !tools_.note(protocol::OrderDone{number})) {
        co_await db::pause(kTryAgain);
    }
}

asio::awaitable<void> Attempts::live(HeldPtr held) {
    if (!held->end_noted) {
        co_await note_order(held);
        bool ran = co_await prepare(held);
        if (ran) {
            ran = co_await run(held);
        }
        if (ran && !held->abandoned) {
            co_await finish(held);
        }
    }
    co_await forget(std::move(held));
}

asio::awaitable<void> Attempts::refuse(HeldPtr held, core::Error error) {
    auto ended = refusal_of(held->order, ExitClass::NotStarted,
                            core::render(error, core::Language::En), tools_.clock.now());
    co_await note_end(std::move(held), std::move(ended));
}

// Tries until it has the bytes, the platform refuses for good, or nobody wants them any more.
asio::awaitable<core::Result<std::string>> Attempts::fetch(HeldPtr held, std::string digest) {
    for (;;) {
        auto bytes = co_await tools_.link.fetch(held->name(), digest);
        if (bytes || is_final_refusal(bytes.error()) || held->abandoned || held->stop_asked) {
            co_return bytes;
        }
        tools_.tell("an input could not be fetched", &bytes.error());
        co_await db::pause(kTryAgain);
    }
}

asio::awaitable<bool> Attempts::fetch_inputs(HeldPtr held) {
    for (const JobInput& input : held->order.run.spec.inputs) {
        auto bytes = co_await fetch(held, input.artifact);
        if (held->abandoned || held->stop_asked) {
            break;
        }
        if (!bytes) {
            co_await refuse(held, bytes.error());
            co_return false;
        }
        auto put = [folder = held->folder, input, content = *std::move(bytes)] {
            return put_input(folder, input, content);
        };
        const auto done = co_await tools_.pool.run(std::move(put));
        if (!done) {
            co_await refuse(held, done.error());
            co_return false;
        }
    }
    co_return true;
}

// Brings inputs and writes the spec. False if there is nothing to run any more: its end is noted.
asio::awaitable<bool> Attempts::prepare(HeldPtr held) {
    auto look = [folder = held->folder] { return process::inspect(folder); };
    const auto status = co_await tools_.pool.run(std::move(look));
    if (status && status->phase != AttemptPhase::Empty) {
        co_return true;
    }
    std::optional<EngineFiles> files;
    bool fetched = false;
    if (held->order.run.serving) {
        files = co_await fetch_engine(held);
        fetched = files.has_value() || held->stop_asked;
    } else {
        fetched = co_await fetch_inputs(held);
    }
    if (!fetched || held->abandoned || held->end_noted) {
        co_return false;
    }
    if (held->stop_asked) {
        auto ended = refusal_of(held->order, ExitClass::Cancelled, "", tools_.clock.now());
        co_await note_end(held, std::move(ended));
        co_return false;
    }
    const bool written = co_await write_spec(std::move(held), std::move(files));
    co_return written;
}

asio::awaitable<bool> Attempts::write_spec(HeldPtr held, std::optional<EngineFiles> files) {
    auto write = [this, held, files]() -> core::Result<void> {
        const auto spec = files ? spec_for(held->order, tools_.isolation, *files)
                                : spec_for(held->order, tools_.isolation);
        return spec ? process::write_spec(held->folder, *spec) : std::unexpected(spec.error());
    };
    const auto written = co_await tools_.pool.run(std::move(write));
    if (!written) {
        co_await refuse(held, written.error());
    }
    co_return written.has_value();
}

asio::awaitable<std::optional<EngineFiles>> Attempts::fetch_engine(HeldPtr held) {
    const auto& asked = held->order.run.serving;
    assert(asked.has_value());  // Only a service has an engine.
    const Serving& serving = *asked;
    const auto engine = tools_.engines.find(serving.engine);
    if (engine == tools_.engines.end()) {
        co_await refuse(held, core::fail(kNoEngine, {{"engine", serving.engine}}).error());
        co_return std::nullopt;
    }
    auto wanted = [held] { return !held->abandoned && !held->stop_asked; };
    auto model = co_await models_.bring(
        held->name(), {serving.model_digest, serving.model_file, serving.model_bytes}, wanted);
    if (!wanted()) {
        co_return std::nullopt;
    }
    if (!model) {
        co_await refuse(held, model.error());
        co_return std::nullopt;
    }
    co_return EngineFiles{engine->second, *std::move(model)};
}

void Attempts::watch_engine(const HeldPtr& held) {
    const auto& run = held->order.run;
    const auto& serving = run.serving;
    assert(serving.has_value());  // Only a service has an engine.
    WatchedEngine engine{held->folder, run.attempt, *serving, held->order.port, {}};
    const auto& digest = serving->model_digest;
    if (generates(*serving) && is_speed_due(tools_.models, digest, tools_.clock.now())) {
        engine.measured = [&tools = tools_, serving = *serving](const ModelSpeed& speed) {
            tools.measured(speed, serving);
            static_cast<void>(note_speed_measured(tools.models, serving.model_digest,
                                                  speed.ended_at));  // Else it is measured again.
        };
    }
    auto watch = std::make_shared<EngineWatch>(std::move(engine), held->engine, tools_.engine_times,
                                               tools_.clock, tools_.note);
    asio::co_spawn(tools_.io, EngineWatch::run(std::move(watch)), asio::detached);
}

// Starts it if nobody has, and watches until it is over. False if it was given up.
asio::awaitable<bool> Attempts::run(HeldPtr held) {
    bool start_told = false;
    bool stopping = false;
    for (;;) {
        auto look = [folder = held->folder] { return process::inspect(folder); };
        const auto status = co_await tools_.pool.run(std::move(look));
        if (!status) {
            tools_.tell("an attempt's folder cannot be read", &status.error());
            co_await db::pause(kTryAgain);
            continue;
        }
        if (status->phase == AttemptPhase::Finished) {
            held->engine->over = true;
            co_return true;
        }
        if (status->phase == AttemptPhase::Prepared && held->abandoned) {
            co_return false;  // Nothing of it runs, and nothing shall.
        }
        const bool end_it = held->stop_asked || !held->engine->failure.empty();
        auto step = [this, held, phase = status->phase, state = status->state,
                     stop = end_it && !stopping]() -> core::Result<void> {
            if (held->abandoned && state) {
                static_cast<void>(process::kill_attempt(*state));
            }
            if (phase == AttemptPhase::Prepared) {
                auto child = process::start_supervisor(tools_.supervisor, held->folder);
                if (!child) {
                    return std::unexpected(child.error());
                }
                held->supervisors.push_back(*std::move(child));
                return {};
            }
            if (phase == AttemptPhase::Lost) {
                const auto concluded = process::conclude(held->folder, tools_.clock);
                return concluded ? core::Result<void>() : std::unexpected(concluded.error());
            }
            return stop && state ? process::stop_attempt(*state) : core::Result<void>();
        };
        stopping = stopping || (end_it && status->phase == AttemptPhase::Running);
        const auto done = co_await tools_.pool.run(std::move(step));
        if (!done) {
            tools_.tell("an attempt could not be brought on", &done.error());
            co_await db::pause(kTryAgain);
        }
        const auto& state = status->state;
        if (status->phase == AttemptPhase::Running && !start_told && state) {
            start_told =
                tools_.note(protocol::AttemptStarted{held->name(), state->started_at}).has_value();
            if (start_told && held->order.run.serving) {
                watch_engine(held);
            }
        }
        co_await db::pause(kLook);
    }
}

asio::awaitable<std::optional<protocol::Output>> Attempts::bring(HeldPtr held, std::string path,
                                                                 std::string bytes) {
    const auto size = static_cast<std::int64_t>(bytes.size());
    while (!held->abandoned) {
        const auto digest = co_await tools_.link.bring(held->name(), bytes);
        if (digest) {
            co_return protocol::Output{path, *digest, size};
        }
        tools_.tell("an output could not be brought", &digest.error());
        if (is_final_refusal(digest.error())) {
            break;
        }
        co_await db::pause(kTryAgain);
    }
    co_return std::nullopt;
}

asio::awaitable<std::vector<protocol::Output>> Attempts::bring_outputs(
    HeldPtr held, std::optional<std::string>* missing) {
    std::vector<protocol::Output> outputs;
    for (const std::string& path : held->order.run.spec.outputs) {
        auto read = [folder = held->folder, path] { return read_output(folder, path); };
        auto found = co_await tools_.pool.run(std::move(read));
        auto bytes = std::move(found).value_or(std::nullopt);
        std::optional<protocol::Output> output;
        if (bytes) {
            output = co_await bring(held, path, *std::move(bytes));
        }
        if (output) {
            outputs.push_back(*std::move(output));
        } else {
            *missing = missing->value_or(path);
        }
    }
    co_return outputs;
}

// The end is reported behind the whole log, so that who reads the log to its end has all of it.
asio::awaitable<void> Attempts::flush_logs(HeldPtr held) {
    for (const LogStream stream : {LogStream::Output, LogStream::Error}) {
        const std::int64_t size = size_of(held->folder / log_file(stream));
        while (!held->abandoned && !has_turned(held->folder, stream) &&
               held->log_taken[std::to_underlying(stream)] < size) {
            co_await db::pause(kLook);
        }
    }
}

asio::awaitable<void> Attempts::finish(HeldPtr held) {
    auto read = [folder = held->folder] { return process::read_result(folder); };
    const auto found = co_await tools_.pool.run(std::move(read));
    const auto result = found.value_or(std::nullopt);
    if (!result) {
        tools_.tell("an attempt's result cannot be read", found ? nullptr : &found.error());
        co_return;
    }
    Remains remains;
    if (result->ending == process::Ending::Exited) {
        remains.outputs = co_await bring_outputs(held, &remains.missing_output);
    }
    co_await flush_logs(held);
    if (!held->abandoned) {
        remains.failure = held->engine->failure;
        auto ended = end_of(held->order, *result, std::move(remains), tools_.clock, tools_.random);
        co_await note_end(held, std::move(ended));
    }
}

asio::awaitable<void> Attempts::note_end(HeldPtr held, protocol::AttemptEnded ended) {
    while (!tools_.note(ended)) {
        co_await db::pause(kTryAgain);  // A full disk, for example; the attempt stays until then.
    }
    held->end_noted = true;
}

// Waits until the platform has taken the end in, then removes the folder.
asio::awaitable<void> Attempts::forget(HeldPtr held) {
    while (!held->abandoned && (!held->end_noted || tools_.journal.has_end_of(held->name()))) {
        co_await db::pause(kLook);
    }
    auto remove = [held] {
        for (process::Child& supervisor : held->supervisors) {
            static_cast<void>(supervisor.wait(kReapTime));
        }
        std::error_code code;
        std::filesystem::remove_all(held->folder, code);
        return code;
    };
    const auto failed = co_await tools_.pool.run(std::move(remove));
    if (failed) {
        tools_.tell("an attempt's folder could not be removed: " + failed.message(), nullptr);
    }
    held_.erase(held->name());
}

}  // namespace kapok::compute::agent
