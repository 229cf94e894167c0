// Events on the wire and back, cut at every byte.

#include "platform/http/event_stream.h"

#include <gtest/gtest.h>

#include "core/random.h"

namespace kapok::platform::http {
namespace {

using Events = std::vector<ServerEvent>;

Events parse(std::string_view bytes, std::size_t piece = std::string_view::npos) {
    EventParser parser;
    Events all;
    while (!bytes.empty()) {
        const std::string_view next = bytes.substr(0, piece);
        bytes.remove_prefix(next.size());
        const Events events = parser.feed(next);
        all.insert(all.end(), events.begin(), events.end());
    }
    return all;
}

TEST(EventStream, WritesWhatItReads) {
    const Events events{{"7", "job_ended", "{\"a\":1}"}, {"8", "", ""}, {"8", "x", "two\nlines\n"}};
    std::string wire = write_comment("hello\nthere");
    for (const ServerEvent& event : events) {
        wire += write_event(event);
    }
    EXPECT_EQ(parse(wire), events);
    EXPECT_EQ(write_event(events[0]), "event: job_ended\nid: 7\ndata: {\"a\":1}\n\n");
}

TEST(EventStream, LetsNoValueBeginAField) {
    const std::string wire = write_event({"1\ndata: x", "a\r\nid: 9", "b\rdata: c"});
    EXPECT_EQ(parse(wire), (Events{{"1data: x", "aid: 9", "b\ndata: c"}}));
}

// The examples of the standard, and its corners.
TEST(EventStream, ReadsAsTheStandardSays) {
    const std::pair<std::string_view, Events> examples[] = {
        {"data: YHOO\ndata: +2\ndata: 10\n\n", {{"", "", "YHOO\n+2\n10"}}},
        {": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third\n\n",
         {{"1", "", "first event"}, {"", "", "second event"}, {"", "", " third"}}},
        {"data\n\ndata\ndata\n\ndata:", {{"", "", ""}, {"", "", "\n"}}},
        {"data:test\n\ndata: test\n\n", {{"", "", "test"}, {"", "", "test"}}},
        {"\xEF\xBB\xBF"
         "data: a\r\rdata: b\r\n\r\ndata: c\n\n",
         {{"", "", "a"}, {"", "", "b"}, {"", "", "c"}}},
        {"id: 1\ndata: a\n\ndata: b\n\n", {{"1", "", "a"}, {"1", "", "b"}}},
        {"event: x\n\ndata: a\n\n", {{"", "", "a"}}},
        {std::string_view("id: 1\0\ndata: a\n\n", 16), {{"", "", "a"}}},
        {"Data: a\nfoo: b\ndata : c\n\n", {}},
        {"data: a\n", {}},
        {"\n\n\n", {}},
    };
    for (const auto& [wire, events] : examples) {
        EXPECT_EQ(parse(wire), events) << wire;
    }
}

TEST(EventStream, ReadsHowLongToWait) {
    EventParser parser;
    EXPECT_TRUE(parser.feed("retry: 1500\n\nretry: -1\nretry: 2x\nretry: \n\n").empty());
    EXPECT_EQ(parser.retry_time(), std::chrono::milliseconds(1'500));
}

TEST(EventStream, RemembersTheLastIdForAResumption) {
    EventParser parser;
    EXPECT_EQ(parser.feed("id: 41\ndata: a\n\nid: 42\ndata: b\n\n: x\n").size(), 2U);
    EXPECT_EQ(parser.last_event_id(), "42");
}

TEST(EventStream, GivesUpOnAnEventWithoutEnd) {
    EventParser parser(1'000);
    const std::string line = "data: " + std::string(100, 'x') + "\n";
    std::size_t fed = 0;
    while (!parser.overflowed() && fed < 100'000) {
        fed += line.size();
        EXPECT_TRUE(parser.feed(line).empty());
    }
    EXPECT_LT(fed, 1'300U);
    EXPECT_TRUE(parser.feed("\n\ndata: a\n\n").empty());
}

// Goal: where the bytes are cut never matters. Method: streams made at random of the pieces that
// the grammar is made of, in one piece, byte by byte, and cut at random.
TEST(EventStream, GivesTheSameEventsHoweverItIsCut) {
    constexpr std::array<std::string_view, 16> kPieces{
        "data", "event", "id", "retry",        ":", ": ",        "\n", "\r", "\r\n",
        "\n\n", "abc",   "木", "\xEF\xBB\xBF", " ", "data: x\n", "123"};
    core::SeededRandom random(11);
    for (int round = 0; round < 3'000; ++round) {
        std::string wire;
        for (std::uint64_t size = random.below(30); size > 0; --size) {
            wire += kPieces[random.below(kPieces.size())];
        }
        const Events whole = parse(wire);
        EXPECT_EQ(parse(wire, 1), whole);
        EXPECT_EQ(parse(wire, 1 + random.below(7)), whole);
    }
}

TEST(EventStream, BringsAnyEventAcross) {
    constexpr std::array<std::string_view, 8> kPieces{"a", "木",   "\n",   ":",
                                                      " ", "data", "\n\n", "x"};
    core::SeededRandom random(12);
    for (int round = 0; round < 2'000; ++round) {
        ServerEvent event{std::to_string(round), "t", ""};
        for (std::uint64_t size = random.below(12); size > 0; --size) {
            event.data += kPieces[random.below(kPieces.size())];
        }
        EXPECT_EQ(parse(write_event(event), 1 + random.below(5)), Events{event});
    }
}

}  // namespace
}  // namespace kapok::platform::http
