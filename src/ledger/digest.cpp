#include "ledger/digest.h"

#include <fmt/format.h>

#include "core/timestamp.h"
#include "platform/crypto/bytes.h"
#include "platform/crypto/encoding.h"
#include "platform/crypto/hash.h"

namespace kapok::ledger {

namespace crypto = platform::crypto;

std::string canonical_line(const Record& record) {
    const Transfer& transfer = record.transfer;
    return fmt::format(
        "{} {} {} {} {} {} {} {} {} {} {} {} {} {}\n", record.sequence, transfer.id.text(),
        name(transfer.kind), transfer.debit.text(), transfer.credit.text(), transfer.amount,
        transfer.unit.text(), info(transfer.code).name,
        transfer.hold.is_zero() ? "-" : transfer.hold.text(), core::to_rfc3339(record.created_at),
        record.expires_at ? core::to_rfc3339(*record.expires_at) : "-",
        transfer.reference.is_zero() ? "-" : core::to_base32(transfer.reference),
        transfer.reference_text.size(), transfer.reference_text);
}

std::string digest_text(std::span<const Record* const> records) {
    crypto::Hasher hasher(crypto::Suite::Intl);
    for (const Record* record : records) {
        hasher.update(crypto::bytes_of(canonical_line(*record)));
    }
    return "sha256:" + crypto::to_hex(hasher.finish());
}

}  // namespace kapok::ledger
