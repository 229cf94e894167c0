#pragma once

// The limits of identity. Those that an operator may change are settings of the same name; these
// are their defaults.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kapok::identity {

inline constexpr std::size_t kUserNameBytesMax = 64;
inline constexpr std::size_t kPasswordBytesMin = 10;
inline constexpr std::size_t kPasswordBytesMax = 1'024;  // Checked before anything is hashed.
inline constexpr std::size_t kPasswordDistinctMin = 5;   // "aaaaaaaaaaaa" is long, and no password.
inline constexpr std::size_t kTreeDepthMax = 16;         // Ministry to laboratory needs 6.
inline constexpr std::size_t kGrantsMax = 64;            // Of one user.
inline constexpr std::size_t kCertificateRequestBytesMax = 8'192;

inline constexpr std::chrono::minutes kSessionIdle{30};
inline constexpr std::chrono::hours kSessionAbsolute{12};
inline constexpr std::chrono::minutes kSessionTouch{1};  // How exactly "last seen" is kept.
inline constexpr std::size_t kSessionsMax = 20;          // Of one user; the oldest gives way.
inline constexpr std::chrono::hours kKeyLifetimeMax{24 * 366 * 2};
inline constexpr std::chrono::hours kKeyOverlapMax{24 * 30};  // Of an old key and its successor.
inline constexpr std::chrono::hours kEnrollmentLifetime{1};
inline constexpr std::chrono::hours kEnrollmentLifetimeMax{24 * 7};
inline constexpr std::chrono::hours kAgentCertificateLifetime{24};
// After its end the newest certificate of an agent can still be renewed, and do nothing else: who
// was off, or cut off, for some days need not be enrolled again.
inline constexpr std::chrono::hours kAgentRenewalGrace{24 * 30};

// A revoked credential works at most this long on another server: the counter of changes is read
// again when the last reading is older than kRecheck, and without a reading younger than
// kStalenessMax nobody is let in.
inline constexpr std::chrono::milliseconds kRecheck{500};
inline constexpr std::chrono::milliseconds kStalenessMax{1'000};
inline constexpr std::size_t kCachedCredentialsMax = 100'000;
inline constexpr std::chrono::seconds kLastUseFlush{30};
inline constexpr std::chrono::seconds kCleaning{60};  // Of sessions and attempts that have ended.

// argon2id takes tens of MiB and tens of milliseconds: few at once, and few that wait.
inline constexpr std::size_t kPasswordThreads = 2;
inline constexpr std::int64_t kPasswordsWaitingMax = 64;

}  // namespace kapok::identity
