#include "app/error_tables.h"

#include <algorithm>
#include <array>

#include "app/backup/errors.h"
#include "app/errors.h"
#include "app/evidence/errors.h"
#include "audit/errors.h"
#include "compute/errors.h"
#include "core/errors.h"
#include "exchange/errors.h"
#include "identity/errors.h"
#include "ledger/errors.h"
#include "models/errors.h"
#include "platform/config/errors.h"
#include "platform/crypto/errors.h"
#include "platform/db/errors.h"
#include "platform/errors.h"
#include "registry/errors.h"

namespace kapok::app {

std::vector<core::ErrorTable> error_tables() {
    return {core::kErrors,
            platform::kErrors,
            platform::config::kErrors,
            platform::crypto::kErrors,
            platform::db::kErrors,
            identity::kErrors,
            audit::kErrors,
            ledger::kErrors,
            registry::kErrors,
            exchange::kErrors,
            compute::kErrors,
            models::kErrors,
            evidence::kErrors,
            backup::kErrors,
            kErrors};
}

const core::ErrorCode* find_error(std::string_view name) {
    for (const core::ErrorTable table : error_tables()) {
        const auto found = std::ranges::find(table, name, &core::ErrorCode::name);
        if (found != table.end()) {
            return *found;
        }
    }
    return nullptr;
}

}  // namespace kapok::app
