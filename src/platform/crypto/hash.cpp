#include "platform/crypto/hash.h"

#include <algorithm>
#include <cassert>

#include <sodium.h>

#include "platform/crypto/openssl.h"

namespace kapok::platform::crypto {
namespace {

constexpr std::size_t kBlockSize = 64;  // Of SHA-256 and of SM3.

const EVP_MD* digest_of(Suite suite) {
    switch (suite) {
        case Suite::Intl: return EVP_sha256();
        case Suite::Sm: return EVP_sm3();
    }
    std::abort();
}

}  // namespace

std::string_view to_text(Suite suite) noexcept {
    switch (suite) {
        case Suite::Intl: return "intl";
        case Suite::Sm: return "sm";
    }
    std::abort();
}

std::optional<Suite> parse_suite(std::string_view text) noexcept {
    for (const Suite suite : {Suite::Intl, Suite::Sm}) {
        if (text == to_text(suite)) {
            return suite;
        }
    }
    return std::nullopt;
}

std::string_view digest_name(Suite suite) noexcept {
    switch (suite) {
        case Suite::Intl: return "sha256";
        case Suite::Sm: return "sm3";
    }
    std::abort();
}

struct Hasher::State {
    Suite suite;
    MdContext context;
};

Hasher::Hasher(Suite suite)
    : state_(std::make_unique<State>(State{suite, MdContext(EVP_MD_CTX_new())})) {
    ensure(state_->context && EVP_DigestInit_ex(state_->context.get(), digest_of(suite), nullptr),
           "digest");
}
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

Hasher& Hasher::update(ByteView bytes) {
    ensure(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1, "digest");
    return *this;
}

Digest Hasher::finish() {
    Digest digest;
    EVP_MD_CTX* const context = state_->context.get();
    ensure(EVP_DigestFinal_ex(context, writable(digest), nullptr) == 1 &&
               EVP_DigestInit_ex(context, digest_of(state_->suite), nullptr) == 1,
           "digest");
    return digest;
}

Digest Hasher::so_far() const {
    const MdContext copy(EVP_MD_CTX_new());
    Digest digest;
    ensure(copy && EVP_MD_CTX_copy_ex(copy.get(), state_->context.get()) == 1 &&
               EVP_DigestFinal_ex(copy.get(), writable(digest), nullptr) == 1,
           "digest");
    return digest;
}

Digest hash(Suite suite, ByteView message) {
    return Hasher(suite).update(message).finish();
}

Digest hmac(Suite suite, ByteView key, ByteView message) {
    std::array<std::byte, kBlockSize> block{};
    if (key.size() > block.size()) {
        const Digest digest = hash(suite, key);
        std::ranges::copy(digest, block.begin());
    } else {
        std::ranges::copy(key, block.begin());
    }
    const auto padded = [&](std::uint8_t pad) {
        auto mixed = block;
        for (std::byte& byte : mixed) {
            byte ^= std::byte{pad};
        }
        return mixed;
    };
    auto inner_pad = padded(0x36);
    auto outer_pad = padded(0x5C);
    const Digest inner = Hasher(suite).update(inner_pad).update(message).finish();
    const Digest outer = Hasher(suite).update(outer_pad).update(inner).finish();
    sodium_memzero(block.data(), block.size());
    sodium_memzero(inner_pad.data(), inner_pad.size());
    sodium_memzero(outer_pad.data(), outer_pad.size());
    return outer;
}

Bytes hkdf(Suite suite, ByteView key, ByteView salt, ByteView info, std::size_t size) {
    assert(size <= 255 * sizeof(Digest));
    const Digest none{};
    const Digest extracted = hmac(suite, salt.empty() ? ByteView(none) : salt, key);
    Bytes output;
    Bytes message;
    for (std::uint8_t counter = 1; output.size() < size; ++counter) {
        message.insert(message.end(), info.begin(), info.end());
        message.push_back(std::byte{counter});
        const Digest block = hmac(suite, extracted, message);
        output.insert(output.end(), block.begin(), block.end());
        message.assign(block.begin(), block.end());
    }
    output.resize(size);
    return output;
}

bool equal_constant_time(ByteView left, ByteView right) noexcept {
    return left.size() == right.size() &&
           sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace kapok::platform::crypto
