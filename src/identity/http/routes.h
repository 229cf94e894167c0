#pragma once

// All routes of identity, for app to give to its routers.

#include "identity/identity.h"
#include "platform/http/router.h"

namespace kapok::identity {

// Of the public listener. `identity` must outlive the router.
void add_routes(platform::http::Router& router, Identity& identity);
// Of the agents' listener: joining and renewing certificates.
void add_agent_routes(platform::http::Router& router, Identity& identity);

}  // namespace kapok::identity
