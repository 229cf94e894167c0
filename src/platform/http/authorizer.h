#pragma once

// The port through which the router learns who asks. Identity implements it, app wires it.

#include <boost/asio/awaitable.hpp>

#include "core/principal.h"
#include "core/result.h"
#include "platform/http/message.h"
#include "platform/http/route.h"

namespace kapok::platform::http {

class Authorizer {
public:
    virtual ~Authorizer() = default;
    // The caller of `request`, who holds the scope that `route` names. Anonymous only on a public
    // route without credentials; bad credentials are an error even there.
    virtual boost::asio::awaitable<core::Result<core::Principal>> authorize(const Request& request,
                                                                            const Route& route) = 0;
};

}  // namespace kapok::platform::http
