#pragma once

// The checks of what compute says: measurements, grades and scheduling decisions.

#include "app/evidence/bundle.h"
#include "app/evidence/checks.h"
#include "app/evidence/log_view.h"

namespace kapok::app::evidence {

[[nodiscard]] Check check_measurements(const Bundle& bundle, const LogView& log);
[[nodiscard]] Check check_grades(const Bundle& bundle, const LogView& log);
[[nodiscard]] Check check_decisions(const Bundle& bundle, const LogView& log);

}  // namespace kapok::app::evidence
