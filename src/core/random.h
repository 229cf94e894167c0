#pragma once

// Randomness is a constructor argument, as time is, so that a test or a simulation replays from its
// seed. Keys and tokens are made from SystemRandom only.

#include <cstddef>
#include <cstdint>
#include <span>

namespace kapok::core {

class Random {
public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::byte> bytes) = 0;

    [[nodiscard]] std::uint64_t next();
    // Uniform in 0..end-1; `end` is positive.
    [[nodiscard]] std::uint64_t below(std::uint64_t end);
};

// The kernel's generator, fit for secrets. Safe to call from any thread.
class SystemRandom final : public Random {
public:
    void fill(std::span<std::byte> bytes) override;
};

// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): the same seed gives the same bytes. Never for
// secrets, and for one thread only.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) noexcept : state_(seed) {}
    void fill(std::span<std::byte> bytes) override;

private:
    std::uint64_t state_;
};

}  // namespace kapok::core
