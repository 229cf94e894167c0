// Who may read the files of an embedded database.

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "platform/db/sqlite_connection.h"

namespace kapok::platform::db {
namespace {

namespace fs = std::filesystem;

class SqliteFile : public ::testing::Test {
protected:
    SqliteFile() {
        std::string name = (fs::temp_directory_path() / "kapok-sqlite-XXXXXX").string();
        folder = ::mkdtemp(name.data());
    }
    ~SqliteFile() override { fs::remove_all(folder); }

    // Whoever starts the program may have any mask.
    static mode_t mode_of(const fs::path& file) {
        struct stat status{};
        return ::stat(file.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
    }

    fs::path folder;
};

TEST_F(SqliteFile, IsForItsOwnerOnly) {
    const mode_t before = ::umask(0);
    const fs::path file = folder / "kapok.db";
    {
        const auto writer = open_sqlite({file, Access::Write});
        ASSERT_TRUE(writer);
        ASSERT_TRUE((*writer)->run_once("create table t (x integer)"));
        EXPECT_EQ(mode_of(file), 0600U);
        EXPECT_EQ(mode_of(file.string() + "-wal"), 0600U);
        EXPECT_EQ(mode_of(file.string() + "-shm"), 0600U);
    }
    ::umask(before);
}

TEST_F(SqliteFile, IsClosedToOthersIfItWasOpenToThem) {
    const fs::path file = folder / "kapok.db";
    for (const char* const name : {"", "-wal", "-shm"}) {
        const std::ofstream made(file.string() + name);
        fs::permissions(file.string() + name, fs::perms(0644));
    }
    const auto writer = open_sqlite({file, Access::Write});
    ASSERT_TRUE(writer);
    EXPECT_EQ(mode_of(file), 0600U);
    EXPECT_EQ(mode_of(file.string() + "-wal"), 0600U);
    EXPECT_EQ(mode_of(file.string() + "-shm"), 0600U);
}

TEST_F(SqliteFile, IsNotMadeByAReader) {
    EXPECT_FALSE(open_sqlite({folder / "none.db", Access::Read}));
    EXPECT_FALSE(fs::exists(folder / "none.db"));
    EXPECT_FALSE(open_sqlite({folder / "no" / "such" / "folder.db", Access::Write}));
}

}  // namespace
}  // namespace kapok::platform::db
