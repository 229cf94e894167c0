// Keys under fire: threads authenticate as a data plane does while keys are made and revoked. Runs
// under ThreadSanitizer too.

#include <atomic>
#include <thread>

#include "identity/errors.h"
#include "identity/testing/world.h"

namespace kapok::identity {
namespace {

class CredentialsRace : public IdentityTest {};
INSTANTIATE_KAPOK_DATABASES(CredentialsRace);

// Property: once revoke() has answered, no thread is let in with that key.
TEST_P(CredentialsRace, LetsNobodyInAfterTheRevocationIsAnswered) {
    constexpr int kKeys = 20;
    std::vector<KeyWithText> keys;
    for (int i = 0; i < kKeys; ++i) {
        keys.push_back(key("consumer", company_));
    }
    std::vector<std::atomic<bool>> revoked(kKeys);
    std::atomic<bool> done{false};
    std::atomic<int> let_in{0};
    std::atomic<int> wrong{0};
    const auto use_keys = [&](std::size_t at) {
        boost::asio::io_context io;
        for (; !done.load(); at = (at + 1) % keys.size()) {
            const bool ended = revoked[at].load();
            const std::string text(keys[at].text->reveal());
            auto answer = identity().credentials().of_known_key(text);
            if (!answer) {
                io.restart();
                auto waited =
                    boost::asio::co_spawn(io, identity().credentials().of_key(core::Secret(text)),
                                          boost::asio::use_future);
                io.run();
                answer = waited.get();
            }
            let_in += answer->has_value() ? 1 : 0;
            wrong += ended && answer->has_value() ? 1 : 0;
        }
    };
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < 3; ++i) {
        threads.emplace_back(use_keys, i * 7);
    }
    while (let_in.load() < 100) {
        std::this_thread::yield();
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        ASSERT_TRUE(run(identity().keys().revoke(as("consumer"), keys[i].key.id)));
        revoked[i].store(true);
        ASSERT_TRUE(run(identity().maintain()));
    }
    done.store(true);
    threads.clear();
    EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace kapok::identity
