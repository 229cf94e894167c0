#include "platform/crypto/running_digest.h"

#include <cstdlib>
#include <utility>

#include "platform/crypto/openssl.h"

namespace kapok::platform::crypto {
namespace {

const EVP_MD* digest_of(Suite suite) {
    switch (suite) {
        case Suite::Intl: return EVP_sha256();
        case Suite::Sm: return EVP_sm3();
    }
    std::abort();
}

}  // namespace

struct RunningDigest::State {
    MdContext context;
};

RunningDigest::RunningDigest(Suite suite)
    : state_(std::make_unique<State>(State{MdContext(EVP_MD_CTX_new())})) {
    ensure(state_->context && EVP_DigestInit_ex(state_->context.get(), digest_of(suite), nullptr),
           "digest");
}
RunningDigest::RunningDigest(RunningDigest&&) noexcept = default;
RunningDigest& RunningDigest::operator=(RunningDigest&&) noexcept = default;
RunningDigest::~RunningDigest() = default;

RunningDigest& RunningDigest::update(ByteView bytes) {
    ensure(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1, "digest");
    return *this;
}

Digest RunningDigest::digest() const {
    const MdContext copy(EVP_MD_CTX_new());
    Digest digest;
    ensure(copy && EVP_MD_CTX_copy_ex(copy.get(), state_->context.get()) == 1 &&
               EVP_DigestFinal_ex(copy.get(), writable(digest), nullptr) == 1,
           "digest");
    return digest;
}

}  // namespace kapok::platform::crypto
