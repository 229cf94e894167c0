// Ranges of users: one a project, the same for ever, never root's and never shared.

#include "platform/process/project_users.h"

#include <cstdlib>
#include <set>

#include <gtest/gtest.h>

#include "platform/process/errors.h"
#include "platform/process/files.h"

namespace kapok::platform::process {
namespace {

namespace fs = std::filesystem;

class Users : public testing::Test {
protected:
    fs::path root;

    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "kapok_users_XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        root = name;
    }
    void TearDown() override { fs::remove_all(root); }

    core::Result<ProjectUsers> with_table(std::string_view table) const {
        EXPECT_TRUE(write_durably(root, "users", table).has_value());
        return ProjectUsers::open(root / "users");
    }
};

TEST_F(Users, AreOneRangeAProjectForEver) {
    auto users = ProjectUsers::open(root / "users");
    ASSERT_TRUE(users.has_value());
    std::set<std::uint32_t> seen;
    for (int i = 0; i < 50; ++i) {
        const auto range = users->range_of("prj_" + std::to_string(i));
        ASSERT_TRUE(range.has_value());
        EXPECT_GE(range->first, kUserFirst);
        EXPECT_LE(range->first + range->count, kUserEnd);
        for (std::uint32_t user = range->first; user < range->first + range->count; ++user) {
            EXPECT_TRUE(seen.insert(user).second);
        }
    }
    auto again = ProjectUsers::open(root / "users");
    for (int i = 49; i >= 0; --i) {
        const std::string project = "prj_" + std::to_string(i);
        EXPECT_EQ(again->range_of(project)->first, users->range_of(project)->first);
    }
    EXPECT_FALSE(seen.contains(again->range_of("prj_new")->first));
}

TEST_F(Users, AreNotMadeFromADamagedTable) {
    EXPECT_TRUE(with_table("a 400000\nb 400016\n").has_value());
    for (const std::string_view table :
         {"a 400000\nb 400000\n", "a 400000\na 400016\n", "a 0\n", "a 65534\n", "a 400001\n", "a\n",
          " 400000\n", "a 400000x\n", "a 4000000\n", "a 400000 b\n"}) {
        EXPECT_EQ(with_table(table).error().code(), kBadRecord) << table;
    }
}

TEST_F(Users, RunOut) {
    const std::uint32_t last = kUserEnd - kUsersPerProject;
    auto users = with_table("a " + std::to_string(last) + "\n");
    ASSERT_TRUE(users.has_value());
    EXPECT_EQ(users->range_of("a")->first, last);
    EXPECT_EQ(users->range_of("b").error().code(), kNoUsersLeft);
    EXPECT_FALSE(users->range_of("").has_value());
    EXPECT_FALSE(users->range_of("a b").has_value());
}

}  // namespace
}  // namespace kapok::platform::process
