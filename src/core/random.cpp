#include "core/random.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <sys/random.h>

namespace kapok::core {

std::uint64_t Random::next() {
    std::uint64_t value = 0;
    fill(std::as_writable_bytes(std::span(&value, 1)));
    return value;
}

std::uint64_t Random::below(std::uint64_t end) {
    assert(end > 0);
    const std::uint64_t unfair = (0 - end) % end;  // 2^64 mod end: that many low values would be
    std::uint64_t value = next();                  // drawn once too often, so they are drawn again.
    while (value < unfair) {
        value = next();
    }
    return value % end;
}

void SystemRandom::fill(std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::getrandom(bytes.data(), bytes.size(), 0);
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            std::abort();  // A kernel without randomness cannot make keys.
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
}

void SeededRandom::fill(std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
        mixed ^= mixed >> 31U;
        const std::size_t count = std::min(bytes.size(), sizeof mixed);
        std::memcpy(bytes.data(), &mixed, count);
        bytes = bytes.subspan(count);
    }
}

}  // namespace kapok::core
