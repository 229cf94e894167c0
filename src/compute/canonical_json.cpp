#include "compute/canonical_json.h"

#include <boost/json/parse.hpp>

#include "audit/canonical.h"
#include "compute/errors.h"

namespace kapok::compute {

core::Result<std::string> to_canonical(const boost::json::value& value) {
    return audit::canonical_json(value);
}

core::Result<boost::json::value> parse_canonical(std::string_view text) {
    boost::system::error_code code;
    boost::json::value value = boost::json::parse(text, code);
    const auto again = code ? core::Result<std::string>(std::string()) : to_canonical(value);
    if (!again) {
        return std::unexpected(again.error());
    }
    if (code || *again != text) {
        return core::fail(kNotCanonical);
    }
    return value;
}

}  // namespace kapok::compute
