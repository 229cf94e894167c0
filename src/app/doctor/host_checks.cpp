#include "app/doctor/host_checks.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "app/doctor/limits.h"
#include "core/timestamp.h"
#include "platform/crypto/certificates.h"
#include "platform/crypto/master_key.h"
#include "platform/process/descriptor.h"
#include "platform/process/isolation.h"
#include "platform/process/spawn.h"

namespace kapok::app::doctor {
namespace {

namespace crypto = platform::crypto;
namespace fs = std::filesystem;

using platform::config::Config;
using platform::process::Descriptor;

std::string gib(std::uintmax_t bytes) {
    return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / (1U << 30U));
}

void check_space(Findings& findings, const fs::path& data) {
    struct statvfs disk{};
    if (::statvfs(data.c_str(), &disk) != 0) {
        findings.fail("disk space", both(std::strerror(errno)), {});
        return;
    }
    const std::uintmax_t free = std::uintmax_t{disk.f_bavail} * disk.f_frsize;
    const Text found{gib(free) + " free", "可用 " + gib(free)};
    const Text remedy{"make room, or move the data folder to a larger disk",
                      "请清理空间，或将数据目录移至更大的磁盘"};
    if (free < kFreeBytesWarn) {
        findings.add("disk space", free < kFreeBytesFail ? Health::Fail : Health::Warn, found,
                     remedy);
    } else if (disk.f_files > 0 && disk.f_favail < kFreeFilesWarn) {
        findings.warn("disk space",
                      {fmt::format("room for {} files", disk.f_favail),
                       fmt::format("还可容纳 {} 个文件", disk.f_favail)},
                      {"remove small files, or use a file system with more inodes",
                       "请清理小文件，或改用 inode 更多的文件系统"});
    } else {
        findings.ok("disk space", found);
    }
}

// The median of a few small durable writes: what each commit waits for.
void check_sync(Findings& findings, const fs::path& data) {
    using Clock = std::chrono::steady_clock;
    std::string name = (data / ".doctor-XXXXXX").string();
    const Descriptor file(::mkostemp(name.data(), O_CLOEXEC));
    if (!file) {
        findings.fail(
            "data writable", both(std::strerror(errno)),
            {"give the folder to the user that runs the server: chown -R USER " + data.string(),
             "请将目录交给运行服务的用户：chown -R 用户 " + data.string()});
        return;
    }
    const std::string block(4'096, 'k');
    std::vector<Clock::duration> times;
    bool written = true;
    for (int i = 0; i < kSyncs && written; ++i) {
        const auto begun = Clock::now();
        written = ::write(file.get(), block.data(), block.size()) > 0 && ::fsync(file.get()) == 0;
        times.push_back(Clock::now() - begun);
    }
    const int reason = errno;
    ::unlink(name.c_str());
    if (!written) {
        findings.fail("data writable", both(std::strerror(reason)),
                      {"look at the disk: it takes no more data", "请检查磁盘：已无法写入数据"});
        return;
    }
    std::ranges::sort(times);
    const auto median = times.at(times.size() / 2);
    const std::string text =
        fmt::format("{:.1f} ms", std::chrono::duration<double, std::milli>(median).count());
    const Text found{"a durable write takes " + text, "一次落盘写入耗时 " + text};
    const Text remedy{"use a local SSD: every change waits for one durable write",
                      "请使用本地固态盘：每次变更都要等待一次落盘写入"};
    const Health health = median >= kSyncFail   ? Health::Fail
                          : median >= kSyncWarn ? Health::Warn
                                                : Health::Ok;
    findings.add("disk speed", health, found, health == Health::Ok ? Text{} : remedy);
}

struct Listener {
    std::string host;
    std::string port;
};

// Whether somebody else listens there.
bool is_taken(const Listener& listener) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(listener.host.c_str(), listener.port.c_str(), &wanted, &found) != 0) {
        return false;
    }
    const Descriptor socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int yes = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const bool taken =
        ::bind(socket.get(), found->ai_addr, found->ai_addrlen) != 0 && errno == EADDRINUSE;
    ::freeaddrinfo(found);
    return taken;
}

}  // namespace

void check_disk(Findings& findings, const fs::path& data) {
    check_space(findings, data);
    check_sync(findings, data);
}

void check_clock(Findings& findings) {
    timex state{};
    const bool synchronized = ::adjtimex(&state) != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
    if (synchronized) {
        findings.ok("clock", {"kept by a time service", "由校时服务保持同步"});
        return;
    }
    findings.warn("clock", {"the kernel knows of no time service", "内核未发现校时服务"},
                  {"run chrony or systemd-timesyncd; in a container the host does it",
                   "请运行 chrony 或 systemd-timesyncd；容器内由宿主机负责"});
}

