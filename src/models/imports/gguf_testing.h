#pragma once

// For tests: GGUF files built value by value, the good and the lying ones.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kapok::models {

class GgufFile {
public:
    static constexpr std::size_t kDataBytes = 64;

    explicit GgufFile(std::uint32_t version = 3) : version_(version) {}

    // A small model that says all it should; one tensor of kDataBytes.
    static GgufFile llama() {
        GgufFile file;
        file.text("general.architecture", "llama").text("general.license", "apache-2.0");
        file.number("llama.context_length", 2'048).number("llama.embedding_length", 64);
        return file.tensor("token_embd.weight", {16}, 0, 0);
    }

    GgufFile& raw(std::string_view key, std::uint32_t type, std::string_view value) {
        pairs_ += sized(key) + little(type, 4) + std::string(value);
        ++pair_count_;
        return *this;
    }
    GgufFile& text(std::string_view key, std::string_view value) {
        return raw(key, 8, sized(value));
    }
    GgufFile& number(std::string_view key, std::uint32_t value) {
        return raw(key, 4, little(value, 4));
    }
    GgufFile& texts(std::string_view key, const std::vector<std::string>& values) {
        std::string list = little(8, 4) + little(values.size(), 8);
        for (const std::string& value : values) {
            list += sized(value);
        }
        return raw(key, 9, list);
    }
    // An array that claims so many values and has none.
    GgufFile& claim(std::string_view key, std::uint32_t type, std::uint64_t count) {
        return raw(key, 9, little(type, 4) + little(count, 8));
    }
    GgufFile& claim_text(std::string_view key, std::uint64_t size) {
        return raw(key, 8, little(size, 8));
    }
    GgufFile& typed(std::string_view key, std::uint32_t type) { return raw(key, type, ""); }
    GgufFile& tensor(std::string_view name, const std::vector<std::uint64_t>& sizes,
                     std::uint32_t type, std::uint64_t offset) {
        tensors_ += sized(name) + little(sizes.size(), 4);
        for (const std::uint64_t size : sizes) {
            tensors_ += little(size, 8);
        }
        tensors_ += little(type, 4) + little(offset, 8);
        ++tensor_count_;
        return *this;
    }

    [[nodiscard]] std::string bytes() const {
        std::string file = "GGUF" + little(version_, 4) + little(tensor_count_, 8) +
                           little(pair_count_, 8) + pairs_ + tensors_;
        file.resize((file.size() + 31) / 32 * 32, '\0');
        return file + std::string(kDataBytes, '\1');
    }

    static std::string little(std::uint64_t value, int bytes) {
        std::string text;
        for (int i = 0; i < bytes; ++i) {
            text += static_cast<char>(value >> (8U * static_cast<unsigned>(i)) & 0xFFU);
        }
        return text;
    }

private:
    static std::string sized(std::string_view text) {
        return little(text.size(), 8) + std::string(text);
    }

    std::uint32_t version_;
    std::string pairs_;
    std::string tensors_;
    std::uint64_t pair_count_ = 0;
    std::uint64_t tensor_count_ = 0;
};

}  // namespace kapok::models
