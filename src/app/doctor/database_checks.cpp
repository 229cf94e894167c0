#include "app/doctor/database_checks.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "app/backup/proof.h"
#include "app/doctor/host_checks.h"
#include "app/doctor/limits.h"
#include "app/server/foundation.h"
#include "audit/errors.h"
#include "audit/event_log.h"
#include "audit/tiles.h"
#include "core/timestamp.h"
#include "identity/store.h"
#include "ledger/ledger_store.h"
#include "models/models_store.h"
#include "platform/crypto/master_key.h"
#include "platform/db/copy.h"

namespace kapok::app::doctor {
namespace {

namespace crypto = platform::crypto;
namespace db = platform::db;
namespace fs = std::filesystem;

using core::Result;

const Text kRestore{"stop the server and restore a backup: `kapok admin restore`",
                    "请停止服务并恢复备份：`kapok admin restore`"};

class DatabaseDoctor {
public:
    DatabaseDoctor(Findings& findings, db::Database& database, const fs::path& data,
                   core::Timestamp now)
        : findings_(findings), database_(database), data_(data), now_(now) {}

    // False if the tables are not those that the other checks know.
    bool check_schema() {
        const auto found = database_.read_blocking(
            [this](db::Reader& reader) { return db::find_schema(reader, database_.backend()); });
        if (!found) {
            findings_.fail("database", found.error(), {});
            return false;
        }
        const auto& schema = *found;
        if (!schema) {
            findings_.warn("database", {"has no tables yet", "尚无数据表"},
                           {"a first start makes them", "首次启动时自动建立"});
            return false;
        }
        const db::Schema known = db::schema_of(all_migrations());
        int missing = 0;
        for (const auto& [module, number] : known) {
            const auto there = schema->find(module);
            missing += number - (there == schema->end() ? 0 : there->second);
        }
        for (const auto& [module, number] : *schema) {
            const auto mine = known.find(module);
            if (mine == known.end() || number > mine->second) {
                findings_.fail("database",
                               {fmt::format("{} {} is newer than this program", module, number),
                                fmt::format("{} {} 比本程序更新", module, number)},
                               {"use the program that made it, or a newer one",
                                "请使用生成它的程序或更新的程序"});
                return false;
            }
        }
        if (missing > 0) {
            findings_.warn("database",
                           {fmt::format("{} migrations behind this program", missing),
                            fmt::format("比本程序少 {} 次迁移", missing)},
                           {"the next start of the server applies them, after a copy",
                            "服务下次启动时先备份再执行"});
            return false;
        }
        findings_.ok("database",
                     {fmt::format("reachable, {} modules of this program's schema", known.size()),
                      fmt::format("可访问，{} 个模块的结构与本程序一致", known.size())});
        return true;
    }

    void check_log(const crypto::PublicKey& signer) {
        const auto checked = database_.read_blocking(
            [&](db::Reader& reader) -> Result<Log> { return look_at_log(reader, signer); });
        if (!checked) {
            findings_.fail("audit log", checked.error(), kRestore);
            return;
        }
        if (const auto& made_at = checked->made_at; made_at && *made_at > now_ + kClockSkew) {
            findings_.fail("clock against data",
                           {"the newest checkpoint is of " + core::to_rfc3339(*made_at),
                            "最新检查点的时间为 " + core::to_rfc3339(*made_at)},
                           {"this host's clock is behind: set it before the server starts",
                            "本机时钟落后：启动服务前请先校时"});
        }
        findings_.ok("audit log",
                     {fmt::format("{} events; its end is signed and proves itself", checked->size),
                      fmt::format("{} 个事件；末段已签名且可核验", checked->size)});
        const bool many = checked->waiting >= kWaitingEventsWarn;
        const Text waiting{fmt::format("{} events wait for a number", checked->waiting),
                           fmt::format("{} 个事件等待编号", checked->waiting)};
        findings_.add("audit backlog", many ? Health::Warn : Health::Ok, waiting,
                      many ? Text{"start the server; if it runs, look at its log for \"sequencer\"",
                                  "请启动服务；若已运行，请在日志中查找 sequencer"}
                           : Text{});
    }

