#pragma once

// The master key is the one secret that an operator must keep a copy of. It is 32 random bytes in a
// file that only its owner can read; every other secret key of an installation derives from it by a
// label, so that none of them is stored and none tells anything about another.

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "core/random.h"
#include "core/result.h"
#include "core/secret.h"
#include "platform/crypto/sealing.h"

namespace kapok::platform::crypto {

class MasterKey {
public:
    // Never replaces a file. The new one is durable, and whole, or not there.
    [[nodiscard]] static core::Result<MasterKey> create(const std::filesystem::path& path,
                                                        core::Random& random);
    // Refuses a file that others could read or write, or that another user owns. The file may be a
    // link: secrets are mounted so.
    [[nodiscard]] static core::Result<MasterKey> load(const std::filesystem::path& path);
    // `override_path` is KAPOK_MASTER_KEY_FILE: if given, that file must exist. Without it
    // `data`/keys/master.key is loaded, or made at the first start.
    [[nodiscard]] static core::Result<MasterKey> load_or_create(
        const std::filesystem::path& data, const std::filesystem::path& override_path,
        core::Random& random);

    // The same label gives the same key for ever: never reuse one for another purpose.
    [[nodiscard]] core::Secret derive(Suite suite, std::string_view label, std::size_t size) const;
    [[nodiscard]] SealingKey sealing_key(Suite suite, std::string_view label,
                                         std::uint32_t id) const;
    // For keyed hashes of API keys and tokens: hmac(suite, pepper, token).
    [[nodiscard]] core::Secret pepper(Suite suite, std::string_view label) const;

private:
    explicit MasterKey(core::Secret material) : material_(std::move(material)) {}

    core::Secret material_;
};

// A file with mode 0600 that appears whole and durable, or not at all; kKeyFileExists if the name
// is taken. Also for private keys in PEM.
[[nodiscard]] core::Result<void> create_secret_file(const std::filesystem::path& path,
                                                    const core::Secret& content);
[[nodiscard]] core::Result<core::Secret> read_secret_file(const std::filesystem::path& path);

}  // namespace kapok::platform::crypto
