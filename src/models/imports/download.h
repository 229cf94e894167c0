#pragma once

// One answer of a server that has the file, from the byte where ours ends. Redirects are followed;
// each step is checked, so that nobody can make the platform reach into networks that are closed to
// them: a redirect never leads from a public address to a private one, nor from https to http.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "core/result.h"
#include "models/imports/source.h"
#include "platform/http/client.h"

namespace kapok::models {

struct DownloadRequest {
    WebSource source;
    std::int64_t offset = 0;
    std::string etag;              // That the bytes before `offset` belong to; may be empty.
    bool private_network = false;  // Whether private addresses may be reached at all.
};

struct Download {
    std::unique_ptr<platform::http::Client> client;        // Outlives the answer.
    std::unique_ptr<platform::http::AnswerStream> answer;  // None: there is nothing more to come.
    std::int64_t offset = 0;            // Of its first byte: 0 if the server begins again.
    std::optional<std::int64_t> total;  // Of the whole file, if the server says.
    std::string etag;                   // Strong ones only.
};

[[nodiscard]] boost::asio::awaitable<core::Result<Download>> begin_download(
    DownloadRequest request);

// Whether trying again later may help.
[[nodiscard]] bool is_passing(const core::ErrorCode& code);

// "bytes 100-199/200" of a 206, "bytes */200" of a 416.
struct ContentRange {
    std::optional<std::int64_t> first;
    std::optional<std::int64_t> total;

    friend bool operator==(const ContentRange&, const ContentRange&) = default;
};
[[nodiscard]] std::optional<ContentRange> parse_content_range(std::string_view text);

}  // namespace kapok::models
