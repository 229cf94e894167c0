#include "platform/crypto/ciphers.h"

#include <cassert>
#include <climits>

#include "platform/crypto/openssl.h"

namespace kapok::platform::crypto {
namespace {

// OpenSSL counts in int.
int size_of(ByteView bytes) {
    assert(bytes.size() <= static_cast<std::size_t>(INT_MAX));
    return static_cast<int>(bytes.size());
}

CipherContext new_context() {
    CipherContext context(EVP_CIPHER_CTX_new());
    ensure(context != nullptr, "cipher");
    return context;
}

}  // namespace

Bytes aes256_gcm_encrypt(ByteView key, ByteView nonce, ByteView associated, ByteView plain) {
    assert(key.size() == 32 && nonce.size() == kGcmNonceSize);
    const CipherContext owner = new_context();
    EVP_CIPHER_CTX* const context = owner.get();
    Bytes output(plain.size() + kGcmTagSize);
    unsigned char* const tag = writable(output) + plain.size();
    int count = 0;
    int rest = 0;
    ensure(
        EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nullptr, octets(key), octets(nonce)) &&
            EVP_EncryptUpdate(context, nullptr, &count, octets(associated), size_of(associated)) &&
            EVP_EncryptUpdate(context, writable(output), &count, octets(plain), size_of(plain)) &&
            EVP_EncryptFinal_ex(context, tag, &rest) &&
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kGcmTagSize, tag),
        "AES-256-GCM");
    return output;
}

std::optional<Bytes> aes256_gcm_decrypt(ByteView key, ByteView nonce, ByteView associated,
                                        ByteView sealed) {
    assert(key.size() == 32 && nonce.size() == kGcmNonceSize);
    if (sealed.size() < kGcmTagSize) {
        return std::nullopt;
    }
    const ByteView text = sealed.first(sealed.size() - kGcmTagSize);
    Bytes tag(sealed.end() - kGcmTagSize, sealed.end());
    const CipherContext owner = new_context();
    EVP_CIPHER_CTX* const context = owner.get();
    Bytes output(text.size() + 1);  // Never empty, so that OpenSSL has somewhere to write.
    int count = 0;
    int rest = 0;
    ensure(
        EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nullptr, octets(key), octets(nonce)) &&
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kGcmTagSize, tag.data()) &&
            EVP_DecryptUpdate(context, nullptr, &count, octets(associated), size_of(associated)) &&
            EVP_DecryptUpdate(context, writable(output), &count, octets(text), size_of(text)),
        "AES-256-GCM");
    if (EVP_DecryptFinal_ex(context, writable(output) + text.size(), &rest) != 1) {
        ERR_clear_error();
        return std::nullopt;
    }
    output.resize(text.size());
    return output;
}

Bytes sm4_ctr(ByteView key, ByteView counter, ByteView text) {
    assert(key.size() == 16 && counter.size() == kSm4BlockSize);
    const CipherContext owner = new_context();
    Bytes output(text.size());
    int count = 0;
    ensure(
        EVP_EncryptInit_ex(owner.get(), EVP_sm4_ctr(), nullptr, octets(key), octets(counter)) &&
            EVP_EncryptUpdate(owner.get(), writable(output), &count, octets(text), size_of(text)),
        "SM4-CTR");
    return output;
}

}  // namespace kapok::platform::crypto
