#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <libpq-fe.h>

#include "platform/db/copy.h"
#include "platform/db/errors.h"
#include "platform/db/limits.h"
#include "platform/db/postgres_session.h"
#include "platform/db/postgres_values.h"
#include "platform/db/sql/copy_sql.h"

namespace kapok::platform::db {
namespace {

namespace fs = std::filesystem;

struct Close {
    void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};
struct Free {
    void operator()(char* bytes) const noexcept { PQfreemem(bytes); }
};

void ignore_notice(void* /*self*/, const PGresult* /*notice*/) {}

std::string as_name(std::string_view name) {
    std::string text = "\"";
    for (const char letter : name) {
        text += letter == '"' ? "\"\"" : std::string(1, letter);
    }
    return text + "\"";
}

// A name inside a literal that the server reads as a name.
std::string in_literal(std::string_view name) {
    std::string text;
    for (const char letter : as_name(name)) {
        text += letter == '\'' ? "''" : std::string(1, letter);
    }
    return text;
}

std::string column_list(const CopiedTable& table) {
    std::vector<std::string> names;
    std::ranges::transform(table.columns, std::back_inserter(names),
                           [](const std::string& column) { return as_name(column); });
    return fmt::format("{}", fmt::join(names, ", "));
}

fs::path file_of(const fs::path& folder, const CopiedTable& table) {
    return folder / (table.name + ".copy");
}

// One connection that does one thing after the other: COPY knows no pipeline.
class Session {
public:
    [[nodiscard]] static core::Result<Session> open(const std::string& url) {
        if (const auto readable = check_postgres_url(url); !readable) {
            return std::unexpected(readable.error());
        }
        Session session(PQconnectdb(url.c_str()));
        if (PQstatus(session.get()) != CONNECTION_OK) {
            return core::fail(kConnectionLost, {{"detail", session.message()}});
        }
        PQsetNoticeReceiver(session.get(), ignore_notice, nullptr);
        PQsetClientEncoding(session.get(), "UTF8");
        return session;
    }

    core::Result<ResultHandle> run(const std::string& sql, ExecStatusType expected) {
        ResultHandle result(PQexec(get(), sql.c_str()));
        if (PQresultStatus(result.get()) != expected) {
            return refused();
        }
        return result;
    }
    core::Result<void> command(const std::string& sql) {
        const auto done = run(sql, PGRES_COMMAND_OK);
        return done ? core::Result<void>() : std::unexpected(done.error());
    }
    core::Result<ResultHandle> ask(const std::string& sql) { return run(sql, PGRES_TUPLES_OK); }
    core::Result<std::string> value(const std::string& sql) {
        const auto rows = ask(sql);
        if (!rows) {
            return std::unexpected(rows.error());
        }
        return std::string(PQgetvalue(rows->get(), 0, 0));
    }

    // Bytes written.
    core::Result<std::int64_t> take_rows(const CopiedTable& table, const fs::path& file);
    core::Result<void> give_rows(const CopiedTable& table, const fs::path& file);

private:
    explicit Session(PGconn* connection) : connection_(connection) {}

    [[nodiscard]] PGconn* get() const noexcept { return connection_.get(); }
    [[nodiscard]] std::string message() const {
        std::string text = PQerrorMessage(get());
        while (text.ends_with('\n')) {
            text.pop_back();
        }
        return text;
    }
    [[nodiscard]] std::unexpected<core::Error> refused() const {
        return PQstatus(get()) == CONNECTION_OK
                   ? core::fail(kBadStatement, {{"detail", message()}})
                   : core::fail(kConnectionLost, {{"detail", message()}});
    }
    // The last answer of a COPY, which says whether it was done.
    core::Result<void> end_copy() {
        const ResultHandle result(PQgetResult(get()));
        const bool done = PQresultStatus(result.get()) == PGRES_COMMAND_OK;
        const auto error = done ? core::Result<void>() : core::Result<void>(refused());
        while (const ResultHandle more{PQgetResult(get())}) {
        }
        return error;
    }

