// A running digest is, at every moment, the digest of what it was given.

#include "platform/crypto/running_digest.h"

#include <string>

#include <gtest/gtest.h>

namespace kapok::platform::crypto {
namespace {

TEST(RunningDigest, IsAtEachMomentTheDigestOfAllSoFar) {
    for (const Suite suite : {Suite::Intl, Suite::Sm}) {
        RunningDigest running(suite);
        std::string all;
        EXPECT_EQ(running.digest(), hash(suite, bytes_of(all)));
        for (int i = 0; i < 200; ++i) {
            const std::string piece(static_cast<std::size_t>(i), 'k');
            running.update(bytes_of(piece));
            all += piece;
            EXPECT_EQ(running.digest(), hash(suite, bytes_of(all)));
            EXPECT_EQ(running.digest(), hash(suite, bytes_of(all)));
        }
        const RunningDigest moved = std::move(running);
        EXPECT_EQ(moved.digest(), hash(suite, bytes_of(all)));
    }
}

}  // namespace
}  // namespace kapok::platform::crypto
