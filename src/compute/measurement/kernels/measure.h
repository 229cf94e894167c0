#pragma once

// Measures this node. The kernels are those of OpenBLAS and oneDNN, which choose the instruction
// set at run time; their results are checked against a reference, and a wrong one voids the
// measurement. It takes the machine for itself: run it while no work is placed here.

#include <cstdint>
#include <filesystem>
#include <string>

#include "compute/inventory/inventory.h"
#include "compute/measurement/measurement.h"
#include "core/clock.h"
#include "core/random.h"
#include "core/result.h"

namespace kapok::measurement {

enum class Effort : std::uint8_t {
    Trial,  // Smallest sizes: proves that everything works, measures nothing worth keeping.
    Tour,   // At most a minute.
    Full,   // Longer samples, for a grade that is to be sold.
};

struct Options {
    compute::MeasurementId id;
    compute::NodeId node;
    Effort effort = Effort::Tour;
    std::filesystem::path folder;  // On the disk to be measured; its test file is removed again.
    std::string program;           // "kapok 0.1.0"
};

[[nodiscard]] core::Result<compute::Measurement> measure(const Options& options,
                                                         const compute::Inventory& inventory,
                                                         const core::Clock& clock,
                                                         core::Random& random);

}  // namespace kapok::measurement
