#include "platform/crypto/ec_key.h"

#include <cassert>
#include <cstring>

#include <openssl/core_names.h>
#include <openssl/obj_mac.h>
#include <sodium.h>

namespace kapok::platform::crypto {
namespace {

using Group = std::unique_ptr<EC_GROUP, Freer<EC_GROUP_free>>;
using CurvePoint = std::unique_ptr<EC_POINT, Freer<EC_POINT_clear_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freer<OSSL_PARAM_free>>;
using ParametersBuilder = std::unique_ptr<OSSL_PARAM_BLD, Freer<OSSL_PARAM_BLD_free>>;

const char* group_name(Curve curve) {
    return curve == Curve::P256 ? "prime256v1" : "SM2";
}
const char* key_type(Curve curve) {
    return curve == Curve::P256 ? "EC" : "SM2";
}

Group group_of(Curve curve) {
    Group group(EC_GROUP_new_by_curve_name(curve == Curve::P256 ? NID_X9_62_prime256v1 : NID_sm2));
    ensure(group != nullptr, "curve");
    return group;
}

BigNumber number_of(ByteView bytes) {
    BigNumber number(BN_secure_new());
    ensure(number && BN_bin2bn(octets(bytes), static_cast<int>(bytes.size()), number.get()),
           "number");
    return number;
}

bool in_range(const EC_GROUP* group, const BIGNUM* scalar) {
    BigNumber end(BN_dup(EC_GROUP_get0_order(group)));
    ensure(end && BN_sub_word(end.get(), 1) == 1, "order");
    return !BN_is_zero(scalar) && BN_cmp(scalar, end.get()) < 0;
}

// `scalar` may be null: then the key is public only.
std::optional<EvpKey> build(Curve curve, const Point& point, const BIGNUM* scalar) {
    ParametersBuilder builder(OSSL_PARAM_BLD_new());
    ensure(builder &&
               OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                               group_name(curve), 0) &&
               OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                                point.data(), point.size()) &&
               (scalar == nullptr ||
                OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar)),
           "key parameters");
    const Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    const EvpKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, key_type(curve), nullptr));
    ensure(parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1, "key context");
    EVP_PKEY* key = nullptr;
    const int selection = scalar == nullptr ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
    if (EVP_PKEY_fromdata(context.get(), &key, selection, parameters.get()) != 1) {
        ERR_clear_error();
        return std::nullopt;
    }
    return EvpKey(key);
}

}  // namespace

Scalar draw_scalar(Curve curve, core::Random& random) {
    const Group group = group_of(curve);
    Scalar scalar;
    do {
        random.fill(scalar);
    } while (!in_range(group.get(), number_of(scalar).get()));
    return scalar;
}

std::optional<EvpKey> key_of_scalar(Curve curve, const Scalar& scalar) {
    const Group group = group_of(curve);
    const BigNumber number = number_of(scalar);
    if (!in_range(group.get(), number.get())) {
        return std::nullopt;
    }
    const CurvePoint product(EC_POINT_new(group.get()));
    ensure(product && EC_POINT_mul(group.get(), product.get(), number.get(), nullptr, nullptr,
                                   nullptr) == 1,
           "public key");
    Point point;
    ensure(EC_POINT_point2oct(group.get(), product.get(), POINT_CONVERSION_UNCOMPRESSED,
                              writable(point), point.size(), nullptr) == point.size(),
           "public key");
    return build(curve, point, number.get());
}

std::optional<EvpKey> key_of_point(Curve curve, const Point& point) {
    if (point.front() != std::byte{4}) {
        return std::nullopt;
    }
    return build(curve, point, nullptr);
}

std::optional<Scalar> scalar_of(const EVP_PKEY* key) {
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) != 1) {
        ERR_clear_error();
        return std::nullopt;
    }
    const BigNumber owner(number);
    Scalar scalar;
    const auto size = static_cast<int>(scalar.size());
    if (BN_bn2binpad(number, writable(scalar), size) != size) {
        return std::nullopt;
    }
    return scalar;
}

std::optional<Point> point_of(const EVP_PKEY* key) {
    Point point;
    std::size_t size = 0;
    if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, writable(point), point.size(),
                                        &size) != 1 ||
        size != point.size() || point.front() != std::byte{4}) {
        ERR_clear_error();
        return std::nullopt;
    }
    return point;
}

bool is_on(Curve curve, const EVP_PKEY* key) {
    char name[64] = {};
    std::size_t size = 0;
    const bool named = EVP_PKEY_get_group_name(key, name, sizeof name, &size) == 1;
    ERR_clear_error();
    return named && std::string_view(name, size) == group_name(curve);
}

}  // namespace kapok::platform::crypto