    void check_books() {
        const auto lines = database_.read_blocking(
            [](db::Reader& reader) { return ledger::trial_balance(reader); });
        if (!lines) {
            findings_.fail("trial balance", lines.error(), {});
            return;
        }
        for (const ledger::TrialBalanceLine& line : *lines) {
            if (!line.balances()) {
                findings_.fail("trial balance",
                               {"debits and credits differ in " + line.unit.text(),
                                line.unit.text() + " 借贷不平"},
                               kRestore);
                return;
            }
        }
        findings_.ok("trial balance", {fmt::format("zero in {} units", lines->size()),
                                       fmt::format("{} 个单位均平衡", lines->size())});
    }

    void check_whole(const crypto::PublicKey& signer) {
        const auto proof = database_.read_blocking(
            [&](db::Reader& reader) { return backup::prove(reader, signer); });
        if (!proof) {
            findings_.fail("whole log and book", proof.error(), kRestore);
            return;
        }
        findings_.ok("whole log and book",
                     {"every event and every transfer follows from those before",
                      "每个事件与每笔转账均与之前一致"});
    }

    void check_agents() {
        const auto page = database_.read_blocking([this](db::Reader& reader) {
            return identity::store::list_agents(reader, core::Scope::all(),
                                                {std::nullopt, std::nullopt, now_},
                                                {kAgentsLookedAt, std::nullopt, {}});
        });
        if (!page) {
            findings_.fail("agents", page.error(), {});
            return;
        }
        int valid = 0;
        for (const identity::Agent& agent : page->items) {
            if (agent.revoked_at) {
                continue;
            }
            ++valid;
            if (agent.certificate_expires_at <= now_ + kAgentCertificateSoon) {
                --valid;
                check_expiry(findings_,
                             {"agent of " + agent.site_name,
                              agent.certificate_expires_at,
                              now_,
                              kAgentCertificateSoon,
                              {"is it running and connected? after its end it joins again: `kapok "
                               "enrollment-token create`",
                               "代理是否在运行并已连接？失效后须重新入网：`kapok enrollment-token "
                               "create`"}});
            }
        }
        findings_.ok("agents", {fmt::format("{} with a certificate that lasts", valid),
                                fmt::format("{} 个代理的证书在有效期内", valid)});
    }

    // Calls that a server of this folder had under way; without one, they wait to be settled.
    void check_calls(bool serving) {
        const auto server = known_server_id(data_);
        if (!server) {
            return;
        }
        const auto calls = database_.read_blocking(
            [&](db::Reader& reader) { return models::calls_of_server(reader, *server); });
        if (!calls) {
            findings_.fail("model calls", calls.error(), {});
            return;
        }
        const Text found{fmt::format("{} under way", calls->size()),
                         fmt::format("{} 个进行中", calls->size())};
        const bool left = !serving && !calls->empty();
        findings_.add(
            "model calls", left ? Health::Warn : Health::Ok, found,
            left ? Text{"start the server: it settles them", "请启动服务，由其结算"} : Text{});
    }

private:
    struct Log {
        std::uint64_t size = 0;
        std::optional<core::Timestamp> made_at;
        std::size_t waiting = 0;
    };

    static std::unexpected<core::Error> damaged(std::string what) {
        return core::fail(audit::kDamagedLog, {{"what", std::move(what)}});
    }

