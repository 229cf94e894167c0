#include "platform/process/isolation.h"

#include <algorithm>
#include <array>
#include <csignal>

#include <fmt/format.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/process/cgroup.h"
#include "platform/process/command.h"
#include "platform/process/errors.h"
#include "platform/process/files.h"
#include "platform/process/limits.h"
#include "platform/process/seccomp.h"

namespace kapok::platform::process {
namespace {

constexpr std::array<std::string_view, 7> kFeatureNames{
    "own_users",     "pidfd",      "seccomp",    "user_namespaces",
    "cgroup_memory", "cgroup_cpu", "cgroup_pids"};
constexpr std::array<std::string_view, 4> kLevelNames{"rlimits", "uid", "namespaces", "full"};
constexpr std::array<Feature, 7> kFeatures{
    Feature::OwnUsers,     Feature::Pidfd,     Feature::Seccomp,   Feature::UserNamespaces,
    Feature::CgroupMemory, Feature::CgroupCpu, Feature::CgroupPids};

using Missing = std::optional<core::Error>;

Missing missing(const core::ErrorCode& code, std::vector<core::Parameter> parameters = {}) {
    return core::Error(code, std::move(parameters), {});
}

Missing probe_pidfd() {
    const Descriptor handle(open_pidfd(::getpid()));
    return handle ? Missing() : missing(kNoPidfd);
}

Missing probe_seccomp() {
    constexpr std::uint32_t kAction = SECCOMP_RET_ERRNO;
    const bool known = ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &kAction) == 0;
    return known && seccomp_program() ? Missing() : missing(kNoSeccomp);
}

Descriptor text_file(std::string_view text) {
    Descriptor file(::memfd_create("probe", MFD_CLOEXEC));
    if (::write(file.get(), text.data(), text.size()) != std::ssize(text) ||
        ::lseek(file.get(), 0, SEEK_SET) != 0) {
        file.close();
    }
    return file;
}

// The sandbox that jobs get, around `true`, as a user that jobs have.
Missing probe_sandbox() {
    const auto bubblewrap = find_program("bwrap");
    if (!bubblewrap) {
        return missing(kNoBubblewrap);
    }
    const auto filter = seccomp_file();
    const Descriptor passwd = text_file("");
    const Descriptor status = text_file("");
    const Descriptor words = text_file("");
    if (!filter || !passwd || !status || !words) {
        return missing(kNoUserNamespaces, {{"reason", "memfd"}});
    }
    Sandbox sandbox;
    sandbox.bubblewrap = *bubblewrap;
    sandbox.command = {"/bin/true"};
    sandbox.system = find_system_folders();
    sandbox.folder = "/";
    sandbox.seccomp = filter->get();
    sandbox.status = status.get();
    sandbox.passwd = passwd.get();
    Launch launch;
    launch.arguments = sandbox_arguments(sandbox);
    launch.passed = {sandbox.seccomp, sandbox.status, sandbox.passwd};
    launch.error = words.get();
    launch.new_session = true;
    launch.no_new_privileges = true;
    if (::geteuid() == 0) {
        launch.user = User{kUserEnd, kUserEnd};  // No project has it.
    }
    auto child = Child::start(launch);
    if (!child) {
        return missing(kNoUserNamespaces,
                       {{"reason", core::render(child.error(), core::Language::En)}});
    }
    auto exited = child->wait(kProbeTimeout);
    if (!exited) {
        child->signal(SIGKILL);
        exited = child->wait(kProbeTimeout);
    }
    if (exited && exited->code == 0 && exited->signal == 0) {
        return {};
    }
    std::array<char, 300> text{};
    const ssize_t size = ::pread(words.get(), text.data(), text.size(), 0);
    std::string reason(text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    reason.erase(reason.find_last_not_of('\n') + 1);
    return missing(kNoUserNamespaces, {{"reason", reason}});
}

// A group with this one limit is made, entered by a child and left.
Missing probe_group(const CgroupLayout& layout, std::string_view controller,
                    const CgroupLimits& limits) {
    const std::string name = fmt::format("probe-{}-{}", ::getpid(), controller);
    auto group = Cgroup::create(layout, name, limits);
    if (!group) {
        return group.error();
    }
    Launch launch;
    launch.arguments = {"/bin/true"};
    const auto entrances = (*group)->entrances();
    if (!entrances) {
        return entrances.error();
    }
    for (const Descriptor& entrance : *entrances) {
        launch.cgroups.push_back(entrance.get());
    }
    auto child = Child::start(launch);
    const auto exited = child ? child->wait(kProbeTimeout) : std::nullopt;
    (*group)->kill();
    const auto removed = (*group)->remove();
    if (!child) {
        return child.error();
    }
    if (!exited || exited->code != 0 || !removed) {
        return missing(kNoController, {{"controller", std::string(controller)}});
    }
    return {};
}

std::string bubblewrap_version() {
    const auto ran = run_command({.arguments = {"bwrap", "--version"}});
    if (!ran || !ran->succeeded()) {
        return {};
    }
    return ran->output.substr(0, ran->output.find('\n'));
}

}  // namespace

std::string_view to_text(Feature feature) noexcept {
    return kFeatureNames[static_cast<std::size_t>(feature)];
}

std::string_view to_text(IsolationLevel level) noexcept {
    return kLevelNames[static_cast<std::size_t>(level)];
}

bool Isolation::has(Feature feature) const {
    const auto found = std::ranges::find(features, feature, &FeatureState::feature);
    return found != features.end() && !found->missing;
}

IsolationLevel Isolation::level() const {
    if (std::ranges::all_of(kFeatures, [&](Feature feature) { return has(feature); })) {
        return IsolationLevel::Full;
    }
    if (has(Feature::UserNamespaces) && has(Feature::Seccomp)) {
        return IsolationLevel::Namespaces;
    }
    return has(Feature::OwnUsers) ? IsolationLevel::Uid : IsolationLevel::Rlimits;
}

Confinement Isolation::confinement() const {
    if (level() == IsolationLevel::Full) {
        return Confinement::Full;
    }
    return has(Feature::UserNamespaces) ? Confinement::Namespaces : Confinement::Plain;
}

core::Result<void> Isolation::accepts_foreign_jobs() const {
    std::string names;
    for (const Feature feature : kFeatures) {
        if (!has(feature)) {
            names += fmt::format("{}{}", names.empty() ? "" : ", ", to_text(feature));
        }
    }
    if (!names.empty()) {
        return core::fail(kIsolationMissing, {{"features", names}});
    }
    return {};
}

Isolation probe_isolation() {
    Isolation isolation;
    const auto add = [&](Feature feature, Missing state) {
        isolation.features.push_back({feature, std::move(state)});
    };
    add(Feature::OwnUsers, ::geteuid() == 0 ? Missing() : missing(kNoOwnUsers));
    add(Feature::Pidfd, probe_pidfd());
    add(Feature::Seccomp, probe_seccomp());
    add(Feature::UserNamespaces, probe_sandbox());
    const auto layout = detect_cgroups();
    const auto group = [&](std::string_view controller, const CgroupLimits& limits) {
        return layout ? probe_group(*layout, controller, limits) : missing(kNoCgroups);
    };
    constexpr std::int64_t kProbeMemory = 67'108'864;
    add(Feature::CgroupMemory, group("memory", {.memory_bytes_max = kProbeMemory}));
    add(Feature::CgroupCpu, group("cpu", {.cpu_milli = 1'000}));
    add(Feature::CgroupPids, group("pids", {.pids_max = 16}));
    if (layout) {
        isolation.cgroup_version = layout->version == CgroupVersion::V1 ? "v1" : "v2";
    }
    isolation.bubblewrap_version = bubblewrap_version();
    return isolation;
}

}  // namespace kapok::platform::process
