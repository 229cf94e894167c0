// The records of an attempt as JSON. Readers take what they know and ignore the rest, so that a
// newer agent can adopt what an older one started.

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <simdjson.h>

#include "core/timestamp.h"
#include "platform/process/attempt.h"
#include "platform/process/errors.h"

namespace kapok::platform::process {
namespace {

using Element = simdjson::dom::element;

constexpr std::array<std::string_view, 3> kConfinements{"full", "namespaces", "plain"};
constexpr std::array<std::string_view, 4> kEndings{"not_started", "exited", "stopped", "lost"};

// What is no UTF-8 loses its other bytes: a record that cannot be read is worse.
std::string quote(std::string_view text) {
    const bool plain = is_utf8(text);
    std::string quoted = "\"";
    for (const char c : text) {
        if (!plain && static_cast<unsigned char>(c) >= 0x80) {
            quoted += '?';
        } else if (c == '"' || c == '\\') {
            quoted += '\\';
            quoted += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            quoted += c;
        }
    }
    return quoted + '"';
}

// One object; the members are written in the order in which they are added.
class Writer {
public:
    Writer& add(std::string_view name, std::string_view json) {
        text_ += fmt::format("{}{}: {}", text_.empty() ? "" : ", ", quote(name), json);
        return *this;
    }
    Writer& add_text(std::string_view name, std::string_view value) {
        return add(name, quote(value));
    }
    Writer& add_number(std::string_view name, std::int64_t value) {
        return add(name, fmt::format("{}", value));
    }
    template <class Number>
    Writer& add_number(std::string_view name, const std::optional<Number>& value) {
        return value ? add_number(name, static_cast<std::int64_t>(*value)) : *this;
    }
    Writer& add_flag(std::string_view name, bool value) {
        return add(name, value ? "true" : "false");
    }
    Writer& add_time(std::string_view name, core::Timestamp time) {
        return add_text(name, core::to_rfc3339(time));
    }
    [[nodiscard]] std::string object() const { return "{" + text_ + "}"; }

private:
    std::string text_;
};

template <class List, class Map>
std::string array_of(const List& list, Map map) {
    std::string text;
    for (const auto& item : list) {
        text += (text.empty() ? "" : ", ") + map(item);
    }
    return "[" + text + "]";
}

struct Field {
    std::string_view name;
    std::int64_t AttemptLimits::* value;
};
constexpr std::array<Field, 11> kLimitFields{
    {{"memory_bytes_max", &AttemptLimits::memory_bytes_max},
     {"cpu_milli", &AttemptLimits::cpu_milli},
     {"pids_max", &AttemptLimits::pids_max},
     {"wall_ms_max", &AttemptLimits::wall_ms_max},
     {"file_bytes_max", &AttemptLimits::file_bytes_max},
     {"log_bytes_max", &AttemptLimits::log_bytes_max},
     {"folder_bytes_max", &AttemptLimits::folder_bytes_max},
     {"folder_entries_max", &AttemptLimits::folder_entries_max},
     {"open_files_max", &AttemptLimits::open_files_max},
     {"temporary_bytes_max", &AttemptLimits::temporary_bytes_max},
     {"grace_ms", &AttemptLimits::grace_ms}}};

struct Flag {
    std::string_view name;
    bool AttemptResult::* value;
};
constexpr std::array<Flag, 6> kFlags{{{"wall_exceeded", &AttemptResult::wall_exceeded},
                                      {"oom_killed", &AttemptResult::oom_killed},
                                      {"folder_exceeded", &AttemptResult::folder_exceeded},
                                      {"file_exceeded", &AttemptResult::file_exceeded},
                                      {"cancelled", &AttemptResult::cancelled},
                                      {"log_truncated", &AttemptResult::log_truncated}}};

struct Count {
    std::string_view name;
    std::optional<std::int64_t> AttemptUsage::* value;
};
constexpr std::array<Count, 4> kCounts{{{"cpu_us", &AttemptUsage::cpu_us},
                                        {"memory_peak_bytes", &AttemptUsage::memory_peak_bytes},
                                        {"read_bytes", &AttemptUsage::read_bytes},
                                        {"written_bytes", &AttemptUsage::written_bytes}}};

std::string to_json(const core::Error& error) {
    Writer parameters;
    for (const auto& [name, value] : error.parameters()) {
        parameters.add_text(name, value);
    }
    return Writer()
        .add_text("code", error.code().name)
        .add("parameters", parameters.object())
        .object();
}

// Reads members and remembers the first that was missing or of another type.
class Reader {
public:
    explicit Reader(Element element) : element_(element) {}

