#include "identity/token_hasher.h"

#include "platform/crypto/encoding.h"

namespace kapok::identity {

namespace crypto = platform::crypto;

TokenHasher::TokenHasher(const crypto::MasterKey& master, crypto::Suite suite)
    : suite_(suite),
      api_keys_(master.pepper(suite, "identity.api_key")),
      enrollment_tokens_(master.pepper(suite, "identity.enrollment_token")),
      sessions_(master.pepper(suite, "identity.session")),
      csrf_(master.pepper(suite, "identity.csrf")) {}

crypto::Digest TokenHasher::of_api_key(std::string_view text) const {
    return crypto::hmac(suite_, crypto::bytes_of(api_keys_.reveal()), crypto::bytes_of(text));
}

crypto::Digest TokenHasher::of_enrollment_token(std::string_view text) const {
    return crypto::hmac(suite_, crypto::bytes_of(enrollment_tokens_.reveal()),
                        crypto::bytes_of(text));
}

crypto::Digest TokenHasher::of_session(std::string_view token) const {
    return crypto::hmac(suite_, crypto::bytes_of(sessions_.reveal()), crypto::bytes_of(token));
}

std::string TokenHasher::csrf_token(std::string_view session_token) const {
    return crypto::to_base64url(
        crypto::hmac(suite_, crypto::bytes_of(csrf_.reveal()), crypto::bytes_of(session_token)));
}

}  // namespace kapok::identity
