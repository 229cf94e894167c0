#pragma once

// Keys on a 256-bit prime curve, made from a scalar that the caller's Random gave: OpenSSL's own
// generator would hide where a key came from. Only crypto's own .cpp files include this.

#include <array>
#include <cstdint>
#include <optional>

#include "core/random.h"
#include "platform/crypto/openssl.h"

namespace kapok::platform::crypto {

enum class Curve : std::uint8_t { P256, Sm2 };

using Scalar = std::array<std::byte, 32>;
using Point = std::array<std::byte, 65>;  // 04, x, y: the uncompressed form of X9.62.

// Uniform in 1..n-2: both curves allow it (SM2 excludes n-1).
[[nodiscard]] Scalar draw_scalar(Curve curve, core::Random& random);
// Nothing if the scalar is not in 1..n-2.
[[nodiscard]] std::optional<EvpKey> key_of_scalar(Curve curve, const Scalar& scalar);
// Nothing if the point is not on the curve.
[[nodiscard]] std::optional<EvpKey> key_of_point(Curve curve, const Point& point);

[[nodiscard]] std::optional<Scalar> scalar_of(const EVP_PKEY* key);
[[nodiscard]] std::optional<Point> point_of(const EVP_PKEY* key);
[[nodiscard]] bool is_on(Curve curve, const EVP_PKEY* key);

}  // namespace kapok::platform::crypto
