// Records are whole or absent; names cannot leave their folder; hostile trees are measured safely.

#include "platform/process/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "platform/process/errors.h"
#include "platform/process/limits.h"

namespace kapok::platform::process {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
protected:
    fs::path root;

    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "kapok_files_XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        root = name;
    }
    void TearDown() override { fs::remove_all(root); }

    TreeSize measure() const {
        const Descriptor folder(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        return measure_tree(folder.get()).value();
    }
};

TEST_F(Files, AreReplacedWhole) {
    ASSERT_TRUE(write_durably(root, "record", "one").has_value());
    ASSERT_TRUE(write_durably(root, "record", "two").has_value());
    EXPECT_EQ(read_text(root / "record", 10), "two");
    EXPECT_EQ(read_text(root / "record", 2).error().code(), kBadRecord);
    EXPECT_EQ(read_text(root / "none", 10).error().code(), kNoSuchFile);
    EXPECT_FALSE(write_durably(root / "none", "record", "x").has_value());
    EXPECT_EQ(std::distance(fs::directory_iterator(root), fs::directory_iterator()), 1);
}

TEST_F(Files, AreNotWrittenThroughALink) {
    fs::create_symlink(root / "target", root / ".record.next");
    EXPECT_FALSE(write_durably(root, "record", "x").has_value());
    EXPECT_FALSE(fs::exists(root / "target"));
}

TEST_F(Files, AreNamedWithinTheirFolder) {
    ASSERT_TRUE(write_durably(root, "plain", "x").has_value());
    EXPECT_TRUE(open_artifact(root, "plain").has_value());
    EXPECT_TRUE(open_artifact(root, "./plain").has_value());
    EXPECT_TRUE(open_folder(root, ".").has_value());
    for (const std::string name : {"/etc/passwd", "..", "../x", "plain/..", "plain/x"}) {
        EXPECT_EQ(open_artifact(root, name).error().code(), kOutsideFolder) << name;
    }
    EXPECT_EQ(open_artifact(root, std::string("plain\0x", 7)).error().code(), kOutsideFolder);
    EXPECT_EQ(open_artifact(root, std::string(10'000, 'x')).error().code(), kOutsideFolder);
    EXPECT_EQ(open_artifact(root, "").error().code(), kNoSuchFile);
    EXPECT_EQ(open_artifact(root, ".").error().code(), kNotAFile);
}

TEST_F(Files, AreMeasuredOnceWhateverTheyAreCalled) {
    ASSERT_TRUE(write_durably(root, "large", std::string(1'000'000, 'x')).has_value());
    const auto alone = measure();
    EXPECT_GE(alone.bytes, 1'000'000);
    EXPECT_EQ(alone.entries, 1);
    fs::create_hard_link(root / "large", root / "again");
    fs::create_symlink("/", root / "everything");
    fs::create_symlink(".", root / "loop");
    const auto linked = measure();
    EXPECT_LT(linked.bytes, 1'100'000);
    EXPECT_EQ(linked.entries, 4);
    // A file with a hole counts for what it takes.
    ASSERT_EQ(::truncate((root / "large").c_str(), 1'000'000'000), 0);
    EXPECT_LT(measure().bytes, 1'100'000);
}

TEST_F(Files, AreNotFollowedIntoTheDepth) {
    fs::path deep = root;
    for (int i = 0; i < kFolderDepthMax + 10; ++i) {
        deep /= "d";
        ASSERT_EQ(::mkdir(deep.c_str(), 0755), 0);
    }
    EXPECT_TRUE(measure().too_deep);
}

TEST_F(Files, AreGivenToAUser) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root can give files away";
    }
    fs::create_directories(root / "a/b");
    ASSERT_TRUE(write_durably(root / "a/b", "c", "x").has_value());
    fs::create_symlink("/etc/passwd", root / "a/link");
    const Descriptor folder(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(give_tree(folder.get(), 12'345, 12'346).has_value());
    for (const char* const name : {"", "a", "a/b", "a/b/c", "a/link"}) {
        struct stat status{};
        ASSERT_EQ(::lstat((root / name).c_str(), &status), 0);
        EXPECT_EQ(status.st_uid, 12'345U) << name;
        EXPECT_EQ(status.st_gid, 12'346U) << name;
    }
    struct stat status{};
    ASSERT_EQ(::stat("/etc/passwd", &status), 0);
    EXPECT_EQ(status.st_uid, 0U);
}

}  // namespace
}  // namespace kapok::platform::process
