#pragma once

// All routes of compute, for app to give to its routers. `compute` must outlive the router.

#include "compute/compute.h"
#include "platform/http/router.h"

namespace kapok::compute {

// Of the public listener.
void add_routes(platform::http::Router& router, Compute& compute);
// Of the agents' listener.
void add_agent_routes(platform::http::Router& router, Compute& compute);

}  // namespace kapok::compute
