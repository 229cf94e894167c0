#pragma once

// Does a server answer as a model? One real request decides, not a health page.

#include <boost/asio/awaitable.hpp>

#include "core/result.h"
#include "models/catalog.h"

namespace kapok::models {

// kNotAnsweringAsModel, with what the server did instead; kAddressRefused.
[[nodiscard]] boost::asio::awaitable<core::Result<void>> probe(Deployment place, Model model);

}  // namespace kapok::models