    void text(const char* name, std::string& value) {
        std::string_view view;
        if (element_[name].get(view) == simdjson::SUCCESS) {
            value = view;
        } else {
            fail(name);
        }
    }
    void number(std::string_view name, std::int64_t& value) {
        if (element_[name].get(value) != simdjson::SUCCESS) {
            fail(name);
        }
    }
    void number(std::string_view name, std::optional<std::int64_t>& value) {
        std::int64_t found = 0;
        if (element_[name].get(found) == simdjson::SUCCESS) {
            value = found;
        }
    }
    void user(std::optional<std::uint32_t>& value) {
        std::optional<std::int64_t> found;
        number("user", found);
        if (found && (*found < 0 || *found > UINT32_MAX)) {
            fail("user");
        } else if (found) {
            value = static_cast<std::uint32_t>(*found);
        }
    }
    void flag(std::string_view name, bool& value) {
        if (element_[name].get(value) != simdjson::SUCCESS) {
            fail(name);
        }
    }
    void time(const char* name, core::Timestamp& value) {
        std::string written;
        text(name, written);
        const auto parsed = core::parse_rfc3339(written);
        parsed ? static_cast<void>(value = *parsed) : fail(name);
    }
    // Calls `visit` with a reader of each element.
    template <class Visit>
    void each(const char* name, Visit visit) {
        simdjson::dom::array array;
        if (element_[name].get(array) != simdjson::SUCCESS) {
            fail(name);
            return;
        }
        for (const Element item : array) {
            visit(item);
        }
    }
    [[nodiscard]] std::optional<Reader> member(const char* name) {
        Element found;
        if (element_[name].get(found) != simdjson::SUCCESS || !found.is_object()) {
            return std::nullopt;
        }
        return Reader(found);
    }
    void fail(std::string_view name) {
        if (problem_.empty()) {
            problem_ = name;
        }
    }
    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] Element element() const { return element_; }

private:
    Element element_;
    std::string problem_;
};

std::unexpected<core::Error> bad(std::string_view field) {
    return core::fail(kBadSpec, {{"field", std::string(field)}, {"expected", "JSON"}});
}

// `read` fills a record from the reader.
template <class Record, class Read>
core::Result<Record> parse(std::string_view json, Read read) {
    simdjson::dom::parser parser;
    Element element;
    if (parser.parse(json.data(), json.size()).get(element) != simdjson::SUCCESS ||
        !element.is_object()) {
        return bad("/");
    }
    Reader reader(element);
    Record record;
    read(reader, record);
    if (!reader.problem().empty()) {
        return bad(reader.problem());
    }
    return record;
}

std::string text_of(Element element) {
    std::string_view view;
    return element.get(view) == simdjson::SUCCESS ? std::string(view) : std::string();
}

void read_map(Reader& reader, const char* name, auto add) {
    const auto member = reader.member(name);
    if (!member) {
        reader.fail(name);
        return;
    }
    for (const auto& [key, value] : simdjson::dom::object(member->element())) {
        add(std::string(key), text_of(value));
    }
}

void read_mount(Reader& parent, Element item, AttemptSpec& spec) {
    Reader reader(item);
    Bind mount;
    reader.text("source", mount.source);
    reader.text("target", mount.target);
    reader.flag("writable", mount.writable);
    if (!reader.problem().empty()) {
        parent.fail("mounts");
    }
    spec.mounts.push_back(std::move(mount));
}

// Only codes of our own table come back: their texts are constants.
std::optional<core::Error> read_problem(Reader& reader) {
    auto member = reader.member("problem");
    if (!member) {
        return std::nullopt;
    }
    std::string name;
    member->text("code", name);
    const auto code = std::ranges::find(kErrors, name, [](const auto* c) { return c->name; });
    std::vector<core::Parameter> parameters;
    read_map(*member, "parameters", [&](const std::string& key, std::string value) {
        // A parameter's name is a view: it must be one that the template itself holds.
        const std::string_view text = code == kErrors.end() ? "" : (*code)->en;
        if (const auto at = text.find("{" + key + "}"); at != text.npos) {
            parameters.push_back({text.substr(at + 1, key.size()), std::move(value)});
        }
    });
    if (code == kErrors.end()) {
        return core::Error(kSystem, {{"action", name}, {"path", "result.json"}, {"reason", name}},
                           {});
    }
    return core::Error(**code, std::move(parameters), {});
}

void read_cgroup(Reader& reader, std::optional<CgroupPlace>& cgroup) {
    auto member = reader.member("cgroup");
    if (!member) {
        return;
    }
    std::int64_t version = 0;
    member->number("version", version);
    CgroupPlace place{version == 1 ? CgroupVersion::V1 : CgroupVersion::V2, {}};
    member->each("folders", [&](Element item) { place.folders.emplace_back(text_of(item)); });
    if (!member->problem().empty() || (version != 1 && version != 2) || place.folders.empty()) {
        reader.fail("cgroup");
    }
    cgroup = std::move(place);
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
    return simdjson::validate_utf8(text.data(), text.size());
}

std::string to_json(const AttemptSpec& spec) {
    Writer environment;
    for (const auto& [name, value] : spec.environment) {
        environment.add_text(name, value);
    }
    Writer limits;
    for (const auto& [name, value] : kLimitFields) {
        limits.add_number(name, spec.limits.*value);
    }
    const auto mounts = array_of(spec.mounts, [](const Bind& mount) {
        return Writer()
            .add_text("source", mount.source)
            .add_text("target", mount.target)
            .add_flag("writable", mount.writable)
            .object();
    });
    return Writer()
        .add_text("attempt", spec.attempt)
        .add("command", array_of(spec.command, quote))
        .add("environment", environment.object())
        .add_text("folder", spec.folder)
        .add("mounts", mounts)
        .add("devices", array_of(spec.devices, quote))
        .add_text("network", spec.network == Network::Host ? "host" : "none")
        .add_text("confinement", kConfinements.at(static_cast<std::size_t>(spec.confinement)))
        .add_text("log_overflow", spec.log_overflow == LogOverflow::Rotate ? "rotate" : "truncate")
        .add_number("user", spec.user)
        .add("limits", limits.object())
        .object();
}

std::string to_json(const AttemptState& state) {
    Writer writer;
    writer.add_text("attempt", state.attempt)
        .add_number("pid", state.supervisor.pid)
        .add_number("start_ticks", state.supervisor.start_ticks)
        .add_text("boot_id", state.supervisor.boot_id)
        .add_number("user", state.user)
        .add_time("started_at", state.started_at);
    if (state.cgroup) {
        const auto folders = array_of(state.cgroup->folders,
                                      [](const auto& folder) { return quote(folder.string()); });
        writer.add("cgroup", Writer()
                                 .add_number("version", static_cast<int>(state.cgroup->version))
                                 .add("folders", folders)
                                 .object());
    }
    return writer.object();
}

std::string to_json(const AttemptResult& result) {
    Writer usage;
    usage.add_number("wall_us", result.usage.wall_us);
    for (const auto& [name, value] : kCounts) {
        usage.add_number(name, result.usage.*value);
    }
    usage.add_number("folder_bytes", result.usage.folder_bytes);
    Writer writer;
    writer.add_text("attempt", result.attempt)
        .add_text("ending", kEndings.at(static_cast<std::size_t>(result.ending)))
        .add_number("exit_code", result.exit_code);
    for (const auto& [name, value] : kFlags) {
        writer.add_flag(name, result.*value);
    }
    if (result.problem) {
        writer.add("problem", to_json(*result.problem));
    }
    return writer.add_time("started_at", result.started_at)
        .add_time("finished_at", result.finished_at)
        .add("usage", usage.object())
        .object();
}

core::Result<AttemptSpec> parse_spec(std::string_view json) {
    return parse<AttemptSpec>(json, [](Reader& reader, AttemptSpec& spec) {
        reader.text("attempt", spec.attempt);
        reader.each("command", [&](Element item) { spec.command.push_back(text_of(item)); });
        read_map(reader, "environment", [&](std::string name, std::string value) {
            spec.environment.emplace(std::move(name), std::move(value));
        });
        reader.text("folder", spec.folder);
        reader.each("mounts", [&](Element item) { read_mount(reader, item, spec); });
        reader.each("devices", [&](Element item) { spec.devices.push_back(text_of(item)); });
        std::string network;
        std::string confinement;
        reader.text("network", network);
        reader.text("confinement", confinement);
        const auto found = std::ranges::find(kConfinements, confinement);
        if ((network != "none" && network != "host") || found == kConfinements.end()) {
            reader.fail("confinement");
        } else {
            spec.confinement = static_cast<Confinement>(found - kConfinements.begin());
        }
        std::string overflow;
        reader.text("log_overflow", overflow);
        spec.log_overflow = overflow == "rotate" ? LogOverflow::Rotate : LogOverflow::Truncate;
        spec.network = network == "host" ? Network::Host : Network::None;
        reader.user(spec.user);
        auto limits = reader.member("limits");
        for (const auto& [name, value] : kLimitFields) {
            limits ? limits->number(name, spec.limits.*value) : reader.fail("limits");
        }
        if (limits && !limits->problem().empty()) {
            reader.fail("limits");
        }
    });
}

core::Result<AttemptState> parse_state(std::string_view json) {
    return parse<AttemptState>(json, [](Reader& reader, AttemptState& state) {
        std::int64_t pid = 0;
        reader.text("attempt", state.attempt);
        reader.number("pid", pid);
        reader.number("start_ticks", state.supervisor.start_ticks);
        reader.text("boot_id", state.supervisor.boot_id);
        reader.user(state.user);
        reader.time("started_at", state.started_at);
        if (pid <= 0 || pid > INT32_MAX) {
            reader.fail("pid");
        }
        state.supervisor.pid = static_cast<pid_t>(pid);
        read_cgroup(reader, state.cgroup);
    });
}

core::Result<AttemptResult> parse_result(std::string_view json) {
    return parse<AttemptResult>(json, [](Reader& reader, AttemptResult& result) {
        std::string ending;
        std::int64_t exit_code = 0;
        reader.text("attempt", result.attempt);
        reader.text("ending", ending);
        const auto found = std::ranges::find(kEndings, ending);
        found == kEndings.end()
            ? reader.fail("ending")
            : static_cast<void>(result.ending = static_cast<Ending>(found - kEndings.begin()));
        reader.number("exit_code", exit_code);
        result.exit_code = static_cast<int>(exit_code);
        for (const auto& [name, value] : kFlags) {
            reader.flag(name, result.*value);
        }
        result.problem = read_problem(reader);
        reader.time("started_at", result.started_at);
        reader.time("finished_at", result.finished_at);
        if (auto usage = reader.member("usage")) {
            usage->number("wall_us", result.usage.wall_us);
            usage->number("folder_bytes", result.usage.folder_bytes);
            for (const auto& [name, value] : kCounts) {
                usage->number(name, result.usage.*value);
            }
        } else {
            reader.fail("usage");
        }
    });
}

}  // namespace kapok::platform::process
