#pragma once

// Keyed hashes of tokens, and what derives from them. The pepper comes from the master key, so a
// stolen database holds nothing that signs in, nor anything to guess at.

#include <string>
#include <string_view>

#include "core/secret.h"
#include "platform/crypto/hash.h"
#include "platform/crypto/master_key.h"

namespace kapok::identity {

class TokenHasher {
public:
    TokenHasher(const platform::crypto::MasterKey& master, platform::crypto::Suite suite);

    [[nodiscard]] platform::crypto::Digest of_api_key(std::string_view text) const;
    [[nodiscard]] platform::crypto::Digest of_enrollment_token(std::string_view text) const;
    [[nodiscard]] platform::crypto::Digest of_session(std::string_view token) const;
    // What a page of the console must send with a change; another site cannot know it.
    [[nodiscard]] std::string csrf_token(std::string_view session_token) const;

private:
    platform::crypto::Suite suite_;
    core::Secret api_keys_;
    core::Secret enrollment_tokens_;
    core::Secret sessions_;
    core::Secret csrf_;
};

}  // namespace kapok::identity