    std::unique_ptr<PGconn, Close> connection_;
};

std::unexpected<core::Error> cannot_use(const fs::path& file, int reason) {
    return reason == ENOSPC ? core::fail(kDiskFull)
                            : core::fail(kCannotOpen, {{"url", file.string()},
                                                       {"detail", std::strerror(reason)}});
}

core::Result<std::int64_t> Session::take_rows(const CopiedTable& table, const fs::path& file) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    if (!out) {
        return cannot_use(file, errno);
    }
    const auto begun =
        run(fmt::format(fmt::runtime(sql::kCopyOut), as_name(table.name), column_list(table)),
            PGRES_COPY_OUT);
    if (!begun) {
        return std::unexpected(begun.error());
    }
    std::int64_t bytes = 0;
    for (;;) {
        char* row = nullptr;
        const int size = PQgetCopyData(get(), &row, 0);
        const std::unique_ptr<char, Free> keep(row);
        if (size == -2) {
            return refused();
        }
        if (size < 0) {
            break;
        }
        out.write(row, size);
        bytes += size;
    }
    if (const auto ended = end_copy(); !ended) {
        return std::unexpected(ended.error());
    }
    if (!out.flush()) {
        return cannot_use(file, errno);
    }
    return bytes;
}

core::Result<void> Session::give_rows(const CopiedTable& table, const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        return cannot_use(file, errno);
    }
    const auto begun =
        run(fmt::format(fmt::runtime(sql::kCopyIn), as_name(table.name), column_list(table)),
            PGRES_COPY_IN);
    if (!begun) {
        return std::unexpected(begun.error());
    }
    std::vector<char> buffer(kCopyBytesAtOnce);
    while (in) {
        in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
        const auto count = static_cast<int>(in.gcount());
        if (count > 0 && PQputCopyData(get(), buffer.data(), count) != 1) {
            return refused();
        }
    }
    const bool whole = in.eof();
    if (PQputCopyEnd(get(), whole ? nullptr : "its file cannot be read") != 1) {
        return refused();
    }
    auto ended = end_copy();
    return whole ? ended : cannot_use(file, errno);
}

struct Layout {
    std::vector<CopiedTable> tables;
    std::vector<CopiedSequence> sequences;  // Not asked for their state yet.
};

core::Result<Layout> read_layout(Session& session) {
    const auto rows = session.ask(std::string(sql::kColumns));
    if (!rows) {
        return std::unexpected(rows.error());
    }
    Layout layout;
    for (int row = 0; row < PQntuples(rows->get()); ++row) {
        const std::string table = PQgetvalue(rows->get(), row, 0);
        const std::string column = PQgetvalue(rows->get(), row, 1);
        if (layout.tables.empty() || layout.tables.back().name != table) {
            layout.tables.push_back({table, {}});
        }
        layout.tables.back().columns.push_back(column);
        if (*PQgetvalue(rows->get(), row, 2) == 't') {
            layout.sequences.push_back({table, column, 0});
        }
    }
    return layout;
}

// Puts each table behind those that it refers to.
core::Result<void> sort_tables(Session& session, std::vector<CopiedTable>& tables) {
    const auto rows = session.ask(std::string(sql::kReferences));
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::multimap<std::string, std::string> needs;
    for (int row = 0; row < PQntuples(rows->get()); ++row) {
        needs.emplace(PQgetvalue(rows->get(), row, 0), PQgetvalue(rows->get(), row, 1));
    }
    std::set<std::string> placed;
    std::vector<CopiedTable> sorted;
    while (!tables.empty()) {
        const auto ready = std::ranges::find_if(tables, [&](const CopiedTable& table) {
            const auto [begin, end] = needs.equal_range(table.name);
            return std::all_of(begin, end,
                               [&](const auto& need) { return placed.contains(need.second); });
        });
        if (ready == tables.end()) {
            return core::fail(kBadStatement, {{"detail", "tables refer to each other in a ring"}});
        }
        placed.insert(ready->name);
        sorted.push_back(std::move(*ready));
        tables.erase(ready);
    }
    tables = std::move(sorted);
    return {};
}

