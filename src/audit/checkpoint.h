#pragma once

// A checkpoint is the signed statement that the log had this root at this size at this time.
// Whoever keeps one can later prove that nothing in front of it was changed, dropped or reordered.
// Its text is a C2SP tlog-checkpoint, a signed note that standard witnesses and monitors read:
//
//     kapok.example/log
//     20852163
//     CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//     time 2026-01-31T00:00:00.000000Z
//
//     — kapok.example/log Az3grlgtzPICa5OS8npVmf1Myq/…
//
// The fourth line is an extension of ours. The signature covers the lines in front of the empty
// one. With suite `intl` it is the note's Ed25519 (type 01); with `sm` it is SM2 over SM3, type ff
// "sm2-sm3", and the root and the key's number are made with SM3.

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/merkle.h"
#include "core/clock.h"
#include "core/result.h"
#include "platform/crypto/keys.h"

namespace kapok::audit {

struct Checkpoint {
    std::string origin;  // Which log: a URL without scheme, such as "kapok.example/log".
    TreeHead head;
    core::Timestamp made_at;

    friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// 1 to 128 printable ASCII characters without space or "+", as a note's key name must be.
[[nodiscard]] bool is_origin(std::string_view origin) noexcept;

// `origin` must be one.
[[nodiscard]] std::string sign_checkpoint(const Checkpoint& checkpoint,
                                          const platform::crypto::PrivateKey& key);

// The checkpoint in `note`, if `key` signed it under the name of its origin. Lines of other signers
// (witnesses, a former key) are allowed after it and not looked into, as the format demands.
[[nodiscard]] core::Result<Checkpoint> verify_checkpoint(std::string_view note,
                                                         const platform::crypto::PublicKey& key);

// How many lines of signatures the note has: 1 in a note in which no byte is unsigned.
[[nodiscard]] std::size_t signature_count(std::string_view note);

// The key as note tools take it: "<name>+<number>+<base64 of type and key>".
[[nodiscard]] std::string verifier_key(std::string_view origin,
                                       const platform::crypto::PublicKey& key);

// RFC 4648 section 4, with padding; each value has one text.
[[nodiscard]] std::string to_base64(std::span<const std::byte> bytes);
[[nodiscard]] std::optional<std::vector<std::byte>> from_base64(std::string_view text);

}  // namespace kapok::audit
