#include "identity/http/routes.h"

#include "identity/http/agent_routes.h"
#include "identity/http/key_routes.h"
#include "identity/http/organization_routes.h"
#include "identity/http/sign_in_routes.h"
#include "identity/http/user_routes.h"

namespace kapok::identity {

void add_routes(platform::http::Router& router, Identity& identity) {
    add_sign_in_routes(router, identity);
    add_organization_routes(router, identity);
    add_user_routes(router, identity);
    add_key_routes(router, identity);
    add_agent_admin_routes(router, identity);
}

}  // namespace kapok::identity