core::Result<void> read_sequences(Session& session, std::vector<CopiedSequence>& sequences) {
    for (CopiedSequence& one : sequences) {
        const auto name = session.value(
            fmt::format(fmt::runtime(sql::kSequenceOf), in_literal(one.table), one.column));
        if (!name) {
            return std::unexpected(name.error());
        }
        const auto next = session.value(fmt::format(fmt::runtime(sql::kSequenceState), *name));
        if (!next) {
            return std::unexpected(next.error());
        }
        one.next = std::stoll(*next);
    }
    return {};
}

core::Result<Layout> begin_copy(Session& session, const std::string& snapshot) {
    for (const std::string& sql :
         {std::string(sql::kBeginCopy), fmt::format(fmt::runtime(sql::kUseSnapshot), snapshot)}) {
        if (const auto done = session.command(sql); !done) {
            return std::unexpected(done.error());
        }
    }
    auto layout = read_layout(session);
    if (!layout) {
        return layout;
    }
    if (const auto sorted = sort_tables(session, layout->tables); !sorted) {
        return std::unexpected(sorted.error());
    }
    // A number that was given after the snapshot only leaves a gap.
    if (const auto read = read_sequences(session, layout->sequences); !read) {
        return std::unexpected(read.error());
    }
    return layout;
}

core::Result<void> fill(Session& session, const PostgresCopy& copy, const fs::path& folder) {
    std::vector<std::string> names;
    std::ranges::transform(copy.tables, std::back_inserter(names),
                           [](const CopiedTable& table) { return as_name(table.name); });
    if (!names.empty()) {
        const auto emptied =
            session.command(fmt::format(fmt::runtime(sql::kEmptyTables), fmt::join(names, ", ")));
        if (!emptied) {
            return emptied;
        }
    }
    for (const CopiedTable& table : copy.tables) {
        if (auto given = session.give_rows(table, file_of(folder, table)); !given) {
            return given;
        }
    }
    for (const CopiedSequence& one : copy.sequences) {
        const auto set = session.ask(fmt::format(fmt::runtime(sql::kSetSequence),
                                                 in_literal(one.table), one.column, one.next));
        if (!set) {
            return std::unexpected(set.error());
        }
    }
    return {};
}

}  // namespace

core::Result<std::string> share_snapshot(Reader& reader) {
    const auto name = reader.find(sql::kShareSnapshot, {},
                                  [](const Row& row) { return std::string(row.text(0)); });
    if (!name) {
        return std::unexpected(name.error());
    }
    return name->value_or(std::string());
}

core::Result<PostgresCopy> copy_postgres(const std::string& url, const std::string& snapshot,
                                         const fs::path& folder, const CopyProgress& progress) {
    auto session = Session::open(url);
    if (!session) {
        return std::unexpected(session.error());
    }
    auto layout = begin_copy(*session, snapshot);
    if (!layout) {
        return std::unexpected(layout.error());
    }
    std::int64_t bytes = 0;
    for (const CopiedTable& table : layout->tables) {
        const auto taken = session->take_rows(table, file_of(folder, table));
        if (!taken) {
            return std::unexpected(taken.error());
        }
        bytes += *taken;
        if (progress) {
            progress(bytes, std::nullopt);
        }
    }
    return PostgresCopy{std::move(layout->tables), std::move(layout->sequences)};
}

core::Result<void> fill_postgres(const std::string& url, const PostgresCopy& copy,
                                 const fs::path& folder) {
    auto session = Session::open(url);
    if (!session) {
        return std::unexpected(session.error());
    }
    if (auto begun = session->command("begin"); !begun) {
        return begun;
    }
    // The connection's end undoes what was not committed.
    if (auto filled = fill(*session, copy, folder); !filled) {
        return filled;
    }
    return session->command("commit");
}

core::Result<bool> is_empty_postgres(const std::string& url) {
    auto session = Session::open(url);
    if (!session) {
        return std::unexpected(session.error());
    }
    const auto count = session->value(std::string(sql::kCountTables));
    if (!count) {
        return std::unexpected(count.error());
    }
    return *count == "0";
}

}  // namespace kapok::platform::db
