#pragma once

// What `kapok config show` says of the limits of crypto: every constant of limits.h that is no
// setting, as tidy checks, with its unit and its meaning.

#include <array>

#include "core/limit.h"
#include "platform/crypto/limits.h"

namespace kapok::platform::crypto {

inline constexpr std::array kLimitTable{
    core::limit("crypto.password_bytes_max", kPasswordBytesMax, "byte",
                "Of a password that is hashed", "参与哈希的密码长度"),
    core::limit("crypto.pem_bytes_max", kPemBytesMax, "byte", "Of a PEM file", "PEM 文件的长度"),
    core::limit("crypto.key_file_bytes_max", kKeyFileBytesMax, "byte", "Of a key file",
                "密钥文件的长度"),
    core::limit("crypto.common_name_bytes_max", kCommonNameBytesMax, "byte",
                "Of a certificate's common name", "证书通用名的长度"),
    core::limit("crypto.subject_names_max", kSubjectNamesMax, "name", "In a certificate",
                "证书中的名称数"),
    core::time_limit("crypto.clock_skew", kClockSkew,
                     "Certificates begin so long before they are made",
                     "证书生效时间早于签发的时长"),
};

}  // namespace kapok::platform::crypto
