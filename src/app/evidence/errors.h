#pragma once

// What can be wrong with an evidence bundle, or with the wish for one.

#include <array>

#include "core/result.h"

namespace kapok::app::evidence {

using core::ErrorCode;
using core::ErrorKind;

inline constexpr ErrorCode kTooMuch{
    "evidence.too_much", ErrorKind::TooLarge,
    "a bundle holds at most {expected} {what}; ask for a shorter period",
    "一份证据包最多包含 {expected} 项 {what}；请缩短账期"};
inline constexpr ErrorCode kNotCovered{
    "evidence.not_covered", ErrorKind::Unavailable,
    "the audit log does not cover yet what happened just now; try again in a second",
    "审计日志尚未覆盖刚刚发生的事项；请一秒后重试"};
inline constexpr ErrorCode kNoLog{"evidence.no_log", ErrorKind::Unavailable,
                                  "the audit log has no checkpoint yet; try again in a second",
                                  "审计日志还没有检查点；请一秒后重试"};

inline constexpr ErrorCode kBadFile{"evidence.bad_file", ErrorKind::InvalidArgument,
                                    "this is not an evidence bundle as it was made: {reason}",
                                    "这不是原样的证据包：{reason}"};
inline constexpr ErrorCode kBadSignature{"evidence.bad_signature", ErrorKind::Unprocessable,
                                         "the signature is not that of {key} under this content",
                                         "签名不是 {key} 对该内容所作的签名"};
inline constexpr ErrorCode kOtherSigner{"evidence.other_signer", ErrorKind::Unprocessable,
                                        "the bundle is signed by {actual}, not by {expected}",
                                        "证据包的签名者是 {actual}，而不是 {expected}"};
inline constexpr ErrorCode kBadTrust{
    "evidence.bad_trust", ErrorKind::InvalidArgument,
    "{actual} is neither a public key (ed25519:… or sm2:…) nor a file with one",
    "{actual} 既不是公钥（ed25519:… 或 sm2:…），也不是含公钥的文件"};

inline constexpr ErrorCode kNotInLog{
    "evidence.not_in_log", ErrorKind::Unprocessable,
    "the log has no event {type} of {subject} with what the bundle says",
    "日志中没有与证据包所述相符的事件：{subject} 的 {type}"};
inline constexpr ErrorCode kNotIncluded{"evidence.not_included", ErrorKind::Unprocessable,
                                        "event {sequence} is not proved to be in the log",
                                        "事件 {sequence} 在日志中的存在未得到证明"};
inline constexpr ErrorCode kDiffers{"evidence.differs", ErrorKind::Unprocessable,
                                    "{subject}: {field} is {actual}, but comes to {expected}",
                                    "{subject}：{field} 为 {actual}，重新计算为 {expected}"};
inline constexpr ErrorCode kAbsent{"evidence.absent", ErrorKind::Unprocessable,
                                   "{subject}: {what} is not in the bundle",
                                   "{subject}：证据包中没有 {what}"};
inline constexpr ErrorCode kUnexplained{"evidence.unexplained", ErrorKind::Unprocessable,
                                        "{subject} is in the bundle, but nothing accounts for it",
                                        "{subject} 在证据包中，但没有依据"};
inline constexpr ErrorCode kRefused{"evidence.refused", ErrorKind::Unprocessable,
                                    "{subject}: {reason}", "{subject}：{reason}"};

inline constexpr std::array kErrors{
    &kTooMuch,  &kNotCovered,  &kNoLog,   &kBadFile, &kBadSignature, &kOtherSigner, &kBadTrust,
    &kNotInLog, &kNotIncluded, &kDiffers, &kAbsent,  &kUnexplained,  &kRefused};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::app::evidence
