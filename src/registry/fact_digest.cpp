#include "registry/fact_digest.h"

#include <algorithm>

#include <boost/json/object.hpp>

#include "audit/canonical.h"
#include "core/timestamp.h"
#include "platform/crypto/bytes.h"
#include "platform/crypto/encoding.h"

namespace kapok::registry {

namespace crypto = platform::crypto;
namespace json = boost::json;

core::Result<std::string> line_of(const Fact& fact, std::span<const Dimension> dimensions) {
    json::object labels;
    for (std::size_t i = 0; i < std::min(dimensions.size(), fact.labels.size()); ++i) {
        labels[dimensions[i].name] = fact.labels[i];
    }
    const json::value owner = fact.organization.is_zero()
                                  ? json::value(nullptr)
                                  : json::value(json::string(fact.organization.text()));
    const json::object row{
        {"at", core::to_rfc3339(fact.at)}, {"id", fact.id},
        {"labels", std::move(labels)},     {"organization_id", owner},
        {"subject", fact.subject},         {"value", std::to_string(fact.value)}};
    auto line = audit::canonical_json(row);
    if (line) {
        *line += '\n';
    }
    return line;
}

void FactDigest::add(std::string_view line) {
    digest_.update(crypto::bytes_of(line));
    ++count_;
}

std::string FactDigest::text() const {
    return "sha256:" + crypto::to_hex(digest_.so_far());
}

}  // namespace kapok::registry
