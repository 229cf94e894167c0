// The master key's file: never replaced, never half written, never read when others could read it.

#include "platform/crypto/master_key.h"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/crypto/encoding.h"
#include "platform/crypto/errors.h"

namespace kapok::platform::crypto {
namespace {

namespace fs = std::filesystem;

class MasterKeyFile : public testing::Test {
protected:
    core::SeededRandom random{14};
    fs::path folder;

    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "kapok_key_XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder = name;
    }
    void TearDown() override { fs::remove_all(folder); }

    fs::path write(std::string_view content, mode_t mode) const {
        const fs::path path = folder / "file";
        std::ofstream(path) << content;
        ::chmod(path.c_str(), mode);
        return path;
    }
};

TEST_F(MasterKeyFile, IsPrivateAndReadsBack) {
    const fs::path path = folder / "master.key";
    const mode_t before = ::umask(0);
    const auto made = MasterKey::create(path, random);
    ::umask(before);
    ASSERT_TRUE(made.has_value());
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
    const auto loaded = MasterKey::load(path);
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ(made->derive(Suite::Intl, "x", 32).reveal(),
              loaded->derive(Suite::Intl, "x", 32).reveal());
    EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
}

TEST_F(MasterKeyFile, IsNeverReplaced) {
    const fs::path path = folder / "master.key";
    const auto first = MasterKey::create(path, random);
    EXPECT_EQ(MasterKey::create(path, random).error().code(), kKeyFileExists);
    fs::create_symlink(folder / "nowhere", folder / "link");
    EXPECT_EQ(MasterKey::create(folder / "link", random).error().code(), kKeyFileExists);
    EXPECT_EQ(first->pepper(Suite::Sm, "a").reveal(),
              MasterKey::load(path)->pepper(Suite::Sm, "a").reveal());
}

TEST_F(MasterKeyFile, IsRefusedWhenOthersCanReachIt) {
    const fs::path path = folder / "master.key";
    ASSERT_TRUE(MasterKey::create(path, random).has_value());
    for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0610U}) {
        ::chmod(path.c_str(), mode);
        EXPECT_EQ(MasterKey::load(path).error().code(), kKeyFileExposed) << std::oct << mode;
    }
    ::chmod(path.c_str(), 0400);
    EXPECT_TRUE(MasterKey::load(path).has_value());
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root can give a file to another user";
    }
    ASSERT_EQ(::chown(path.c_str(), 12'345, 12'345), 0);
    EXPECT_EQ(MasterKey::load(path).error().code(), kKeyFileForeign);
}

TEST_F(MasterKeyFile, IsRefusedWhenItIsSomethingElse) {
    const std::string good = "kapok-master-key-1 " + to_base64url(Bytes(32));
    EXPECT_TRUE(MasterKey::load(write(good, 0600)).has_value());
    EXPECT_TRUE(MasterKey::load(write(good + "\r\n", 0600)).has_value());
    for (const std::string& content :
         {std::string(), std::string("secret"), good + "A", good.substr(0, good.size() - 2),
          good + "\n" + good, std::string(100'000, 'k')}) {
        EXPECT_EQ(MasterKey::load(write(content, 0600)).error().code(), kKeyFileBad);
    }
    EXPECT_EQ(MasterKey::load(folder / "none").error().code(), kKeyFileMissing);
    EXPECT_EQ(MasterKey::load(folder).error().code(), kKeyFileBad);
    ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
    EXPECT_EQ(MasterKey::load(folder / "pipe").error().code(), kKeyFileBad);
}

TEST_F(MasterKeyFile, IsMadeAtTheFirstStartUnlessItIsElsewhere) {
    const auto first = MasterKey::load_or_create(folder / "data", {}, random);
    ASSERT_TRUE(first.has_value());
    const auto second = MasterKey::load_or_create(folder / "data", {}, random);
    EXPECT_EQ(first->pepper(Suite::Intl, "keys").reveal(),
              second->pepper(Suite::Intl, "keys").reveal());
    // A missing override is an error: to make a new key there would lose what the old one sealed.
    EXPECT_EQ(MasterKey::load_or_create(folder / "data", folder / "gone", random).error().code(),
              kKeyFileMissing);
    fs::create_symlink(folder / "data/keys/master.key", folder / "mounted");
    const auto third = MasterKey::load_or_create(folder / "other", folder / "mounted", random);
    EXPECT_EQ(first->pepper(Suite::Intl, "keys").reveal(),
              third->pepper(Suite::Intl, "keys").reveal());
    EXPECT_FALSE(fs::exists(folder / "other"));
}

TEST_F(MasterKeyFile, GivesAnotherKeyForEachPurpose) {
    const auto key = MasterKey::create(folder / "master.key", random);
    const auto intl = key->derive(Suite::Intl, "a", 32);
    EXPECT_NE(intl.reveal(), key->derive(Suite::Intl, "b", 32).reveal());
    EXPECT_NE(intl.reveal(), key->derive(Suite::Sm, "a", 32).reveal());
    EXPECT_NE(text_of(key->sealing_key(Suite::Intl, "a", 1).material()),
              text_of(key->sealing_key(Suite::Intl, "a", 2).material()));
    EXPECT_NE(key->pepper(Suite::Intl, "a").reveal(), intl.reveal());
    const SealingKey sealing = key->sealing_key(Suite::Sm, "providers", 7);
    const Bytes sealed = seal(sealing, bytes_of("value"), bytes_of("row"), random);
    const SealingKey again = key->sealing_key(Suite::Sm, "providers", 7);
    EXPECT_EQ(open(std::span(&again, 1), sealed, bytes_of("row"))->reveal(), "value");
}

}  // namespace
}  // namespace kapok::platform::crypto
