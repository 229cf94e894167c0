// What a file of weights says of itself: read from files built here byte by byte, from real ones,
// and from files that lie about their lengths, counts, types and places.

#include "models/imports/gguf.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.h"
#include "models/errors.h"
#include "models/imports/gguf_testing.h"
#include "models/limits.h"

namespace kapok::models {
namespace {

core::Result<WeightsInfo> read(const std::string& file, std::int64_t claimed = -1,
                               std::size_t piece = 7) {
    std::size_t at = 0;
    const ByteSource source = [&](std::span<std::byte> buffer) -> core::Result<std::size_t> {
        const std::size_t count = std::min({buffer.size(), piece, file.size() - at});
        std::memcpy(buffer.data(), file.data() + at, count);
        at += count;
        return count;
    };
    return read_gguf(source, claimed < 0 ? static_cast<std::int64_t>(file.size()) : claimed);
}

std::string_view code_of(const std::string& file) {
    const auto info = read(file);
    return info ? "" : info.error().code().name;
}

TEST(Gguf, SaysWhatTheModelIs) {
    const auto info = read(GgufFile::llama().text("general.name", "Tiny").bytes());
    ASSERT_TRUE(info) << core::render(info.error(), core::Language::En);
    EXPECT_EQ(info->architecture, "llama");
    EXPECT_EQ(info->name, "Tiny");
    EXPECT_EQ(info->license, "apache-2.0");
    EXPECT_EQ(info->context_window, 2'048);
    EXPECT_EQ(info->embedding_length, 64);
    EXPECT_FALSE(info->embeds);
    EXPECT_EQ(info->tensors, 1);
    const auto pooled = read(GgufFile::llama().number("llama.pooling_type", 1).bytes());
    EXPECT_TRUE(pooled && pooled->embeds);
}

TEST(Gguf, PassesOverWhatItDoesNotNeed) {
    GgufFile file = GgufFile::llama();
    file.texts("tokenizer.ggml.tokens", {"<s>", std::string(100'000, 'x'), "木棉"});
    file.text("general.description", std::string(50'000, 'y'));
    EXPECT_TRUE(read(file.bytes(), -1, 1 << 20));
    EXPECT_TRUE(read(file.bytes(), -1, 3));
}

TEST(Gguf, IsNotWhatBeginsOtherwise) {
    EXPECT_EQ(code_of(""), "models.not_gguf");
    EXPECT_EQ(code_of("GGU"), "models.not_gguf");
    EXPECT_EQ(code_of("<!DOCTYPE html><title>Sign in</title>"), "models.not_gguf");
    EXPECT_EQ(code_of("PK\x03\x04 a zip archive"), "models.not_gguf");
}

TEST(Gguf, CutAnywhereIsCut) {
    const std::string whole = GgufFile::llama().bytes();
    for (std::size_t size = 4; size < whole.size(); ++size) {
        EXPECT_EQ(code_of(whole.substr(0, size)), "models.weights_cut") << size;
        // A source that ends before its file does is no better.
        const auto shorter = read(whole.substr(0, size), static_cast<std::int64_t>(whole.size()));
        const bool read_on = size < whole.size() - GgufFile::kDataBytes - 32;  // Data are not.
        EXPECT_TRUE(!read_on || !shorter) << size;
    }
}

TEST(Gguf, ClaimsBeyondTheFileCostNothing) {
    const auto claim = [](std::uint64_t value) {
        GgufFile file = GgufFile::llama();
        file.claim("tokenizer.ggml.tokens", 8, value);
        return file.bytes();
    };
    for (const std::uint64_t count : {std::uint64_t{1} << 40U, ~std::uint64_t{0}}) {
        EXPECT_EQ(code_of(claim(count)), "models.weights_cut") << count;
        GgufFile numbers = GgufFile::llama();
        numbers.claim("tokenizer.ggml.scores", 6, count);
        EXPECT_EQ(code_of(numbers.bytes()), "models.weights_cut") << count;
        GgufFile text = GgufFile::llama();
        text.claim_text("general.name", count);
        EXPECT_EQ(code_of(text.bytes()), "models.weights_cut") << count;
    }
}

TEST(Gguf, RefusesWhatContradictsItself) {
    EXPECT_EQ(code_of(GgufFile::llama().number("llama.context_length", 9).bytes()),
              "models.bad_gguf");  // Twice.
    EXPECT_EQ(code_of(GgufFile::llama().text("a", "b").text("a", "b").bytes()), "models.bad_gguf");
    EXPECT_EQ(code_of(GgufFile::llama().number("general.alignment", 7).bytes()), "models.bad_gguf");
    EXPECT_EQ(code_of(GgufFile::llama().number("general.alignment", 0).bytes()), "models.bad_gguf");
    EXPECT_EQ(code_of(GgufFile::llama().number("split.count", 3).bytes()), "models.bad_gguf");
    EXPECT_EQ(code_of(GgufFile::llama().typed("odd", 13).bytes()), "models.bad_gguf");
    EXPECT_EQ(code_of(GgufFile::llama().text("", "b").bytes()), "models.bad_gguf");
    EXPECT_EQ(code_of(GgufFile::llama().text("\xFF", "b").bytes()), "models.bad_gguf");
    EXPECT_EQ(code_of(GgufFile::llama().text(std::string(257, 'k'), "b").bytes()),
              "models.bad_gguf");
    EXPECT_EQ(code_of(GgufFile(3).tensor("t", {8}, 0, 0).bytes()), "models.bad_gguf");
    EXPECT_EQ(code_of(GgufFile(1).bytes()), "models.bad_gguf");
    EXPECT_EQ(code_of(GgufFile(0x03000000).bytes()), "models.bad_gguf");
    EXPECT_EQ(code_of(GgufFile(3).text("general.architecture", "llama").bytes()),
              "models.bad_gguf");  // No tensors.
}

TEST(Gguf, TensorsLieWithinTheFile) {
    EXPECT_EQ(code_of(GgufFile::llama().tensor("far", {8}, 0, 1U << 20U).bytes()),
              "models.weights_cut");
    EXPECT_EQ(code_of(GgufFile::llama().tensor("odd", {8}, 0, 5).bytes()), "models.bad_gguf");
    EXPECT_EQ(code_of(GgufFile::llama().tensor("part", {31}, 2, 0).bytes()), "models.bad_gguf");
    EXPECT_EQ(code_of(GgufFile::llama().tensor("none", {0}, 0, 0).bytes()), "models.bad_gguf");
    EXPECT_EQ(code_of(GgufFile::llama().tensor("deep", {1, 1, 1, 1, 1}, 0, 0).bytes()),
              "models.bad_gguf");
    const std::uint64_t huge = std::uint64_t{1} << 39U;
    EXPECT_EQ(code_of(GgufFile::llama().tensor("huge", {huge, huge, huge}, 0, 0).bytes()),
              "models.bad_gguf");
    EXPECT_EQ(code_of(GgufFile::llama().tensor("wide", {huge}, 0, 0).bytes()),
              "models.weights_cut");
    EXPECT_EQ(code_of(GgufFile::llama().tensor("new", {8}, 99, 0).bytes()), "");
}

TEST(Gguf, ArraysOfArraysEnd) {
    std::string nested;
    for (int depth = 0; depth < 100; ++depth) {
        nested += GgufFile::little(9U, 4) + GgufFile::little(1, 8);
    }
    GgufFile file = GgufFile::llama();
    file.raw("nested", 9, nested + GgufFile::little(4U, 4) + GgufFile::little(0, 8));
    EXPECT_EQ(code_of(file.bytes()), "models.bad_gguf");
}

TEST(Gguf, FlippedBytesNeverDoHarm) {
    const std::string whole = GgufFile::llama().text("general.name", "Tiny").bytes();
    core::SeededRandom random(11);
    for (int round = 0; round < 20'000; ++round) {
        std::string file = whole;
        for (std::uint64_t flips = 1 + random.below(4); flips > 0; --flips) {
            file[random.below(file.size())] = static_cast<char>(random.below(256));
        }
        const auto info = read(file, -1, 4'096);
        EXPECT_TRUE(!info || info->context_window <= kTokensMax);
    }
}

}  // namespace
}  // namespace kapok::models
