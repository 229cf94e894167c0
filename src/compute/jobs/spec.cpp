#include "compute/jobs/spec.h"

#include <algorithm>
#include <set>
#include <span>

#include <boost/json/array.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compute/errors.h"
#include "compute/jobs/tree.h"
#include "compute/limits.h"

namespace kapok::compute {

namespace {

constexpr std::array<std::string_view, 14> kFields{
    "name", "command",    "inputs",      "outputs", "cpu",     "memory",   "accelerators",
    "disk", "time_limit", "environment", "retry",   "network", "priority", "site"};
constexpr std::array<std::string_view, 3> kInputFields{"path", "artifact", "source"};
constexpr std::array<std::string_view, 2> kAcceleratorFields{"count", "models"};
constexpr std::array<std::string_view, 2> kRetryFields{"when", "attempts"};
constexpr std::string_view kDigestPrefix = "sha256:";

using Fault = std::optional<core::Error>;

// Shortened, so that a hostile value does not fill the message.
std::string shown(const Tree& tree) {
    constexpr std::size_t kShownMax = 80;
    switch (tree.kind) {
        case Tree::Kind::Null: return "null";
        case Tree::Kind::List: return "[…]";
        case Tree::Kind::Mapping: return "{…}";
        case Tree::Kind::Text: break;
    }
    if (tree.text.size() <= kShownMax) {
        return "\"" + tree.text + "\"";
    }
    std::size_t end = kShownMax;
    while (end > 0 && (static_cast<unsigned char>(tree.text[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return "\"" + tree.text.substr(0, end) + "…\"";
}

// A path below the working folder: relative, no "..", no empty or "." part, no control characters.
bool is_inner_path(std::string_view path) {
    if (path.empty() || path.size() > kJobPathBytesMax || path.front() == '/') {
        return false;
    }
    for (std::string_view rest = path;;) {
        const auto slash = rest.find('/');
        const std::string_view part = rest.substr(0, slash);
        if (part.empty() || part == "." || part == "..") {
            return false;
        }
        if (slash == rest.npos) {
            break;
        }
        rest.remove_prefix(slash + 1);
    }
    return std::ranges::none_of(path, [](char letter) {
        return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F || letter == '\\';
    });
}

bool is_environment_name(std::string_view name) {
    const auto letter = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    };
    return !name.empty() && name.size() <= kJobNameBytesMax && letter(name.front()) &&
           std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

bool is_digest(std::string_view text) {
    return text.size() == kDigestPrefix.size() + 64 && text.starts_with(kDigestPrefix) &&
           std::ranges::all_of(text.substr(kDigestPrefix.size()), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

// Reads one tree into a spec. The first fault is kept; reading goes on harmlessly after it.
class Reader {
public:
    [[nodiscard]] core::Result<JobSpec> read(const Tree& root) {
        if (check_mapping(root, "job", kFields)) {
            read_work(root);
            read_resources(root);
            read_policy(root);
        }
        if (fault_) {
            return std::unexpected(*fault_);
        }
        return std::move(spec_);
    }

private:
    void blame(const Tree& at, const core::ErrorCode& code, std::vector<core::Parameter> facts) {
        if (!fault_) {
            facts.insert(facts.begin(), {"place", at.place()});
            fault_.emplace(code, std::move(facts), at.pointer);
        }
    }

    bool check_mapping(const Tree& tree, std::string_view field,
                       std::span<const std::string_view> known) {
        if (tree.kind != Tree::Kind::Mapping) {
            blame(tree, kJobNotAMapping, {{"field", std::string(field)}, {"actual", shown(tree)}});
            return false;
        }
        for (const auto& [name, value] : tree.members) {
            if (std::ranges::find(known, name) == known.end()) {
                blame(value, kUnknownJobField,
                      {{"field", name}, {"expected", fmt::format("{}", fmt::join(known, ", "))}});
                return false;
            }
        }
        return true;
    }
    // A member that is there and not null.
    static const Tree* present(const Tree& tree, std::string_view name) {
        const Tree* found = tree.find(name);
        return found == nullptr || found->kind == Tree::Kind::Null ? nullptr : found;
    }
    const Tree* required(const Tree& tree, std::string_view name, std::string_view example) {
        const Tree* found = present(tree, name);
        if (found == nullptr) {
            blame(tree, kMissingJobField,
                  {{"field", std::string(name)}, {"expected", std::string(example)}});
        }
        return found;
    }
    std::span<const Tree> list(const Tree& tree, std::string_view field, std::size_t most) {
        if (tree.kind != Tree::Kind::List) {
            blame(tree, kJobNotAList, {{"field", std::string(field)}, {"actual", shown(tree)}});
            return {};
        }
        if (tree.items.size() > most) {
            blame(tree, kJobTooMany,
                  {{"field", std::string(field)},
                   {"limit", std::to_string(most)},
                   {"actual", std::to_string(tree.items.size())}});
            return {};
        }
        return tree.items;
    }
    std::string text(const Tree& tree, std::string_view field, std::size_t most) {
        if (tree.kind != Tree::Kind::Text) {
            blame(tree, kJobNotText, {{"field", std::string(field)}, {"actual", shown(tree)}});
            return {};
        }
        if (tree.text.size() > most || tree.text.contains('\0')) {
            blame(tree, kJobTextTooLong,
                  {{"field", std::string(field)}, {"limit", std::to_string(most)}});
            return {};
        }
        return tree.text;
    }
    std::string inner_path(const Tree& tree, std::string_view field) {
        const std::string path = text(tree, field, kJobPathBytesMax);
        if (!fault_ && !is_inner_path(path)) {
            blame(tree, kBadJobPath, {{"field", std::string(field)}, {"actual", shown(tree)}});
        }
        return path;
    }
    template <class Value>
    struct Range {
        Value min;
        Value max;
        std::string (*write)(Value);
        const core::ErrorCode& unreadable;
    };
    template <class Value>
    void ranged(const Tree& tree, std::string_view field, std::optional<Value> value,
                const Range<Value>& range, Value& into) {
        if (!value) {
            blame(tree, range.unreadable, {{"field", std::string(field)}, {"actual", shown(tree)}});
        } else if (*value < range.min || *value > range.max) {
            blame(tree, kJobOutOfRange,
                  {{"field", std::string(field)},
                   {"min", range.write(range.min)},
                   {"max", range.write(range.max)},
                   {"actual", shown(tree)}});
        } else {
            into = *value;
        }
    }
    void integer(const Tree& tree, std::string_view field, std::int64_t& into,
                 std::pair<std::int64_t, std::int64_t> range) {
        std::optional<std::int64_t> value;
        if (tree.kind == Tree::Kind::Text && !tree.text.empty() && tree.text.size() <= 15 &&
            tree.text.find_first_not_of("0123456789") == tree.text.npos) {
            value = std::stoll(tree.text);
        }
        const auto write = [](std::int64_t number) { return std::to_string(number); };
        ranged(tree, field, value,
               Range<std::int64_t>{range.first, range.second, write, kJobNotAnInteger}, into);
    }
    template <class Enum, std::size_t kCount>
    void choice(const Tree& tree, std::string_view field,
                const std::array<std::string_view, kCount>& names, Enum& into) {
        const auto found =
            tree.kind == Tree::Kind::Text ? std::ranges::find(names, tree.text) : names.end();
        if (found == names.end()) {
            blame(tree, kBadJobChoice,
                  {{"field", std::string(field)},
                   {"choices", fmt::format("{}", fmt::join(names, ", "))},
                   {"actual", shown(tree)}});
        } else {
            into = static_cast<Enum>(found - names.begin());
        }
    }

    void read_work(const Tree& root) {
        if (const Tree* name = required(root, "name", "name: word-count")) {
            spec_.name = text(*name, "name", kJobNameBytesMax);
            if (spec_.name.empty()) {
                blame(*name, kMissingJobField,
                      {{"field", "name"}, {"expected", "name: word-count"}});
            }
        }
        if (const Tree* command = required(root, "command", "command: [python3, main.py]")) {
            read_command(*command);
        }
        if (const Tree* inputs = present(root, "inputs")) {
            for (const Tree& item : list(*inputs, "inputs", kJobFilesMax)) {
                read_input(item);
            }
        }
        if (const Tree* outputs = present(root, "outputs")) {
            for (const Tree& item : list(*outputs, "outputs", kJobFilesMax)) {
                const std::string path = inner_path(item, "outputs");
                if (std::ranges::find(spec_.outputs, path) != spec_.outputs.end()) {
                    blame(item, kJobPathTwice, {{"field", "outputs"}, {"actual", path}});
                }
                spec_.outputs.push_back(path);
            }
        }
        if (const Tree* environment = present(root, "environment")) {
            read_environment(*environment);
        }
    }
    void read_command(const Tree& command) {
        std::size_t bytes = 0;
        for (const Tree& word : list(command, "command", kCommandWordsMax)) {
            spec_.command.push_back(text(word, "command", kCommandBytesMax));
            bytes += spec_.command.back().size() + 1;
        }
        if (bytes > kCommandBytesMax) {
            blame(command, kJobTextTooLong,
                  {{"field", "command"}, {"limit", std::to_string(kCommandBytesMax)}});
        }
        if (spec_.command.empty() || spec_.command.front().empty()) {
            blame(command, kMissingJobField,
                  {{"field", "command"}, {"expected", "command: [python3, main.py]"}});
        }
    }
    void read_input(const Tree& item) {
        if (!check_mapping(item, "inputs", kInputFields)) {
            return;
        }
        JobInput input;
        if (const Tree* path = required(item, "path", "path: data/a.txt")) {
            input.path = inner_path(*path, "path");
        }
        const Tree* artifact = present(item, "artifact");
        const Tree* source = present(item, "source");
        if ((artifact == nullptr) == (source == nullptr)) {
            blame(item, kJobInputSource, {{"actual", input.path}});
        } else if (artifact != nullptr) {
            input.artifact = text(*artifact, "artifact", 128);
            if (!is_digest(input.artifact)) {
                blame(*artifact, kBadArtifact, {{"actual", shown(*artifact)}});
            }
        } else {
            input.source = text(*source, "source", kJobPathBytesMax);
        }
        if (std::ranges::find(spec_.inputs, input.path, &JobInput::path) != spec_.inputs.end()) {
            blame(item, kJobPathTwice, {{"field", "inputs"}, {"actual", input.path}});
        }
        spec_.inputs.push_back(std::move(input));
    }
    void read_environment(const Tree& environment) {
        if (environment.kind != Tree::Kind::Mapping) {
            blame(environment, kJobNotAMapping,
                  {{"field", "environment"}, {"actual", shown(environment)}});
            return;
        }
        if (environment.members.size() > kEnvironmentMax) {
            blame(environment, kJobTooMany,
                  {{"field", "environment"},
                   {"limit", std::to_string(kEnvironmentMax)},
                   {"actual", std::to_string(environment.members.size())}});
            return;
        }
        for (const auto& [name, value] : environment.members) {
            if (!is_environment_name(name)) {
                blame(value, kBadEnvironmentName, {{"actual", "\"" + name.substr(0, 80) + "\""}});
            }
            spec_.environment[name] = text(value, name, kEnvironmentBytesMax);
        }
    }
    void read_resources(const Tree& root) {
        if (const Tree* cpu = present(root, "cpu")) {
            ranged<std::int64_t>(*cpu, "cpu", parse_cpu_milli(cpu->text),
                                 {kCpuMilliMin, kCpuMilliMax, cpu_text, kBadCpu},
                                 spec_.demand.cpu_milli);
        }
        if (const Tree* memory = present(root, "memory")) {
            ranged<std::int64_t>(*memory, "memory", parse_bytes(memory->text),
                                 {kMemoryBytesMin, kMemoryBytesMax, bytes_text, kBadBytes},
                                 spec_.demand.memory_bytes);
        }
        if (const Tree* disk = present(root, "disk")) {
            ranged<std::int64_t>(*disk, "disk", parse_bytes(disk->text),
                                 {0, kMemoryBytesMax, bytes_text, kBadBytes}, spec_.disk_bytes);
        }
        if (const Tree* accelerators = present(root, "accelerators")) {
            read_accelerators(*accelerators);
        }
        if (const Tree* limit = required(root, "time_limit", "time_limit: 10m")) {
            ranged<std::chrono::milliseconds>(
                *limit, "time_limit", parse_duration(limit->text),
                {kTimeLimitMin, kTimeLimitMax, duration_text, kBadDuration}, spec_.time_limit);
        }
    }
    void read_accelerators(const Tree& tree) {
        if (!check_mapping(tree, "accelerators", kAcceleratorFields)) {
            return;
        }
        if (const Tree* count = required(tree, "count", "count: 1")) {
            integer(*count, "count", spec_.demand.accelerators, {0, kAcceleratorsMax});
        }
        if (const Tree* models = present(tree, "models")) {
            for (const Tree& model : list(*models, "models", 64)) {
                spec_.accelerator_models.push_back(text(model, "models", kJobNameBytesMax));
            }
        }
    }
    void read_policy(const Tree& root) {
        if (const Tree* retry = present(root, "retry");
            retry != nullptr && check_mapping(*retry, "retry", kRetryFields)) {
            if (const Tree* when = present(*retry, "when")) {
                choice(*when, "when", kRetryNames, spec_.retry);
            }
            if (const Tree* attempts = present(*retry, "attempts")) {
                integer(*attempts, "attempts", spec_.attempts_max, {1, kAttemptsMax});
            }
        }
        if (const Tree* network = present(root, "network")) {
            choice(*network, "network", kNetworkNames, spec_.network);
        }
        if (const Tree* priority = present(root, "priority")) {
            integer(*priority, "priority", spec_.priority, {kPriorityMin, kPriorityMax});
        }
        if (const Tree* site = present(root, "site")) {
            spec_.site = SiteId::parse(site->text);
            if (!spec_.site) {
                blame(*site, kBadSite, {{"actual", shown(*site)}});
            }
        }
    }

    JobSpec spec_;
    Fault fault_;
};

}  // namespace

core::Result<JobSpec> parse_job_yaml(std::string_view yaml) {
    const auto tree = tree_from_yaml(yaml);
    if (!tree) {
        return std::unexpected(tree.error());
    }
    return Reader().read(*tree);
}

core::Result<JobSpec> job_spec_from_json(const boost::json::object& object) {
    const auto tree = tree_from_json(object);
    if (!tree) {
        return std::unexpected(tree.error());
    }
    return Reader().read(*tree);
}

boost::json::object to_json(const JobSpec& spec) {
    boost::json::array inputs;
    for (const JobInput& input : spec.inputs) {
        boost::json::object object{{"path", input.path}};
        object[input.artifact.empty() ? "source" : "artifact"] =
            input.artifact.empty() ? input.source : input.artifact;
        inputs.push_back(std::move(object));
    }
    boost::json::object environment;
    for (const auto& [name, value] : spec.environment) {
        environment[name] = value;
    }
    boost::json::object object{
        {"name", spec.name},
        {"command", boost::json::array(spec.command.begin(), spec.command.end())},
        {"inputs", std::move(inputs)},
        {"outputs", boost::json::array(spec.outputs.begin(), spec.outputs.end())},
        {"cpu", cpu_text(spec.demand.cpu_milli)},
        {"memory", bytes_text(spec.demand.memory_bytes)},
        {"disk", bytes_text(spec.disk_bytes)},
        {"time_limit", duration_text(spec.time_limit)},
        {"environment", std::move(environment)},
        {"retry",
         {{"when", kRetryNames[std::to_underlying(spec.retry)]}, {"attempts", spec.attempts_max}}},
        {"network", kNetworkNames[std::to_underlying(spec.network)]},
        {"priority", spec.priority}};
    if (spec.demand.accelerators > 0) {
        object["accelerators"] = {{"count", spec.demand.accelerators},
                                  {"models", boost::json::array(spec.accelerator_models.begin(),
                                                                spec.accelerator_models.end())}};
    }
    if (spec.site) {
        object["site"] = spec.site->text();
    }
    return object;
}

core::Result<void> require_artifacts(const JobSpec& spec) {
    for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
        if (spec.inputs[i].artifact.empty()) {
            return core::fail(kInputNotUploaded, {{"path", spec.inputs[i].path}},
                              "/inputs/" + std::to_string(i) + "/source");
        }
    }
    return {};
}

}  // namespace kapok::compute
