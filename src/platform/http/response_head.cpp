#include "platform/http/response_head.h"

#include <array>
#include <cassert>
#include <chrono>

#include <boost/beast/http/status.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <zlib.h>

namespace kapok::platform::http {
namespace {

constexpr std::size_t kCompressBytesMin = 1024;  // Less fits in one packet anyway.

bool is_framing(std::string_view name) {
    return name == "connection" || name == "content-length" || name == "transfer-encoding" ||
           name == "date" || name == "keep-alive";
}

void append_header(std::string& head, std::string_view name, std::string_view value) {
    head.append(name).append(": ");
    for (const char c : value) {
        head += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    }
    head += "\r\n";
}

}  // namespace

std::string to_http_date(core::Timestamp time) {
    return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                       std::chrono::floor<std::chrono::seconds>(time));
}

std::string response_head(const Response& response, const Framing& framing, std::string_view date) {
    const auto reason = boost::beast::http::obsolete_reason(
        static_cast<boost::beast::http::status>(response.status));
    std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status,
                                   std::string_view(reason.data(), reason.size()));
    append_header(head, "date", date);
    if (response.status == 101) {
        append_header(head, "connection", "upgrade");
    } else if (!framing.keep_alive) {
        append_header(head, "connection", "close");
    } else if (framing.http_1_0) {
        append_header(head, "connection", "keep-alive");
    }
    if (framing.chunked) {
        append_header(head, "transfer-encoding", "chunked");
    }
    if (framing.content_length) {
        append_header(head, "content-length", std::to_string(*framing.content_length));
    }
    for (const auto& [name, value] : response.headers) {
        if (is_framing(name)) {
            continue;
        }
        if (name != "set-cookie") {
            append_header(head, name, value);
            continue;
        }
        for (std::string_view rest = value; !rest.empty();) {
            const auto end = std::min(rest.find('\n'), rest.size());
            append_header(head, name, rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    return head += "\r\n";
}

std::string gzip(std::string_view bytes) {
    z_stream stream{};
    constexpr int kGzipWindow = 15 + 16;  // zlib's way to say gzip, not its own format.
    [[maybe_unused]] int status =
        deflateInit2(&stream, 5, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY);
    assert(status == Z_OK);
    std::string packed(deflateBound(&stream, bytes.size()), '\0');
    // zlib's interface takes a pointer to what it only reads.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    status = deflate(&stream, Z_FINISH);
    assert(status == Z_STREAM_END);
    packed.resize(packed.size() - stream.avail_out);
    deflateEnd(&stream);
    return packed;
}

void compress(Response& response, bool client_accepts) {
    // With an ETag the packed form would need a tag of its own.
    if (!response.compressible || response.stream || response.body.size() < kCompressBytesMin ||
        response.headers.contains("content-encoding") || response.headers.contains("etag")) {
        return;
    }
    response.headers["vary"] = "accept-encoding";
    if (!client_accepts) {
        return;
    }
    std::string packed = gzip(response.body);
    if (packed.size() < response.body.size()) {
        response.body = std::move(packed);
        response.headers["content-encoding"] = "gzip";
    }
}

}  // namespace kapok::platform::http
