#pragma once

// The most operations a CPU could do: operations per cycle and core by instruction set, times
// cores, times the frequency that was measured with all cores at work. It is an upper bound on
// paper, there to show which share of it was reached; nothing is graded or sold by it.

#include <optional>

#include "compute/inventory/inventory.h"
#include "compute/measurement/measurement.h"

namespace kapok::compute {

// Nothing for a metric that is not arithmetic, or an instruction set that the table lacks.
[[nodiscard]] std::optional<Peak> theoretical_peak(Metric metric, const Cpu& cpu,
                                                   const Conditions& conditions);

}  // namespace kapok::compute
