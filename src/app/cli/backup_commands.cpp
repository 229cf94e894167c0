#include "app/cli/backup_commands.h"

#include <array>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/json/object.hpp>
#include <unistd.h>

#include "app/backup/backup.h"
#include "app/backup/errors.h"
#include "app/backup/restore.h"
#include "app/backup/secrets.h"
#include "app/cli/local_commands.h"
#include "app/cli/output.h"
#include "app/cli/progress_bar.h"
#include "app/cli/typed.h"
#include "app/errors.h"
#include "core/clock.h"
#include "core/random.h"

namespace kapok::app::cli {
namespace {

namespace json = boost::json;

using backup::Keys;
using backup::Stage;

// One bar a stage.
class Bars {
public:
    Bars(const Invocation& invocation, const core::Clock& clock, std::array<Text, 3> names)
        : language_(invocation.language), clock_(clock), names_(std::move(names)) {}

    [[nodiscard]] backup::Progress show() {
        return [this](Stage stage, std::int64_t done, std::optional<std::int64_t> total) {
            if (!bar_ || stage != stage_) {
                bar_.reset();
                bar_ = std::make_unique<ProgressBar>(
                    names_.at(static_cast<std::size_t>(std::to_underlying(stage))).in(language_),
                    clock_);
                stage_ = stage;
            }
            bar_->show(done, total);
        };
    }
    void end() { bar_.reset(); }

private:
    core::Language language_;
    const core::Clock& clock_;
    std::array<Text, 3> names_;
    Stage stage_ = Stage::Database;
    std::unique_ptr<ProgressBar> bar_;
};

core::Result<core::Secret> ask_passphrase(const Invocation& invocation) {
    const bool zh = invocation.language == core::Language::Zh;
    const std::string first = ask(zh ? "备份口令：" : "Passphrase of the backup: ", true);
    const std::string again = ask(zh ? "再输一次：" : "The same again: ", true);
    if (first != again) {
        return core::fail(kPasswordsDiffer);
    }
    return backup::check_passphrase(first);
}

struct Choice {
    Keys keys = Keys::Absent;
    core::Secret passphrase;
};

core::Result<Choice> choose(const Invocation& invocation) {
    const auto file = invocation.option("passphrase-file");
    const bool clear = invocation.has("keys-in-clear");
    const bool absent = invocation.has("without-keys");
    if ((file ? 1 : 0) + (clear ? 1 : 0) + (absent ? 1 : 0) > 1) {
        return core::fail(backup::kKeysNotChosen);
    }
    if (clear || absent) {
        return Choice{clear ? Keys::Clear : Keys::Absent, {}};
    }
    if (!file && ::isatty(STDIN_FILENO) == 0) {
        return core::fail(backup::kKeysNotChosen);
    }
    auto passphrase = file ? backup::read_passphrase(*file) : ask_passphrase(invocation);
    if (!passphrase) {
        return std::unexpected(passphrase.error());
    }
    return Choice{Keys::Sealed, *std::move(passphrase)};
}

json::object shown(const backup::Manifest& manifest, const std::string& place) {
    json::object all = backup::to_json(manifest);
    return {{"file", place},
            {"made_at", all["made_at"]},
            {"program", all["program"]},
            {"database", all["database"]},
            {"objects", all["objects"]},
            {"keys", all["keys"]},
            {"audit", manifest.proof.at("audit")},
            {"ledger", manifest.proof.at("ledger")}};
}

void warn_of_keys(const Invocation& invocation, Keys keys) {
    const bool zh = invocation.language == core::Language::Zh;
    if (keys == Keys::Absent) {
        std::cerr << (zh ? "密钥不在备份中：请另行保存 DATA/keys/master.key，缺少它便无法恢复。\n"
                         : "The keys are not in the backup: keep DATA/keys/master.key elsewhere, "
                           "nothing can be restored without it.\n");
    } else if (keys == Keys::Clear) {
        std::cerr << (zh ? "主密钥以明文存于备份中：请像保管主密钥一样保管该文件。\n"
                         : "The master key is in the backup as it is: keep the file as you keep "
                           "the key.\n");
    }
}

int make(const Invocation& invocation) {
    const auto config = config_of(invocation);
    if (!config) {
        return report(config.error(), invocation);
    }
    auto choice = choose(invocation);
    if (!choice) {
        return report(choice.error(), invocation);
    }
    const core::SystemClock clock;
    core::SystemRandom random;
    Bars bars(invocation, clock,
              {Text{"copying the database", "复制数据库"}, Text{"proving the copy", "核验副本"},
               Text{"copying objects", "复制对象"}});
    const std::string file = invocation.argument("FILE");
    const auto made = backup::make_backup(
        {*config, clock, random, file, choice->keys, std::move(choice->passphrase), bars.show()});
    bars.end();
    if (!made) {
        return report(made.error(), invocation);
    }
    warn_of_keys(invocation, choice->keys);
    json::object answer = shown(made->manifest, file);
    answer["bytes"] = made->bytes;
    return print(answer, invocation);
}

int restore(const Invocation& invocation) {
    const core::SystemClock clock;
    core::SystemRandom random;
    std::optional<core::Secret> passphrase;
    if (const auto file = invocation.option("passphrase-file")) {
        auto read = backup::read_passphrase(*file);
        if (!read) {
            return report(read.error(), invocation);
        }
        passphrase = *std::move(read);
    }
    Bars bars(invocation, clock,
              {Text{"filling the database", "写入数据库"}, Text{"proving the result", "核验结果"},
               Text{"restoring", "恢复文件"}});
    const auto key = invocation.option("master-key");
    const std::string file = invocation.argument("FILE");
    const auto done = backup::restore_backup(
        {clock, random, file, invocation.option_or("data", ""),
         invocation.option_or("database", ""), std::move(passphrase),
         key ? std::optional<std::filesystem::path>(*key) : std::nullopt, bars.show()});
    bars.end();
    if (!done) {
        return report(done.error(), invocation);
    }
    json::object answer = shown(*done, file);
    answer["data"] = invocation.option_or("data", "");
    return print(answer, invocation);
}

Command backup_command() {
    std::vector<Option> options = setting_options();
    options.push_back(
        {"passphrase-file",
         "FILE",
         {"Seal the master key and kapok.toml under the first line of this file (mode "
          "0600); asked for on a terminal",
          "以该文件（权限 0600）首行为口令密封主密钥与 kapok.toml；在终端上可交互输入"},
         false,
         {}});
    options.push_back({"keys-in-clear",
                       "",
                       {"Put them in as they are: whoever has the file has the platform",
                        "原样放入：得到该文件者即拥有整个平台"},
                       false,
                       {}});
    options.push_back({"without-keys",
                       "",
                       {"Leave them out; restoring then needs a copy of the master key",
                        "不放入；恢复时须另有主密钥的副本"},
                       false,
                       {}});
    return {
        "admin",
        "backup",
        {"Copy database, objects and keys into one file, also while the server runs. Objects and "
         "the database lie in it readable (passwords and keys only as digests or sealed): keep "
         "it where only operators read",
         "将数据库、对象与密钥备份到一个文件，服务运行时亦可。对象与数据库以可读形式保存（口令与密"
         "钥仅为"
         "摘要或密文）：请置于只有运维人员可读之处"},
        std::move(options),
        {{"FILE", {"The backup; must not exist yet", "备份文件，不得已存在"}, true}},
        make};
}

Command restore_command() {
    return {
        "admin",
        "restore",
        {"Make a data folder of a backup, and prove that it is what was backed up",
         "由备份恢复数据目录，并证明与备份时一致"},
        {{"data", "DIR", {"Where to; empty or not there", "目标目录，须为空或不存在"}, true, {}},
         {"database",
          "URL",
          {"For the backup of a PostgreSQL: an empty database, postgres://…",
           "恢复 PostgreSQL 备份时：一个空数据库 postgres://…"},
          false,
          {}},
         {"passphrase-file", "FILE", {"Opens sealed keys", "用于打开密封的密钥"}, false, {}},
         {"master-key",
          "FILE",
          {"The copy of the master key, if the backup is without keys",
           "备份不含密钥时：主密钥的副本"},
          false,
          {}}},
        {{"FILE", {"The backup", "备份文件"}, true}},
        restore};
}

}  // namespace

std::vector<Command> backup_commands() {
    return {backup_command(), restore_command()};
}

}  // namespace kapok::app::cli
