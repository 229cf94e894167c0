// Where weights may come from, and where a redirect may lead.

#include "models/imports/source.h"

#include <string>

#include <gtest/gtest.h>

#include "models/errors.h"
#include "models/imports/download.h"
#include "models/imports/import.h"

namespace kapok::models {
namespace {

std::string web(std::string_view text, std::string_view hub = "https://hub.example") {
    const auto source = parse_source(text, hub);
    if (!source) {
        return std::string(source.error().code().name);
    }
    const auto* found = std::get_if<WebSource>(&*source);
    return found == nullptr ? "no web" : to_text(*found);
}

TEST(Source, MayBeAnAddress) {
    EXPECT_EQ(web("https://a.example/x/m.gguf?download=true#top"),
              "https://a.example/x/m.gguf?download=true");
    EXPECT_EQ(web("http://a.example:81?x"), "http://a.example:81/?x");
    for (const std::string_view bad : {"https://", "ftp://a/b", "https://a b/c", "https://user@a/b",
                                       "https://a:0/b", "m.gguf", "", "https://a/\r\nhost: evil"}) {
        EXPECT_EQ(web(bad), "models.bad_source") << bad;
    }
}

TEST(Source, MayBeAHub) {
    EXPECT_EQ(web("hub:o/n:q4/m.gguf"), "https://hub.example/o/n/resolve/main/q4/m.gguf");
    EXPECT_EQ(web("hub:o/n@v1.2:m.gguf", "https://hub.example/models/"),
              "https://hub.example/models/o/n/resolve/v1.2/m.gguf");
    EXPECT_EQ(web("hub:o/n@v1:m.gguf", "http://h/api/{repo}?f={file}&r={revision}"),
              "http://h/api/o/n?f=m.gguf&r=v1");
    EXPECT_EQ(web("hub:o/n:m.gguf", ""), "models.no_hub");
    for (const std::string_view bad :
         {"hub:o:m", "hub:o/n", "hub:o/n/x:m", "hub:o/../n:m", "hub:o/n:../m", "hub:o/n:a//b",
          "hub:o/n:a?b", "hub:/n:m", "hub:o/n@:m", "hub:o/n:{repo}"}) {
        EXPECT_EQ(web(bad), "models.bad_source") << bad;
    }
}

TEST(Source, MayBeAFileOfTheInboxOnly) {
    EXPECT_TRUE(parse_source("file:大模型/m 1.gguf", ""));
    for (const std::string_view bad : {"file:", "file:/etc/passwd", "file:../keys/master",
                                       "file:a/../../b", "file:.hidden", "file:a//b", "file:a/"}) {
        EXPECT_EQ(web(bad), "models.bad_source") << bad;
    }
}

TEST(Source, NamesItsFile) {
    EXPECT_EQ(file_name_of("https://a/x/m.gguf?y=/z"), "m.gguf");
    EXPECT_EQ(file_name_of("upload:package:x.tgz:package/m q.gguf"), "m_q.gguf");
    EXPECT_EQ(file_name_of("upload:..."), "weights.gguf");
    EXPECT_EQ(file_name_of("file:" + std::string(400, 'a')).size(), 200U);
}

std::string next(std::string_view from, std::string_view location) {
    const auto followed = follow(*parse_web(from), location);
    return followed ? to_text(*followed) : std::string(followed.error().code().name);
}

TEST(Redirect, LeadsWhereRfc3986Says) {
    EXPECT_EQ(next("https://a/x/y?q", "z"), "https://a/x/z");
    EXPECT_EQ(next("https://a/x/y", "/z?k=v"), "https://a/z?k=v");
    EXPECT_EQ(next("https://a/x", "//b/y"), "https://b/y");
    EXPECT_EQ(next("http://a/x", "https://b/y"), "https://b/y");
    EXPECT_EQ(next("https://a/x", "http://b/y"), "models.bad_redirect");
    EXPECT_EQ(next("https://a/x", "file:///etc/passwd"), "models.bad_redirect");
    EXPECT_EQ(next("https://a/x", "https://b/\n"), "models.bad_redirect");
}

TEST(ContentRange, IsReadStrictly) {
    EXPECT_EQ(parse_content_range("bytes 5-9/10"), (ContentRange{5, 10}));
    EXPECT_EQ(parse_content_range("bytes 5-9/*"), (ContentRange{5, std::nullopt}));
    EXPECT_EQ(parse_content_range("bytes */10"), (ContentRange{std::nullopt, 10}));
    for (const std::string_view bad :
         {"", "bytes", "bytes 5-9", "bytes 9-5/10", "bytes 5-10/10", "bytes -1-2/3", "bytes */*",
          "bytes 5-9/x", "items 5-9/10", "bytes 99999999999999999999-9/10", "bytes 5/10"}) {
        EXPECT_EQ(parse_content_range(bad), std::nullopt) << bad;
    }
}

}  // namespace
}  // namespace kapok::models
