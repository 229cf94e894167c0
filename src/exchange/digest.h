#pragma once

// What the audit event of a settlement says of the charges that it stands for, so that whoever has
// the charges and the log can check one against the other, down to the evidence of each record.

#include <span>
#include <string>

#include <boost/json/object.hpp>

#include "core/result.h"
#include "exchange/exchange_store.h"

namespace kapok::exchange {

// A charge with all that it was made of. Counts are text: they may be beyond what every reader of
// JSON keeps exactly.
[[nodiscard]] boost::json::object to_json(const Charge& charge);

// "sha256:" and 64 hexadecimal digits: of the canonical JSON of each charge, each with a line feed
// behind it. An error if a text of a record is not UTF-8.
[[nodiscard]] core::Result<std::string> digest_text(std::span<const Charge> charges);

}  // namespace kapok::exchange
