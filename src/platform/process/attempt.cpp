#include "platform/process/attempt.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include <sys/stat.h>

#include "platform/process/errors.h"
#include "platform/process/files.h"
#include "platform/process/limits.h"

namespace kapok::platform::process {
namespace {

namespace fs = std::filesystem;

// What the sandbox itself puts there, and /tmp, which is private.
constexpr std::array<std::string_view, 12> kReserved{"/usr",   "/bin",   "/sbin",   "/lib",
                                                     "/lib32", "/lib64", "/libx32", "/etc",
                                                     "/proc",  "/dev",   "/sys",    "/tmp"};

std::unexpected<core::Error> bad(std::string_view field, std::string_view expected) {
    return core::fail(kBadSpec,
                      {{"field", std::string(field)}, {"expected", std::string(expected)}});
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= kAttemptNameBytesMax &&
           std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-';
           });
}

bool is_text(std::string_view text) {
    return text.find('\0') == text.npos && is_utf8(text);
}

// One way to write each path: absolute, without empty parts, "." and "..".
bool is_plain_path(const std::string& text) {
    const fs::path path(text);
    return is_text(text) && path.is_absolute() && text.size() > 1 && !text.ends_with('/') &&
           path.lexically_normal().native() == text;
}

bool is_below(std::string_view path, std::string_view folder) {
    return path == folder || (path.starts_with(folder) && path[folder.size()] == '/');
}

core::Result<void> check_mounts(const AttemptSpec& spec) {
    if (spec.mounts.size() > kMountsMax || spec.devices.size() > kMountsMax) {
        return bad("mounts", "<= " + std::to_string(kMountsMax));
    }
    std::set<std::string> targets{std::string(kJobFolder)};
    for (const Bind& mount : spec.mounts) {
        if (!is_plain_path(mount.source)) {
            return bad("mounts.source", "/absolute/path");
        }
        if (spec.confinement == Confinement::Plain && mount.source != mount.target) {
            return bad("mounts.target", "= mounts.source");  // Nothing can be mounted there.
        }
        const bool reserved = std::ranges::any_of(
            kReserved, [&](std::string_view folder) { return is_below(mount.target, folder); });
        if (!is_plain_path(mount.target) || reserved || !targets.insert(mount.target).second) {
            return bad("mounts.target",
                       "/absolute/path, != /usr /etc /proc /dev /sys /tmp /workspace");
        }
    }
    for (const std::string& device : spec.devices) {
        if (!is_plain_path(device) || !device.starts_with("/dev/")) {
            return bad("devices", "/dev/…");
        }
    }
    return {};
}

core::Result<void> check_environment(const AttemptSpec& spec) {
    for (const auto& [name, value] : spec.environment) {
        const bool plain = !name.empty() && (name.front() < '0' || name.front() > '9') &&
                           std::ranges::all_of(name, [](char c) {
                               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                      (c >= '0' && c <= '9') || c == '_';
                           });
        if (!plain || !is_text(value)) {
            return bad("environment", "[A-Za-z_][A-Za-z0-9_]*=…");
        }
    }
    return {};
}

core::Result<void> check_limits(const AttemptLimits& limits) {
    const std::pair<std::string_view, std::int64_t> values[] = {
        {"limits.memory_bytes_max", limits.memory_bytes_max},
        {"limits.cpu_milli", limits.cpu_milli},
        {"limits.pids_max", limits.pids_max},
        {"limits.wall_ms_max", limits.wall_ms_max},
        {"limits.file_bytes_max", limits.file_bytes_max},
        {"limits.log_bytes_max", limits.log_bytes_max},
        {"limits.folder_bytes_max", limits.folder_bytes_max},
        {"limits.folder_entries_max", limits.folder_entries_max},
        {"limits.open_files_max", limits.open_files_max},
        {"limits.temporary_bytes_max", limits.temporary_bytes_max},
        {"limits.grace_ms", limits.grace_ms}};
    for (const auto& [name, value] : values) {
        if (value < 0 || value > INT64_MAX / 2) {
            return bad(name, ">= 0");
        }
    }
    return {};
}

template <class Record>
core::Result<std::optional<Record>> read_record(const fs::path& file,
                                                core::Result<Record> (*parse)(std::string_view)) {
    const auto text = read_text(file, kRecordBytesMax);
    if (!text) {
        if (text.error().code() == kNoSuchFile) {
            return std::nullopt;
        }
        return std::unexpected(text.error());
    }
    auto record = parse(*text);
    if (!record) {
        return core::fail(kBadRecord,
                          {{"path", file.string()},
                           {"reason", core::render(record.error(), core::Language::En)}});
    }
    return std::optional<Record>(std::move(*record));
}

}  // namespace

core::Result<void> check(const AttemptSpec& spec) {
    if (!is_name(spec.attempt)) {
        return bad("attempt", "[A-Za-z0-9_-]{1,64}");
    }
    if (spec.command.empty() || spec.command.front().empty() ||
        spec.command.size() > kArgumentsMax || !std::ranges::all_of(spec.command, is_text)) {
        return bad("command", "[program, argument, …]");
    }
    if (!is_plain_path(spec.folder)) {
        return bad("folder", "/absolute/path");
    }
    constexpr std::uint32_t kNobody = 65'534;
    if (spec.user && (*spec.user == 0 || *spec.user == kNobody || *spec.user == UINT32_MAX)) {
        return bad("user", "!= 0, != 65534");
    }
    auto checked = check_mounts(spec);
    if (checked) {
        checked = check_environment(spec);
    }
    return checked ? check_limits(spec.limits) : checked;
}

core::Result<void> make_attempt_folder(const fs::path& folder) {
    for (const fs::path& path : {folder, folder / kWorkFolder}) {
        if (::mkdir(path.c_str(), 0700) != 0) {
            return system_error("mkdir", path.string());
        }
    }
    return {};
}

core::Result<void> write_spec(const fs::path& folder, const AttemptSpec& spec) {
    if (auto checked = check(spec); !checked) {
        return checked;
    }
    return write_durably(folder, kSpecFile, to_json(spec));
}

core::Result<AttemptSpec> read_spec(const fs::path& folder) {
    auto record = read_record(folder / kSpecFile, parse_spec);
    if (!record) {
        return std::unexpected(record.error());
    }
    std::optional<AttemptSpec>& spec = *record;
    if (!spec) {
        return core::fail(kNoSuchFile, {{"name", (folder / kSpecFile).string()}});
    }
    if (auto checked = check(*spec); !checked) {
        return std::unexpected(checked.error());
    }
    return std::move(*spec);
}

core::Result<std::optional<AttemptState>> read_state(const fs::path& folder) {
    return read_record(folder / kStateFile, parse_state);
}

core::Result<std::optional<AttemptResult>> read_result(const fs::path& folder) {
    return read_record(folder / kResultFile, parse_result);
}

}  // namespace kapok::platform::process
