#include "audit/checkpoint.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "audit/errors.h"
#include "audit/limits.h"
#include "core/timestamp.h"
#include "platform/crypto/encoding.h"

namespace kapok::audit {

namespace crypto = platform::crypto;

namespace {

constexpr std::string_view kDash = "— ";
constexpr std::string_view kTime = "time ";
constexpr std::size_t kKeyNumberBytes = 4;

std::string_view signature_type(Suite suite) {
    switch (suite) {
        case Suite::Intl: return "\x01";
        case Suite::Sm: return "\xFFsm2-sm3";
    }
    return {};
}

std::vector<std::byte> typed_key(const crypto::PublicKey& key) {
    const auto type = crypto::bytes_of(signature_type(key.suite()));
    std::vector<std::byte> typed(type.begin(), type.end());
    typed.insert(typed.end(), key.raw().begin(), key.raw().end());
    return typed;
}

// Tells keys of one name apart; it proves nothing.
std::array<std::byte, kKeyNumberBytes> key_number(std::string_view name,
                                                  const crypto::PublicKey& key) {
    const auto name_bytes = crypto::bytes_of(name);
    std::vector<std::byte> text(name_bytes.begin(), name_bytes.end());
    text.push_back(std::byte{'\n'});
    const auto typed = typed_key(key);
    text.insert(text.end(), typed.begin(), typed.end());
    std::array<std::byte, kKeyNumberBytes> number{};
    std::ranges::copy_n(crypto::hash(key.suite(), text).begin(), number.size(), number.begin());
    return number;
}

std::string note_text(const Checkpoint& checkpoint) {
    return fmt::format("{}\n{}\n{}\n{}{}\n", checkpoint.origin, checkpoint.head.size,
                       to_base64(checkpoint.head.root), kTime,
                       core::to_rfc3339(checkpoint.made_at));
}

struct SignatureLine {
    std::string_view name;
    std::vector<std::byte> number_and_signature;
};

struct Note {
    std::string_view text;  // Up to the empty line.
    std::vector<SignatureLine> signatures;
};

std::string_view take_line(std::string_view& text) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    return line;
}

std::optional<SignatureLine> parse_signature(std::string_view line) {
    if (!line.starts_with(kDash)) {
        return std::nullopt;
    }
    line.remove_prefix(kDash.size());
    const auto space = line.find(' ');
    if (space == 0 || space == line.npos) {
        return std::nullopt;
    }
    auto bytes = from_base64(line.substr(space + 1));
    if (!bytes || bytes->size() <= kKeyNumberBytes) {
        return std::nullopt;
    }
    return SignatureLine{line.substr(0, space), *std::move(bytes)};
}

std::optional<Note> parse_note(std::string_view note) {
    const auto gap = note.rfind("\n\n");
    if (note.size() > kNoteBytesMax || gap == note.npos || !note.ends_with('\n')) {
        return std::nullopt;
    }
    Note parsed{note.substr(0, gap + 1), {}};
    for (std::string_view rest = note.substr(gap + 2); !rest.empty();) {
        auto signature = parse_signature(take_line(rest));
        if (!signature || parsed.signatures.size() == kNoteSignaturesMax) {
            return std::nullopt;
        }
        parsed.signatures.push_back(*std::move(signature));
    }
    return parsed;
}

// Anything that we would not have written in the same way is refused.
std::optional<Checkpoint> parse_text(std::string_view text) {
    std::string_view rest = text;
    Checkpoint checkpoint;
    checkpoint.origin = take_line(rest);
    const std::string_view size = take_line(rest);
    const auto* const end = size.data() + size.size();
    const auto root = from_base64(take_line(rest));
    const std::string_view time = take_line(rest);
    if (std::from_chars(size.data(), size.data() + size.size(), checkpoint.head.size).ptr != end ||
        !root || root->size() != checkpoint.head.root.size() || !time.starts_with(kTime)) {
        return std::nullopt;
    }
    std::ranges::copy(*root, checkpoint.head.root.begin());
    const auto made_at = core::parse_rfc3339(time.substr(kTime.size()));
    if (!made_at || !is_origin(checkpoint.origin)) {
        return std::nullopt;
    }
    checkpoint.made_at = *made_at;
    return note_text(checkpoint) == text ? std::optional(checkpoint) : std::nullopt;
}

}  // namespace

bool is_origin(std::string_view origin) noexcept {
    return !origin.empty() && origin.size() <= kOriginBytesMax &&
           std::ranges::all_of(origin, [](char c) { return c > ' ' && c < '\x7F' && c != '+'; });
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const crypto::PrivateKey& key) {
    assert(is_origin(checkpoint.origin));
    const std::string text = note_text(checkpoint);
    const auto number = key_number(checkpoint.origin, key.public_key());
    const auto signature = key.sign(crypto::bytes_of(text));
    std::vector<std::byte> bytes(number.begin(), number.end());
    bytes.insert(bytes.end(), signature.begin(), signature.end());
    return fmt::format("{}\n{}{} {}\n", text, kDash, checkpoint.origin, to_base64(bytes));
}

core::Result<Checkpoint> verify_checkpoint(std::string_view note, const crypto::PublicKey& key) {
    const auto parsed = parse_note(note);
    auto checkpoint = parsed ? parse_text(parsed->text) : std::nullopt;
    if (!checkpoint) {
        return core::fail(kBadCheckpoint);
    }
    const auto number = key_number(checkpoint->origin, key);
    bool is_signed = false;
    for (const SignatureLine& line : parsed->signatures) {
        const auto bytes = std::span(line.number_and_signature);
        if (line.name != checkpoint->origin ||
            !std::ranges::equal(bytes.first(kKeyNumberBytes), number)) {
            continue;
        }
        if (!key.verify(crypto::bytes_of(parsed->text), bytes.subspan(kKeyNumberBytes))) {
            return core::fail(kCheckpointNotSigned, {{"key", key.text()}});
        }
        is_signed = true;
    }
    if (!is_signed) {
        return core::fail(kCheckpointNotSigned, {{"key", key.text()}});
    }
    return *std::move(checkpoint);
}

std::size_t signature_count(std::string_view note) {
    const auto parsed = parse_note(note);
    return parsed ? parsed->signatures.size() : 0;
}

std::string verifier_key(std::string_view origin, const crypto::PublicKey& key) {
    return fmt::format("{}+{}+{}", origin, crypto::to_hex(key_number(origin, key)),
                       to_base64(typed_key(key)));
}

std::string to_base64(std::span<const std::byte> bytes) {
    std::string text = crypto::to_base64url(bytes);
    std::ranges::replace(text, '-', '+');
    std::ranges::replace(text, '_', '/');
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

std::optional<std::vector<std::byte>> from_base64(std::string_view text) {
    std::string url(text);
    if (url.size() % 4 != 0 || url.find_first_of("-_") != url.npos) {
        return std::nullopt;
    }
    for (int padding = 0; padding < 2 && url.ends_with('='); ++padding) {
        url.pop_back();
    }
    std::ranges::replace(url, '+', '-');
    std::ranges::replace(url, '/', '_');
    return crypto::from_base64url(url);
}

}  // namespace kapok::audit
