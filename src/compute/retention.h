#pragma once

// What compute does not keep for ever: what attempts wrote, and the commands that nodes have done.
// What evidence rests on stays: jobs, attempts, rounds, decisions.

#include <chrono>
#include <cstddef>

#include <boost/asio/awaitable.hpp>

#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::compute {

// Removes what is due, piece by piece, so that nobody waits long for the writer. Logs stay for
// `logs` after their attempt's end; zero: for ever. How many logs and commands it was.
[[nodiscard]] boost::asio::awaitable<core::Result<std::size_t>> remove_what_is_old(
    platform::db::Database& database, std::chrono::days logs);

}  // namespace kapok::compute
