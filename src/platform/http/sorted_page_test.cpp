// What a request asks of a sorted list, and that a cursor is good for the order that it was made in
// and for nothing else.

#include "platform/http/sorted_page.h"

#include <limits>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "platform/errors.h"

namespace kapok::platform::http {
namespace {

using core::Position;
using core::Sort;

Request asking(Fields query) {
    Request request;
    request.query = std::move(query);
    return request;
}

Request after(const Position& position, Sort sort) {
    return asking({{"cursor", write_cursor(position, sort).value()},
                   {"sort", std::string(core::kSortNames.at(std::to_underlying(sort)))}});
}

TEST(SortedPage, BeginsAtTheStartInOrderOfTheirMaking) {
    const auto window = window_of(Request{});
    EXPECT_EQ(window->limit, 50);
    EXPECT_EQ(window->after, std::nullopt);
    EXPECT_EQ(window->sort, Sort::Created);
}

TEST(SortedPage, ContinuesWhereTheCursorSays) {
    const std::int64_t last = std::numeric_limits<std::int64_t>::max();
    for (const Position& position :
         {Position{0, ""}, Position{17, "木棉"}, Position{last, "a:b:c"}}) {
        for (const Sort sort : {Sort::Name, Sort::NameDescending}) {
            const auto window = window_of(after(position, sort));
            EXPECT_EQ(window->after, position);
            EXPECT_EQ(window->sort, sort);
        }
        for (const Sort sort : {Sort::Created, Sort::CreatedDescending}) {
            const auto window = window_of(after(position, sort));
            EXPECT_EQ(window->after, Position{position.sequence});
            EXPECT_EQ(window->sort, sort);
        }
    }
}

// Lists that could not be sorted had cursors of numbers, and those still hold.
TEST(SortedPage, TakesACursorOfANumber) {
    const auto window = window_of(asking({{"cursor", write_cursor(17)}, {"limit", "3"}}));
    EXPECT_EQ(window->after, Position{17});
    EXPECT_EQ(window->limit, 3);
}

TEST(SortedPage, RefusesACursorOfAnotherOrder) {
    Request by_name = after({17, "木棉"}, Sort::Name);
    by_name.query["sort"] = "-created";
    Request by_time = after({17}, Sort::Created);
    by_time.query["sort"] = "name";
    for (const Request& request : {by_name, by_time}) {
        EXPECT_EQ(window_of(request).error().code(), kBadCursor);
    }
}

TEST(SortedPage, RefusesCursorsThatItDidNotGive) {
    for (const char* key : {"", "x", "-1", "1x", " 1", "9223372036854775808", ":", "x:木棉"}) {
        for (const char* sort : {"created", "name"}) {
            const auto window = window_of(
                asking({{"cursor", write_cursor(std::string_view(key))}, {"sort", sort}}));
            ASSERT_FALSE(window.has_value()) << key;
            EXPECT_EQ(window.error().code(), kBadCursor);
        }
    }
    EXPECT_EQ(window_of(asking({{"cursor", "*"}})).error().code(), kBadCursor);
}

TEST(SortedPage, AnswersWithACursorWhileThereIsMore) {
    const auto as_json = [](int item) { return boost::json::value(item); };
    const auto reply = [&](std::optional<Position> next) {
        const core::Result<core::Page<int>> page(core::Page<int>{{4, 5}, std::move(next)});
        return boost::json::parse(
            page_reply(page, {2, std::nullopt, Sort::Name}, Request{}, as_json).body);
    };
    EXPECT_EQ(reply({}), boost::json::parse(R"({"items": [4, 5]})"));
    const auto more = reply(Position{9, "b"});
    const auto window = window_of(
        asking({{"cursor", std::string(more.at("next_cursor").as_string())}, {"sort", "name"}}));
    EXPECT_EQ(window->after, (Position{9, "b"}));
    const core::Result<core::Page<int>> failed = core::fail(kBadCursor, {{"actual", "x"}});
    EXPECT_EQ(page_reply(failed, {}, Request{}, as_json).status, 400);
}

}  // namespace
}  // namespace kapok::platform::http
