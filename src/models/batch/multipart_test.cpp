// Forms, cut anywhere: what is read of one does not depend on how its bytes come, and what readers
// could see differently is refused.

#include "models/batch/multipart.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.h"
#include "models/errors.h"
#include "models/limits.h"

namespace kapok::models {
namespace {

constexpr std::string_view kType = "multipart/form-data; boundary=XX";
constexpr std::string_view kForm =
    "--XX\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
    "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".jsonl\"\r\n"
    "Content-Type: application/octet-stream\r\n\r\n{}\r\n--X\r\n{}\r\r\n\r\n"
    "--XX\r\ncontent-disposition: FORM-DATA; name=empty\r\n\r\n\r\n--XX--\r\n";

// The events with neighbouring pieces of data made one, so that cuts do not show.
core::Result<std::vector<FormEvent>> read(std::string_view type, std::string_view body,
                                          const std::vector<std::size_t>& cuts) {
    auto reader = MultipartReader::create(type);
    if (!reader) {
        return std::unexpected(reader.error());
    }
    std::vector<FormEvent> all;
    std::size_t from = 0;
    for (std::size_t i = 0; i <= cuts.size(); ++i) {
        const std::size_t to = i < cuts.size() ? cuts[i] : body.size();
        auto events = reader->feed(body.substr(from, to - from));
        if (!events) {
            return std::unexpected(events.error());
        }
        from = to;
        for (FormEvent& event : *events) {
            auto* data = std::get_if<PartData>(&event);
            auto* last = all.empty() ? nullptr : std::get_if<PartData>(&all.back());
            if (data != nullptr && last != nullptr) {
                last->bytes += data->bytes;
            } else {
                all.push_back(std::move(event));
            }
        }
    }
    const auto ended = reader->finish();
    return ended ? core::Result<std::vector<FormEvent>>(all) : std::unexpected(ended.error());
}

std::string refusal(std::string_view body, std::string_view type = kType) {
    const auto events = read(type, body, {});
    return events ? "" : std::string(events.error().code().name);
}

TEST(MultipartReader, ReadsPartsHoweverTheyAreCut) {
    const std::vector<FormEvent> expected{PartBegin{"purpose", std::nullopt},
                                          PartData{"batch"},
                                          PartEnd{},
                                          PartBegin{"file", "a \"b\".jsonl"},
                                          PartData{"{}\r\n--X\r\n{}\r\r\n"},
                                          PartEnd{},
                                          PartBegin{"empty", std::nullopt},
                                          PartEnd{}};
    EXPECT_EQ(read(kType, kForm, {}).value(), expected);
    for (std::size_t at = 0; at <= kForm.size(); ++at) {
        EXPECT_EQ(read(kType, kForm, {at}).value(), expected) << at;
    }
    std::vector<std::size_t> every;
    for (std::size_t at = 1; at < kForm.size(); ++at) {
        every.push_back(at);
    }
    EXPECT_EQ(read(kType, kForm, every).value(), expected);
}

TEST(MultipartReader, NeverTakesAFormThatEndsEarly) {
    const std::size_t complete = kForm.size() - 2;  // The last break may be absent.
    for (std::size_t size = 0; size < kForm.size(); ++size) {
        EXPECT_EQ(refusal(kForm.substr(0, size)).empty(), size == complete) << size;
    }
}

TEST(MultipartReader, RefusesWhatReadersCouldSeeDifferently) {
    const std::string part = "Content-Disposition: form-data; name=\"a\"";
    const auto form = [](std::string_view header, std::string_view rest = "\r\n\r\nx\r\n--XX--") {
        return "--XX\r\n" + std::string(header) + std::string(rest);
    };
    EXPECT_EQ(refusal(form(part)), "");
    for (const std::string& bad :
         {"preamble\r\n" + form(part),
          "\r\n" + form(part),
          form(part) + "\r\nmore",
          form(part, "\r\n\r\nx\r\n--XXY\r\n"),
          form(part, "\n\nx\n--XX--"),
          form(part + "\r\n folded: 1"),
          form(part + "\r\n" + part),
          form("X: 1"),
          form("no colon"),
          form("Content-Disposition: attachment; name=\"a\""),
          form("Content-Disposition: form-data"),
          form("Content-Disposition: form-data; name=\"\""),
          form(part + "; name=\"b\""),
          form(part + "; filename=\"\""),
          form(part + "; filename=\"x\"; filename=\"y\""),
          form(part + "; filename=\"x"),
          form(part + "; filename=\"\x01\""),
          form(part + "; filename=\"\xff\""),
          form(part + "; filename=\"" + std::string(256, 'n') + "\""),
          form("X: " + std::string(kPartHeaderBytesMax, 'x') + "\r\n" + part),
          std::string("--XX--") + "x",
          std::string(),
          std::string("--YY\r\n")}) {
        EXPECT_EQ(refusal(bad), "models.bad_form") << bad.substr(0, 200);
    }
    std::string many;
    for (std::size_t i = 0; i <= kFormPartsMax; ++i) {
        many += "--XX\r\n" + part + "\r\n\r\nx\r\n";
    }
    EXPECT_EQ(refusal(many + "--XX--"), "models.bad_form");
}

TEST(MultipartReader, RefusesOtherTypesAndBadBoundaries) {
    for (const std::string& type :
         {std::string(), std::string("application/json"), std::string("multipart/form-data"),
          std::string("multipart/form-data; boundary="),
          std::string("multipart/form-data; boundary=\"a b \""),
          std::string("multipart/form-data; boundary=\"a\r\nb\""),
          std::string("multipart/mixed; boundary=XX"),
          std::string("multipart/form-data; boundary=a; boundary=b"),
          "multipart/form-data; boundary=" + std::string(71, 'a')}) {
        EXPECT_EQ(refusal(kForm, type), "models.not_a_form") << type;
    }
    EXPECT_EQ(refusal(kForm, "Multipart/Form-Data; charset=utf-8; Boundary=\"XX\""), "");
}

TEST(MultipartReader, LeavesFoldersOutOfNames) {
    for (const auto& [given, kept] :
         std::vector<std::pair<std::string, std::string>>{{"../../etc/passwd", "passwd"},
                                                          {"C:\\x\\y.jsonl", "y.jsonl"},
                                                          {"%22q%22", "\"q\""},
                                                          {"问题.jsonl", "问题.jsonl"}}) {
        const auto events = read(kType,
                                 "--XX\r\nContent-Disposition: form-data; name=file; filename=\"" +
                                     given + "\"\r\n\r\n\r\n--XX--",
                                 {});
        ASSERT_TRUE(events) << given;
        EXPECT_EQ(std::get<PartBegin>(events->front()).filename, kept);
    }
}

// Bytes near the delimiters, in random order and cuts: the reader agrees with itself however they
// come, and what it gives out is never more than came in.
TEST(MultipartReader, IsOneFunctionOfItsBytes) {
    core::SeededRandom random(20'261'123);
    const std::vector<std::string> pieces{"--XX",     "--XX--",
                                          "\r\n",     "\r",
                                          "\n",       "-",
                                          "X",        "Content-Disposition: form-data; name=\"a\"",
                                          "\r\n\r\n", "; filename=\"f\"",
                                          "data",     std::string(1, '\0')};
    int good = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string body = random.below(2) == 0 ? "--XX\r\n" + pieces[7] + "\r\n\r\n" : "";
        for (auto count = random.below(12); count > 0; --count) {
            body += pieces[random.below(pieces.size())];
        }
        body += random.below(2) == 0 ? "\r\n--XX--" : "";
        const auto whole = read(kType, body, {});
        const auto cut = read(kType, body, {random.below(body.size() + 1)});
        ASSERT_EQ(whole.has_value(), cut.has_value()) << testing::PrintToString(body);
        if (whole) {
            ++good;
            ASSERT_EQ(*whole, *cut) << testing::PrintToString(body);
        }
    }
    EXPECT_GT(good, 1'000);
}

}  // namespace
}  // namespace kapok::models
