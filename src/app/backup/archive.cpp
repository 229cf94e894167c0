#include "app/backup/archive.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/backup/errors.h"
#include "app/backup/limits.h"
#include "core/timestamp.h"
#include "platform/crypto/bytes.h"
#include "platform/crypto/encoding.h"
#include "platform/crypto/hash.h"

namespace kapok::app::backup {
namespace {

namespace crypto = platform::crypto;
namespace fs = std::filesystem;

using platform::process::Descriptor;

constexpr std::int64_t kBlock = 512;
constexpr std::size_t kNameSize = 100;
constexpr std::int64_t kSizeInHeaderMax = 077'777'777'777;  // Eleven octal digits.
constexpr char kFile = '0';
constexpr char kExtended = 'x';

using Header = std::array<char, kBlock>;

void put_text(Header& header, std::size_t at, std::string_view text) {
    std::ranges::copy(text, header.begin() + static_cast<std::ptrdiff_t>(at));
}

void put_octal(Header& header, std::size_t at, std::size_t digits, std::int64_t value) {
    put_text(header, at, fmt::format("{:0{}o}", value, digits));
}

// Of all bytes, with the place of the sum itself as spaces.
unsigned checksum_of(const Header& header) {
    unsigned sum = 0;
    for (std::size_t i = 0; i < header.size(); ++i) {
        sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(header.at(i));
    }
    return sum;
}

Header make_header(std::string_view name, std::int64_t size, char kind, core::Timestamp made_at) {
    Header header{};
    put_text(header, 0, name.substr(0, kNameSize));
    put_octal(header, 100, 7, 0600);
    put_octal(header, 108, 7, 0);
    put_octal(header, 116, 7, 0);
    put_octal(header, 124, 11, std::min(size, kSizeInHeaderMax));
    put_octal(header, 136, 11, std::max<std::int64_t>(core::to_micros(made_at) / 1'000'000, 0));
    header[156] = kind;
    put_text(header, 257, "ustar");
    put_text(header, 263, "00");
    put_octal(header, 148, 6, checksum_of(header));
    header[155] = ' ';
    return header;
}

// "27 path=objects/…\n": the number counts itself.
std::string extended_record(std::string_view key, std::string_view value) {
    const std::size_t rest = key.size() + value.size() + 3;
    std::size_t size = rest;
    while (size != rest + std::to_string(size).size()) {
        size = rest + std::to_string(size).size();
    }
    return fmt::format("{} {}={}\n", size, key, value);
}

std::optional<std::int64_t> parse_number(std::string_view text, int base) {
    std::int64_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (fault != std::errc() || end != text.data() + text.size() || value < 0 ||
        value > kMemberBytesMax) {
        return std::nullopt;
    }
    return value;
}

std::string_view field(const Header& header, std::size_t at, std::size_t size) {
    const std::string_view text(header.data() + at, size);
    return text.substr(0, text.find_first_of(std::string_view("\0 ", 2)));
}

// Relative, without "..": also where somebody made the file by hand.
bool is_plain_name(std::string_view name) {
    const fs::path path{std::string(name)};
    return !name.empty() && path.is_relative() && path.lexically_normal().string() == name &&
           *path.begin() != ".." && !name.ends_with('/');
}

std::int64_t padded(std::int64_t size) {
    return (size + kBlock - 1) / kBlock * kBlock;
}

}  // namespace

// ── writing ─────────────────────────────────────────────────────────────────────────────────────

core::Result<std::unique_ptr<ArchiveWriter>> ArchiveWriter::create(const fs::path& file,
                                                                   core::Timestamp made_at) {
    std::error_code fault;
    if (fs::symlink_status(file, fault).type() != fs::file_type::not_found) {
        return core::fail(kFileExists, {{"file", file.string()}});
    }
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    std::string partial = (folder / ("." + file.filename().string() + ".partial-XXXXXX")).string();
    Descriptor made(::mkostemp(partial.data(), O_CLOEXEC));
    if (!made) {
        return core::fail(kCannotWrite,
                          {{"file", file.string()}, {"reason", std::strerror(errno)}});
    }
    return std::unique_ptr<ArchiveWriter>(
        new ArchiveWriter(file, partial, std::move(made), made_at));
}

ArchiveWriter::ArchiveWriter(fs::path file, fs::path partial, Descriptor descriptor,
                             core::Timestamp made_at)
    : file_(std::move(file)),
      partial_(std::move(partial)),
      descriptor_(std::move(descriptor)),
      made_at_(made_at) {}

ArchiveWriter::~ArchiveWriter() {
    if (!partial_.empty()) {
        ::unlink(partial_.c_str());
    }
}

std::unexpected<core::Error> ArchiveWriter::failed(int reason) const {
    return core::fail(kCannotWrite, {{"file", file_.string()}, {"reason", std::strerror(reason)}});
}

core::Result<void> ArchiveWriter::write(std::span<const std::byte> bytes) {
    bytes_ += static_cast<std::int64_t>(bytes.size());
    while (!bytes.empty()) {
        const ssize_t count = ::write(descriptor_.get(), bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR) {
            return failed(errno);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }
    return {};
}

core::Result<void> ArchiveWriter::pad() {
    const std::array<std::byte, kBlock> zeros{};
    return write(std::span(zeros).first(static_cast<std::size_t>(padded(bytes_) - bytes_)));
}

core::Result<void> ArchiveWriter::write_header(std::string_view name, std::int64_t size,
                                               char kind) {
    const Header header = make_header(name, size, kind, made_at_);
    return write(std::as_bytes(std::span(header)));
}

core::Result<void> ArchiveWriter::add(std::string_view name, std::int64_t size,
                                      const ByteSource& source) {
    std::string extended;
    extended += name.size() > kNameSize ? extended_record("path", name) : "";
    extended += size > kSizeInHeaderMax ? extended_record("size", std::to_string(size)) : "";
    if (!extended.empty()) {
        auto done = write_header("pax", static_cast<std::int64_t>(extended.size()), kExtended);
        done = done ? write(crypto::bytes_of(extended)) : done;
        done = done ? pad() : done;
        if (!done) {
            return done;
        }
    }
    if (auto begun = write_header(name, size, kFile); !begun) {
        return begun;
    }
    crypto::Hasher hasher(crypto::Suite::Intl);
    std::vector<std::byte> buffer(kBytesAtOnce);
    for (std::int64_t left = size; left > 0;) {
        const auto room = std::min<std::int64_t>(left, static_cast<std::int64_t>(buffer.size()));
        const auto got = source(std::span(buffer).first(static_cast<std::size_t>(room)));
        if (!got) {
            return std::unexpected(got.error());
        }
        if (*got == 0) {
            return core::fail(kCannotRead, {{"file", std::string(name)}, {"reason", "it ended"}});
        }
        const auto bytes = std::span<const std::byte>(buffer).first(*got);
        hasher.update(bytes);
        if (auto written = write(bytes); !written) {
            return written;
        }
        left -= static_cast<std::int64_t>(*got);
    }
    sums_ += fmt::format("{}  {}\n", crypto::to_hex(hasher.finish()), name);
    ++members_;
    return pad();
}

core::Result<void> ArchiveWriter::add(std::string_view name, std::string_view content) {
    std::string_view left = content;
    return add(name, static_cast<std::int64_t>(content.size()),
               [&left](std::span<std::byte> to) -> core::Result<std::size_t> {
                   const std::size_t count = std::min(to.size(), left.size());
                   std::ranges::copy(crypto::bytes_of(left.substr(0, count)), to.begin());
                   left.remove_prefix(count);
                   return count;
               });
}

core::Result<void> ArchiveWriter::add_file(std::string_view name, const fs::path& file) {
    const auto unreadable = [&file](int reason) {
        return core::fail(kCannotRead,
                          {{"file", file.string()}, {"reason", std::strerror(reason)}});
    };
    const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (!opened || ::fstat(opened.get(), &status) != 0) {
        return unreadable(errno);
    }
    return add(name, status.st_size, [&](std::span<std::byte> to) -> core::Result<std::size_t> {
        ssize_t count = -1;
        do {
            count = ::read(opened.get(), to.data(), to.size());
        } while (count < 0 && errno == EINTR);
        if (count < 0) {
            return unreadable(errno);
        }
        return static_cast<std::size_t>(count);
    });
}

core::Result<void> ArchiveWriter::finish() {
    const std::array<std::byte, 2 * kBlock> end{};
    if (auto written = write(end); !written) {
        return written;
    }
    if (::fsync(descriptor_.get()) != 0) {
        return failed(errno);
    }
    // Unlike a renaming, a link never replaces what came to be there meanwhile.
    if (::link(partial_.c_str(), file_.c_str()) != 0) {
        return errno == EEXIST ? core::fail(kFileExists, {{"file", file_.string()}})
                               : failed(errno);
    }
    ::unlink(partial_.c_str());
    partial_.clear();
    const fs::path folder = file_.has_parent_path() ? file_.parent_path() : fs::path(".");
    const Descriptor place(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return place && ::fsync(place.get()) == 0 ? core::Result<void>() : failed(errno);
}

// ── reading ─────────────────────────────────────────────────────────────────────────────────────

std::unexpected<core::Error> ArchiveReader::damaged(std::string what) const {
    return core::fail(kDamaged, {{"file", file_.string()}, {"what", std::move(what)}});
}

core::Result<ArchiveReader> ArchiveReader::open(const fs::path& file) {
    Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (!opened || ::fstat(opened.get(), &status) != 0) {
        return core::fail(kCannotRead, {{"file", file.string()}, {"reason", std::strerror(errno)}});
    }
    if (!S_ISREG(status.st_mode)) {
        return core::fail(kCannotRead, {{"file", file.string()}, {"reason", "no regular file"}});
    }
    ArchiveReader reader(file, std::move(opened));
    if (const auto listed = reader.list(); !listed) {
        return std::unexpected(listed.error());
    }
    return reader;
}

core::Result<void> ArchiveReader::read_at(std::span<std::byte> bytes, std::int64_t offset) const {
    while (!bytes.empty()) {
        const ssize_t count = ::pread(descriptor_.get(), bytes.data(), bytes.size(), offset);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return core::fail(kCannotRead,
                              {{"file", file_.string()}, {"reason", std::strerror(errno)}});
        }
        if (count == 0) {
            return damaged("it ends too early");
        }
        offset += count;
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

core::Result<void> ArchiveReader::take_extended(std::int64_t offset, std::int64_t size,
                                                Member& next) const {
    std::string text(static_cast<std::size_t>(size), '\0');
    if (auto got = read_at(std::as_writable_bytes(std::span(text)), offset); !got) {
        return got;
    }
    for (std::string_view left = text; !left.empty();) {
        const auto length = parse_number(left.substr(0, left.find(' ')), 10);
        const auto equals = left.find('=');
        if (!length || *length < 5 || static_cast<std::size_t>(*length) > left.size() ||
            equals >= static_cast<std::size_t>(*length) ||
            left[static_cast<std::size_t>(*length) - 1] != '\n') {
            return damaged("an extended header");
        }
        const std::string_view record = left.substr(0, static_cast<std::size_t>(*length) - 1);
        const auto space = record.find(' ');
        const std::string_view key = record.substr(space + 1, equals - space - 1);
        const std::string_view value = record.substr(equals + 1);
        if (key == "path") {
            next.name = value;
        } else if (key == "size") {
            next.size = parse_number(value, 10).value_or(-1);
        }
        left.remove_prefix(static_cast<std::size_t>(*length));
    }
    return {};
}

core::Result<void> ArchiveReader::list() {
    Member next{{}, -1, 0};
    for (std::int64_t offset = 0;;) {
        Header header{};
        if (auto got = read_at(std::as_writable_bytes(std::span(header)), offset); !got) {
            return got;
        }
        offset += kBlock;
        if (std::ranges::all_of(header, [](char byte) { return byte == '\0'; })) {
            return next.name.empty() ? core::Result<void>() : damaged("a header without a file");
        }
        const auto size = parse_number(field(header, 124, 12), 8);
        const auto sum = parse_number(field(header, 148, 8), 8);
        const char kind = header[156];
        if (!size || sum != static_cast<std::int64_t>(checksum_of(header)) ||
            (kind != kFile && kind != kExtended)) {
            return damaged(fmt::format("the header at byte {}", offset - kBlock));
        }
        if (kind == kExtended) {
            if (*size > static_cast<std::int64_t>(kExtendedHeaderBytesMax)) {
                return damaged("an extended header");
            }
            if (auto taken = take_extended(offset, *size, next); !taken) {
                return taken;
            }
            offset += padded(*size);
            continue;
        }
        Member member{next.name.empty()
                          ? std::string(header.data(), ::strnlen(header.data(), kNameSize))
                          : next.name,
                      next.size < 0 ? *size : next.size, offset};
        if (!is_plain_name(member.name)) {
            return damaged(fmt::format("the name {}", member.name));
        }
        offset += padded(member.size);
        members_.push_back(std::move(member));
        next = Member{{}, -1, 0};
    }
}

const Member* ArchiveReader::find(std::string_view name) const noexcept {
    const auto found = std::ranges::find(members_, name, &Member::name);
    return found == members_.end() ? nullptr : &*found;
}

core::Result<std::string> ArchiveReader::read(const Member& member, const ByteSink& sink) const {
    crypto::Hasher hasher(crypto::Suite::Intl);
    std::vector<std::byte> buffer(std::min(kBytesAtOnce, static_cast<std::size_t>(member.size)));
    for (std::int64_t done = 0; done < member.size;) {
        const auto count =
            std::min<std::int64_t>(member.size - done, static_cast<std::int64_t>(buffer.size()));
        const auto bytes = std::span(buffer).first(static_cast<std::size_t>(count));
        if (const auto got = read_at(bytes, member.offset + done); !got) {
            return std::unexpected(got.error());
        }
        hasher.update(bytes);
        if (const auto taken = sink(bytes); !taken) {
            return std::unexpected(taken.error());
        }
        done += count;
    }
    return crypto::to_hex(hasher.finish());
}

core::Result<std::string> ArchiveReader::read_text(const Member& member,
                                                   std::size_t bytes_max) const {
    if (static_cast<std::size_t>(member.size) > bytes_max) {
        return damaged(fmt::format("{} is too large", member.name));
    }
    std::string text;
    const auto read_all = read(member, [&text](std::span<const std::byte> bytes) {
        text += crypto::text_of(bytes);
        return core::Result<void>();
    });
    return read_all ? core::Result<std::string>(std::move(text))
                    : std::unexpected(read_all.error());
}

}  // namespace kapok::app::backup
