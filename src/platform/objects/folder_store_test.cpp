// Objects come back as they were put, or not at all: hostile names, full disks, damaged files and
// symbolic links included.

#include "platform/objects/folder_store.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/random.h"
#include "core/timestamp.h"
#include "platform/crypto/bytes.h"
#include "platform/crypto/encoding.h"
#include "platform/objects/errors.h"
#include "platform/objects/limits.h"
#include "platform/objects/testing.h"

namespace kapok::platform::objects {
namespace {

namespace fs = std::filesystem;

constexpr core::Timestamp kNow = core::from_micros(1'795'000'000'000'000);

class FolderStore : public testing::Test {
protected:
    FolderStore() { options_.folder = folder_.path() / "store"; }

    void SetUp() override { open(); }
    void open() {
        store_.reset();
        auto opened = open_folder_store(options_, clock_, random_);
        ASSERT_TRUE(opened) << core::render(opened.error(), core::Language::En);
        store_ = *std::move(opened);
    }
    ObjectStore& store() { return *store_; }
    FolderOptions& options() { return options_; }
    fs::path objects() const { return options_.folder / "objects"; }
    std::size_t incoming() const {
        const fs::directory_iterator entries(options_.folder / "incoming");
        return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
    }
    Bytes random_bytes(std::size_t size) {
        Bytes bytes(size);
        random_.fill(bytes);
        return bytes;
    }
    std::vector<std::string> names(const ListQuery& query) {
        std::vector<std::string> result;
        const auto listed = store().list(query);
        EXPECT_TRUE(listed);
        for (const ObjectInfo& info : listed.value_or(std::vector<ObjectInfo>{})) {
            result.push_back(info.name);
        }
        return result;
    }
    template <class T>
    static std::string_view code(const core::Result<T>& result) {
        return result ? "none" : result.error().code().name;
    }

private:
    TemporaryFolder folder_;
    core::ManualClock clock_{kNow};
    core::SeededRandom random_{5};
    FolderOptions options_;
    std::unique_ptr<ObjectStore> store_;
};

Bytes bytes_of(std::string_view text) {
    const auto view = crypto::bytes_of(text);
    return {view.begin(), view.end()};
}

TEST_F(FolderStore, GivesBackWhatWasPut) {
    const auto put = store().put("jobs/1/输出.txt", bytes_of("abc"));
    ASSERT_TRUE(put);
    EXPECT_EQ(put->name, "jobs/1/输出.txt");
    EXPECT_EQ(put->size, 3);
    EXPECT_EQ(put->stored_at, kNow);
    EXPECT_EQ(crypto::to_hex(put->sha256),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    open();
    EXPECT_EQ(store().get("jobs/1/输出.txt", 3), bytes_of("abc"));
    EXPECT_EQ(store().find("jobs/1/输出.txt").value(), *put);
    EXPECT_EQ(code(store().get("jobs/1/输出.txt", 2)), kTooLarge.name);
    EXPECT_FALSE(store().find("jobs/1").value());
    EXPECT_EQ(code(store().open("jobs/1")), kNotFound.name);
    EXPECT_EQ(code(store().open("jobs/1/输出.txt/more")), kNotFound.name);
    EXPECT_EQ(code(store().open("other")), kNotFound.name);
}

TEST_F(FolderStore, TakesAnySizeInPiecesOfAnySize) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kChunkBytes - 1, kChunkBytes,
                                   kChunkBytes + 1, 2 * kChunkBytes + 12'345}) {
        const Bytes bytes = random_bytes(size);
        auto writer = store().create("big");
        ASSERT_TRUE(writer);
        for (std::size_t at = 0; at < size;) {
            const std::size_t count = std::min<std::size_t>(size - at, 777'777);
            ASSERT_TRUE((*writer)->write(ByteView(bytes).subspan(at, count)));
            at += count;
        }
        const auto info = (*writer)->finish();
        ASSERT_TRUE(info);
        EXPECT_EQ(info->sha256, crypto::hash(crypto::Suite::Intl, bytes));
        EXPECT_EQ(store().get("big", kObjectBytesMax), bytes);
    }
    EXPECT_EQ(incoming(), 0U);
}

TEST_F(FolderStore, ReadsRanges) {
    const Bytes bytes = random_bytes(2 * kChunkBytes + 100);
    const auto size = static_cast<std::int64_t>(bytes.size());
    ASSERT_TRUE(store().put("a", bytes));
    const auto chunk = static_cast<std::int64_t>(kChunkBytes);
    for (const auto& [offset, count] : std::vector<std::pair<std::int64_t, std::int64_t>>{
             {0, 0}, {0, 1}, {5, 10}, {chunk - 3, 6}, {chunk, chunk}, {1, size - 1}, {size, 0}}) {
        const auto reader = store().open("a", Range{offset, count});
        ASSERT_TRUE(reader);
        Bytes got(static_cast<std::size_t>(count) + 1);
        std::size_t at = 0;
        while (true) {
            const auto read = (*reader)->read(std::span(got).subspan(at));
            ASSERT_TRUE(read);
            if (*read == 0) {
                break;
            }
            at += *read;
        }
        got.resize(at);
        const auto begin = bytes.begin() + offset;
        EXPECT_EQ(got, Bytes(begin, begin + count));
    }
    for (const Range& range :
         {Range{-1, 1}, Range{size + 1, {}}, Range{size, 1}, Range{0, -1}, Range{1, size},
          Range{0, std::numeric_limits<std::int64_t>::max()}}) {
        EXPECT_EQ(code(store().open("a", range)), kBadRange.name);
    }
}

TEST_F(FolderStore, ReplacesOrRefusesAndNeverShowsWhatIsNotFinished) {
    ASSERT_TRUE(store().put("a", bytes_of("one")));
    const auto before = store().open("a");
    {
        const auto given_up = store().create("a");
        ASSERT_TRUE((*given_up)->write(bytes_of("half")));
        EXPECT_EQ(incoming(), 1U);
    }
    EXPECT_EQ(incoming(), 0U);
    EXPECT_EQ(store().get("a", 10), bytes_of("one"));
    EXPECT_EQ(code(store().put("a", bytes_of("two"), Existing::Refuse)), kExists.name);
    EXPECT_EQ(store().get("a", 10), bytes_of("one"));
    ASSERT_TRUE(store().put("a", bytes_of("three")));
    EXPECT_EQ(store().get("a", 10), bytes_of("three"));
    Bytes buffer(10);
    EXPECT_EQ((*before)->read(buffer), 3U);
    EXPECT_EQ(incoming(), 0U);
}

TEST_F(FolderStore, ANameIsNotAFolderOfOthersToo) {
    ASSERT_TRUE(store().put("a/b", bytes_of("x")));
    EXPECT_EQ(code(store().put("a", bytes_of("x"))), kNameTaken.name);
    EXPECT_EQ(code(store().put("a/b/c", bytes_of("x"))), kNameTaken.name);
    EXPECT_EQ(incoming(), 0U);
    ASSERT_TRUE(store().remove("a/b"));
    EXPECT_TRUE(store().put("a", bytes_of("x")));
}

TEST_F(FolderStore, RemovesAlsoTheFoldersThatBecomeEmpty) {
    ASSERT_TRUE(store().put("a/b/c/d", bytes_of("x")));
    ASSERT_TRUE(store().put("a/e", bytes_of("x")));
    ASSERT_TRUE(store().remove("a/b/c/d"));
    EXPECT_FALSE(fs::exists(objects() / "a/b"));
    EXPECT_TRUE(fs::exists(objects() / "a/e"));
    EXPECT_EQ(code(store().remove("a/b/c/d")), kNotFound.name);
    EXPECT_EQ(code(store().remove("a")), kNotFound.name);
    EXPECT_EQ(code(store().remove("a/e/f")), kNotFound.name);
}

TEST_F(FolderStore, ListsByPrefixInTheOrderOfBytesPageByPage) {
    const std::vector<std::string> all{"a",     "b-1",    "b.txt", "b/1",    "b/10", "b/2",
                                       "b/2.x", "b/2=/3", "b0",    "b1/z/z", "c/d",  "中/文"};
    for (const std::string& name : all) {
        ASSERT_TRUE(store().put(name, bytes_of(name)));
    }
    EXPECT_EQ(names({}), all);
    EXPECT_EQ(names({"b/", "", 100}),
              (std::vector<std::string>{"b/1", "b/10", "b/2", "b/2.x", "b/2=/3"}));
    EXPECT_EQ(names({"b/2", "", 100}), (std::vector<std::string>{"b/2", "b/2.x", "b/2=/3"}));
    EXPECT_EQ(names({"b1", "", 100}), (std::vector<std::string>{"b1/z/z"}));
    EXPECT_EQ(names({"x", "", 100}), std::vector<std::string>{});
    EXPECT_EQ(names({"../", "", 100}), std::vector<std::string>{});
    std::vector<std::string> paged;
    for (std::string after;;) {
        const auto page = names({"", after, 3});
        if (page.empty()) {
            break;
        }
        paged.insert(paged.end(), page.begin(), page.end());
        after = page.back();
    }
    EXPECT_EQ(paged, all);
}

TEST_F(FolderStore, RefusesNamesThatLeadElsewhere) {
    for (const char* name : {"../escape", "/etc/passwd", "a/../../b", "", ".", "a\\..\\b"}) {
        EXPECT_EQ(code(store().put(name, bytes_of("x"))), kBadName.name) << name;
        EXPECT_EQ(code(store().open(name)), kBadName.name) << name;
        EXPECT_EQ(code(store().find(name)), kBadName.name) << name;
        EXPECT_EQ(code(store().remove(name)), kBadName.name) << name;
    }
}

TEST_F(FolderStore, FollowsNoSymbolicLink) {
    const fs::path outside = options().folder.parent_path() / "outside";
    fs::create_directory(outside);
    std::ofstream(outside / "secret") << "secret";
    ASSERT_TRUE(store().put("real/a", bytes_of("x")));
    fs::create_directory_symlink(outside, objects() / "link");
    fs::create_symlink(outside / "secret", objects() / "real/file");
    EXPECT_EQ(code(store().open("link/secret")), kUnreadable.name);
    EXPECT_EQ(code(store().open("real/file")), kUnreadable.name);
    EXPECT_EQ(code(store().put("link/new", bytes_of("x"))), kUnreadable.name);
    EXPECT_FALSE(fs::exists(outside / "new"));
    // Replacing a link replaces the link.
    ASSERT_TRUE(store().put("real/file", bytes_of("y")));
    EXPECT_EQ(store().get("real/file", 1), bytes_of("y"));
    EXPECT_EQ(fs::file_size(outside / "secret"), 6U);
}

TEST_F(FolderStore, NeverGivesOutADamagedByte) {
    const Bytes bytes = random_bytes(kChunkBytes + 1'000);
    ASSERT_TRUE(store().put("a", bytes));
    const fs::path file = objects() / "a";
    const auto size = static_cast<std::int64_t>(fs::file_size(file));
    core::SeededRandom random(9);
    for (std::int64_t i = 0; i < 150; ++i) {
        const auto at =
            i < 90 ? size - 1 - i * 2
                   : static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(size)));
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekg(at);
        const char before = static_cast<char>(stream.get());
        stream.seekp(at);
        stream.put(static_cast<char>(before ^ 0x20));
        stream.flush();
        EXPECT_EQ(code(store().get("a", kObjectBytesMax)), kDamaged.name) << at;
        stream.seekp(at);
        stream.put(before);
    }
    EXPECT_EQ(store().get("a", kObjectBytesMax), bytes);
    for (const std::int64_t kept : {size - 1, size - 1'000, std::int64_t{50}, std::int64_t{0}}) {
        fs::resize_file(file, static_cast<std::uintmax_t>(kept));
        EXPECT_EQ(code(store().open("a")), kDamaged.name);
    }
    EXPECT_TRUE(store().remove("a"));
}

TEST_F(FolderStore, ADamagedChunkDoesNotHideTheOthers) {
    const Bytes bytes = random_bytes(3 * kChunkBytes);
    ASSERT_TRUE(store().put("a", bytes));
    std::fstream stream(objects() / "a", std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(kChunkBytes + 7);
    stream.put('x');
    stream.put('y');
    stream.close();
    const auto reader = store().open("a");
    ASSERT_TRUE(reader);
    Bytes buffer(2 * kChunkBytes);
    EXPECT_EQ((*reader)->read(buffer), kChunkBytes);
    EXPECT_EQ(code((*reader)->read(buffer)), kDamaged.name);
    EXPECT_EQ(code((*reader)->read(buffer)), kDamaged.name);
    const auto last = store().open("a", Range{2 * kChunkBytes, {}});
    EXPECT_EQ((*last)->read(buffer), kChunkBytes);
}

TEST_F(FolderStore, KeepsToItsLimits) {
    options().object_bytes_max = 1'000;
    options().total_bytes_max = 3'000;
    open();
    EXPECT_TRUE(store().put("a", Bytes(1'000)));
    EXPECT_EQ(code(store().put("b", Bytes(1'001))), kTooLarge.name);
    EXPECT_TRUE(store().put("c", Bytes(1'000)));
    EXPECT_EQ(code(store().put("d", Bytes(1'000))), kFull.name);
    EXPECT_EQ(incoming(), 0U);
    // Replacing needs room for both until the old one is gone.
    EXPECT_EQ(code(store().put("c", Bytes(900))), kFull.name);
    EXPECT_TRUE(store().put("c", Bytes(10)));
    EXPECT_TRUE(store().put("d", Bytes(900)));
    open();
    EXPECT_EQ(code(store().put("e", Bytes(900))), kFull.name);
    EXPECT_TRUE(store().remove("a"));
    EXPECT_TRUE(store().put("e", Bytes(900)));
    const auto small = store().create("f", Existing::Refuse, 5);
    ASSERT_TRUE(small);
    EXPECT_TRUE((*small)->write(Bytes(5)));
    EXPECT_EQ(code((*small)->write(Bytes(1))), kTooLarge.name);
    EXPECT_EQ(code((*small)->write(Bytes(0))), kTooLarge.name);
    EXPECT_EQ(code((*small)->finish()), kTooLarge.name);
}

TEST_F(FolderStore, CleansUpAfterACrashUnlessAnotherUsesTheFolder) {
    std::ofstream(options().folder / "incoming" / "left") << "left by a crash";
    core::SeededRandom random(1);
    const core::ManualClock clock(kNow);
    {
        const auto other = open_folder_store(options(), clock, random);
        ASSERT_TRUE(other);
        EXPECT_EQ(incoming(), 1U);
    }
    open();
    EXPECT_EQ(incoming(), 0U);
}

TEST_F(FolderStore, SaysWhyAFolderCannotBeUsed) {
    FolderOptions options;
    options.folder = "/proc/nowhere/store";
    core::SeededRandom random(1);
    const core::ManualClock clock(kNow);
    const auto opened = open_folder_store(options, clock, random);
    ASSERT_FALSE(opened);
}

TEST_F(FolderStore, TakesAFileWithoutASecondCopy) {
    const Bytes bytes = random_bytes(3 * kChunkBytes + 17);
    const fs::path file = options().folder.parent_path() / "weights";
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),  // NOLINT: bytes as text.
               static_cast<std::streamsize>(bytes.size()));
    struct stat before{};
    ASSERT_EQ(::stat(file.c_str(), &before), 0);
    const auto taken = store().take("models/a", file);
    ASSERT_TRUE(taken) << core::render(taken.error(), core::Language::En);
    EXPECT_EQ(taken->sha256, crypto::hash(crypto::Suite::Intl, bytes));
    EXPECT_EQ(store().get("models/a", 1 << 30), bytes);
    struct stat after{};
    ASSERT_EQ(::stat((objects() / "models/a").c_str(), &after), 0);
    EXPECT_EQ(after.st_ino, before.st_ino);
    EXPECT_FALSE(fs::exists(file));
    EXPECT_EQ(incoming(), 0U);
    EXPECT_EQ(store().take("models/b", file).error().code().name, "objects.not_found");
}

TEST_F(FolderStore, AFileThatCannotBeTakenIsLeftAsItWas) {
    ASSERT_TRUE(store().put("taken/deeper", random_bytes(5)));
    const fs::path file = options().folder.parent_path() / "weights";
    std::ofstream(file) << "12345";
    EXPECT_EQ(store().take("taken", file).error().code().name, "objects.name_taken");
    EXPECT_EQ(store().take("../escape", file).error().code().name, "objects.bad_name");
    EXPECT_EQ(fs::file_size(file), 5U);
    EXPECT_EQ(incoming(), 0U);
    options().object_bytes_max = 4;
    open();
    EXPECT_EQ(store().take("a", file).error().code().name, "objects.too_large");
    EXPECT_EQ(fs::file_size(file), 5U);
    const fs::path link = options().folder.parent_path() / "link";
    fs::create_symlink(file, link);
    EXPECT_FALSE(store().take("a", link));
    EXPECT_TRUE(fs::exists(file) && fs::is_symlink(link));
}

}  // namespace
}  // namespace kapok::platform::objects
