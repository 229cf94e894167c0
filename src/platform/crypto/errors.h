#pragma once

// What crypto refuses. A failed proof says only that it failed: which byte was wrong helps nobody
// but a forger.

#include <array>

#include "core/result.h"

namespace kapok::platform::crypto {

inline constexpr core::ErrorCode kBadKeyText{
    "crypto.bad_key_text", core::ErrorKind::InvalidArgument,
    "a public key must be written as ed25519:… or sm2:…, as GET /api/v1/trust shows it",
    "公钥应写作 ed25519:… 或 sm2:…，与 GET /api/v1/trust 所示一致"};
inline constexpr core::ErrorCode kBadKey{"crypto.bad_key", core::ErrorKind::InvalidArgument,
                                         "this is not a {expected}", "这不是有效的 {expected}"};
inline constexpr core::ErrorCode kBadSignature{
    "crypto.bad_signature", core::ErrorKind::Unprocessable,
    "the signature was not made by this key for this content", "签名与该密钥或内容不符"};
inline constexpr core::ErrorCode kCannotOpen{
    "crypto.cannot_open", core::ErrorKind::Unprocessable,
    "the sealed value was changed, belongs elsewhere or was sealed under another key",
    "密封数据已被改动、不属于此处，或由其他密钥密封"};
inline constexpr core::ErrorCode kUnknownSealingKey{
    "crypto.unknown_sealing_key", core::ErrorKind::Unprocessable,
    "there is no sealing key {key}; the value was sealed by another installation or the key was "
    "removed",
    "没有编号为 {key} 的密封密钥；该数据由其他系统密封，或密钥已被移除"};

inline constexpr core::ErrorCode kPasswordTooLong{
    "crypto.password_too_long", core::ErrorKind::InvalidArgument,
    "a password must have at most {limit} bytes", "密码不得超过 {limit} 字节"};

inline constexpr core::ErrorCode kKeyFileExists{"crypto.key_file_exists", core::ErrorKind::Conflict,
                                                "{path} exists already; a key is never overwritten",
                                                "{path} 已存在；密钥文件不会被覆盖"};
inline constexpr core::ErrorCode kKeyFileMissing{
    "crypto.key_file_missing", core::ErrorKind::NotFound, "the key file {path} does not exist",
    "密钥文件 {path} 不存在"};
inline constexpr core::ErrorCode kKeyFileExposed{
    "crypto.key_file_exposed", core::ErrorKind::PermissionDenied,
    "{path} has mode {mode}: others than its owner can reach the key; run chmod 600 {path}",
    "{path} 的权限为 {mode}，属主以外的用户也能访问密钥；请执行 chmod 600 {path}"};
inline constexpr core::ErrorCode kKeyFileForeign{
    "crypto.key_file_foreign", core::ErrorKind::PermissionDenied,
    "{path} belongs to user {owner}; it must belong to the user that runs Kapok, or to root",
    "{path} 属于用户 {owner}；应属于运行 Kapok 的用户或 root"};
inline constexpr core::ErrorCode kKeyFileBad{
    "crypto.key_file_bad", core::ErrorKind::Unprocessable,
    "{path} is not a master key of Kapok; restore it from its copy",
    "{path} 不是 Kapok 的主密钥文件；请从备份恢复"};
inline constexpr core::ErrorCode kKeyFileIo{"crypto.key_file_io", core::ErrorKind::Internal,
                                            "{path} cannot be {action}: {reason}",
                                            "无法对 {path} 执行 {action}：{reason}"};

inline constexpr core::ErrorCode kBadCertificate{
    "crypto.bad_certificate", core::ErrorKind::InvalidArgument, "this is not a certificate in PEM",
    "这不是 PEM 格式的证书"};
inline constexpr core::ErrorCode kBadRequest{
    "crypto.bad_certificate_request", core::ErrorKind::InvalidArgument,
    "a certificate request must be PEM, have a P-256 key and be signed by it",
    "证书请求应为 PEM 格式，使用 P-256 密钥并由该密钥签名"};
inline constexpr core::ErrorCode kBadName{
    "crypto.bad_certificate_name", core::ErrorKind::InvalidArgument,
    "a certificate cannot name {name}; use a DNS name, an IP address or an id of 1 to {limit} "
    "printable characters",
    "证书中不能使用名称 {name}；应为 DNS 名称、IP 地址，或 1 至 {limit} 个可打印字符的标识"};
inline constexpr core::ErrorCode kUntrustedCertificate{
    "crypto.untrusted_certificate", core::ErrorKind::Unauthenticated,
    "the certificate is not accepted: {reason}", "证书未通过验证：{reason}"};
inline constexpr core::ErrorCode kExpiredCertificate{
    "crypto.expired_certificate", core::ErrorKind::Unauthenticated,
    "the certificate is valid from {from} until {until}, not at {now}",
    "证书有效期为 {from} 至 {until}，当前时间 {now} 不在其中"};

inline constexpr std::array kErrors{
    &kBadKeyText,        &kBadKey,          &kBadSignature,  &kCannotOpen,
    &kUnknownSealingKey, &kPasswordTooLong, &kKeyFileExists, &kKeyFileMissing,
    &kKeyFileExposed,    &kKeyFileForeign,  &kKeyFileBad,    &kKeyFileIo,
    &kBadCertificate,    &kBadRequest,      &kBadName,       &kUntrustedCertificate,
    &kExpiredCertificate};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::platform::crypto
