#pragma once

// Every route of the public listener with its handler, and the few that belong to no module: health
// and metrics.

#include <memory>
#include <vector>

#include "app/evidence/evidence_service.h"
#include "app/server/compute_plane.h"
#include "app/server/foundation.h"
#include "app/server/metrics_plane.h"
#include "app/telemetry/telemetry.h"
#include "audit/audit_service.h"
#include "compute/compute.h"
#include "core/clock.h"
#include "exchange/exchange_service.h"
#include "identity/identity.h"
#include "ledger/ledger_service.h"
#include "models/batch/batches.h"
#include "models/gateway/gateway.h"
#include "models/imports_service.h"
#include "models/models_service.h"
#include "platform/http/router.h"

namespace kapok::app {

// What the handlers work with. Where only the table of routes is wanted, all of it is absent.
struct Services {
    const Foundation* foundation = nullptr;
    const core::Clock* clock = nullptr;
    telemetry::Telemetry* telemetry = nullptr;
    MetricsPlane* catalogue = nullptr;
    identity::Identity* identity = nullptr;
    audit::AuditService* audit = nullptr;
    ledger::LedgerService* ledger = nullptr;
    exchange::ExchangeService* exchange = nullptr;
    compute::Compute* compute = nullptr;
    const AgentsListener* agents = nullptr;
    models::ModelsService* models = nullptr;
    models::ImportsService* imports = nullptr;
    models::Gateway* gateway = nullptr;
    evidence::EvidenceService* evidence = nullptr;
    models::Batches* batches = nullptr;
};

// Adds all routes, and the OpenAPI document of them. `services` must outlive the router's use.
void add_all_routes(platform::http::Router& router, const Services& services);

// All routes without a server behind them: for the command line and for the document.
[[nodiscard]] std::vector<const platform::http::Route*> all_routes();

}  // namespace kapok::app
