#include "models/imports/download.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "models/errors.h"
#include "models/limits.h"
#include "platform/errors.h"
#include "platform/http/address.h"

namespace kapok::models {
namespace {

namespace asio = boost::asio;
namespace http = platform::http;

constexpr std::array kRedirects{301, 302, 303, 307, 308};
constexpr std::chrono::seconds kConnectTime{15};
constexpr std::chrono::seconds kIdleTime{60};

// What one walk along redirects may reach; it only ever narrows.
struct Reach {
    bool private_network = false;
    bool saw_public = false;
};

std::optional<std::int64_t> number_of(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = fault == std::errc() && end == text.data() + text.size() && number >= 0;
    return whole && !text.empty() ? std::optional(number) : std::nullopt;
}

std::string header_of(const http::AnswerStream& answer, std::string_view name) {
    const auto found = answer.headers().find(name);
    return found == answer.headers().end() ? std::string() : found->second;
}

http::Call call_of(const WebSource& place, const DownloadRequest& request) {
    http::Call call;
    call.path = place.target;
    call.headers["accept-encoding"] = "identity";
    call.headers["user-agent"] = "kapok";
    if (request.offset > 0) {
        call.headers["range"] = fmt::format("bytes={}-", request.offset);
        if (!request.etag.empty()) {
            call.headers["if-range"] = request.etag;
        }
    }
    return call;
}

asio::awaitable<core::Result<Download>> open_place(WebSource place, DownloadRequest request,
                                                   std::shared_ptr<Reach> reach) {
    http::ClientOptions options;
    options.connect_time = kConnectTime;
    options.idle_time = kIdleTime;
    options.may_connect = [reach](const std::string& address) {
        const bool open = http::is_public_address(address);
        reach->saw_public = reach->saw_public || open;
        return open || reach->private_network;
    };
    auto client = http::Client::create(place.origin, std::move(options));
    if (!client) {
        co_return std::unexpected(client.error());
    }
    Download download;
    download.client = *std::move(client);
    auto answer = co_await download.client->open(call_of(place, request));
    if (!answer) {
        co_return std::unexpected(answer.error());
    }
    download.answer = *std::move(answer);
    reach->private_network = reach->private_network && !reach->saw_public;
    co_return download;
}

// Where the answer's bytes belong.
core::Result<void> place_bytes(Download& download, std::int64_t offset, const std::string& server) {
    const int status = download.answer->status();
    const auto range = parse_content_range(header_of(*download.answer, "content-range"));
    download.etag = header_of(*download.answer, "etag");
    if (download.etag.starts_with("W/") || download.etag.size() > kSourceBytesMax) {
        download.etag.clear();
    }
    if (status == 200) {
        download.total = number_of(header_of(*download.answer, "content-length"));
        return {};
    }
    if (status == 206 && range && range->first == offset) {
        download.offset = offset;
        download.total = range->total;
        return {};
    }
    if (status == 416 && range && range->total == offset) {
        download.answer.reset();
        download.offset = offset;
        download.total = offset;
        return {};
    }
    const bool later = status == 429 || status >= 500;
    return core::fail(later ? kSourceBusy : kSourceRefused,
                      {{"server", server}, {"status", std::to_string(status)}});
}

}  // namespace

std::optional<ContentRange> parse_content_range(std::string_view text) {
    if (!text.starts_with("bytes ")) {
        return std::nullopt;
    }
    text.remove_prefix(6);
    const auto slash = text.find('/');
    if (slash == text.npos) {
        return std::nullopt;
    }
    ContentRange range;
    const std::string_view size = text.substr(slash + 1);
    range.total = number_of(size);
    if (!range.total && size != "*") {
        return std::nullopt;
    }
    const std::string_view bytes = text.substr(0, slash);
    if (bytes == "*") {
        return range.total ? std::optional(range) : std::nullopt;
    }
    const auto dash = bytes.find('-');
    range.first = number_of(bytes.substr(0, dash));
    const auto last = dash == bytes.npos ? std::nullopt : number_of(bytes.substr(dash + 1));
    const bool ordered =
        range.first && last && *range.first <= *last && (!range.total || *last < *range.total);
    return ordered ? std::optional(range) : std::nullopt;
}

bool is_passing(const core::ErrorCode& code) {
    static const std::array kPassing{&platform::kConnectFailed, &platform::kConnectionLost,
                                     &platform::kServerTimeout, &platform::kBadAnswer,
                                     &platform::kTlsFailed,     &kSourceBusy};
    return std::ranges::any_of(kPassing,
                               [&](const core::ErrorCode* passing) { return *passing == code; });
}

asio::awaitable<core::Result<Download>> begin_download(DownloadRequest request) {
    const auto reach = std::make_shared<Reach>();
    reach->private_network = request.private_network;
    WebSource place = request.source;
    for (int step = 0; step <= kRedirectsMax; ++step) {
        auto download = co_await open_place(place, request, reach);
        if (!download) {
            co_return std::unexpected(download.error());
        }
        const std::string server = http::authority_of(place.origin);
        const int status = download->answer->status();
        if (status == 416 && request.offset > 0) {
            const auto placed = place_bytes(*download, request.offset, server);
            if (placed) {
                co_return *std::move(download);
            }
            request.offset = 0;  // What is here is not of this file: from the beginning.
            continue;
        }
        if (std::ranges::find(kRedirects, status) == kRedirects.end()) {
            const auto placed = place_bytes(*download, request.offset, server);
            if (!placed) {
                co_return std::unexpected(placed.error());
            }
            co_return *std::move(download);
        }
        const std::string location = header_of(*download->answer, "location");
        auto next = follow(place, location);
        if (!next) {
            co_return std::unexpected(next.error());
        }
        place = *std::move(next);
    }
    co_return core::fail(kBadRedirect, {{"server", http::authority_of(request.source.origin)},
                                        {"target", fmt::format("> {}", kRedirectsMax)}});
}

}  // namespace kapok::models
