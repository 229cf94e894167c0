#include "models/batch/upload.h"

#include <charconv>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "models/errors.h"
#include "models/limits.h"
#include "platform/crypto/bytes.h"
#include "platform/crypto/encoding.h"

namespace kapok::models {
namespace {

namespace asio = boost::asio;

using platform::objects::ObjectWriter;

constexpr std::size_t kWriteBytes = std::size_t{256} * 1024;
constexpr std::string_view kPurposeField = "purpose";
constexpr std::string_view kFileField = "file";
constexpr std::string_view kAnchorField = "expires_after[anchor]";
constexpr std::string_view kSecondsField = "expires_after[seconds]";

std::unexpected<core::Error> bad(std::string_view field, std::string expected, std::string actual) {
    return core::fail(kFormField,
                      {{"param", std::string(field)},
                       {"expected", std::move(expected)},
                       {"actual", std::move(actual)}},
                      fmt::format("/{}", field));
}

}  // namespace

core::Result<void> Upload::begin_part(PartBegin part) {
    const bool file = part.name == kFileField;
    if (file != part.filename.has_value()) {
        return bad(kFileField, file ? "a file" : "the only file", part.name);
    }
    const bool known = file || part.name == kPurposeField || part.name == kAnchorField ||
                       part.name == kSecondsField;
    if (!known) {
        return bad("…", "purpose, file, expires_after[anchor] or expires_after[seconds]",
                   part.name.substr(0, kFieldNameBytesMax));
    }
    if (file) {
        if (has_file_) {
            return bad(kFileField, "there once", "there twice");
        }
        has_file_ = true;
        file_.name = *std::move(part.filename);
    }
    part_ = std::move(part.name);
    value_.clear();
    return {};
}

core::Result<void> Upload::end_part() {
    const std::string name = std::exchange(part_, {});
    if (name == kFileField) {
        return {};
    }
    std::optional<std::string>& place = name == kPurposeField  ? purpose_
                                        : name == kAnchorField ? expiry_anchor_
                                                               : expiry_seconds_;
    if (place) {
        return bad(name, "there once", "there twice");
    }
    place = std::exchange(value_, {});
    return {};
}

core::Result<void> Upload::see(FormEvent event) {
    if (auto* begin = std::get_if<PartBegin>(&event)) {
        return begin_part(std::move(*begin));
    }
    if (std::holds_alternative<PartEnd>(event)) {
        return end_part();
    }
    const std::string& bytes = std::get<PartData>(event).bytes;
    if (part_ != kFileField) {
        value_ += bytes;
        return value_.size() <= kFieldBytesMax
                   ? core::Result<void>()
                   : bad(part_, fmt::format("at most {} bytes", kFieldBytesMax), "more");
    }
    buffer_ += bytes;
    hasher_.update(platform::crypto::bytes_of(bytes));
    file_.bytes += static_cast<std::int64_t>(bytes.size());
    if (file_.bytes > kFileBytesMax) {
        return core::fail(kFileTooLarge, {{"limit", std::to_string(kFileBytesMax)}}, "/file");
    }
    return {};
}

// What the fields of the form say, once all are there.
core::Result<void> Upload::read_fields() {
    if (!has_file_) {
        return core::fail(kMissingMember, {{"param", "file"}}, "/file");
    }
    if (!purpose_) {
        return core::fail(kMissingMember, {{"param", "purpose"}}, "/purpose");
    }
    if (*purpose_ != kPurposeBatch) {
        return bad(kPurposeField, std::string(kPurposeBatch), purpose_->substr(0, 64));
    }
    file_.purpose = *purpose_;
    if (!expiry_anchor_ && !expiry_seconds_) {
        return {};
    }
    if (expiry_anchor_ != "created_at") {
        return bad(kAnchorField, "created_at", expiry_anchor_.value_or("absent").substr(0, 64));
    }
    const std::string text = expiry_seconds_.value_or("absent");
    std::int64_t seconds = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const bool whole = failure == std::errc() && end == text.data() + text.size();
    if (!whole || seconds < kFileLifetimeMinS || seconds > kFileLifetimeMaxS) {
        return bad(kSecondsField, fmt::format("{} to {}", kFileLifetimeMinS, kFileLifetimeMaxS),
                   text.substr(0, 64));
    }
    file_.expires_at = file_.created_at + std::chrono::seconds(seconds);
    return {};
}

asio::awaitable<core::Result<void>> Upload::write(bool last) {
    if (buffer_.size() < kWriteBytes && !last) {
        co_return core::Result<void>();
    }
    auto writing = [&store = tools_.objects, name = object_of(file_.id), writer = writer_,
                    bytes = std::exchange(buffer_, {}),
                    last]() mutable -> core::Result<std::shared_ptr<ObjectWriter>> {
        if (!writer) {
            auto made = store.create(name);
            if (!made) {
                return std::unexpected(made.error());
            }
            writer = *std::move(made);
        }
        if (const auto written = writer->write(std::as_bytes(std::span(bytes))); !written) {
            return std::unexpected(written.error());
        }
        if (last) {
            if (const auto kept = writer->finish(); !kept) {
                return std::unexpected(kept.error());
            }
        }
        return writer;
    };
    core::Result<std::shared_ptr<ObjectWriter>> written =
        co_await tools_.pool.run(std::move(writing));
    if (!written) {
        co_return std::unexpected(written.error());
    }
    writer_ = *std::move(written);
    co_return core::Result<void>();
}

asio::awaitable<core::Result<File>> Upload::take(MultipartReader form,
                                                 std::shared_ptr<platform::http::BodySource> body) {
    for (;;) {
        const core::Result<std::optional<std::string>> piece = co_await body->next();
        if (!piece) {
            co_return std::unexpected(piece.error());
        }
        const auto& bytes = *piece;
        if (!bytes) {
            break;
        }
        auto events = form.feed(*bytes);
        if (!events) {
            co_return std::unexpected(events.error());
        }
        for (FormEvent& event : *events) {
            if (const auto seen = see(std::move(event)); !seen) {
                co_return std::unexpected(seen.error());
            }
        }
        const core::Result<void> written = co_await write(false);
        if (!written) {
            co_return std::unexpected(written.error());
        }
    }
    if (const auto ended = form.finish(); !ended) {
        co_return std::unexpected(ended.error());
    }
    if (const auto read = read_fields(); !read) {
        co_return std::unexpected(read.error());
    }
    const core::Result<void> written = co_await write(true);
    if (!written) {
        co_return std::unexpected(written.error());
    }
    fingerprint_ = fmt::format("{}\n{}\n{}\n{}", platform::crypto::to_hex(hasher_.finish()),
                               file_.purpose, expiry_seconds_.value_or(""), file_.name);
    co_return file_;
}

}  // namespace kapok::models
