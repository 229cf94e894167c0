#include "compute/agent/worker.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compute/errors.h"
#include "compute/json_fields.h"
#include "compute/limits.h"
#include "platform/process/files.h"

namespace kapok::compute::agent {

namespace process = platform::process;
using process::AttemptResult;
using process::Ending;

namespace {

constexpr std::string_view kOrderFile = "order.json";
constexpr std::int64_t kProcessesMax = 4'096;
constexpr std::int64_t kEntriesMax = 1'000'000;
constexpr std::chrono::milliseconds kEngineGrace{10'000};

// How a vendor's cards are handed to a job: device files by index, files for all, and the variable
// that its libraries look at. Recorded from the vendors' container documents.
struct VendorDevices {
    std::string_view vendor;
    std::string_view per_card;  // "{}" is the index.
    std::array<std::string_view, 3> shared;
    std::array<std::string_view, 2> variables;
};
constexpr std::array<VendorDevices, 3> kVendorDevices{{
    {"nvidia",
     "/dev/nvidia{}",
     {"/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools"},
     {"CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES"}},
    {"huawei",
     "/dev/davinci{}",
     {"/dev/davinci_manager", "/dev/devmm_svm", "/dev/hisi_hdc"},
     {"ASCEND_RT_VISIBLE_DEVICES", "ASCEND_VISIBLE_DEVICES"}},
    {"amd", "/dev/dri/renderD{}", {"/dev/kfd", "", ""}, {"ROCR_VISIBLE_DEVICES", ""}},
}};
constexpr std::int64_t kRenderNodeFirst = 128;  // Of /dev/dri/renderD*.

boost::json::array texts(const std::vector<std::string>& items) {
    return boost::json::array(items.begin(), items.end());
}

// Opens the folder of `path` below `root`, making what is missing. The tree is still ours alone:
// no job has run in it.
core::Result<std::filesystem::path> make_parent(const std::filesystem::path& root,
                                                const std::string& path) {
    std::filesystem::path target = root / path;
    std::error_code code;
    std::filesystem::create_directories(target.parent_path(), code);
    if (code) {
        return core::fail(kAgentFolder, {{"folder", target.string()}, {"why", code.message()}});
    }
    return target;
}

ExitClass class_of(const AttemptResult& result) {
    if (result.ending == Ending::Lost) {
        return ExitClass::Lost;
    }
    if (result.ending == Ending::NotStarted) {
        return ExitClass::NotStarted;
    }
    if (result.ending == Ending::Exited && result.exit_code == 0) {
        return ExitClass::Succeeded;
    }
    if (result.cancelled) {
        return ExitClass::Cancelled;
    }
    if (result.wall_exceeded) {
        return ExitClass::TimedOut;
    }
    return result.oom_killed ? ExitClass::OutOfMemory : ExitClass::UserError;
}

std::string problem_of(const AttemptResult& result) {
    if (result.problem) {
        return core::render(*result.problem, core::Language::En);
    }
    std::string problem;
    const auto add = [&](bool holds, std::string_view text) {
        if (holds) {
            problem += (problem.empty() ? "" : "; ") + std::string(text);
        }
    };
    add(result.oom_killed, "out of memory: the kernel ended a process");
    add(result.folder_exceeded, "wrote more than its disk allowance");
    add(result.file_exceeded, "wrote a file larger than its disk allowance");
    add(result.log_truncated, "its log was cut at its bound");
    return problem;
}

// Allocated time: that is what others could not use. Nothing is charged for what was not the job's
// own doing, nor for a service.
std::vector<protocol::Use> uses_of(const KeptOrder& order, const AttemptResult& result,
                                   ExitClass exit, const core::Clock& clock, core::Random& random) {
    if (exit == ExitClass::Lost || exit == ExitClass::NotStarted || order.run.serving) {
        return {};
    }
    const Demand& demand = order.run.spec.demand;
    const std::int64_t wall_ms = result.usage.wall_us / 1'000;
    std::vector<protocol::Use> uses{{core::make_uuid(clock, random),
                                     std::string(kCoreMeter),
                                     {core::Unit::CoreMs, demand.cpu_milli * wall_ms / 1'000}}};
    if (demand.accelerators > 0) {
        uses.push_back({core::make_uuid(clock, random),
                        std::string(kCardMeter),
                        {core::Unit::CardMs, demand.accelerators * wall_ms}});
    }
    return uses;
}

core::Result<void> check_foreign(const KeptOrder& order, const process::Isolation& isolation) {
    return order.run.own ? core::Result<void>() : isolation.accepts_foreign_jobs();
}

// What jobs and services have in common.
process::AttemptSpec common_spec(const KeptOrder& order, const process::Isolation& isolation) {
    const JobSpec& job = order.run.spec;
    process::AttemptSpec spec;
    spec.attempt = folder_name(order.run.attempt);
    spec.environment.insert(job.environment.begin(), job.environment.end());
    spec.environment.insert(order.visible.begin(), order.visible.end());
    spec.devices = order.devices;
    spec.confinement = order.run.own ? isolation.confinement() : process::Confinement::Full;
    spec.user = order.user;
    spec.limits.memory_bytes_max = job.demand.memory_bytes;
    spec.limits.cpu_milli = job.demand.cpu_milli;
    spec.limits.pids_max = kProcessesMax;
    spec.limits.file_bytes_max = job.disk_bytes;
    spec.limits.folder_bytes_max = job.disk_bytes;
    spec.limits.folder_entries_max = kEntriesMax;
    spec.limits.log_bytes_max = kLogBytesMax;
    return spec;
}

core::Result<process::AttemptSpec> checked(process::AttemptSpec spec) {
    if (auto fine = process::check(spec); !fine) {
        return std::unexpected(fine.error());
    }
    return spec;
}

}  // namespace

std::string folder_name(const protocol::AttemptRef& attempt) {
    return attempt.job.text() + "-" + std::to_string(attempt.attempt);
}

core::Result<void> accept(const std::filesystem::path& folder, const KeptOrder& order) {
    if (auto made = process::make_attempt_folder(folder); !made) {
        return made;
    }
    boost::json::object object{
        {"number", order.number},
        {"run", protocol::to_json(protocol::Order(order.run))},
        {"devices", texts(order.devices)},
        {"cards", boost::json::array(order.cards.begin(), order.cards.end())}};
    boost::json::object visible;
    for (const auto& [name, value] : order.visible) {
        visible[name] = value;
    }
    object["visible"] = std::move(visible);
    if (order.user) {
        object["user"] = *order.user;
    }
    if (order.port != 0) {
        object["port"] = order.port;
    }
    return process::write_durably(folder, kOrderFile, boost::json::serialize(object));
}

core::Result<std::optional<KeptOrder>> read_order(const std::filesystem::path& folder) {
    if (!std::filesystem::exists(folder / kOrderFile)) {
        return std::optional<KeptOrder>();
    }
    const auto text = process::read_text(folder / kOrderFile, 1 << 20);
    if (!text) {
        return std::unexpected(text.error());
    }
    boost::system::error_code code;
    const auto value = boost::json::parse(*text, code);
    if (code) {
        return core::fail(kBadDocument,
                          {{"field", (folder / kOrderFile).string()}, {"expected", "an order"}});
    }
    return read_document(value, [](JsonFields& fields) {
        KeptOrder order;
        auto run = protocol::order_from_json("run", fields.object("run"));
        if (!run) {
            fields.blame("run", "an order");
        } else {
            order.run = std::get<protocol::Run>(*std::move(run));
        }
        order.devices = fields.texts("devices");
        for (const auto& card : fields.list("cards")) {
            order.cards.push_back(card.is_int64() ? card.get_int64() : -1);
        }
        for (const auto& member : fields.object("visible")) {
            if (member.value().is_string()) {
                order.visible[std::string(member.key())] = member.value().get_string();
            }
        }
        if (fields.has("number")) {
            order.number = fields.integer("number");
        }
        if (fields.has("user")) {
            order.user = static_cast<std::uint32_t>(fields.integer("user"));
        }
        if (fields.has("port")) {
            order.port = static_cast<std::uint16_t>(fields.integer("port"));
        }
        return std::optional<KeptOrder>(std::move(order));
    });
}

core::Result<void> put_input(const std::filesystem::path& folder, const JobInput& input,
                             std::string_view bytes) {
    const auto target = make_parent(folder / process::kWorkFolder, input.path);
    if (!target) {
        return std::unexpected(target.error());
    }
    const process::Descriptor file(
        ::open(target->c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRWXU));
    while (file && !bytes.empty()) {
        const auto count = ::write(file.get(), bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            break;
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    if (!file || !bytes.empty()) {
        return core::fail(kAgentFolder, {{"folder", target->string()},
                                         {"why", std::generic_category().message(errno)}});
    }
    return {};
}

core::Result<process::AttemptSpec> spec_for(const KeptOrder& order,
                                            const process::Isolation& isolation) {
    const JobSpec& job = order.run.spec;
    if (auto allowed = check_foreign(order, isolation); !allowed) {
        return std::unexpected(allowed.error());
    }
    if (!order.run.own && job.network != Network::None) {
        return core::fail(kNetworkNotGranted);
    }
    process::AttemptSpec spec = common_spec(order, isolation);
    spec.command = job.command;
    spec.network = job.network == Network::None ? process::Network::None : process::Network::Host;
    spec.limits.wall_ms_max = job.time_limit.count();
    return checked(std::move(spec));
}

core::Result<process::AttemptSpec> spec_for(const KeptOrder& order,
                                            const process::Isolation& isolation,
                                            const EngineFiles& files) {
    if (auto allowed = check_foreign(order, isolation); !allowed) {
        return std::unexpected(allowed.error());
    }
    process::AttemptSpec spec = common_spec(order, isolation);
    const auto& serving = order.run.serving;
    assert(serving.has_value());  // Only a service has an engine.
    place_engine(spec, files, serving->arguments, order.port);
    spec.network = process::Network::Host;  // It is this node's own program, and must listen.
    spec.log_overflow = process::LogOverflow::Rotate;
    spec.limits.grace_ms = kEngineGrace.count();
    if (!isolation.has(process::Feature::CgroupMemory)) {
        spec.limits.memory_bytes_max = 0;  // It would be of addresses, and a model is mapped whole.
    }
    return checked(std::move(spec));
}

core::Result<std::optional<std::string>> read_output(const std::filesystem::path& folder,
                                                     const std::string& path) {
    const auto file = process::open_artifact(folder / process::kWorkFolder, path);
    if (!file) {
        return std::optional<std::string>();
    }
    std::string bytes;
    std::array<char, 65'536> buffer{};
    for (;;) {
        const auto count = ::read(file->get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return core::fail(kAgentFolder,
                              {{"folder", path}, {"why", std::generic_category().message(errno)}});
        }
        if (count == 0) {
            return std::optional(std::move(bytes));
        }
        bytes.append(buffer.data(), static_cast<std::size_t>(count));
        if (static_cast<std::int64_t>(bytes.size()) > kArtifactBytesMax) {
            return core::fail(kOutputTooLarge,
                              {{"path", path}, {"limit", std::to_string(kArtifactBytesMax)}});
        }
    }
}

std::optional<CardGrant> grant_cards(const Inventory& inventory, const std::string& model,
                                     std::int64_t count, const std::vector<std::int64_t>& taken) {
    CardGrant grant;
    const VendorDevices* devices = nullptr;
    std::string list;
    for (const Accelerator& card : inventory.accelerators) {
        const bool free = std::ranges::find(taken, card.index) == taken.end();
        if (std::ssize(grant.indexes) == count || card.model != model || !card.healthy || !free) {
            continue;
        }
        const auto found = std::ranges::find(kVendorDevices, card.vendor, &VendorDevices::vendor);
        if (found == kVendorDevices.end()) {
            continue;
        }
        devices = &*found;
        grant.indexes.push_back(card.index);
        const std::int64_t number = card.index + (card.vendor == "amd" ? kRenderNodeFirst : 0);
        grant.devices.push_back(fmt::format(fmt::runtime(devices->per_card), number));
        list += (list.empty() ? "" : ",") + std::to_string(card.index);
    }
    if (std::ssize(grant.indexes) < count) {
        return std::nullopt;
    }
    if (devices != nullptr) {
        for (const std::string_view shared : devices->shared) {
            if (!shared.empty()) {
                grant.devices.emplace_back(shared);
            }
        }
        for (const std::string_view variable : devices->variables) {
            if (!variable.empty()) {
                grant.visible[std::string(variable)] = list;
            }
        }
    }
    return grant;
}

protocol::AttemptEnded end_of(const KeptOrder& order, const AttemptResult& result, Remains remains,
                              const core::Clock& clock, core::Random& random) {
    protocol::AttemptEnded ended;
    ended.attempt = order.run.attempt;
    ended.exit = class_of(result);
    ended.problem = problem_of(result);
    if (result.ending == Ending::Exited || result.ending == Ending::Stopped) {
        ended.exit_code = result.exit_code;
    }
    if (ended.exit == ExitClass::Succeeded && remains.missing_output) {
        ended.exit = ExitClass::UserError;
        ended.problem = "the output " + *remains.missing_output + " is missing";
    }
    if (!remains.failure.empty()) {
        ended.exit = ExitClass::Infrastructure;
        ended.problem = std::move(remains.failure);
    }
    ended.started_at = result.started_at;
    ended.ended_at = result.finished_at;
    ended.outputs = std::move(remains.outputs);
    ended.consumption = {result.usage.wall_us, result.usage.cpu_us, result.usage.memory_peak_bytes,
                         result.usage.read_bytes, result.usage.written_bytes};
    ended.uses = uses_of(order, result, ended.exit, clock, random);
    return ended;
}

protocol::AttemptEnded refusal_of(const KeptOrder& order, ExitClass exit, std::string problem,
                                  core::Timestamp now) {
    protocol::AttemptEnded ended;
    ended.attempt = order.run.attempt;
    ended.exit = exit;
    ended.problem = std::move(problem);
    ended.started_at = ended.ended_at = now;
    return ended;
}

}  // namespace kapok::compute::agent
