#include "exchange/digest.h"

#include <utility>

#include "audit/canonical.h"
#include "core/timestamp.h"
#include "platform/crypto/bytes.h"
#include "platform/crypto/encoding.h"
#include "platform/crypto/hash.h"

namespace kapok::exchange {

namespace crypto = platform::crypto;

boost::json::object to_json(const Charge& charge) {
    const UsageRecord& usage = charge.usage;
    return {{"usage_id", usage.id.text()},
            {"product_id", usage.product.text()},
            {"meter", usage.meter},
            {"subject", usage.subject},
            {"organization_id", usage.organization.text()},
            {"project_id", usage.project.text()},
            {"unit", core::to_text(usage.quantity.unit)},
            {"quantity", std::to_string(usage.quantity.count)},
            {"window_start", core::to_rfc3339(usage.window_start)},
            {"window_end", core::to_rfc3339(usage.window_end)},
            {"source", kUsageSourceNames[std::to_underlying(usage.source)]},
            {"evidence", usage.evidence},
            {"price_id", charge.price.text()},
            {"settlement", core::to_base32(charge.settlement)},
            {"amount", core::to_decimal(charge.amount)},
            {"currency", core::to_text(charge.amount.currency())},
            {"charged_at", core::to_rfc3339(charge.charged_at)}};
}

core::Result<std::string> digest_text(std::span<const Charge> charges) {
    crypto::Hasher hasher(crypto::Suite::Intl);
    for (const Charge& charge : charges) {
        const auto line = audit::canonical_json(to_json(charge));
        if (!line) {
            return std::unexpected(line.error());
        }
        hasher.update(crypto::bytes_of(*line)).update(crypto::bytes_of("\n"));
    }
    return "sha256:" + crypto::to_hex(hasher.finish());
}

}  // namespace kapok::exchange
