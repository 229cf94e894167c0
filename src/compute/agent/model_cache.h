#pragma once

// The files of models that this node has fetched: each once, under its digest, whole and checked.
// One that is on its way lies beside them under another name, so that a fetch that broke off goes
// on where it was, also after the end of the agent. Everything here blocks.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "core/result.h"
#include "platform/crypto/hash.h"
#include "platform/process/descriptor.h"

namespace kapok::compute::agent {

struct ModelRef {
    std::string digest;  // "sha256:…"
    std::string file;
    std::int64_t bytes = 0;
};

// A model on its way in.
class ModelDownload {
public:
    // Where the next byte belongs.
    [[nodiscard]] std::int64_t offset() const noexcept { return offset_; }
    [[nodiscard]] core::Result<void> write(std::span<const std::byte> bytes);
    // Checks size and digest; the file is in its place, durable, when it returns. Bytes that are
    // not the model's are dropped: kModelDamaged, and the next download begins anew.
    [[nodiscard]] core::Result<std::filesystem::path> finish();

private:
    friend class ModelCache;
    ModelDownload(ModelRef model, std::filesystem::path part, std::filesystem::path target);

    [[nodiscard]] core::Result<void> open();

    ModelRef model_;
    std::filesystem::path part_;
    std::filesystem::path target_;
    platform::process::Descriptor file_;
    platform::crypto::Hasher hasher_;
    std::int64_t offset_ = 0;
};

class ModelCache {
public:
    explicit ModelCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

    // Nothing if it is not here yet.
    [[nodiscard]] std::optional<std::filesystem::path> find(const ModelRef& model) const;
    // One download of a digest at a time.
    [[nodiscard]] core::Result<ModelDownload> download(const ModelRef& model) const;

private:
    [[nodiscard]] std::filesystem::path place_of(const ModelRef& model) const;

    std::filesystem::path folder_;
};

}  // namespace kapok::compute::agent
