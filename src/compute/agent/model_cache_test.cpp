// Goal: a model is in the cache whole and right or not at all, however often its download broke
// off. Method: downloads cut at every kind of place, continued by a new cache, and fed with wrong,
// too few and too many bytes.

#include "compute/agent/model_cache.h"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compute/artifacts.h"
#include "compute/errors.h"
#include "core/random.h"

namespace kapok::compute::agent {
namespace {

namespace fs = std::filesystem;

class ModelCacheTest : public testing::Test {
protected:
    void SetUp() override {
        std::string name = fs::temp_directory_path() / "kapok-models-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        root_ = name;
        core::SeededRandom random(7);
        for (int i = 0; i < 3'000'000; ++i) {
            bytes_ += static_cast<char>(random.below(256));
        }
        model_ = {digest_of(bytes_), "tiny.gguf", std::ssize(bytes_)};
    }
    void TearDown() override { fs::remove_all(root_); }

    [[nodiscard]] ModelCache cache() const { return ModelCache(root_ / "models"); }
    // Brings bytes from where it stands to `end`, in pieces.
    void bring(ModelDownload& download, std::int64_t end, std::int64_t piece) const {
        while (download.offset() < end) {
            const auto offset = static_cast<std::size_t>(download.offset());
            const auto size = static_cast<std::size_t>(std::min(piece, end - download.offset()));
            ASSERT_TRUE(download.write(
                std::as_bytes(std::span(bytes_.data(), bytes_.size()).subspan(offset, size))));
        }
    }
    static std::string content(const fs::path& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    fs::path root_;
    std::string bytes_;
    ModelRef model_;
};

TEST_F(ModelCacheTest, KeepsAModelOnceItIsWhole) {
    EXPECT_EQ(cache().find(model_), std::nullopt);
    auto download = cache().download(model_).value();
    bring(download, model_.bytes, 1'000'000);
    EXPECT_EQ(cache().find(model_), std::nullopt);  // Not before its bytes were checked.
    const auto path = download.finish();
    ASSERT_TRUE(path.has_value()) << core::render(path.error(), core::Language::En);
    EXPECT_EQ(content(*path), bytes_);
    EXPECT_EQ(path->filename(), "tiny.gguf");
    EXPECT_EQ(cache().find(model_), *path);
    struct stat info{};
    ASSERT_EQ(::stat(path->c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0644U);  // Engines run as other users.
    EXPECT_TRUE(fs::is_empty(root_ / "models/incoming"));
}

TEST_F(ModelCacheTest, GoesOnWhereItBrokeOff) {
    std::int64_t begun = 0;
    for (const std::int64_t end : {std::int64_t{1}, std::int64_t{1'048'576},
                                   std::int64_t{1'048'577}, model_.bytes - 1, model_.bytes}) {
        auto download = cache().download(model_).value();  // Of a new agent each time.
        EXPECT_EQ(download.offset(), begun);
        bring(download, end, 333'333);
        begun = end;
    }
    auto last = cache().download(model_).value();
    EXPECT_EQ(last.offset(), model_.bytes);
    EXPECT_EQ(content(last.finish().value()), bytes_);
}

TEST_F(ModelCacheTest, DropsWhatIsNotTheModelAndBeginsAnew) {
    {  // A byte is wrong.
        auto download = cache().download(model_).value();
        std::string wrong = bytes_;
        wrong[2'000'000] = static_cast<char>(wrong[2'000'000] ^ 1);
        ASSERT_TRUE(download.write(std::as_bytes(std::span(wrong))));
        EXPECT_EQ(download.finish().error().code(), kModelDamaged);
    }
    {  // There are too few.
        auto download = cache().download(model_).value();
        EXPECT_EQ(download.offset(), 0);
        bring(download, model_.bytes - 1, 1'000'000);
        EXPECT_EQ(download.finish().error().code(), kModelDamaged);
    }
    {  // There are too many.
        auto download = cache().download(model_).value();
        EXPECT_EQ(download.offset(), 0);
        bring(download, model_.bytes, 1'000'000);
        EXPECT_EQ(download.write(std::as_bytes(std::span("x", 1))).error().code(), kModelDamaged);
    }
    {  // What lay on the disk was damaged meanwhile.
        auto download = cache().download(model_).value();
        EXPECT_EQ(download.offset(), 0);
        bring(download, 2'000'000, 1'000'000);
        std::fstream file(root_ / "models/incoming" / model_.digest.substr(7),
                          std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(5);
        file.put(static_cast<char>(bytes_[5] ^ 1));
    }
    {
        auto download = cache().download(model_).value();
        EXPECT_EQ(download.offset(), 2'000'000);
        bring(download, model_.bytes, 1'000'000);
        EXPECT_EQ(download.finish().error().code(), kModelDamaged);
    }
    EXPECT_EQ(cache().find(model_), std::nullopt);
    auto download = cache().download(model_).value();
    bring(download, model_.bytes, 1'000'000);
    EXPECT_TRUE(download.finish().has_value());
}

TEST_F(ModelCacheTest, DoesNotTakeAnotherFileForTheModel) {
    auto download = cache().download(model_).value();
    bring(download, model_.bytes, 1'000'000);
    const fs::path path = download.finish().value();
    ModelRef larger = model_;
    ++larger.bytes;
    EXPECT_EQ(cache().find(larger), std::nullopt);
    fs::remove(path);
    fs::create_symlink("/etc/passwd", path);
    EXPECT_EQ(cache().find(model_), std::nullopt);
    fs::remove_all(root_ / "models");
    std::ofstream(root_ / "models") << "in the way";
    EXPECT_EQ(cache().download(model_).error().code(), kAgentFolder);
}

}  // namespace
}  // namespace kapok::compute::agent
