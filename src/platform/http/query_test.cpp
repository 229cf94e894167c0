// Addresses: escapes, and parameters against their tables.

#include "platform/http/query.h"

#include <array>

#include <gtest/gtest.h>

#include "core/random.h"
#include "platform/errors.h"

namespace kapok::platform::http {
namespace {

constexpr std::array<std::string_view, 2> kStates{"queued", "running"};
constexpr std::array kQuery{
    Field{.name = "state", .choices = kStates},
    Field{
        .name = "min", .type = Type::Integer, .range = {0, 9, "x"}, .presence = Presence::Optional},
    Field{.name = "load", .type = Type::Number, .presence = Presence::Optional},
    Field{.name = "deep", .type = Type::Boolean, .presence = Presence::Optional},
    Field{.name = "since", .type = Type::Time, .presence = Presence::Optional},
    Field{.name = "ids",
          .type = Type::List,
          .presence = Presence::Optional,
          .item = Type::Id,
          .id_prefix = "job"},
};

TEST(Query, DecodesWhatItEncodes) {
    core::SeededRandom random(7);
    for (int round = 0; round < 2'000; ++round) {
        std::string text;
        for (std::uint64_t size = random.below(12); size > 0; --size) {
            constexpr std::array<std::string_view, 8> kPieces{"a", "木", " ", "+",
                                                              "%", "&",  "=", "/"};
            text += kPieces[random.below(kPieces.size())];
        }
        EXPECT_EQ(percent_decode(percent_encode(text), Plus::Space), text);
        const Fields fields{{"a" + text, text}, {"b", ""}};
        EXPECT_EQ(parse_query(write_query(fields)).value(), fields);
    }
}

TEST(Query, RefusesBrokenEscapes) {
    for (const std::string_view text : {"%", "%1", "%zz", "%ff", "%00", "%E6%9C", "%ED%A0%80"}) {
        EXPECT_FALSE(percent_decode(text, Plus::Literal).has_value()) << text;
        EXPECT_EQ(parse_query("a=" + std::string(text)).error().code(), kBadAddress);
    }
    EXPECT_EQ(parse_query("a=1&b=2&a=1").error().code(), kDuplicateParameter);
    EXPECT_EQ(parse_query("&&a&=b").value(), (Fields{{"a", ""}, {"", "b"}}));
}

TEST(Query, ChecksParametersAgainstTheirTable) {
    struct Example {
        std::string_view query;
        const core::ErrorCode* code;  // None if it is right.
    };
    const Example examples[] = {
        {"state=queued", nullptr},
        {"state=running&min=9&load=-1.5e3&deep=false&since=2026-01-31T00:00:00Z", nullptr},
        {"state=queued&ids=job_01J9ZQ4W5YB6T3N8KXV2D7RCEM,job_01J9ZQ4W5YB6T3N8KXV2D7RCEN", nullptr},
        {"", &kMissingParameter},
        {"state=lost", &kBadParameter},
        {"state=queued&mim=1", &kUnknownParameter},
        {"state=queued&min=10", &kBadParameter},
        {"state=queued&min=-1", &kBadParameter},
        {"state=queued&min=1.0", &kBadParameter},
        {"state=queued&min=+1", &kBadParameter},
        {"state=queued&min=", &kBadParameter},
        {"state=queued&min=99999999999999999999", &kBadParameter},
        {"state=queued&load=inf", &kBadParameter},
        {"state=queued&load=nan", &kBadParameter},
        {"state=queued&deep=1", &kBadParameter},
        {"state=queued&since=yesterday", &kBadParameter},
        {"state=queued&ids=", nullptr},  // An empty list.
        {"state=queued&ids=job_1", &kBadParameter},
    };
    for (const auto& [query, code] : examples) {
        const auto checked = check_parameters(parse_query(query).value(), kQuery);
        EXPECT_EQ(checked.has_value(), code == nullptr) << query;
        if (code && !checked) {
            EXPECT_EQ(checked.error().code().name, code->name) << query;
        }
    }
}

TEST(Query, SaysWhatWouldBeRight) {
    const auto checked = check_parameters({{"state", "lost"}}, kQuery);
    EXPECT_EQ(core::render(checked.error(), core::Language::En),
              "state must be queued | running, not lost");
    EXPECT_EQ(core::render(check_parameters({{"x", ""}}, {}).error(), core::Language::Zh),
              "没有查询参数 x，只有 -");
}

}  // namespace
}  // namespace kapok::platform::http
