#pragma once

// All of files and batches, for whoever wires them.

#include <memory>
#include <utility>

#include "models/batch/batch_runner.h"
#include "models/batch/batch_service.h"
#include "models/batch/batch_tools.h"
#include "models/batch/file_service.h"

namespace kapok::models {

class Batches {
public:
    Batches(BatchTools tools, BatchRunnerSettings settings)
        : files_(tools), batches_(tools), runner_(tools, std::move(settings)) {}

    [[nodiscard]] FileService& files() noexcept { return files_; }
    [[nodiscard]] BatchService& batches() noexcept { return batches_; }
    [[nodiscard]] BatchRunner& runner() noexcept { return runner_; }

private:
    FileService files_;
    BatchService batches_;
    BatchRunner runner_;
};

}  // namespace kapok::models
