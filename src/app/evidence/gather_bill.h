#pragma once

// Collects the money's part of a bundle: bills with all behind them, and the trial balance.

#include "app/evidence/bundle.h"
#include "app/evidence/gather_log.h"
#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::app::evidence {

// For each currency in which the project has a wallet; besides, products and prices of what was
// charged. The header says of whom and when.
[[nodiscard]] core::Result<void> gather_bills(platform::db::Reader& reader, LogGatherer& log,
                                              Bundle& bundle);

[[nodiscard]] core::Result<void> gather_trial_balance(platform::db::Reader& reader,
                                                      bool with_accounts, Bundle& bundle);

}  // namespace kapok::app::evidence
