#pragma once

// The way to the server behind a deployment. Who does not run the platform must not use it to reach
// what stands in its network, so a deployment of theirs leads to public addresses only; each
// connection asks anew, since a name may stand for another address by then.

#include <memory>

#include "core/result.h"
#include "models/catalog.h"
#include "platform/http/client.h"

namespace kapok::models {

[[nodiscard]] core::Result<std::unique_ptr<platform::http::Client>> connect_to(
    const Deployment& place, platform::http::ClientOptions options);

}  // namespace kapok::models
