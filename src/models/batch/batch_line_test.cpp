// The lines of a batch's input, and what is written of them.

#include "models/batch/batch_line.h"

#include <array>
#include <set>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "core/random.h"
#include "models/batch/batch_output.h"
#include "models/errors.h"
#include "models/limits.h"

namespace kapok::models {
namespace {

namespace json = boost::json;

std::string good_line(std::string_view body = R"({"model":"m","messages":[]})") {
    return R"({"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":)" +
           std::string(body) + "}";
}

std::string refusal(std::string_view text) {
    const auto line = read_line(Endpoint::Chat, text);
    return line ? "" : line.error().pointer().value_or(std::string(line.error().code().name));
}

TEST(ReadLine, KeepsTheBodyAsItWasWritten) {
    const std::string body = "{ \"n\" : 1.0e0,\t\"model\":\"m\\u0041\", \"x\":[1 , 2] }";
    const auto line = read_line(Endpoint::Chat, " " + good_line(body) + " \r");
    ASSERT_TRUE(line);
    EXPECT_EQ(line->body, body);
    EXPECT_EQ(line->custom_id, "a");
    EXPECT_EQ(line->model, "mA");
    EXPECT_TRUE(read_line(Endpoint::Chat, R"({"body":{"model":"m"},"extra":[{}],)"
                                          R"("url":"/v1/chat/completions",)"
                                          R"("method":"POST","custom_id":"中文"})"));
}

TEST(ReadLine, SaysWhatIsWrong) {
    for (const std::string_view text : {"", "{", "[]", "null", "{}{}", "\xff", "{\"a\":1,}"}) {
        EXPECT_FALSE(refusal(text).empty()) << text;
    }
    EXPECT_EQ(refusal("[]"), "models.line_not_json");
    EXPECT_EQ(refusal("{}"), "/custom_id");
    EXPECT_EQ(refusal(good_line("[]")), "/body");
    EXPECT_EQ(refusal(good_line("{}")), "/body/model");
    EXPECT_EQ(refusal(good_line(R"({"model":7})")), "/body/model");
    EXPECT_EQ(refusal(good_line(R"({"model":"m","stream":true})")), "/body/stream");
    EXPECT_EQ(refusal(good_line(R"({"model":"m","stream":false})")), "");
    EXPECT_EQ(refusal(R"({"custom_id":"a","custom_id":"b","method":"POST"})"), "/custom_id");
    const auto with = [](std::string_view id, std::string_view method, std::string_view url) {
        return json::serialize(json::object{
            {"custom_id", id}, {"method", method}, {"url", url}, {"body", {{"model", "m"}}}});
    };
    EXPECT_EQ(refusal(with("a", "GET", "/v1/chat/completions")), "/method");
    EXPECT_EQ(refusal(with("a", "POST", "/v1/embeddings")), "/url");
    EXPECT_EQ(refusal(with("", "POST", "/v1/chat/completions")), "/custom_id");
    EXPECT_EQ(refusal(with(std::string_view("a\0b", 3), "POST", "/v1/chat/completions")),
              "/custom_id");
    EXPECT_EQ(
        refusal(with(std::string(kCustomIdBytesMax + 1, 'x'), "POST", "/v1/chat/completions")),
        "/custom_id");
}

// The same lines with the same places, however the file comes in.
TEST(LineCutter, CutsTheSameHoweverTheBytesCome) {
    core::SeededRandom random(20'261'123);
    for (int round = 0; round < 500; ++round) {
        std::string text;
        for (auto count = random.below(40); count > 0; --count) {
            static constexpr std::array<std::string_view, 5> kPieces{"a", "bb", "\n", "\r\n", " "};
            text += kPieces[random.below(kPieces.size())];
        }
        LineCutter cutter;
        std::vector<TextLine> lines;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t size = 1 + random.below(5);
            const auto more = cutter.feed(std::string_view(text).substr(at, size));
            ASSERT_TRUE(more);
            lines.insert(lines.end(), more->begin(), more->end());
            at += size;
        }
        if (const auto last = cutter.finish()) {
            lines.push_back(*last);
        }
        std::int64_t number = 0;
        std::size_t next = 0;
        for (std::size_t at = 0; at <= text.size();) {
            const auto end = std::min(text.find('\n', at), text.size());
            const std::string line = text.substr(at, end - at);
            ++number;
            if (line.find_first_not_of(" \t\r") != std::string::npos) {
                ASSERT_LT(next, lines.size());
                EXPECT_EQ(lines[next].text, line);
                EXPECT_EQ(lines[next].number, number);
                EXPECT_EQ(lines[next].offset, static_cast<std::int64_t>(at));
                ++next;
            }
            at = end + 1;
        }
        EXPECT_EQ(next, lines.size());
    }
}

TEST(LineCutter, RefusesALineThatDoesNotEnd) {
    LineCutter cutter;
    const std::string megabyte(1'000'000, 'x');
    core::Result<std::vector<TextLine>> fed = std::vector<TextLine>();
    for (int i = 0; fed && i < 20; ++i) {
        fed = cutter.feed(megabyte);
    }
    ASSERT_FALSE(fed);
    EXPECT_EQ(fed.error().code().name, "models.line_too_long");
    EXPECT_EQ(fed.error().pointer(), "/1");
}

platform::http::Response reply(int status, std::string body) {
    platform::http::Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

TEST(BatchOutput, HasOpenAisShape) {
    Line line = result_of(reply(200, "{\"a\": 1.50,\n \"b\": \"中\"}"), core::Language::En);
    EXPECT_TRUE(is_good(line));
    line.number = 3;
    line.custom_id = "\"quoted\"";
    const std::string text = output_text(line);
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    EXPECT_NE(text.find(R"({"a":1.50,"b":"中"})"), std::string::npos) << text;
    const json::value written = json::parse(text);
    EXPECT_EQ(written.at("custom_id").as_string(), "\"quoted\"");
    EXPECT_EQ(written.at("response").at("status_code").as_int64(), 200);
    EXPECT_TRUE(written.at("error").is_null());
}

TEST(BatchOutput, TellsRefusalsFromWhatWasNeverAsked) {
    const Line refused = result_of(reply(400, "not JSON\n"), core::Language::En);
    EXPECT_FALSE(is_good(refused));
    EXPECT_EQ(json::parse(output_text(refused)).at_pointer("/response/body/error/message"),
              "not JSON\n");
    const Line unpaid =
        result_of(core::fail(exchange::kInsufficientFunds,
                             {{"needed", "1"}, {"available", "0"}, {"currency", "CNY"}}),
                  core::Language::Zh);
    const json::value written = json::parse(output_text(unpaid));
    EXPECT_TRUE(written.at("response").is_null());
    EXPECT_EQ(written.at_pointer("/error/code"), "insufficient_quota");
    const Line unserved = result_of(core::fail(kNotServed, {{"model", "m"}}), core::Language::En);
    EXPECT_EQ(json::parse(output_text(unserved)).at_pointer("/response/status_code").as_int64(),
              503);
}

TEST(BatchIds, AreTheSameEachTimeAndEachOthersOwn) {
    core::SeededRandom random(1);
    const core::ManualClock clock(core::from_micros(1'764'000'000'000'000));
    const auto batch = BatchId::make(clock, random);
    const auto other = BatchId::make(clock, random);
    std::set<core::Uuid> ids{output_file_of(batch).uuid(), error_file_of(batch).uuid(),
                             output_file_of(other).uuid(), error_file_of(other).uuid()};
    std::size_t made = 4;
    for (const BatchId owner : {batch, other}) {
        for (std::int64_t line = 1; line <= 200; ++line) {
            for (std::int64_t attempt = 1; attempt <= 12; ++attempt, ++made) {
                const LineKey key{owner, line, attempt};
                EXPECT_EQ(hold_of(key), hold_of(key));
                ids.insert(hold_of(key).uuid());
            }
        }
    }
    EXPECT_EQ(ids.size(), made);
    EXPECT_EQ(hold_of({batch, 1, 1}).uuid().made_at(), batch.uuid().made_at());
}

}  // namespace
}  // namespace kapok::models
