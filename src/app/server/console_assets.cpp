#include "app/server/console_assets.h"

#include <algorithm>
#include <array>
#include <utility>

namespace kapok::app {
namespace {

namespace http = platform::http;

// Scripts come from the program alone. Styles may be inline, since Ant Design makes them while it
// runs; they cannot fetch anything from elsewhere.
constexpr std::string_view kContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

constexpr std::string_view kNotBuilt =
    "<!doctype html><meta charset=\"utf-8\"><title>Kapok</title>"
    "<p>This program was built without the console: run tools/console, then build it again. "
    "The API is at <a href=\"/api/openapi.json\">/api/openapi.json</a>.</p>"
    "<p lang=\"zh\">此程序构建时未包含控制台：请先运行 tools/console，再重新构建。</p>";

// What is never a page of the console, so that a wrong path there stays a plain 404.
constexpr std::array<std::string_view, 5> kOthers{"/api", "/v1", "/healthz", "/readyz", "/metrics"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kTypes{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".json", "application/json"},
    {".woff2", "font/woff2"},
}};

std::string_view type_of(std::string_view path) {
    for (const auto& [ending, type] : kTypes) {
        if (path.ends_with(ending)) {
            return type;
        }
    }
    return "application/octet-stream";
}

bool belongs_to_others(std::string_view path) {
    return std::ranges::any_of(kOthers, [path](std::string_view other) {
        return path == other || (path.starts_with(other) && path[other.size()] == '/');
    });
}

class ConsoleAssets final : public http::Assets {
public:
    explicit ConsoleAssets(std::span<const ConsoleFile> files) : files_(files) {}

    [[nodiscard]] std::optional<http::Asset> find(std::string_view path) const override {
        if (belongs_to_others(path)) {
            return std::nullopt;
        }
        if (files_.empty()) {
            return page({.path = "/index.html", .bytes = kNotBuilt, .gzip = {}, .etag = {}});
        }
        if (const ConsoleFile* file = named(path)) {
            return page(*file);
        }
        // The console's own addresses are paths without an ending; it finds its page itself.
        if (path.substr(path.rfind('/')).contains('.')) {
            return std::nullopt;
        }
        const ConsoleFile* index = named("/index.html");
        return index == nullptr ? std::nullopt : std::optional(page(*index));
    }

private:
    [[nodiscard]] const ConsoleFile* named(std::string_view path) const {
        const auto found = std::ranges::find(files_, path, &ConsoleFile::path);
        return found == files_.end() ? nullptr : &*found;
    }

    [[nodiscard]] static http::Asset page(const ConsoleFile& file) {
        http::Asset asset;
        asset.bytes = file.bytes;
        asset.gzip = file.gzip;
        asset.content_type = type_of(file.path);
        asset.etag = file.etag;
        asset.immutable = file.path.starts_with("/assets/");
        asset.headers["content-security-policy"] = kContentPolicy;
        asset.headers["x-content-type-options"] = "nosniff";
        asset.headers["referrer-policy"] = "same-origin";
        return asset;
    }

    std::span<const ConsoleFile> files_;
};

}  // namespace

std::shared_ptr<const http::Assets> make_console_assets(std::span<const ConsoleFile> files) {
    return std::make_shared<ConsoleAssets>(files);
}

}  // namespace kapok::app
