#pragma once

// An import: a file of weights on its way into the catalogue. It becomes a model only when it is
// there as a whole, is what it claims to be, and has the checksum that was asked for.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/id.h"
#include "models/catalog.h"

namespace kapok::models {

struct ImportTag {
    static constexpr std::string_view kPrefix = "imp";
};
using ImportId = core::Id<ImportTag>;

enum class ImportState : std::uint8_t {
    Uploading,  // Its pieces come from the client.
    Fetching,   // The server reads it from its source.
    Checking,   // All of it is here.
    Done,
    Failed,  // What is here is kept, and it can be resumed.
    Cancelled,
};
inline constexpr std::array<std::string_view, 6> kImportStateNames{
    "uploading", "fetching", "checking", "done", "failed", "cancelled"};

struct Import {
    ImportId id;
    core::OrganizationId organization;
    std::string server;  // Which server has its partial file.
    ModelId model;       // That it makes, or makes again.
    std::string name;
    std::string description;
    std::string license;  // As given; empty: what the file says.
    std::string source;
    std::string expected_sha256;  // Hexadecimal; empty: it is computed and shown.
    Capability capability = Capability::Chat;
    std::int64_t context_window = 0;  // 0: what the file says.
    bool private_network = false;     // Its source may lie in one: an operator asked for it.
    ImportState state = ImportState::Fetching;
    std::int64_t received = 0;  // Bytes, durably.
    std::optional<std::int64_t> total;
    std::string etag;    // Of the file at its source, so that two versions are never mixed.
    std::string sha256;  // As computed, once all is here.
    std::string problem_code;
    std::string problem_parameters;  // JSON object.
    core::Timestamp created_at;
    core::Timestamp updated_at;
};

[[nodiscard]] constexpr bool is_open(ImportState state) noexcept {
    return state == ImportState::Fetching || state == ImportState::Checking;
}

// "SmolLM2.gguf": the last part of the source.
[[nodiscard]] std::string file_name_of(std::string_view source);

}  // namespace kapok::models
