#include "app/settings.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include <unistd.h>

#include "app/errors.h"
#include "identity/limits.h"
#include "identity/lockout.h"
#include "models/gateway/gateway.h"
#include "models/limits.h"
#include "platform/http/limits.h"
#include "platform/log/log.h"

namespace kapok::app {
namespace {

using platform::config::Kind;
using platform::config::Setting;
using Texts = std::map<std::string, std::string, std::less<>>;

// A number as the text that a flag would have, so that the default of a setting is the constant
// that the module has.
template <std::int64_t N>
struct Digits {
    static constexpr std::size_t kSize = [] {
        std::size_t size = 1;
        for (std::int64_t rest = N / 10; rest > 0; rest /= 10) {
            ++size;
        }
        return size;
    }();
    static constexpr std::array<char, kSize> kText = [] {
        std::array<char, kSize> text{};
        std::int64_t rest = N;
        for (std::size_t i = kSize; i > 0; --i, rest /= 10) {
            text.at(i - 1) = static_cast<char>('0' + rest % 10);
        }
        return text;
    }();
};
template <std::int64_t N>
constexpr std::string_view kDigits{Digits<N>::kText.data(), Digits<N>::kSize};

constexpr std::int64_t seconds_of(std::chrono::microseconds time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

constexpr std::array<std::string_view, 2> kSuites{"intl", "sm"};

// An empty data folder stands for default_data_folder(), which depends on who runs the program.
constexpr std::array kSettings{
    Setting{.name = "data.folder",
            .kind = Kind::Text,
            .fallback = "",
            .en = "Where state is kept; empty: /var/lib/kapok as root, else ~/.local/share/kapok",
            .zh = "数据目录；为空时 root 用 /var/lib/kapok，其他用户用 ~/.local/share/kapok"},
    Setting{
        .name = "objects.folder",
        .kind = Kind::Text,
        .fallback = "",
        .en = "Where files, artifacts and weights are kept; servers that share a database share "
              "it too; empty: objects in the data folder",
        .zh =
            "文件、制品与权重的存放目录；共用数据库的多台服务器须共用此目录；为空时为数据目录下的 "
            "objects"},
    Setting{.name = "database.url",
            .kind = Kind::Text,
            .fallback = "",
            .en = "postgres://… or sqlite:FILE; empty: kapok.db in the data folder",
            .zh = "postgres://… 或 sqlite:文件；为空时为数据目录中的 kapok.db"},
    Setting{
        .name = "database.copies_kept",
        .kind = Kind::Integer,
        .fallback = "3",
        .min = 0,
        .max = 100,
        .unit = "copy",
        .en = "Copies of a SQLite database that stay of those made before migrations; 0: make none",
        .zh = "SQLite 数据库迁移前自动副本的保留份数；0 为不制作"},
    Setting{.name = "database.readers",
            .kind = Kind::Integer,
            .fallback = "4",
            .min = 1,
            .max = 64,
            .unit = "connection",
            .en = "Connections of the read pool",
            .zh = "读连接池的连接数"},
    Setting{.name = "database.queue_max",
            .kind = Kind::Integer,
            .fallback = "10000",
            .min = 10,
            .max = 1'000'000,
            .unit = "command",
            .en = "Changes that may wait for the writer; more get 503",
            .zh = "等待写入的变更上限，超出则返回 503"},
    Setting{.name = "database.group_max",
            .kind = Kind::Integer,
            .fallback = "1000",
            .min = 1,
            .max = 10'000,
            .unit = "command",
            .en = "Changes in one commit",
            .zh = "一次提交的变更数上限"},
    Setting{.name = "database.group_us",
            .kind = Kind::Integer,
            .fallback = "2000",
            .min = 0,
            .max = 1'000'000,
            .unit = "us",
            .en = "A group commits after this time",
            .zh = "一组变更的最长等待时间"},
    Setting{.name = "server.host",
            .kind = Kind::Text,
            .fallback = "127.0.0.1",
            .en = "Address of the public listener; others than loopback need TLS",
            .zh = "公共监听地址；非回环地址须启用 TLS"},
    Setting{.name = "server.port",
            .kind = Kind::Integer,
            .fallback = "8420",
            .min = 0,
            .max = 65'535,
            .unit = "port",
            .en = "Port of console, API and gateway; 0: a free one",
            .zh = "控制台、API 与网关的端口；0 为任选空闲端口"},
    Setting{.name = "server.threads",
            .kind = Kind::Integer,
            .fallback = "2",
            .min = 1,
            .max = 256,
            .unit = "thread",
            .en = "Threads that serve requests",
            .zh = "处理请求的线程数"},
    Setting{.name = "server.tls_certificate",
            .kind = Kind::Text,
            .fallback = "",
            .en = "PEM file with the certificate chain",
            .zh = "证书链 PEM 文件"},
    Setting{.name = "server.tls_key",
            .kind = Kind::Text,
            .fallback = "",
            .en = "PEM file with its private key",
            .zh = "私钥 PEM 文件"},
    Setting{
        .name = "server.proxies",
        .kind = Kind::Text,
        .fallback = "",
        .en = "Addresses of proxies in front, split at commas: their X-Forwarded-For is believed, "
              "in sign-in limits, sessions and the log",
        .zh = "前置代理的地址，以逗号分隔；登录限制、会话与日志采信其 X-Forwarded-For"},
    Setting{.name = "server.proxy_tls",
            .kind = Kind::Boolean,
            .fallback = "false",
            .en = "A proxy in front speaks TLS to browsers: the session's cookie is for TLS only",
            .zh = "前置代理对浏览器启用 TLS：会话 Cookie 仅限 TLS"},
    Setting{.name = "server.connections_max",
            .kind = Kind::Integer,
            .fallback = "4096",
            .min = 1,
            .max = 1'000'000,
            .unit = "connection",
            .en = "Open connections",
            .zh = "连接数上限"},
    Setting{.name = "server.header_bytes_max",
            .kind = Kind::Integer,
            .fallback = kDigits<platform::http::kHeaderBytesMax>,
            .min = 1'024,
            .max = 1'048'576,
            .unit = "byte",
            .en = "Bytes of a request's header",
            .zh = "请求头字节数上限"},
    Setting{.name = "server.idle_ms",
            .kind = Kind::Integer,
            .fallback = "75000",
            .min = 1'000,
            .max = 3'600'000,
            .unit = "ms",
            .en = "A connection may idle between requests",
            .zh = "连接空闲时限"},
    Setting{.name = "server.header_ms",
            .kind = Kind::Integer,
            .fallback = "15000",
            .min = 100,
            .max = 600'000,
            .unit = "ms",
            .en = "A request's header may take",
            .zh = "接收请求头的时限"},
    Setting{.name = "server.body_ms",
            .kind = Kind::Integer,
            .fallback = "60000",
            .min = 100,
            .max = 3'600'000,
            .unit = "ms",
            .en = "A request's body may take",
            .zh = "接收请求体的时限"},
    Setting{.name = "server.write_ms",
            .kind = Kind::Integer,
            .fallback = "30000",
            .min = 100,
            .max = 3'600'000,
            .unit = "ms",
            .en = "A piece of an answer may take to leave",
            .zh = "发送一段应答的时限"},
    Setting{.name = "server.drain_ms",
            .kind = Kind::Integer,
            .fallback = "10000",
            .min = 0,
            .max = 600'000,
            .unit = "ms",
            .en = "Requests under way may finish at the end",
            .zh = "停止时等待进行中请求的时限"},
    Setting{.name = "agents.host",
            .kind = Kind::Text,
            .fallback = "127.0.0.1",
            .en = "Address that agents connect to; always mutual TLS",
            .zh = "代理接入的监听地址；始终使用双向 TLS"},
    Setting{.name = "agents.port",
            .kind = Kind::Integer,
            .fallback = "8421",
            .min = 0,
            .max = 65'535,
            .unit = "port",
            .en = "Port that agents connect to; 0: a free one",
            .zh = "代理接入端口；0 为任选空闲端口"},
    Setting{.name = "agents.url",
            .kind = Kind::Text,
            .fallback = "",
            .en = "How agents reach that listener, if a proxy or a name stands before it; empty: "
                  "https://HOST:PORT",
            .zh = "代理访问该监听的地址（前有代理或域名时填写）；为空时为 https://地址:端口"},
    Setting{.name = "agents.local",
            .kind = Kind::Boolean,
            .fallback = "false",
            .en = "Keep the agent of this host running, once it has joined (DATA/agent)",
            .zh = "本机代理入网后由服务端保持运行（目录 DATA/agent）"},
    Setting{.name = "compute.core_hour_price",
            .kind = Kind::Text,
            .fallback = "0.12",
            .en = "CNY for an hour of a standard core: what a node's product starts with",
            .zh = "标准核每小时价格（人民币），为节点产品的初始价格"},
    Setting{.name = "compute.card_hour_price",
            .kind = Kind::Text,
            .fallback = "8",
            .en = "CNY for an hour of a card: what a node's product starts with",
            .zh = "加速卡每小时价格（人民币），为节点产品的初始价格"},
    Setting{.name = "compute.log_days",
            .kind = Kind::Integer,
            .fallback = "90",
            .min = 0,
            .max = 36'500,
            .unit = "day",
            .en = "How long a job's log is kept after its attempt's end; 0: for ever",
            .zh = "作业日志在该次运行结束后保留的天数；0 为永久"},
    Setting{.name = "log.level",
            .kind = Kind::Text,
            .fallback = "info",
            .choices = platform::log::kLevelNames,
            .en = "What is written to the log: this and what is graver",
            .zh = "写入日志的最低级别"},
    Setting{.name = "identity.session_idle_s",
            .kind = Kind::Integer,
            .fallback = kDigits<seconds_of(identity::kSessionIdle)>,
            .min = 60,
            .max = 2'592'000,
            .unit = "s",
            .en = "A session may idle",
            .zh = "会话空闲时限"},
    Setting{.name = "identity.session_total_s",
            .kind = Kind::Integer,
            .fallback = kDigits<seconds_of(identity::kSessionAbsolute)>,
            .min = 60,
            .max = 31'536'000,
            .unit = "s",
            .en = "A session lasts at most",
            .zh = "会话最长时限"},
    Setting{.name = "identity.user_attempts_free",
            .kind = Kind::Integer,
            .fallback = kDigits<identity::kAccountLockout.free_attempts>,
            .min = 1,
            .max = 1'000,
            .unit = "attempt",
            .en = "Wrong passwords of one user before the next one must wait",
            .zh = "同一用户可连续输错密码的次数，此后须等待"},
    Setting{.name = "identity.address_attempts_free",
            .kind = Kind::Integer,
            .fallback = kDigits<identity::kPeerLockout.free_attempts>,
            .min = 1,
            .max = 100'000,
            .unit = "attempt",
            .en = "Wrong passwords from one group of addresses before the next one must wait",
            .zh = "同一地址段可连续输错密码的次数，此后须等待"},
    Setting{.name = "identity.sign_in_wait_max_s",
            .kind = Kind::Integer,
            .fallback = kDigits<seconds_of(identity::kAccountLockout.longest_wait)>,
            .min = 1,
            .max = 86'400,
            .unit = "s",
            .en = "The wait after wrong passwords doubles up to this",
            .zh = "输错密码后的等待时间逐次加倍，以此为上限"},
    Setting{.name = "identity.environment",
            .kind = Kind::Text,
            .fallback = "live",
            .en = "Stands in API keys: kpk_live_…",
            .zh = "密钥中的环境名：kpk_live_…"},
    Setting{.name = "models.batch_concurrency",
            .kind = Kind::Integer,
            .fallback = "2",
            .min = 1,
            .max = 1'000,
            .unit = "call",
            .en = "Calls of batches under way at once, beside live ones",
            .zh = "批处理同时进行的调用数（不含实时调用）"},
    Setting{.name = "models.private_networks",
            .kind = Kind::Boolean,
            .fallback = "false",
            .en =
                "Providers may name addresses in private networks too, to import weights from and "
                "to deploy by; operators of the platform always may",
            .zh = "供应方亦可填写内网地址（权重导入来源、按地址部署）；平台运营方始终可以"},
    Setting{.name = "models.imports_at_once",
            .kind = Kind::Integer,
            .fallback = kDigits<models::kImportsAtOnce>,
            .min = 1,
            .max = 64,
            .unit = "import",
            .en = "Imports of weights under way at once on this server",
            .zh = "本服务同时进行的权重导入数"},
    Setting{.name = "models.upstream_idle_s",
            .kind = Kind::Integer,
            .fallback = kDigits<seconds_of(models::kUpstreamIdle)>,
            .min = 1,
            .max = 86'400,
            .unit = "s",
            .en = "An upstream may be silent within a call; a long prompt is until its first token",
            .zh = "调用中上游无数据的时限；长提示在首个词元前没有数据"},
    Setting{.name = "models.restart_patience_s",
            .kind = Kind::Integer,
            .fallback = kDigits<seconds_of(models::kRestartPatience)>,
            .min = 0,
            .max = 3'600,
            .unit = "s",
            .en = "A call waits for an engine that is started again",
            .zh = "调用等待引擎重新启动的时限"},
    Setting{
        .name = "models.hub_url",
        .kind = Kind::Text,
        .fallback = "",
        .en = "Address of a model hub for imports such as hub:OWNER/NAME:FILE, with {repo}, "
              "{revision} and {file} where these belong; without them the layout is "
              "ADDRESS/{repo}/resolve/{revision}/{file}",
        .zh = "模型库地址，用于 hub:所有者/名称:文件 形式的导入；可在相应位置写 {repo}、{revision} "
              "和 {file}，否则按 地址/{repo}/resolve/{revision}/{file} 取文件"},
    Setting{.name = "crypto.suite",
            .kind = Kind::Text,
            .fallback = "intl",
            .choices = kSuites,
            .en = "Signatures and digests: intl (Ed25519, SHA-256) or sm (SM2, SM3)",
            .zh = "签名与摘要：intl（Ed25519、SHA-256）或 sm（SM2、SM3）"},
    Setting{.name = "crypto.master_key_file",
            .kind = Kind::Text,
            .fallback = "",
            .en = "The master key; empty: keys/master in the data folder",
            .zh = "主密钥文件；为空时为数据目录中的 keys/master"},
};

std::optional<std::string> environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Texts whole_environment() {
    Texts variables;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const auto equals = std::min(text.find('='), text.size());
        // Of a name that stands there twice getenv() gives the first.
        variables.emplace(text.substr(0, equals), text.substr(std::min(equals + 1, text.size())));
    }
    return variables;
}

std::optional<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return std::nullopt;
    }
    return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

std::span<const Setting> settings() {
    return kSettings;
}

std::string default_data_folder() {
    if (::geteuid() == 0) {
        return "/var/lib/kapok";
    }
    return environment("HOME").value_or("/tmp") + "/.local/share/kapok";
}

core::Result<platform::config::Config> load_config(
    std::map<std::string, std::string, std::less<>> flags) {
    platform::config::Inputs inputs;
    inputs.settings = kSettings;
    inputs.environment = whole_environment();
    const auto named = flags.find("config");
    const std::optional<std::string> wanted =
        named != flags.end() ? std::optional(named->second) : environment("KAPOK_CONFIG");
    if (named != flags.end()) {
        flags.erase(named);
    }
    const auto folder = flags.find("data.folder");
    inputs.file_name = wanted.value_or(
        (folder == flags.end() ? default_data_folder() : folder->second) + "/kapok.toml");
    const auto text = read_file(inputs.file_name);
    if (!text && wanted) {
        return core::fail(kNoFile, {{"file", *wanted}});
    }
    inputs.file_text = text.value_or("");
    inputs.flags = std::move(flags);
    return platform::config::Config::load(inputs);
}

}  // namespace kapok::app
