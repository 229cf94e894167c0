#include "platform/db/migrator.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "core/timestamp.h"
#include "platform/db/dialect.h"
#include "platform/db/errors.h"
#include "platform/db/migrations.h"
#include "platform/db/sql/migration_sql.h"

namespace kapok::platform::db {
namespace {

struct Applied {
    std::string module;
    int number = 0;
    std::string name;
    std::string checksum;
    core::Timestamp at;
};

std::string describe_one(std::string_view module, int number, std::string_view name) {
    return fmt::format("{} migration {} ({})", module, number, name);
}

core::Error bad(const Migration& migration, std::string detail) {
    return {kBadMigration, {{"migration", describe(migration)}, {"detail", std::move(detail)}}, {}};
}

// What the program brings must itself be in order: 1, 2, 3… within each module.
core::Result<void> check_numbers(std::span<const Migration> migrations) {
    std::map<std::string_view, int> last;
    for (const Migration& migration : migrations) {
        if (migration.number != ++last[migration.module]) {
            return std::unexpected(
                bad(migration, fmt::format("number {} comes next", last[migration.module])));
        }
    }
    return {};
}

core::Result<std::vector<Applied>> read_applied(Connection& connection) {
    std::vector<Applied> applied;
    const auto read = connection.query(sql::kReadMigrations, {}, [&](const Row& row) {
        applied.push_back(Applied{std::string(row.text(0)), static_cast<int>(row.integer(1)),
                                  std::string(row.text(2)), std::string(row.text(3)), row.time(4)});
    });
    if (!read) {
        return std::unexpected(read.error());
    }
    return applied;
}

const Migration* find_migration(std::span<const Migration> migrations, std::string_view module,
                                int number) {
    const auto found = std::ranges::find_if(migrations, [&](const Migration& migration) {
        return migration.module == module && migration.number == number;
    });
    return found == migrations.end() ? nullptr : &*found;
}

// What the database has must be the beginning of what the program brings, module by module.
core::Result<void> check_applied(std::span<const Applied> applied,
                                 std::span<const Migration> migrations) {
    std::map<std::string_view, int> last;
    for (const Applied& one : applied) {
        const Migration* known = find_migration(migrations, one.module, one.number);
        if (known == nullptr) {
            return core::fail(kNewerDatabase,
                              {{"migration", describe_one(one.module, one.number, one.name)}});
        }
        const int expected = ++last[one.module];
        if (one.number != expected) {
            const Migration* missing = find_migration(migrations, one.module, expected);
            return core::fail(kMigrationGap, {{"migration", describe(*missing)}});
        }
        if (checksum(*known) != one.checksum) {
            return core::fail(kMigrationChanged, {{"migration", describe(*known)},
                                                  {"applied", core::to_rfc3339(one.at)}});
        }
    }
    return {};
}

core::Result<void> apply_one(Connection& connection, Backend backend, const Migration& migration,
                             core::Timestamp now) {
    const auto statements = native_definitions(migration.sql, backend);
    if (!statements) {
        return std::unexpected(bad(migration, statements.error()));
    }
    for (const std::string& statement : *statements) {
        if (auto ran = connection.run_once(statement); !ran) {
            return std::unexpected(bad(migration, core::render(ran.error(), core::Language::En)));
        }
    }
    const std::array values{Value(migration.module), Value(migration.number), Value(migration.name),
                            Value(checksum(migration)), Value(now)};
    const auto noted = connection.execute(sql::kNoteMigration, values);
    return noted ? core::Result<void>{} : std::unexpected(noted.error());
}

core::Result<void> create_own_table(Connection& connection, Backend backend) {
    for (const std::string& statement : *native_definitions(sql::kMigrationTable, backend)) {
        if (auto ran = connection.run_once(statement); !ran) {
            return ran;
        }
    }
    return {};
}

core::Result<void> apply_missing(Connection& connection, Backend backend,
                                 std::span<const Migration> migrations, core::Timestamp now) {
    if (auto created = create_own_table(connection, backend); !created) {
        return created;
    }
    const auto applied = read_applied(connection);
    if (!applied) {
        return std::unexpected(applied.error());
    }
    if (auto checked = check_applied(*applied, migrations); !checked) {
        return checked;
    }
    for (const Migration& migration : migrations) {
        const bool has_it = std::ranges::any_of(*applied, [&](const Applied& one) {
            return one.module == migration.module && one.number == migration.number;
        });
        if (has_it) {
            continue;
        }
        if (auto done = apply_one(connection, backend, migration, now); !done) {
            return done;
        }
    }
    return {};
}

}  // namespace

std::string checksum(const Migration& migration) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(migration.sql.data(), migration.sql.size(), digest.data(), &size, EVP_sha256(),
               nullptr);
    std::string text;
    for (unsigned int i = 0; i < size; ++i) {
        text += fmt::format("{:02x}", digest.at(i));
    }
    return text;
}

std::string describe(const Migration& migration) {
    return describe_one(migration.module, migration.number, migration.name);
}

std::vector<Migration> join_migrations(std::initializer_list<std::span<const Migration>> modules) {
    std::vector<Migration> all;
    for (const auto& module : modules) {
        all.insert(all.end(), module.begin(), module.end());
    }
    return all;
}

core::Result<void> apply_migrations(Connection& connection, Backend backend,
                                    std::span<const Migration> migrations, core::Timestamp now) {
    if (auto checked = check_numbers(migrations); !checked) {
        return checked;
    }
    if (auto begun = connection.begin(Access::Write); !begun) {
        return begun;
    }
    RollbackGuard guard(connection);
    const auto alone = backend == Backend::Postgres
                           ? connection.run_once(std::string(sql::kMigrationLock))
                           : connection.run_once(std::string(sql::kCheckReferencesLate));
    if (!alone) {
        return alone;
    }
    if (auto applied = apply_missing(connection, backend, migrations, now); !applied) {
        return applied;
    }
    if (auto committed = connection.commit(); !committed) {
        return committed;
    }
    guard.dismiss();
    return {};
}

}  // namespace kapok::platform::db
