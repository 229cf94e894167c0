#pragma once

// A bundle as JSON and back. Amounts of money are decimal text with their currency beside them,
// other counts that may be large are text as well; docs/evidence.schema.json has the whole.

#include <boost/json/object.hpp>

#include "app/evidence/bundle.h"
#include "core/result.h"

namespace kapok::app::evidence {

// The texts in the bundle that should be canonical JSON must parse.
[[nodiscard]] boost::json::object to_json(const Bundle& bundle);

// Refuses what is missing, what nobody asked for, and what has another form than to_json() gives.
[[nodiscard]] core::Result<Bundle> bundle_from_json(const boost::json::object& object);

}  // namespace kapok::app::evidence
