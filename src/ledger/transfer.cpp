#include "ledger/transfer.h"

#include <algorithm>

namespace kapok::ledger {
namespace {

// RFC 9562: the upper half of byte 6 is the version, 8 for ids of one's own making, and the upper
// quarter of byte 8 the variant, 2 in every UUID that is made today and never 3.
constexpr std::uint8_t kDerivedVersion = 0x80;
constexpr std::uint8_t kVariant = 0x80;
constexpr std::uint8_t kExpiryVariant = 0xC0;
constexpr std::uint64_t kReversalLeg = 256;  // Behind those that callers may use.

std::uint8_t variant_of(TransferId id) noexcept {
    return static_cast<std::uint8_t>(id.uuid().bytes[8] & 0xC0U);
}

void set_variant(core::Uuid& uuid, std::uint8_t variant) noexcept {
    uuid.bytes[8] = static_cast<std::uint8_t>(variant | (uuid.bytes[8] & 0x3FU));
}

// SplitMix64's finalizer: one-to-one, so that two legs of one id never meet.
std::uint64_t mix(std::uint64_t bits) noexcept {
    bits = (bits ^ (bits >> 30U)) * 0xBF58476D1CE4E5B9U;
    bits = (bits ^ (bits >> 27U)) * 0x94D049BB133111EBU;
    return bits ^ (bits >> 31U);
}

// Keeps the time, so that derived ids sort beside what they are for.
TransferId derive(core::Uuid uuid, std::uint64_t leg) noexcept {
    std::uint64_t low = 0;
    for (std::size_t i = 8; i < 16; ++i) {
        low = low << 8U | uuid.bytes[i];
    }
    low = mix(low + (leg + 1) * 0x9E3779B97F4A7C15U);
    for (std::size_t i = 16; i > 8; --i) {
        uuid.bytes[i - 1] = static_cast<std::uint8_t>(low);
        low >>= 8U;
    }
    uuid.bytes[6] = static_cast<std::uint8_t>(kDerivedVersion | (uuid.bytes[6] & 0x0FU));
    set_variant(uuid, kVariant);
    return TransferId(uuid);
}

template <class Enum, std::size_t N>
std::optional<Enum> to_enum(std::ptrdiff_t index) {
    return index < static_cast<std::ptrdiff_t>(N) ? std::optional(static_cast<Enum>(index))
                                                  : std::nullopt;
}

}  // namespace

std::optional<TransferKind> parse_transfer_kind(std::string_view name) {
    const auto found = std::ranges::find(kTransferKindNames, name);
    return to_enum<TransferKind, kTransferKindNames.size()>(found - kTransferKindNames.begin());
}

std::optional<TransferCode> parse_transfer_code(std::string_view name) {
    const auto found = std::ranges::find(kTransferCodes, name, &TransferCodeInfo::name);
    return to_enum<TransferCode, kTransferCodes.size()>(found - kTransferCodes.begin());
}

TransferId derived_id(const core::Uuid& of, std::uint8_t leg) noexcept {
    return derive(of, leg);
}

TransferId expiry_id(TransferId hold) noexcept {
    core::Uuid uuid = hold.uuid();
    set_variant(uuid, kExpiryVariant);
    return TransferId(uuid);
}

bool is_transfer_id(TransferId id) noexcept {
    return variant_of(id) == kVariant;
}

Transfer reversal_of(const Record& record) {
    Transfer reversal;
    reversal.id = derive(record.transfer.id.uuid(), kReversalLeg);
    reversal.debit = record.transfer.credit;
    reversal.credit = record.transfer.debit;
    reversal.amount = record.transfer.amount;
    reversal.unit = record.transfer.unit;
    reversal.code = TransferCode::Reversal;
    reversal.reference = record.transfer.id.uuid();
    reversal.reference_text = record.transfer.reference_text;
    return reversal;
}

}  // namespace kapok::ledger
