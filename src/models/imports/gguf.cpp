#include "models/imports/gguf.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "models/errors.h"
#include "models/limits.h"
#include "platform/http/utf8.h"

namespace kapok::models {
namespace {

// How a type of number lies in a tensor: so many of them in so many bytes.
struct Block {
    std::int64_t type;
    std::int64_t count;
    std::int64_t bytes;
};
constexpr std::array<Block, 32> kBlocks{
    {{0, 1, 4},      {1, 1, 2},      {2, 32, 18},   {3, 32, 20},    {6, 32, 22},    {7, 32, 24},
     {8, 32, 34},    {9, 32, 36},    {10, 256, 84}, {11, 256, 110}, {12, 256, 144}, {13, 256, 176},
     {14, 256, 210}, {15, 256, 292}, {16, 256, 66}, {17, 256, 74},  {18, 256, 98},  {19, 256, 50},
     {20, 32, 18},   {21, 256, 110}, {22, 256, 82}, {23, 256, 136}, {24, 1, 1},     {25, 1, 2},
     {26, 1, 4},     {27, 1, 8},     {28, 1, 8},    {29, 256, 56},  {30, 1, 2},     {34, 256, 54},
     {35, 256, 66},  {39, 32, 17}}};

// The types of metadata values, by number; 0 bytes: of a length of its own.
constexpr std::uint32_t kTypeString = 8;
constexpr std::uint32_t kTypeArray = 9;
constexpr std::array<std::int64_t, 13> kValueBytes{1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
constexpr std::array<std::uint32_t, 6> kUnsignedTypes{0, 2, 4, 10, 5, 11};  // And signed, if >= 0.

constexpr std::uint32_t kMagic = 0x46554747;  // "GGUF"
constexpr std::size_t kBufferBytes = 64 * 1024;
constexpr std::int64_t kAlignmentDefault = 32;
constexpr std::int64_t kAlignmentMax = 1 << 20;
constexpr std::int64_t kDimensionsMax = 4;
constexpr int kArrayDepthMax = 4;

using Done = core::Result<void>;

std::unexpected<core::Error> bad(std::string reason) {
    return core::fail(kBadGguf, {{"reason", std::move(reason)}});
}

std::unexpected<core::Error> cut(std::int64_t expected, std::int64_t actual) {
    return core::fail(kWeightsCut,
                      {{"expected", std::to_string(expected)}, {"actual", std::to_string(actual)}});
}

class Reader {
public:
    Reader(const ByteSource& source, std::int64_t file_bytes)
        : source_(source), file_bytes_(file_bytes), buffer_(kBufferBytes) {}

    [[nodiscard]] std::int64_t position() const noexcept { return position_; }
    [[nodiscard]] std::int64_t left() const noexcept { return file_bytes_ - position_; }

    Done read(std::span<std::byte> to) {
        if (const auto room = claim(static_cast<std::uint64_t>(to.size())); !room) {
            return room;
        }
        while (!to.empty()) {
            if (const auto filled = fill(); !filled) {
                return filled;
            }
            const std::size_t count = std::min(to.size(), end_ - begin_);
            std::ranges::copy(std::span(buffer_).subspan(begin_, count), to.begin());
            begin_ += count;
            to = to.subspan(count);
        }
        return {};
    }

    // Without keeping it.
    Done skip(std::uint64_t bytes) {
        if (const auto room = claim(bytes); !room) {
            return room;
        }
        while (bytes > 0) {
            if (const auto filled = fill(); !filled) {
                return filled;
            }
            const auto count =
                static_cast<std::size_t>(std::min<std::uint64_t>(bytes, end_ - begin_));
            begin_ += count;
            bytes -= count;
        }
        return {};
    }

    template <class Number>
    core::Result<Number> number() {
        std::array<std::byte, sizeof(Number)> bytes{};
        if (const auto done = read(bytes); !done) {
            return std::unexpected(done.error());
        }
        if constexpr (std::endian::native == std::endian::big) {
            std::ranges::reverse(bytes);
        }
        return std::bit_cast<Number>(bytes);
    }

    // A string, or nothing if it is longer than `bytes_max`: then it is passed over.
    core::Result<std::optional<std::string>> text(std::uint64_t bytes_max) {
        const auto size = number<std::uint64_t>();
        if (!size) {
            return std::unexpected(size.error());
        }
        if (*size > bytes_max) {
            const auto passed = skip(*size);
            return passed ? core::Result<std::optional<std::string>>(std::nullopt)
                          : std::unexpected(passed.error());
        }
        std::string value(static_cast<std::size_t>(*size), '\0');
        if (const auto done = read(std::as_writable_bytes(std::span(value))); !done) {
            return std::unexpected(done.error());
        }
        return value;
    }

private:
    // Whether that much is there at all, before anything is done for it.
    Done claim(std::uint64_t bytes) {
        if (bytes > static_cast<std::uint64_t>(left())) {
            const auto most = static_cast<std::uint64_t>(kWeightsBytesMax);
            return cut(position_ + static_cast<std::int64_t>(std::min(bytes, most)), file_bytes_);
        }
        position_ += static_cast<std::int64_t>(bytes);
        if (position_ > kMetadataBytesMax) {
            return bad(fmt::format("more than {} bytes of metadata", kMetadataBytesMax));
        }
        return {};
    }
    Done fill() {
        if (begin_ < end_) {
            return {};
        }
        const auto count = source_(buffer_);
        if (!count) {
            return std::unexpected(count.error());
        }
        if (*count == 0) {
            return cut(position_, file_bytes_);
        }
        begin_ = 0;
        end_ = *count;
        return {};
    }

    const ByteSource& source_;
    const std::int64_t file_bytes_;
    std::int64_t position_ = 0;
    std::vector<std::byte> buffer_;
    std::size_t begin_ = 0;  // Of what the buffer has and nobody took.
    std::size_t end_ = 0;
};

// What is kept of the metadata.
struct Kept {
    std::map<std::string, std::string, std::less<>> texts;
    std::map<std::string, std::int64_t, std::less<>> numbers;

    [[nodiscard]] std::string text(std::string_view key) const {
        const auto found = texts.find(key);
        return found == texts.end() ? std::string() : found->second;
    }
    [[nodiscard]] std::int64_t number(std::string_view key) const {
        const auto found = numbers.find(key);
        return found == numbers.end() ? 0 : found->second;
    }
};

bool is_kept_text(std::string_view key) {
    return key == "general.architecture" || key == "general.name" || key == "general.license";
}

bool is_kept_number(std::string_view key) {
    return key == "general.alignment" || key == "split.count" || key.ends_with(".context_length") ||
           key.ends_with(".embedding_length") || key.ends_with(".pooling_type");
}

Done skip_value(Reader& reader, std::uint32_t type, int depth);

Done skip_array(Reader& reader, int depth) {
    const auto type = reader.number<std::uint32_t>();
    const auto count = type ? reader.number<std::uint64_t>()
                            : core::Result<std::uint64_t>(std::unexpected(type.error()));
    if (!count) {
        return std::unexpected(count.error());
    }
    if (*type >= kValueBytes.size() || (*type == kTypeArray && depth >= kArrayDepthMax)) {
        return bad(fmt::format("an array of values of type {}", *type));
    }
    const std::int64_t each = kValueBytes[*type];
    if (each > 0) {
        const auto most = static_cast<std::uint64_t>(reader.left() / each);
        if (*count > most) {
            return cut(reader.position(), reader.left() + reader.position());
        }
        return reader.skip(*count * static_cast<std::uint64_t>(each));
    }
    for (std::uint64_t i = 0; i < *count; ++i) {
        if (const auto done = skip_value(reader, *type, depth + 1); !done) {
            return done;
        }
    }
    return {};
}

Done skip_value(Reader& reader, std::uint32_t type, int depth) {
    if (type == kTypeString) {
        const auto size = reader.number<std::uint64_t>();
        return size ? reader.skip(*size) : std::unexpected(size.error());
    }
    return type == kTypeArray ? skip_array(reader, depth)
                              : reader.skip(static_cast<std::uint64_t>(kValueBytes[type]));
}

// A whole number of any width, by its little-endian bytes.
core::Result<std::int64_t> read_number(Reader& reader, const std::string& key, std::uint32_t type) {
    if (std::ranges::find(kUnsignedTypes, type) == kUnsignedTypes.end()) {
        return bad(fmt::format("{} is no whole number", key));
    }
    std::array<std::byte, 8> bytes{};
    const auto size = static_cast<std::size_t>(kValueBytes[type]);
    if (const auto done = reader.read(std::span(bytes).first(size)); !done) {
        return std::unexpected(done.error());
    }
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;) {
        value = value << 8U | std::to_integer<std::uint64_t>(bytes[i]);
    }
    if (value > static_cast<std::uint64_t>(kTokensMax)) {
        return bad(fmt::format("{} is {}", key, value));
    }
    return static_cast<std::int64_t>(value);
}

Done read_pair(Reader& reader, std::set<std::string>& seen, Kept& kept) {
    const auto read_key = reader.text(kMetadataKeyBytesMax);
    const auto type = read_key ? reader.number<std::uint32_t>()
                               : core::Result<std::uint32_t>(std::unexpected(read_key.error()));
    if (!type) {
        return std::unexpected(type.error());
    }
    const auto& key = *read_key;
    if (!key || key->empty() || !platform::http::is_utf8(*key)) {
        return bad(fmt::format("a key that is not 1 to {} bytes of UTF-8", kMetadataKeyBytesMax));
    }
    if (!seen.insert(*key).second) {
        return bad(fmt::format("{} is there more than once", *key));
    }
    if (*type >= kValueBytes.size()) {
        return bad(fmt::format("{} has a value of type {}", *key, *type));
    }
    if (is_kept_text(*key) && *type == kTypeString) {
        auto read = reader.text(kMetadataTextBytesMax);
        if (!read) {
            return std::unexpected(read.error());
        }
        auto& value = *read;
        if (value && platform::http::is_utf8(*value)) {
            kept.texts.emplace(*key, *std::move(value));
        }
        return {};
    }
    if (is_kept_number(*key)) {
        const auto value = read_number(reader, *key, *type);
        if (!value) {
            return std::unexpected(value.error());
        }
        kept.numbers.emplace(*key, *value);
        return {};
    }
    return skip_value(reader, *type, 0);
}

struct Tensor {
    std::int64_t offset = 0;  // Within the data.
    std::int64_t bytes = 0;   // 0 if its type is not known here.
};

core::Result<std::int64_t> read_elements(Reader& reader) {
    const auto dimensions = reader.number<std::uint32_t>();
    if (!dimensions) {
        return std::unexpected(dimensions.error());
    }
    if (*dimensions > kDimensionsMax) {
        return bad(fmt::format("a tensor of {} dimensions", *dimensions));
    }
    std::int64_t elements = 1;
    for (std::uint32_t i = 0; i < *dimensions; ++i) {
        const auto size = reader.number<std::uint64_t>();
        if (!size) {
            return std::unexpected(size.error());
        }
        if (*size == 0 || *size > static_cast<std::uint64_t>(kWeightsBytesMax / elements)) {
            return bad(fmt::format("a tensor with a dimension of {}", *size));
        }
        elements *= static_cast<std::int64_t>(*size);
    }
    return elements;
}

core::Result<Tensor> read_tensor(Reader& reader, std::int64_t alignment) {
    const auto name = reader.text(kMetadataKeyBytesMax);
    if (!name) {
        return std::unexpected(name.error());
    }
    if (!*name) {
        return bad(fmt::format("a tensor's name of more than {} bytes", kMetadataKeyBytesMax));
    }
    const auto elements = read_elements(reader);
    const auto type = elements ? reader.number<std::uint32_t>()
                               : core::Result<std::uint32_t>(std::unexpected(elements.error()));
    const auto offset = type ? reader.number<std::uint64_t>()
                             : core::Result<std::uint64_t>(std::unexpected(type.error()));
    if (!offset) {
        return std::unexpected(offset.error());
    }
    if (*offset > static_cast<std::uint64_t>(kWeightsBytesMax) ||
        *offset % static_cast<std::uint64_t>(alignment) != 0) {
        return bad(fmt::format("a tensor at {}", *offset));
    }
    Tensor tensor{static_cast<std::int64_t>(*offset), 0};
    const auto block = std::ranges::find(kBlocks, std::int64_t{*type}, &Block::type);
    if (block != kBlocks.end()) {
        if (*elements % block->count != 0) {
            return bad(
                fmt::format("a tensor of {} numbers in blocks of {}", *elements, block->count));
        }
        tensor.bytes = *elements / block->count * block->bytes;
    }
    return tensor;
}

struct Header {
    std::uint64_t tensors = 0;
    std::uint64_t pairs = 0;
};

core::Result<Header> read_header(Reader& reader) {
    const auto magic =
        reader.left() >= 4 ? reader.number<std::uint32_t>() : core::Result<std::uint32_t>(0);
    if (!magic) {
        return std::unexpected(magic.error());
    }
    if (*magic != kMagic) {
        return core::fail(kNotGguf);
    }
    const auto version = reader.number<std::uint32_t>();
    const auto tensors = version ? reader.number<std::uint64_t>()
                                 : core::Result<std::uint64_t>(std::unexpected(version.error()));
    const auto pairs = tensors ? reader.number<std::uint64_t>()
                               : core::Result<std::uint64_t>(std::unexpected(tensors.error()));
    if (!pairs) {
        return std::unexpected(pairs.error());
    }
    if (*version != 2 && *version != 3) {
        return bad(fmt::format("version {}; 2 and 3 are known", *version));
    }
    if (*tensors == 0 || *tensors > kTensorsMax || *pairs > kMetadataPairsMax) {
        return bad(fmt::format("{} tensors and {} pairs of metadata", *tensors, *pairs));
    }
    return Header{*tensors, *pairs};
}

// Every tensor must lie within the file.
Done check_tensors(Reader& reader, std::uint64_t count, std::int64_t alignment,
                   std::int64_t file_bytes) {
    std::int64_t end = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto tensor = read_tensor(reader, alignment);
        if (!tensor) {
            return std::unexpected(tensor.error());
        }
        end = std::max(end, tensor->offset + tensor->bytes);
    }
    const std::int64_t data = (reader.position() + alignment - 1) / alignment * alignment;
    return data + end <= file_bytes ? Done() : cut(data + end, file_bytes);
}

core::Result<WeightsInfo> describe(const Kept& kept, std::uint64_t tensors) {
    WeightsInfo info;
    info.architecture = kept.text("general.architecture");
    if (info.architecture.empty()) {
        return bad("no general.architecture");
    }
    if (kept.number("split.count") > 1) {
        return bad("one part of several; join them with the engine's tool first");
    }
    info.name = kept.text("general.name");
    info.license = kept.text("general.license");
    info.context_window = kept.number(info.architecture + ".context_length");
    info.embedding_length = kept.number(info.architecture + ".embedding_length");
    info.embeds = kept.number(info.architecture + ".pooling_type") > 0;
    info.tensors = static_cast<std::int64_t>(tensors);
    return info;
}

}  // namespace

core::Result<WeightsInfo> read_gguf(const ByteSource& source, std::int64_t file_bytes) {
    Reader reader(source, file_bytes);
    const auto header = read_header(reader);
    if (!header) {
        return std::unexpected(header.error());
    }
    Kept kept;
    std::set<std::string> seen;
    for (std::uint64_t i = 0; i < header->pairs; ++i) {
        if (const auto done = read_pair(reader, seen, kept); !done) {
            return std::unexpected(done.error());
        }
    }
    const bool own = kept.numbers.contains("general.alignment");
    const std::int64_t alignment = own ? kept.number("general.alignment") : kAlignmentDefault;
    if (alignment < 8 || alignment > kAlignmentMax || alignment % 8 != 0) {
        return bad(fmt::format("general.alignment is {}", alignment));
    }
    const auto checked = check_tensors(reader, header->tensors, alignment, file_bytes);
    if (!checked) {
        return std::unexpected(checked.error());
    }
    return describe(kept, header->tensors);
}

}  // namespace kapok::models
