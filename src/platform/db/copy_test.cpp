// A copy is the whole database at one moment, whatever writers do meanwhile, and goes back whole.

#include "platform/db/copy.h"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "platform/db/errors.h"
#include "platform/db/testing/database_test.h"

namespace kapok::platform::db {
namespace {

namespace fs = std::filesystem;

// `pair` refers to `first`, which comes behind it by name; each command writes one row of both.
constexpr Migration kTables{"copy", 1, "tables", R"(
create table zfirst (
    id bigint primary key,
    parent_id bigint references zfirst (id),
    name text not null,
    bytes {blob}
);
create table pair (
    id {serial},
    first_id bigint not null references zfirst (id)
);
)"};

class Folder {
public:
    Folder() {
        std::string name = fs::temp_directory_path() / "kapok-copy-XXXXXX";
        path_ = ::mkdtemp(name.data());
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { fs::remove_all(path_); }
    [[nodiscard]] const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

core::Result<void> add_pair(Transaction& transaction, std::int64_t id) {
    const Blob bytes{std::byte{0}, std::byte{'\\'}, std::byte{'\n'}, std::byte{0xFF}};
    const auto first = transaction.execute(
        "insert into zfirst (id, parent_id, name, bytes) values (?, ?, ?, ?)",
        {id, id == 1 ? Value(nullptr) : Value(id - 1), "tab\t\\N 木棉 \\." + std::to_string(id),
         id % 2 == 0 ? Value(nullptr) : Value(bytes)});
    if (!first) {
        return std::unexpected(first.error());
    }
    const auto pair = transaction.execute("insert into pair (first_id) values (?)", {id});
    return pair ? core::Result<void>() : std::unexpected(pair.error());
}

struct Seen {
    std::int64_t firsts = 0;
    std::int64_t pairs = 0;
    std::string text;  // Of all rows.

    friend bool operator==(const Seen&, const Seen&) = default;
};

core::Result<Seen> look(Reader& reader) {
    Seen seen;
    const auto firsts = reader.query(
        "select id, parent_id, name, bytes from zfirst order by id", {}, [&](const Row& row) {
            ++seen.firsts;
            seen.text += std::to_string(row.integer(0)) + (row.is_null(1) ? "-" : "+");
            seen.text += row.text(2);
            seen.text += row.is_null(3) ? "none" : std::to_string(row.blob(3).size());
        });
    const auto pairs = reader.query("select id, first_id from pair order by id", {},
                                    [&](const Row& /*row*/) { ++seen.pairs; });
    if (!firsts || !pairs) {
        return std::unexpected((firsts ? pairs : firsts).error());
    }
    return seen;
}

class Copy : public db_test::DatabaseTest {
protected:
    Copy() : DatabaseTest(std::span(&kTables, 1)) {}

    void add(std::int64_t from, std::int64_t to) {
        for (std::int64_t id = from; id <= to; ++id) {
            const auto added = database().write_blocking(
                [id](Transaction& transaction) { return add_pair(transaction, id); });
            ASSERT_TRUE(added.has_value()) << core::render(added.error(), core::Language::En);
        }
    }
};

class SqliteCopy : public Copy {};
class PostgresCopyTest : public Copy {};

TEST_P(SqliteCopy, IsOneMomentWhileAWriterGoesOn) {
    const Folder folder;
    add(1, 200);
    std::atomic<bool> ending = false;
    std::thread writer([&] {
        for (std::int64_t id = 201; !ending; ++id) {
            EXPECT_TRUE(database().write_blocking(
                [id](Transaction& transaction) { return add_pair(transaction, id); }));
        }
    });
    const fs::path source = options().url.substr(7);
    for (int i = 0; i < 5; ++i) {
        const fs::path copy = folder.path() / std::to_string(i);
        const auto copied = copy_sqlite(source, copy);
        ASSERT_TRUE(copied.has_value()) << core::render(copied.error(), core::Language::En);
        struct stat status{};
        ASSERT_EQ(::stat(copy.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0600U);
        Options there;
        there.url = "sqlite:" + copy.string();
        const auto opened = Database::open(there, clock());
        ASSERT_TRUE(opened.has_value());
        const auto seen = (*opened)->read_blocking(look);
        ASSERT_TRUE(seen.has_value());
        EXPECT_GE(seen->firsts, 200);
        EXPECT_EQ(seen->firsts, seen->pairs);
        const auto schema = (*opened)->read_blocking(
            [](Reader& reader) { return find_schema(reader, Backend::Sqlite); });
        EXPECT_EQ(schema.value(), schema_of(std::span(&kTables, 1)));
    }
    ending = true;
    writer.join();
}

TEST_P(SqliteCopy, NeverReplacesAFile) {
    const Folder folder;
    const fs::path there = folder.path() / "there";
    std::ofstream(there) << "mine";
    const auto copied = copy_sqlite(options().url.substr(7), there);
    EXPECT_EQ(copied.error().code(), kCannotOpen);
    EXPECT_EQ(fs::file_size(there), 4U);
    EXPECT_EQ(copy_sqlite(folder.path() / "nothing", folder.path() / "new").error().code(),
              kCannotOpen);
}

TEST_P(SqliteCopy, OfADatabaseWithoutTablesHasNoSchema) {
    Options fresh;
    fresh.url = "sqlite::memory:";
    const auto opened = Database::open(fresh, clock());
    ASSERT_TRUE(opened.has_value());
    const auto schema = (*opened)->read_blocking(
        [](Reader& reader) { return find_schema(reader, Backend::Sqlite); });
    ASSERT_TRUE(schema.has_value());
    EXPECT_FALSE(schema->has_value());
}

TEST_P(PostgresCopyTest, IsOneMomentAndGoesBackWhole) {
    const Folder folder;
    add(1, 50);
    PostgresCopy copy;
    Seen before;
    const auto copied = database().read_blocking([&](Reader& reader) -> core::Result<void> {
        const auto snapshot = share_snapshot(reader);
        if (!snapshot) {
            return std::unexpected(snapshot.error());
        }
        std::thread([this] { add(51, 60); }).join();  // By the writer, after the moment.
        auto made = copy_postgres(options().url, *snapshot, folder.path());
        const auto seen = look(reader);
        if (!made || !seen) {
            return std::unexpected(made ? seen.error() : made.error());
        }
        copy = *std::move(made);
        before = *seen;
        return {};
    });
    ASSERT_TRUE(copied.has_value()) << core::render(copied.error(), core::Language::En);
    EXPECT_EQ(before.firsts, 50);

    const auto place = db_test::make_place(Backend::Postgres);
    EXPECT_TRUE(is_empty_postgres(place->url()).value());
    Options there;
    there.url = place->url();
    const auto target = Database::open(there, clock());
    ASSERT_TRUE(target.has_value());
    ASSERT_TRUE((*target)->migrate(std::span(&kTables, 1)));
    EXPECT_FALSE(is_empty_postgres(place->url()).value());
    const auto filled = fill_postgres(place->url(), copy, folder.path());
    ASSERT_TRUE(filled.has_value()) << core::render(filled.error(), core::Language::En);
    EXPECT_EQ((*target)->read_blocking(look).value(), before);
    // The database goes on to number where it was.
    const auto more = (*target)->write_blocking(
        [](Transaction& transaction) { return add_pair(transaction, 51); });
    EXPECT_TRUE(more.has_value()) << core::render(more.error(), core::Language::En);

    // A file that was cut in a row changes nothing.
    fs::resize_file(folder.path() / "zfirst.copy",
                    fs::file_size(folder.path() / "zfirst.copy") - 9);
    EXPECT_FALSE(fill_postgres(place->url(), copy, folder.path()).has_value());
    EXPECT_EQ((*target)->read_blocking(look).value().firsts, 51);
}

TEST(PostgresUrl, IsNeverRepeatedWithItsPassword) {
    for (const std::string url : {"postgres://kapok:canary/1@127.0.0.1:1/kapok",
                                  "postgres://kapok:canary@[::1", "host=h password='canary"}) {
        const auto empty = is_empty_postgres(url);
        ASSERT_FALSE(empty.has_value());
        EXPECT_EQ(core::render(empty.error(), core::Language::En).find("canary"),
                  std::string::npos);
    }
}

INSTANTIATE_TEST_SUITE_P(Databases, SqliteCopy, testing::Values(Backend::Sqlite),
                         db_test::backend_name);
INSTANTIATE_TEST_SUITE_P(Databases, PostgresCopyTest, testing::Values(Backend::Postgres),
                         db_test::backend_name);

}  // namespace
}  // namespace kapok::platform::db
