#include "app/limit_tables.h"

#include "app/backup/limit_table.h"
#include "app/doctor/limit_table.h"
#include "app/evidence/limit_table.h"
#include "audit/limit_table.h"
#include "compute/limit_table.h"
#include "core/limit_table.h"
#include "exchange/limit_table.h"
#include "identity/limit_table.h"
#include "ledger/limit_table.h"
#include "models/limit_table.h"
#include "platform/crypto/limit_table.h"
#include "platform/db/limit_table.h"
#include "platform/http/limit_table.h"
#include "platform/objects/limit_table.h"
#include "platform/process/limit_table.h"
#include "registry/limit_table.h"

namespace kapok::app {

std::vector<core::LimitTable> limit_tables() {
    return {core::kLimitTable,
            platform::http::kLimitTable,
            platform::db::kLimitTable,
            platform::objects::kLimitTable,
            platform::crypto::kLimitTable,
            platform::process::kLimitTable,
            identity::kLimitTable,
            audit::kLimitTable,
            ledger::kLimitTable,
            registry::kLimitTable,
            exchange::kLimitTable,
            compute::kLimitTable,
            models::kLimitTable,
            evidence::kLimitTable,
            backup::kLimitTable,
            doctor::kLimitTable};
}

}  // namespace kapok::app
