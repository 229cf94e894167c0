#include "app/server/migration_copy.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/errors.h"
#include "core/timestamp.h"
#include "platform/db/copy.h"

namespace kapok::app {
namespace {

namespace db = platform::db;
namespace fs = std::filesystem;

constexpr std::string_view kMark = ".schema-";
constexpr std::string_view kPartial = ".partial";

// How many migrations made it: grows with each.
int number_of(const db::Schema& schema) {
    return std::accumulate(schema.begin(), schema.end(), 0,
                           [](int sum, const auto& module) { return sum + module.second; });
}

// Whether the program brings more, and knows all that is there: otherwise it will not migrate.
bool will_change(const db::Schema& there, const db::Schema& known) {
    const bool all_known = std::ranges::all_of(there, [&](const auto& module) {
        const auto found = known.find(module.first);
        return found != known.end() && found->second >= module.second;
    });
    return all_known && there != known;
}

// "20261123T081500Z", which sorts as time does.
std::string time_text(core::Timestamp time) {
    std::string text = core::to_rfc3339(time).substr(0, 19);
    std::erase_if(text, [](char letter) { return letter == '-' || letter == ':'; });
    return text + "Z";
}

struct Copy {
    std::string time;
    std::string schema;
    fs::path file;

    friend auto operator<=>(const Copy&, const Copy&) = default;
};

// The newest first.
std::vector<Copy> list_copies(const fs::path& file) {
    const std::string start = file.filename().string() + std::string(kMark);
    std::vector<Copy> copies;
    std::error_code fault;
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    for (const auto& entry : fs::directory_iterator(folder, fault)) {
        const std::string name = entry.path().filename().string();
        const auto dot = name.rfind('.');
        if (name.starts_with(start) && dot > start.size() && !name.ends_with(kPartial)) {
            copies.push_back({name.substr(dot + 1), name.substr(start.size(), dot - start.size()),
                              entry.path()});
        }
    }
    std::ranges::sort(copies, std::greater<>());
    return copies;
}

void remove_old(const fs::path& file, std::size_t kept) {
    std::vector<std::string> schemas;
    std::error_code ignored;
    for (const Copy& copy : list_copies(file)) {
        const bool known = std::ranges::find(schemas, copy.schema) != schemas.end();
        if (known || schemas.size() == kept) {
            fs::remove(copy.file, ignored);
        } else {
            schemas.push_back(copy.schema);
        }
    }
}

}  // namespace

core::Result<std::optional<fs::path>> copy_before_migrating(
    db::Database& database, const fs::path& file, std::span<const db::Migration> migrations,
    std::size_t kept, const core::Clock& clock) {
    if (kept == 0 || database.backend() != db::Backend::Sqlite) {
        return std::optional<fs::path>();
    }
    const auto found = database.read_blocking(
        [](db::Reader& reader) { return db::find_schema(reader, db::Backend::Sqlite); });
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& schema = *found;
    if (!schema || !will_change(*schema, db::schema_of(migrations))) {
        return std::optional<fs::path>();
    }
    const fs::path copy =
        fmt::format("{}{}{}.{}", file.string(), kMark, number_of(*schema), time_text(clock.now()));
    const fs::path partial = copy.string() + std::string(kPartial);
    std::error_code fault;
    fs::remove(partial, fault);
    if (const auto copied = db::copy_sqlite(file, partial); !copied) {
        fs::remove(partial, fault);
        return std::unexpected(copied.error());
    }
    fs::rename(partial, copy, fault);
    if (fault) {
        return core::fail(kCannotWrite, {{"file", copy.string()}, {"reason", fault.message()}});
    }
    remove_old(file, kept);
    return std::optional(copy);
}

}  // namespace kapok::app
