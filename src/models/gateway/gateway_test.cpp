// The pure parts of the gateway: what is read of a call, what is spliced into it, what is counted
// and hidden of a stream, and what is assembled from one. The chunks have the shape that llama.cpp
// 0.5.0 gives; the same functions meet the real engine in the end-to-end tests.

#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "core/random.h"
#include "models/errors.h"
#include "models/gateway/assemble.h"
#include "models/gateway/call.h"
#include "models/gateway/stream_meter.h"

namespace kapok::models {
namespace {

namespace json = boost::json;

Call chat(std::string_view members) {
    const std::string body =
        R"({"model":"m","messages":[{"role":"user","content":"Hi"}])" + std::string(members) + "}";
    return read_call(Endpoint::Chat, body).value();
}

TEST(ReadCall, FindsWhatAHoldAndAMeterNeed) {
    const Call call = chat(R"(,"stream":true,"n":2,"max_tokens":7,"x_unknown":{"a":[1]})"
                           R"(,"stream_options":{"include_usage":true})");
    EXPECT_EQ(call.model, "m");
    EXPECT_TRUE(call.stream && call.include_usage && !call.timings_per_token);
    EXPECT_EQ(call.choices, 2);
    EXPECT_EQ(call.messages, 1);
    EXPECT_EQ(call.max_tokens, 7);
    EXPECT_EQ(call.text_bytes, 32);
    EXPECT_EQ(chat(R"(,"max_tokens":7,"max_completion_tokens":9)").max_tokens, 9);
    EXPECT_EQ(chat(R"(,"max_tokens":-1,"n":null,"stream":null)").max_tokens, std::nullopt);
}

TEST(ReadCall, RefusesWhatAHoldCannotBeComputedFrom) {
    const auto code = [](Endpoint endpoint, std::string_view body) {
        return std::string(read_call(endpoint, body).error().code().name);
    };
    for (const std::string_view body :
         {"", "[]", "{", "{\"model\":\"m\",}", "\xFF", "null", "{\"model\":\"\xC3\x28\"}"}) {
        EXPECT_EQ(code(Endpoint::Chat, body), "models.not_json") << body;
    }
    const std::string deep = "{\"model\":" + std::string(100'000, '[');
    EXPECT_EQ(code(Endpoint::Chat, deep), "models.not_json");
    EXPECT_EQ(code(Endpoint::Chat, R"({"messages":[{}]})"), "models.missing_member");
    EXPECT_EQ(code(Endpoint::Embedding, R"({"model":"m"})"), "models.missing_member");
    const std::string_view start = R"({"model":"m","messages":[{}],)";
    EXPECT_EQ(code(Endpoint::Chat, std::string(start) + R"("max_tokens":1,"max_tokens":99})"),
              "models.repeated_member");
    for (const std::string_view member :
         {R"("max_tokens":"9")", R"("max_tokens":1.5)", R"("max_tokens":1e99)", R"("n":0)",
          R"("n":129)", R"("n":"2")", R"("stream":1)", R"("stream_options":[])",
          R"("stream_options":{"include_usage":"yes"})", R"("max_tokens":-2)",
          R"("max_tokens":100000001)"}) {
        EXPECT_EQ(code(Endpoint::Chat, std::string(start) + std::string(member) + "}"),
                  "models.bad_call")
            << member;
    }
    EXPECT_EQ(code(Endpoint::Chat, R"({"model":"m","messages":[]})"), "models.bad_call");
    EXPECT_EQ(code(Endpoint::Chat, R"({"model":7,"messages":[{}]})"), "models.bad_call");
    EXPECT_EQ(code(Endpoint::Embedding, R"({"model":"m","input":[1,"x"]})"), "models.bad_call");
    EXPECT_EQ(code(Endpoint::Completion, R"({"model":"m","prompt":["a","b"],"n":2})"),
              "models.bad_call");
}

TEST(TokenBound, IsNeverLessThanCouldBeUsed) {
    const TokenBound plain = token_bound(chat(""), 4'096);
    EXPECT_EQ(plain.input, 32 + 64 + 1'024);
    EXPECT_EQ(plain.output, 4'095);
    EXPECT_EQ(token_bound(chat(R"(,"max_tokens":10,"n":3)"), 4'096).output, 30);
    EXPECT_EQ(token_bound(chat(R"(,"max_tokens":99999)"), 4'096).output, 4'095);
    EXPECT_EQ(token_bound(chat(""), 100).input, 100);
    const auto texts = read_call(Endpoint::Embedding, R"({"model":"m","input":["a","b"]})");
    EXPECT_EQ(token_bound(*texts, 512).input, 1'024);
    EXPECT_EQ(token_bound(*texts, 512).output, 0);
}

TEST(MeteredBody, ChangesThreeMembersAndNoOtherByte) {
    EXPECT_EQ(metered_body(R"({ "model" : "m", "x":1.50 })", Counting::Along),
              R"({"stream":true,"stream_options":{"include_usage":true},"timings_per_token":true, )"
              R"("model" : "m", "x":1.50 })");
    EXPECT_EQ(metered_body(R"({"stream":false,"a":"\u00e9","stream_options":{"k\"":[1]}})",
                           Counting::Along),
              R"({"timings_per_token":true,"stream":true,"a":"\u00e9",)"
              R"("stream_options":{"include_usage":true,"k\"":[1]}})");
    EXPECT_EQ(
        metered_body(R"({"stream_options":null,"timings_per_token":false,"stream":true})",
                     Counting::Along),
        R"({"stream_options":{"include_usage":true},"timings_per_token":true,"stream":true})");
    EXPECT_EQ(
        metered_body(R"({"stream_options":{"include_usage":false}})", Counting::Along),
        R"({"stream":true,"timings_per_token":true,"stream_options":{"include_usage":true}})");
    EXPECT_EQ(metered_body(R"({"model":"m"})", Counting::AtEnd),
              R"({"stream":true,"stream_options":{"include_usage":true},"model":"m"})")
        << "a server that does not know timings_per_token would refuse it";
}

TEST(StreamMeter, EstimatesWhatAnUpstreamDoesNotCount) {
    StreamMeter meter(chat(""));
    for (const std::string_view chunk :
         {R"({"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})",
          R"({"choices":[{"index":0,"delta":{"content":"Hel"}}]})",
          R"({"choices":[{"index":0,"delta":{"content":"lo"}}]})"}) {
        ASSERT_TRUE(meter.pass(chunk));
    }
    EXPECT_EQ(meter.count(), TokenCount());
    EXPECT_EQ(meter.estimate(), (TokenCount{0, 0, 2}));
}

TEST(WithoutMembers, LeavesValidJsonWhereverTheyStand) {
    EXPECT_EQ(without_members(R"({"a":1,"b":{"x":[1,2]},"c":"}"})", {"b"}), R"({"a":1,"c":"}"})");
    EXPECT_EQ(without_members(R"({"a":1,"b":2})", {"a"}), R"({"b":2})");
    EXPECT_EQ(without_members(R"({"a":1,"b":2})", {"b"}), R"({"a":1})");
    EXPECT_EQ(without_members(R"({"a":1})", {"a"}), "{}");
    EXPECT_EQ(without_members(R"({"a":{"b":1}})", {"b"}), R"({"a":{"b":1}})");
    EXPECT_EQ(json::parse(without_members(R"({"a":1,"b":2,"c":3})", {"a", "b"})),
              json::parse(R"({"c":3})"));
}

std::string content(int index, std::string_view text, int cached, int prompt, int predicted) {
    json::object chunk{
        {"choices",
         {{{"finish_reason", nullptr}, {"index", index}, {"delta", {{"content", text}}}}}},
        {"id", "c1"},
        {"object", "chat.completion.chunk"},
        {"timings", {{"cache_n", cached}, {"prompt_n", prompt}, {"predicted_n", predicted}}}};
    return json::serialize(chunk);
}

std::string usage_chunk(int completion) {
    json::object chunk{{"choices", json::array()},
                       {"id", "c1"},
                       {"object", "chat.completion.chunk"},
                       {"usage",
                        {{"completion_tokens", completion},
                         {"prompt_tokens", 21},
                         {"total_tokens", 21 + completion},
                         {"prompt_tokens_details", {{"cached_tokens", 20}}}}},
                       {"timings", {{"predicted_n", completion}}}};
    return json::serialize(chunk);
}

TEST(StreamMeter, CountsUpToTheLastChunkOfACutStream) {
    StreamMeter meter(chat(""));
    EXPECT_EQ(meter.count(), TokenCount());
    ASSERT_TRUE(meter.pass(content(0, "H", 20, 1, 1)));
    ASSERT_TRUE(meter.pass(content(0, "i", 20, 1, 2)));
    EXPECT_EQ(meter.count(), (TokenCount{21, 20, 2}));
    EXPECT_FALSE(meter.complete());
}

TEST(StreamMeter, SumsChoicesAndCountsTheirPromptOnce) {
    StreamMeter meter(chat(R"(,"n":2,"stream_options":{"include_usage":true})"));
    ASSERT_TRUE(meter.pass(content(1, "H", 0, 21, 1)));
    ASSERT_TRUE(meter.pass(content(0, "H", 0, 21, 1)));
    ASSERT_TRUE(meter.pass(content(0, "e", 0, 21, 2)));
    EXPECT_EQ(meter.count(), (TokenCount{21, 0, 3}));
    EXPECT_EQ(meter.pass(usage_chunk(2)), std::nullopt) << "one choice ended, the other goes on";
    ASSERT_TRUE(meter.pass(content(1, "e", 0, 21, 2)));
    EXPECT_EQ(meter.pass(usage_chunk(5)), std::nullopt);
    EXPECT_FALSE(meter.complete());
    EXPECT_EQ(meter.pass("[DONE]"), std::nullopt);
    EXPECT_TRUE(meter.complete());
    EXPECT_EQ(meter.count(), (TokenCount{21, 20, 7}));
    const json::value closing = json::parse(meter.closing_chunk().value());
    EXPECT_EQ(closing.at("usage").at("completion_tokens"), 7);
    EXPECT_EQ(closing.at("usage").at("total_tokens"), 28);
    EXPECT_EQ(closing.at("choices"), json::array());
}

TEST(StreamMeter, HidesWhatTheClientDidNotAskFor) {
    StreamMeter quiet(chat(""));
    EXPECT_EQ(quiet.pass(R"({"choices":[{"index":0}],"timings":{"predicted_n":1}})").value(),
              R"({"choices":[{"index":0}]})");
    EXPECT_EQ(quiet.pass(usage_chunk(1)), std::nullopt);
    EXPECT_EQ(quiet.closing_chunk(), std::nullopt);
    StreamMeter curious(chat(R"(,"timings_per_token":true)"));
    const std::string chunk = R"({"choices":[{"index":0}],"timings":{"predicted_n":1}})";
    EXPECT_EQ(curious.pass(chunk).value(), chunk);
}

TEST(StreamMeter, ReportsErrorsAndRefusesWhatIsNoJson) {
    StreamMeter meter(chat(""));
    ASSERT_TRUE(meter.pass(R"({"error":{"message":"out of slots"}})"));
    EXPECT_TRUE(meter.failed());
    EXPECT_EQ(meter.pass("[DONE]"), std::nullopt);
    EXPECT_FALSE(meter.complete());
    EXPECT_EQ(meter.pass("{").error().code(), kBadUpstream);
    EXPECT_EQ(meter.pass("3").error().code(), kBadUpstream);
}

// Property: whatever order the chunks of two choices come in, the sums are the same.
TEST(StreamMeter, DoesNotDependOnTheOrderOfChoices) {
    core::SeededRandom random(11);
    for (int round = 0; round < 200; ++round) {
        StreamMeter meter(chat(R"(,"n":2)"));
        std::array<int, 2> sent{};
        while (sent[0] < 9 || sent[1] < 5) {
            const auto index = static_cast<std::size_t>(random.below(2));
            if (sent[index] < (index == 0 ? 9 : 5)) {
                ++sent[index];
                ASSERT_TRUE(meter.pass(content(static_cast<int>(index), "x", 3, 4, sent[index])));
            }
        }
        EXPECT_EQ(meter.count(), (TokenCount{7, 3, 14}));
    }
}

TEST(Assemble, MergesContentToolCallsAndLogprobs) {
    const std::vector<std::string> chunks{
        R"({"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],
            "created":7,"id":"c1","model":"m","object":"chat.completion.chunk"})",
        R"({"choices":[{"finish_reason":null,"index":0,"delta":{"content":"He"},
            "logprobs":{"content":[{"token":"He"}]}}],"id":"c1"})",
        R"({"choices":[{"finish_reason":null,"index":0,"delta":{"content":"llo"},
            "logprobs":{"content":[{"token":"llo"}]}}],"id":"c1"})",
        R"({"choices":[{"finish_reason":null,"index":1,"delta":{"tool_calls":[
            {"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\""}}]}}]})",
        R"({"choices":[{"finish_reason":null,"index":1,"delta":{"tool_calls":[
            {"index":0,"function":{"arguments":":1}"}}]}}]})",
        R"({"choices":[{"finish_reason":"tool_calls","index":1,"delta":{}}]})",
        R"({"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"timings":{"predicted_n":2}})"};
    const auto reply = assemble(Endpoint::Chat, chunks, {5, 1, 2});
    EXPECT_EQ(json::parse(reply.value()), json::parse(R"({
        "id":"c1","created":7,"model":"m","object":"chat.completion","timings":{"predicted_n":2},
        "choices":[
          {"finish_reason":"stop","index":0,"message":{"role":"assistant","content":"Hello"},
           "logprobs":{"content":[{"token":"He"},{"token":"llo"}]}},
          {"finish_reason":"tool_calls","index":1,"message":{"tool_calls":[{"id":"t1",
           "type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}}],
        "usage":{"completion_tokens":2,"prompt_tokens":5,"total_tokens":7,
                 "prompt_tokens_details":{"cached_tokens":1}}})"));
}

TEST(Assemble, MergesCompletionTexts) {
    const std::vector<std::string> chunks{
        R"({"choices":[{"text":"o","index":0,"logprobs":null,"finish_reason":null}],"id":"c"})",
        R"({"choices":[{"text":"k","index":0,"logprobs":null,"finish_reason":"length"}],"id":"c"})"};
    const auto reply = json::parse(assemble(Endpoint::Completion, chunks, {}).value());
    EXPECT_EQ(reply.at("choices").at(0),
              json::parse(R"({"text":"ok","index":0,"logprobs":null,"finish_reason":"length"})"));
    EXPECT_EQ(reply.at("object"), "text_completion");
}

TEST(Assemble, RefusesChunksOfAnotherShape) {
    for (const std::string text : {"[]", "{", R"({"choices":3})", R"({"choices":[1]})"}) {
        EXPECT_FALSE(assemble(Endpoint::Chat, std::vector{text}, {})) << text;
    }
    for (const std::string text :
         {R"({"choices":[{"message":1,"delta":3}]})", R"({"choices":[{"delta":{"tool_calls":7}}]})",
          R"({"choices":[{"delta":{"tool_calls":[1]}}]})"}) {
        EXPECT_TRUE(assemble(Endpoint::Chat, std::vector{text}, {})) << text;
    }
}

}  // namespace
}  // namespace kapok::models
