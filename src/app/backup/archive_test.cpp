// A backup's file is read back as it was written, by tar too, and never if it is not whole.

#include "app/backup/archive.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "app/backup/errors.h"
#include "core/random.h"
#include "platform/crypto/bytes.h"

namespace kapok::app::backup {
namespace {

namespace fs = std::filesystem;

class Archive : public testing::Test {
protected:
    Archive() {
        std::string name = fs::temp_directory_path() / "kapok-archive-XXXXXX";
        folder_ = ::mkdtemp(name.data());
    }
    ~Archive() override { fs::remove_all(folder_); }

    [[nodiscard]] fs::path file(const std::string& name = "b.tar") const { return folder_ / name; }
    void write(const std::vector<std::pair<std::string, std::string>>& members) const {
        auto archive = ArchiveWriter::create(file(), core::Timestamp{});
        ASSERT_TRUE(archive.has_value());
        for (const auto& [name, content] : members) {
            ASSERT_TRUE((*archive)->add(name, content));
        }
        ASSERT_TRUE((*archive)->finish());
    }
    [[nodiscard]] std::string content() const {
        std::ifstream in(file(), std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(in), {});
    }
    void put(const std::string& bytes) const {
        std::ofstream(file(), std::ios::binary | std::ios::trunc) << bytes;
    }
    [[nodiscard]] std::string code() const {
        const auto opened = ArchiveReader::open(file());
        return opened ? "opened" : std::string(opened.error().code().name);
    }
    [[nodiscard]] std::size_t entries() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
    }

    fs::path folder_;
};

TEST_F(Archive, IsReadBackAsItWasWritten) {
    const std::string long_name = "objects/" + std::string(190, 'x') + "/" + std::string(99, 'y');
    write({{"empty", ""},
           {"objects/木棉", "text\n"},
           {long_name, std::string(3'000'000, 'z')},
           {std::string(100, 'n'), std::string(512, 'b')}});
    struct stat status{};
    ASSERT_EQ(::stat(file().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    const auto archive = ArchiveReader::open(file());
    ASSERT_TRUE(archive.has_value()) << core::render(archive.error(), core::Language::En);
    ASSERT_EQ(archive->members().size(), 4U);
    EXPECT_EQ(archive->members()[2].name, long_name);
    EXPECT_EQ(archive->read_text(archive->members()[1], 100).value(), "text\n");
    EXPECT_EQ(archive->read_text(archive->members()[2], 3'000'000).value().size(), 3'000'000U);
    EXPECT_EQ(archive->read_text(archive->members()[2], 2'999'999).error().code(), kDamaged);
    EXPECT_EQ(archive->find("nothing"), nullptr);
}

TEST_F(Archive, IsOneThatTarAndSha256sumRead) {
    const std::string long_name = "objects/" + std::string(190, 'x');
    auto archive = ArchiveWriter::create(file(), core::Timestamp{});
    ASSERT_TRUE(archive.has_value());
    ASSERT_TRUE((*archive)->add("a", "alpha"));
    ASSERT_TRUE((*archive)->add(long_name, "beta"));
    const std::string sums = (*archive)->sums();
    ASSERT_TRUE((*archive)->add("SHA256SUMS", sums));
    ASSERT_TRUE((*archive)->finish());
    const std::string command =
        "cd " + folder_.string() + " && tar xf b.tar && sha256sum --quiet --strict -c SHA256SUMS";
    EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST_F(Archive, HasItsNameOnlyWhenItIsWholeAndReplacesNothing) {
    {
        const auto archive = ArchiveWriter::create(file(), core::Timestamp{});
        ASSERT_TRUE((*archive)->add("a", "alpha"));
        EXPECT_FALSE(fs::exists(file()));
    }
    EXPECT_EQ(entries(), 0U);
    const auto first = ArchiveWriter::create(file(), core::Timestamp{});
    const auto second = ArchiveWriter::create(file(), core::Timestamp{});
    ASSERT_TRUE((*first)->finish());
    EXPECT_EQ((*second)->finish().error().code(), kFileExists);
    EXPECT_EQ(ArchiveWriter::create(file(), core::Timestamp{}).error().code(), kFileExists);
    EXPECT_EQ(ArchiveWriter::create(folder_ / "no" / "where", core::Timestamp{}).error().code(),
              kCannotWrite);
}

TEST_F(Archive, ASourceThatEndsEarlyFails) {
    const auto archive = ArchiveWriter::create(file(), core::Timestamp{});
    const auto nothing = [](std::span<std::byte>) { return core::Result<std::size_t>(0); };
    EXPECT_EQ((*archive)->add("a", 5, nothing).error().code(), kCannotRead);
}

TEST_F(Archive, CutOffAnywhereIsNeverTakenForWhole) {
    write({{"a", std::string(700, 'a')}, {"objects/" + std::string(150, 'b'), "beta"}});
    const std::string whole = content();
    for (std::size_t size = 0; size < whole.size() - 512; size += 37) {
        put(whole.substr(0, size));
        EXPECT_EQ(code(), kDamaged.name) << size;
    }
}

TEST_F(Archive, LeadsNowhereElse) {
    for (const std::string name : {"/etc/passwd", "../up", "a/../../up", "a//b", "./a", "a/", ""}) {
        fs::remove(file());
        write({{name, "x"}});
        EXPECT_EQ(code(), kDamaged.name) << name;
    }
    fs::remove(file());
    write({{"a", "x"}});
    std::string link = content();
    link[156] = '2';  // A symbolic link, with the checksum that fits.
    const unsigned sum = static_cast<unsigned>(std::stoi(link.substr(148, 6), nullptr, 8)) + 2;
    std::array<char, 8> digits{};
    std::snprintf(digits.data(), digits.size(), "%06o", sum);
    link.replace(148, 6, digits.data(), 6);
    put(link);
    EXPECT_EQ(code(), kDamaged.name);
}

// Whatever bytes change, reading ends in an answer, and content that changed has another digest.
TEST_F(Archive, SurvivesAnyChange) {
    write({{"a", std::string(700, 'a')}, {"objects/" + std::string(150, 'b'), "beta"}});
    const std::string whole = content();
    core::SeededRandom random(20261123);
    for (int i = 0; i < 1'000; ++i) {
        std::string changed = whole;
        for (std::uint64_t n = random.below(4) + 1; n > 0; --n) {
            changed[random.below(changed.size())] = static_cast<char>(random.below(256));
        }
        put(changed);
        const auto archive = ArchiveReader::open(file());
        if (!archive) {
            continue;
        }
        for (const Member& member : archive->members()) {
            static_cast<void>(archive->read(
                member, [](std::span<const std::byte>) { return core::Result<void>(); }));
        }
    }
}

TEST_F(Archive, MustBeAFile) {
    EXPECT_EQ(ArchiveReader::open(folder_).error().code(), kCannotRead);
    EXPECT_EQ(ArchiveReader::open(folder_ / "none").error().code(), kCannotRead);
}

}  // namespace
}  // namespace kapok::app::backup
