#include "app/cli/model_commands.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "app/cli/caller.h"
#include "app/cli/json_text.h"
#include "app/cli/output.h"
#include "app/cli/package_file.h"
#include "app/cli/progress_bar.h"
#include "app/cli/remote.h"
#include "app/errors.h"

namespace kapok::app::cli {
namespace {

namespace fs = std::filesystem;
namespace http = platform::http;
namespace json = boost::json;

using core::Result;

constexpr std::size_t kPieceBytes = 8 << 20;
constexpr int kTriesMax = 6;  // Of one piece, while the line is broken.
constexpr std::chrono::milliseconds kLookAgain{300};
constexpr std::string_view kImports = "/api/v1/model-imports";

bool is_remote(std::string_view source) {
    return source.starts_with("http://") || source.starts_with("https://") ||
           source.starts_with("hub:") || source.starts_with("file:");
}

// A file that goes when this goes.
class Extracted {
public:
    Extracted() : path_(fs::temp_directory_path() / fmt::format("kapok-import-{}", ::getpid())) {}
    Extracted(const Extracted&) = delete;
    Extracted& operator=(const Extracted&) = delete;
    ~Extracted() {
        std::error_code ignored;
        fs::remove(path_, ignored);
    }
    [[nodiscard]] const fs::path& path() const noexcept { return path_; }

private:
    fs::path path_;
};

// What is to be uploaded, if anything is.
struct Local {
    std::optional<fs::path> file;
    std::string source;  // For the server.
    std::string name;    // Of the file.
};

Result<Local> local_of(const std::string& source, const Extracted& room) {
    if (is_remote(source)) {
        return Local{std::nullopt, source, source.substr(source.find_last_of("/:") + 1)};
    }
    if (!source.starts_with("package:")) {
        return Local{source, "upload:" + fs::path(source).filename().string(),
                     fs::path(source).filename().string()};
    }
    const std::string_view text = std::string_view(source).substr(8);
    const auto colon = text.rfind(':');
    if (colon == text.npos || colon == 0 || colon + 1 == text.size()) {
        return core::fail(
            kBadChoice,
            {{"name", "SOURCE"}, {"expected", "package:FILE.tgz:PATH"}, {"actual", source}});
    }
    const fs::path package(text.substr(0, colon));
    const std::string member(text.substr(colon + 1));
    if (auto done = extract_member(package, member, room.path()); !done) {
        return std::unexpected(done.error());
    }
    return Local{room.path(), "upload:package:" + package.filename().string() + ":" + member,
                 fs::path(member).filename().string()};
}

// "SmolLM2-135M.Q4_1.gguf" is called smollm2-135m.q4_1 unless something else is said.
std::string default_name(std::string name) {
    name = name.substr(0, name.find('?'));
    if (name.ends_with(".gguf")) {
        name.resize(name.size() - 5);
    }
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name;
}

Result<std::string> read_piece(std::ifstream& stream, const fs::path& file, std::int64_t offset) {
    std::string piece(kPieceBytes, '\0');
    stream.clear();
    stream.seekg(offset);
    stream.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    piece.resize(static_cast<std::size_t>(stream.gcount()));
    return !stream.bad() && !piece.empty() ? Result<std::string>(std::move(piece))
                                           : core::fail(kNoFile, {{"file", file.string()}});
}

// Piece by piece; when the line breaks, on from where the server says that it is.
Result<json::value> upload(const Caller& caller, const fs::path& file, json::value import) {
    const std::string id = text_at(import, "/id");
    const std::int64_t total = number_at(import, "/total_bytes");
    std::ifstream stream(file, std::ios::binary);
    ProgressBar bar(caller.invocation.language == core::Language::Zh ? "上传" : "upload",
                    caller.clock);
    for (int tries = 0; text_at(import, "/state") == "uploading";) {
        const std::int64_t offset = number_at(import, "/received_bytes");
        bar.show(offset, total);
        auto piece = read_piece(stream, file, offset);
        if (!piece) {
            return std::unexpected(piece.error());
        }
        auto next = caller.ask({http::Method::Put,
                                fmt::format("{}/{}/content?offset={}", kImports, id, offset),
                                *std::move(piece), "application/octet-stream"});
        if (next) {
            import = *std::move(next);
            tries = 0;
            continue;
        }
        if (next.error().code() != kUnreachable || ++tries >= kTriesMax) {
            return next;
        }
        pause(kLookAgain * (1 << tries));
        if (auto known = caller.get(fmt::format("{}/{}", kImports, id)); known) {
            import = *std::move(known);
        }
    }
    return import;
}

Result<json::value> wait_for_import(const Caller& caller, json::value import) {
    const bool zh = caller.invocation.language == core::Language::Zh;
    ProgressBar bar(zh ? "导入" : "import", caller.clock);
    for (;;) {
        const std::string state = text_at(import, "/state");
        if (state == "done") {
            return import;
        }
        if (state == "failed" || state == "cancelled") {
            const std::string problem = text_at(import, "/problem");
            return core::fail(kServerRefused, {{"detail", problem.empty() ? state : problem}});
        }
        if (state == "checking") {
            bar.say(zh ? "校验中" : "checking");
        } else {
            const std::int64_t total = number_at(import, "/total_bytes");
            bar.show(number_at(import, "/received_bytes"),
                     total > 0 ? std::optional(total) : std::nullopt);
        }
        pause(kLookAgain);
        auto next = caller.get(fmt::format("{}/{}", kImports, text_at(import, "/id")));
        if (!next) {
            return next;
        }
        import = *std::move(next);
    }
}

Result<json::object> body_of(const Invocation& invocation, const Local& local) {
    json::object body{{"source", local.source},
                      {"name", invocation.option_or("name", default_name(local.name))}};
    for (const std::string_view name : {"id", "sha256", "license", "description", "capability"}) {
        if (const auto value = invocation.option(name)) {
            body[name] = *value;
        }
    }
    if (const auto context = invocation.option("context-window")) {
        const auto number = whole_number(*context);
        if (!number) {
            return core::fail(
                kBadChoice,
                {{"name", "--context-window"}, {"expected", "1, 2, 3, …"}, {"actual", *context}});
        }
        body["context_window"] = *number;
    }
    if (local.file) {
        std::error_code fault;
        const auto size = fs::file_size(*local.file, fault);
        if (fault) {
            return core::fail(kNoFile, {{"file", local.file->string()}});
        }
        body["bytes"] = static_cast<std::int64_t>(size);
    }
    return body;
}

Result<int> import_model(const Profile& profile, const Invocation& invocation) {
    const Caller caller{profile, invocation};
    const Extracted room;
    const auto local = local_of(invocation.argument("SOURCE"), room);
    if (!local) {
        return std::unexpected(local.error());
    }
    const auto body = body_of(invocation, *local);
    if (!body) {
        return std::unexpected(body.error());
    }
    auto import = caller.ask({http::Method::Post, std::string(kImports), json::serialize(*body)});
    if (const auto& file = local->file; import && file) {
        import = upload(caller, *file, *std::move(import));
    }
    if (!import) {
        return std::unexpected(import.error());
    }
    if (invocation.has("no-wait")) {
        return print(*import, invocation);
    }
    import = wait_for_import(caller, *std::move(import));
    if (!import) {
        return std::unexpected(import.error());
    }
    const auto model = caller.get("/api/v1/models/" + text_at(*import, "/model"));
    return model ? print(*model, invocation) : Result<int>(std::unexpected(model.error()));
}

Command import_command() {
    return remote_command(
        {"model",
         "import",
         {"Bring a model's weights into the catalogue", "将模型权重导入目录"},
         {{"name",
           "TEXT",
           {"What calls will name; else the file's name", "调用名称，缺省为文件名"},
           false,
           {}},
          {"sha256",
           "HEX",
           {"What the file must have; else it is computed and shown",
            "文件应有的 SHA-256；缺省时计算并显示"},
           false,
           {}},
          {"license", "SPDX", {"Else what the file says", "许可证，缺省以文件所述为准"}, false, {}},
          {"description", "TEXT", {"For people", "说明"}, false, {}},
          {"capability",
           "KIND",
           {"What it is to be served for", "用途"},
           false,
           {"chat", "embeddings"}},
          {"context-window",
           "N",
           {"At most what the file says", "上下文窗口，不超过文件所述"},
           false,
           {}},
          {"id",
           "imp_…",
           {"Go on with this import, or name the new one", "继续该导入，或指定新编号"},
           false,
           {}},
          {"no-wait",
           "",
           {"Return when the server has all it needs", "服务器接手后立即返回"},
           false,
           {}}},
         {{"SOURCE",
           {"FILE (uploaded), https://…/FILE, hub:OWNER/NAME[@REVISION]:FILE, file:NAME of the "
            "server's inbox, or package:FILE.tgz:PATH",
            "本机文件（上传）、https://…/文件、hub:所有者/"
            "名称[@版本]:文件、file:服务器收件目录中的文件，"
            "或 package:包.tgz:路径"},
           true}},
         {}},
        import_model);
}

}  // namespace

std::vector<Command> model_commands() {
    return {import_command()};
}

}  // namespace kapok::app::cli
