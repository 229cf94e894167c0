#pragma once

// The two ends of a batch: its input file is read and checked line by line, its results are written
// into files. Both begin anew after a crash and come to the same.

#include <boost/asio/awaitable.hpp>

#include "core/result.h"
#include "models/batch/batch.h"
#include "models/batch/batch_tools.h"

namespace kapok::models {

// Ends with the batch in progress or failed. An error says that it is to be tried again.
[[nodiscard]] boost::asio::awaitable<core::Result<void>> take_in(BatchTools tools, Batch batch);

// Of a batch that is finalizing or cancelling and has no line under way.
[[nodiscard]] boost::asio::awaitable<core::Result<void>> write_results(BatchTools tools,
                                                                       Batch batch);

// The text of one line of the input.
[[nodiscard]] boost::asio::awaitable<core::Result<std::string>> read_input(BatchTools tools,
                                                                           Batch batch, Line line);

}  // namespace kapok::models