    Result<Log> look_at_log(db::Reader& reader, const crypto::PublicKey& signer) const {
        const auto state = audit::find_log(reader);
        const auto newest = audit::newest_checkpoint(reader);
        const auto waiting = audit::list_pending(reader, kWaitingEventsWarn);
        if (!state || !newest || !waiting) {
            return std::unexpected(!state    ? state.error()
                                   : !newest ? newest.error()
                                             : waiting.error());
        }
        Log log;
        log.waiting = waiting->size();
        const auto& known = *state;
        if (!known) {
            return log;
        }
        const audit::LogState& found = *known;
        log.size = found.frontier.size();
        const auto& signed_head = *newest;
        if (!signed_head || signed_head->head.size > log.size) {
            return damaged("the newest checkpoint");
        }
        log.made_at = signed_head->made_at;
        const auto checkpoint = audit::verify_checkpoint(signed_head->note, signer);
        audit::TileReader tiles(reader, found.suite);
        const auto root = tiles.root(signed_head->head.size);
        if (!checkpoint || checkpoint->head != signed_head->head || !root ||
            *root != signed_head->head.root) {
            return damaged(fmt::format("checkpoint {}", signed_head->head.size));
        }
        const auto edge = tiles.root(log.size);
        if (!edge || *edge != found.frontier.root()) {
            return damaged("the right edge");
        }
        const auto tail = look_at_tail(reader, found, tiles);
        return tail ? Result<Log>(log) : std::unexpected(tail.error());
    }

    static Result<void> look_at_tail(db::Reader& reader, const audit::LogState& log,
                                     audit::TileReader& tiles) {
        const std::uint64_t size = log.frontier.size();
        const std::uint64_t after = size > kTailEvents ? size - kTailEvents : 0;
        const auto rows = audit::list_rows(reader, static_cast<std::int64_t>(after), kTailEvents);
        if (!rows) {
            return std::unexpected(rows.error());
        }
        std::uint64_t next = after;
        for (const audit::EventRow& row : *rows) {
            const auto leaf = audit::leaf_hash(log.suite, crypto::bytes_of(row.body));
            const auto stored = tiles.node({0, next});
            if (row.sequence != static_cast<std::int64_t>(++next) || !stored || *stored != leaf) {
                return damaged(fmt::format("event {}", next));
            }
        }
        return next == size ? Result<void>() : damaged(fmt::format("event {}", next + 1));
    }

    Findings& findings_;
    db::Database& database_;
    const fs::path& data_;
    core::Timestamp now_;
};

Result<crypto::PublicKey> signer_in(const platform::config::Config& config, const fs::path& data) {
    const std::string& named = config.text("crypto.master_key_file");
    const auto master =
        crypto::MasterKey::load(named.empty() ? data / "keys" / "master.key" : fs::path(named));
    if (!master) {
        return std::unexpected(master.error());
    }
    const auto signer = signer_of(*master, suite_of(config));
    return signer ? Result<crypto::PublicKey>(signer->public_key())
                  : std::unexpected(signer.error());
}

}  // namespace

void check_database(Findings& findings, const platform::config::Config& config,
                    const fs::path& data, const core::Clock& clock, Asked asked) {
    db::Options options = database_options(config, data);
    options.readers = 1;
    if (const auto file = sqlite_file(options); file && !fs::exists(*file)) {
        findings.warn("database", {"is not there yet", "尚不存在"},
                      {"a first start makes it; after one, restore a backup",
                       "首次启动时自动建立；若曾启动过，请恢复备份"});
        return;
    }
    const auto database = db::Database::open(options, clock);
    if (!database) {
        findings.fail("database", database.error(),
                      {"is the database server running, and database.url right?",
                       "数据库服务是否在运行？database.url 是否正确？"});
        return;
    }
    DatabaseDoctor doctor(findings, **database, data, clock.now());
    if (!doctor.check_schema()) {
        return;
    }
    const auto signer = signer_in(config, data);
    if (signer) {
        doctor.check_log(*signer);
    }
    doctor.check_books();
    if (signer && asked.whole) {
        doctor.check_whole(*signer);
    }
    doctor.check_agents();
    doctor.check_calls(asked.serving);
}

}  // namespace kapok::app::doctor
