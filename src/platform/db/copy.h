#pragma once

// A whole database in files, as it was at one moment, made while others read and write; and back
// again. This is what backups are made of.
//
// SQLite gives one file, by its online backup. PostgreSQL gives the rows of each table as COPY
// writes them, and not the tables: those are made by the migrations, so that a copy goes into a
// server of any later version and a schema of any name, and no program of PostgreSQL's must be on
// this host, in a version that fits the server's.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::platform::db {

// The newest migration of each module.
using Schema = std::map<std::string, int, std::less<>>;

// That of a database with these migrations and this layer's own.
[[nodiscard]] Schema schema_of(std::span<const Migration> migrations);
// Nothing if the database was never migrated.
[[nodiscard]] core::Result<std::optional<Schema>> find_schema(Reader& reader, Backend backend);

// Bytes so far, and of all if that is known.
using CopyProgress = std::function<void(std::int64_t done, std::optional<std::int64_t> total)>;

// `to` must not exist; it is made for its owner only, and durable when this returns. Meanwhile
// writers go on, and their log grows by what they write.
[[nodiscard]] core::Result<void> copy_sqlite(const std::filesystem::path& from,
                                             const std::filesystem::path& to,
                                             const CopyProgress& progress = {});

struct CopiedTable {
    std::string name;
    std::vector<std::string> columns;

    friend bool operator==(const CopiedTable&, const CopiedTable&) = default;
};
// The number that the database will give next.
struct CopiedSequence {
    std::string table;
    std::string column;
    std::int64_t next = 0;

    friend bool operator==(const CopiedSequence&, const CopiedSequence&) = default;
};
struct PostgresCopy {
    std::vector<CopiedTable> tables;  // A table stands behind those that it refers to.
    std::vector<CopiedSequence> sequences;
};

// A name under which other connections see what this reader sees, as long as its function runs.
[[nodiscard]] core::Result<std::string> share_snapshot(Reader& reader);
// Writes `folder`/NAME.copy for each table.
[[nodiscard]] core::Result<PostgresCopy> copy_postgres(const std::string& url,
                                                       const std::string& snapshot,
                                                       const std::filesystem::path& folder,
                                                       const CopyProgress& progress = {});
// Replaces all rows of the tables, which must be there, by those in `folder`: all or none.
[[nodiscard]] core::Result<void> fill_postgres(const std::string& url, const PostgresCopy& copy,
                                               const std::filesystem::path& folder);
// Whether the schema that the URL leads to has no table.
[[nodiscard]] core::Result<bool> is_empty_postgres(const std::string& url);

}  // namespace kapok::platform::db
