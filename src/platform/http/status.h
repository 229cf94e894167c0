#pragma once

// The HTTP status of an error code: its kind's, but for the few codes for which HTTP has a status
// that says more. Answers, the OpenAPI document and `kapok explain` all ask here.

#include "core/result.h"

namespace kapok::platform::http {

[[nodiscard]] int status_of(const core::ErrorCode& code);

}  // namespace kapok::platform::http
