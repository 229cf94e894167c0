#include "compute/context.h"

#include "compute/errors.h"

namespace kapok::compute {

core::Result<void> check_fresh(const core::Uuid& id, const std::string& text, core::Timestamp now) {
    if (!core::is_fresh(id, now)) {
        return core::fail(kStaleId, {{"id", text}}, "/id");
    }
    return {};
}

}  // namespace kapok::compute
