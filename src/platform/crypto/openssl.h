#pragma once

// Owners of OpenSSL's objects, and how its failures are told apart: a refusal of what somebody sent
// is looked at by the caller; anything else means that memory or the library itself failed, which
// no caller can handle. Only crypto's own .cpp files include this.

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "platform/crypto/bytes.h"

namespace kapok::platform::crypto {

template <auto Free>
struct Freer {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};

using EvpKey = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using EvpKeyContext = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using MdContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freer<EVP_CIPHER_CTX_free>>;
using BigNumber = std::unique_ptr<BIGNUM, Freer<BN_clear_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;

// What only a lack of memory or a broken library can make false.
inline void ensure(bool ok, const char* what) {
    if (!ok) {
        char text[256] = "no reason given";
        if (const auto code = ERR_get_error(); code != 0) {
            ERR_error_string_n(code, text, sizeof text);
        }
        ERR_clear_error();
        throw std::runtime_error(std::string("crypto: ") + what + ": " + text);
    }
}

// The value that must be there for the same reason.
template <class T>
[[nodiscard]] T ensured(std::optional<T> value, const char* what) {
    if (!value) {
        throw std::runtime_error(std::string("crypto: ") + what);
    }
    return std::move(*value);
}

inline const unsigned char* octets(ByteView bytes) noexcept {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* writable(std::span<std::byte> bytes) noexcept {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

[[nodiscard]] inline Bio reader_of(std::string_view text) {
    Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    ensure(bio != nullptr, "memory reader");
    return bio;
}
// The memory is wiped when it goes, since keys are written there too.
[[nodiscard]] inline Bio writer() {
    Bio bio(BIO_new(BIO_s_secmem()));
    ensure(bio != nullptr, "memory writer");
    return bio;
}
[[nodiscard]] inline std::string written(const Bio& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

// OpenSSL asks a terminal for a passphrase unless it is told that there is none.
inline int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
    return 0;
}

}  // namespace kapok::platform::crypto
