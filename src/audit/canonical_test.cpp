// Canonical JSON against the examples of RFC 8785, at the limits, and as a property: writing is a
// function of the value alone, and reading what was written gives the value back.

#include "audit/canonical.h"

#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "audit/errors.h"
#include "audit/limits.h"
#include "core/random.h"

namespace kapok::audit {
namespace {

namespace json = boost::json;

std::string canonical(std::string_view text) {
    return canonical_json(json::parse(text)).value();
}

TEST(CanonicalJson, HasNoSpaceAndSortedMembers) {
    EXPECT_EQ(canonical(R"( { "b" : [ 1 , -2, {} , [] ], "a" : null, "B": true, "" : false } )"),
              R"({"":false,"B":true,"a":null,"b":[1,-2,{},[]]})");
}

// RFC 8785 section 3.2.3: the order is that of UTF-16, where U+1F600 comes before U+FB33.
TEST(CanonicalJson, SortsByUtf16AsTheRfcDoes) {
    EXPECT_EQ(canonical(R"({"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew",
                            "1":"One","\ud83d\ude00":"Emoji","\u0080":"Control",
                            "\u00f6":"Latin"})"),
              "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xC2\x80\":\"Control\",\"ö\":\"Latin\","
              "\"€\":\"Euro Sign\",\"😀\":\"Emoji\",\"\uFB33\":\"Hebrew\"}");
}

// RFC 8785 section 3.2.2.2.
TEST(CanonicalJson, EscapesOnlyWhatItMust) {
    EXPECT_EQ(canonical(R"("\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"\/\u007f\b\f\t\u0000")"),
              "\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\x7F\\b\\f\\t\\u0000\"");
}

TEST(CanonicalJson, KeepsIntegersThatEveryReaderKeeps) {
    EXPECT_EQ(canonical("[9007199254740991,-9007199254740991,0]"),
              "[9007199254740991,-9007199254740991,0]");
    for (const auto* text : {"9007199254740992", "-9007199254740992", "18446744073709551615"}) {
        EXPECT_EQ(canonical_json(json::parse(text)).error().code(), kNotCanonical) << text;
    }
}

TEST(CanonicalJson, RefusesFractionsAndOtherBytes) {
    for (const json::value& value :
         {json::value(0.5), json::value(1.0), json::value(1e300), json::value("\xFF"),
          json::value({{"\xC0\xAF", 1}}), json::value({1, {2, 3.5}})}) {
        EXPECT_EQ(canonical_json(value).error().code(), kNotCanonical);
    }
}

TEST(CanonicalJson, RefusesDeepNesting) {
    json::value value = 1;
    for (std::size_t level = 0; level < kDataDepthMax; ++level) {
        value = json::array{std::move(value)};
    }
    EXPECT_TRUE(canonical_json(value).has_value());
    value = json::array{std::move(value)};
    EXPECT_EQ(canonical_json(value).error().code(), kNotCanonical);
}

class Values {
public:
    explicit Values(std::uint64_t seed) : random_(seed) {}

    json::value any(int depth) {
        switch (random_.below(depth == 0 ? 4 : 6)) {
            case 0: return nullptr;
            case 1: return random_.below(2) == 0;
            case 2: return static_cast<std::int64_t>(random_.next() >> (11 + random_.below(50)));
            case 3: return json::value(text());
            case 4: {
                json::array array;
                for (auto left = random_.below(5); left > 0; --left) {
                    array.push_back(any(depth - 1));
                }
                return array;
            }
            default: return object(depth);
        }
    }

    // The same members in another order.
    json::object shuffled(const json::object& object) {
        std::vector<const json::key_value_pair*> members;
        for (const auto& member : object) {
            members.push_back(&member);
        }
        json::object out;
        while (!members.empty()) {
            std::swap(members[random_.below(members.size())], members.back());
            out.insert(*members.back());
            members.pop_back();
        }
        return out;
    }

    json::object object(int depth) {
        json::object object;
        for (auto left = random_.below(6); left > 0; --left) {
            object[text()] = any(depth - 1);
        }
        return object;
    }

private:
    std::string text() {
        static constexpr std::string_view kPieces[] = {"a",  "B",      "\"", "\\", "\n",
                                                       "木", "\uFFFD", "😀", "é",  "\x01"};
        std::string text;
        for (auto left = random_.below(5); left > 0; --left) {
            text += kPieces[random_.below(std::size(kPieces))];
        }
        return text;
    }

    core::SeededRandom random_;
};

TEST(CanonicalJson, IsOneTextForOneValue) {
    Values values(20'260'401);
    for (int round = 0; round < 3'000; ++round) {
        const json::object object = values.object(4);
        const std::string text = canonical_json(object).value();
        EXPECT_EQ(json::parse(text), json::value(object));
        EXPECT_EQ(canonical(text), text);
        EXPECT_EQ(canonical_json(values.shuffled(object)).value(), text);
    }
}

}  // namespace
}  // namespace kapok::audit
