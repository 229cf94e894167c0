#pragma once

// A digest that can be looked at along the way: of all that was given so far, any number of times.

#include <memory>

#include "platform/crypto/bytes.h"
#include "platform/crypto/hash.h"

namespace kapok::platform::crypto {

class RunningDigest {
public:
    explicit RunningDigest(Suite suite);
    RunningDigest(const RunningDigest&) = delete;
    RunningDigest& operator=(const RunningDigest&) = delete;
    RunningDigest(RunningDigest&&) noexcept;
    RunningDigest& operator=(RunningDigest&&) noexcept;
    ~RunningDigest();

    RunningDigest& update(ByteView bytes);
    [[nodiscard]] Digest digest() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace kapok::platform::crypto