void check_keys(Findings& findings, const Config& config, const fs::path& data) {
    const std::string& named = config.text("crypto.master_key_file");
    const fs::path file = named.empty() ? data / "keys" / "master.key" : fs::path(named);
    if (!fs::exists(file)) {
        findings.add("master key", named.empty() ? Health::Warn : Health::Fail,
                     {file.string() + " is not there", file.string() + " 不存在"},
                     {"a first start makes it; after one, restore it from its copy",
                      "首次启动时自动生成；若曾启动过，请从副本恢复"});
        return;
    }
    if (const auto loaded = crypto::MasterKey::load(file); !loaded) {
        findings.fail("master key", loaded.error(),
                      {"chown and chmod 600 it, or restore it from its copy",
                       "请修正属主并 chmod 600，或从副本恢复"});
        return;
    }
    struct stat folder{};
    if (::stat((data / "keys").c_str(), &folder) == 0 && (folder.st_mode & 077U) != 0) {
        findings.fail("master key", {"others can look into its folder", "其他用户可进入其目录"},
                      both("chmod 700 " + (data / "keys").string()));
        return;
    }
    findings.ok("master key", {"whole, and only its owner reads it", "完整，且仅属主可读"});
}

void check_ports(Findings& findings, const Config& config, bool serving) {
    for (const std::string name : {"server", "agents"}) {
        const Listener listener{config.text(name + ".host"),
                                std::to_string(config.integer(name + ".port"))};
        const std::string check = name + " port";
        const std::string place = listener.host + ":" + listener.port;
        if (listener.port == "0") {
            findings.ok(check, {"any free one", "任选空闲端口"});
        } else if (serving) {
            findings.ok(check, {place + ", the server's", place + "，由服务端使用"});
        } else if (is_taken(listener)) {
            findings.fail(check,
                          {place + " is taken by another program", place + " 被其他程序占用"},
                          {fmt::format("stop that program (ss -ltnp), or set {}.port", name),
                           fmt::format("请停止该程序（ss -ltnp 查看），或设置 {}.port", name)});
        } else {
            findings.ok(check, {place + " is free", place + " 空闲"});
        }
    }
}

void check_expiry(Findings& findings, const Expiry& expiry) {
    const std::string time = core::to_rfc3339(expiry.until).substr(0, 16) + "Z";
    const bool ended = expiry.now >= expiry.until;
    const Health health = ended                                      ? Health::Fail
                          : expiry.now + expiry.soon >= expiry.until ? Health::Warn
                                                                     : Health::Ok;
    const Text found = ended ? Text{"ended " + time, "已于 " + time + " 失效"}
                             : Text{"valid until " + time, "有效期至 " + time};
    findings.add(expiry.check, health, found, health == Health::Ok ? Text{} : expiry.remedy);
}

void check_tls(Findings& findings, const Config& config, core::Timestamp now) {
    const std::string& file = config.text("server.tls_certificate");
    const std::string& key = config.text("server.tls_key");
    if (file.empty() && key.empty()) {
        findings.ok("TLS certificate",
                    {"none: plain HTTP, on this host only", "未设置：仅限本机明文访问"});
        return;
    }
    std::ifstream in(file, std::ios::binary);
    const std::string pem(std::istreambuf_iterator<char>(in), {});
    const auto certificate = crypto::parse_certificate(pem);
    if (!certificate) {
        findings.fail("TLS certificate", certificate.error(),
                      {"set server.tls_certificate to a readable PEM file",
                       "请将 server.tls_certificate 设为可读的 PEM 文件"});
        return;
    }
    check_expiry(findings, {"TLS certificate",
                            certificate->not_after,
                            now,
                            kCertificateSoon,
                            {"renew it and restart the server", "请更新证书并重启服务"}});
    struct stat status{};
    if (::stat(key.c_str(), &status) != 0) {
        findings.fail(
            "TLS key", {key + " cannot be read", "无法读取 " + key},
            {"set server.tls_key to its PEM file", "请将 server.tls_key 设为其 PEM 文件"});
    } else if ((status.st_mode & 007U) != 0) {
        findings.fail("TLS key", {"others may read " + key, "其他用户可读取 " + key},
                      both("chmod o-rwx " + key));
    }
}

void check_engine(Findings& findings) {
    const char* named = std::getenv("KAPOK_ENGINE");
    const auto found = platform::process::find_program(named != nullptr ? named : "llama-server");
    if (found) {
        findings.ok("engine", both(*found));
        return;
    }
    findings.warn(
        "engine",
        {"no llama-server in PATH or KAPOK_ENGINE", "PATH 与 KAPOK_ENGINE 中没有 llama-server"},
        {"`tools/engine` builds one; not needed where models are served elsewhere",
         "可用 tools/engine 构建；模型由其他主机提供服务时无需"});
}

void check_isolation(Findings& findings) {
    const auto isolation = platform::process::probe_isolation();
    for (const auto& state : isolation.features) {
        const std::string check =
            fmt::format("isolation: {}", platform::process::to_text(state.feature));
        if (!state.missing) {
            findings.ok(check, {"works", "可用"});
            continue;
        }
        findings.warn(check,
                      {core::render(*state.missing, core::Language::En),
                       core::render(*state.missing, core::Language::Zh)},
                      {"without it only the node operator's own jobs run here",
                       "缺少它时本机只运行节点运营者自己的作业"});
    }
}

}  // namespace kapok::app::doctor
