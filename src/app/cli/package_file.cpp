#include "app/cli/package_file.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <zlib.h>

#include "app/errors.h"

namespace kapok::app::cli {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kLongNameMax = 4'096;

struct Close {
    void operator()(gzFile_s* file) const noexcept { ::gzclose(file); }
};

class TarReader {
public:
    explicit TarReader(const std::filesystem::path& file)
        : name_(file.filename().string()), file_(::gzopen(file.c_str(), "rb")) {}

    [[nodiscard]] bool is_open() const noexcept { return file_ != nullptr; }
    [[nodiscard]] std::unexpected<core::Error> damaged() const {
        return core::fail(kBadPackage, {{"file", name_}});
    }

    // False at the end of the file.
    core::Result<bool> read(std::span<char> to) {
        const int count = ::gzread(file_.get(), to.data(), static_cast<unsigned>(to.size()));
        if (count == 0) {
            return false;
        }
        return count == static_cast<int>(to.size()) ? core::Result<bool>(true) : damaged();
    }
    // `size` bytes and what fills up their last block.
    template <class Take>
    core::Result<void> read_data(std::uint64_t size, Take take) {
        std::array<char, 64 * kBlock> buffer{};
        for (std::uint64_t left = (size + kBlock - 1) / kBlock * kBlock; left > 0;) {
            const auto count =
                static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size()));
            const auto got = read(std::span(buffer).first(count));
            if (!got || !*got) {
                return got ? damaged() : std::unexpected(got.error());
            }
            const auto useful = static_cast<std::size_t>(std::min<std::uint64_t>(size, count));
            if (const core::Result<void> taken = take(std::string_view(buffer.data(), useful));
                !taken) {
                return taken;
            }
            size -= useful;
            left -= count;
        }
        return {};
    }

private:
    std::string name_;
    std::unique_ptr<gzFile_s, Close> file_;
};

std::string field(std::span<const char> header, std::size_t at, std::size_t size) {
    const std::string_view text(header.data() + at, size);
    return std::string(text.substr(0, text.find('\0')));
}

// Octal, as tar has its numbers.
std::optional<std::uint64_t> octal(std::string_view text) {
    text = text.substr(0, text.find_last_not_of(' ') + 1);
    std::uint64_t value = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '7' || value >> 60U != 0) {
            return std::nullopt;
        }
        value = value * 8 + static_cast<std::uint64_t>(digit - '0');
    }
    return value;
}

// The path of a pax header: "27 path=package/m.gguf\n".
std::string pax_path(std::string_view records) {
    const auto at = records.find(" path=");
    const auto end = at == records.npos ? at : records.find('\n', at);
    return end == records.npos ? std::string() : std::string(records.substr(at + 6, end - at - 6));
}

struct Entry {
    std::string name;
    std::uint64_t size = 0;
    char type = '0';
};

core::Result<std::optional<Entry>> next_entry(TarReader& tar) {
    std::array<char, kBlock> header{};
    const auto got = tar.read(header);
    if (!got) {
        return std::unexpected(got.error());
    }
    if (!*got || header[0] == '\0') {
        return std::optional<Entry>();
    }
    const auto size = octal(field(header, 124, 12));
    if (!size) {
        return tar.damaged();
    }
    const std::string prefix = field(header, 345, 155);
    const std::string name = field(header, 0, 100);
    return std::optional(Entry{prefix.empty() ? name : prefix + "/" + name, *size, header[156]});
}

}  // namespace

core::Result<void> extract_member(const std::filesystem::path& package, const std::string& member,
                                  const std::filesystem::path& target) {
    TarReader tar(package);
    if (!tar.is_open()) {
        return core::fail(kNoFile, {{"file", package.string()}});
    }
    std::string long_name;
    for (;;) {
        const auto read = next_entry(tar);
        if (!read) {
            return std::unexpected(read.error());
        }
        const auto& entry = *read;
        if (!entry) {
            return core::fail(kNoMember, {{"member", member}, {"file", package.string()}});
        }
        const std::string name = long_name.empty() ? entry->name : long_name;
        const char type = entry->type;
        const bool names_next = type == 'L' || type == 'x';
        const bool wanted = (type == '0' || type == '\0') && name == member;
        std::string extra;
        std::ofstream out;
        if (wanted) {
            out.open(target, std::ios::binary | std::ios::trunc);
        }
        const auto take = [&](std::string_view bytes) -> core::Result<void> {
            if (wanted && !out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
                return core::fail(kCannotWrite, {{"file", target.string()}, {"reason", "write"}});
            }
            extra += names_next ? bytes.substr(0, kLongNameMax - extra.size()) : "";
            return {};
        };
        if (const auto done = tar.read_data(entry->size, take); !done || wanted) {
            return done;
        }
        long_name = type == 'x' ? pax_path(extra) : extra.substr(0, extra.find('\0'));
    }
}

}  // namespace kapok::app::cli
