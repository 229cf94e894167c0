#pragma once

// The file of a bundle, in which no byte is unsigned:
//
//     {"bundle":{…},"signature":"…"}
//
// It is canonical JSON (audit/canonical.h) from its first byte to its last, so that there is one
// text for what it says. The signature, base64url without padding, is made with the key that the
// bundle's header names, over "kapok evidence v1", a line feed, and the canonical JSON of `bundle`.

#include <string>
#include <string_view>

#include "app/evidence/bundle.h"
#include "core/result.h"
#include "platform/crypto/keys.h"

namespace kapok::app::evidence {

// An error if a text of the bundle is not UTF-8, or if the file would be too large.
[[nodiscard]] core::Result<std::string> seal(const Bundle& bundle,
                                             const platform::crypto::PrivateKey& key);

struct Sealed {
    Bundle bundle;
    std::string message;  // What was signed.
    platform::crypto::Signature signature{};
};

// The bundle of a file, if the file is exactly what seal() could have written. Whether the
// signature is right is verify_seal()'s question.
[[nodiscard]] core::Result<Sealed> open_sealed(std::string_view file);

// The key that the bundle names, if it signed the bundle.
[[nodiscard]] core::Result<platform::crypto::PublicKey> verify_seal(const Sealed& sealed);

}  // namespace kapok::app::evidence
