#pragma once

// Into which networks the addresses may lead that people give: of weights to import, of servers to
// call. The server stands in networks that those who name addresses may not be let into.

#include <cstdint>

#include "identity/authorize.h"

namespace kapok::models {

// Of providers; an operator of the platform names any address.
enum class Networks : std::uint8_t { Public, Any };

[[nodiscard]] inline bool may_be_private(const core::Principal& caller,
                                         const identity::OrganizationTree& tree,
                                         Networks providers) {
    return providers == Networks::Any || identity::runs_the_platform(caller, tree);
}

}  // namespace kapok::models
