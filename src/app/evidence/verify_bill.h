#pragma once

// The checks of the money: from price versions and usage records to charges, settlements, transfers
// and the wallet's balance, and the bill that says it all in one page.

#include "app/evidence/bundle.h"
#include "app/evidence/checks.h"
#include "app/evidence/log_view.h"

namespace kapok::app::evidence {

[[nodiscard]] Check check_prices(const Bundle& bundle, const LogView& log);
[[nodiscard]] Check check_usage(const Bundle& bundle, const LogView& log);
[[nodiscard]] Check check_rating(const Bundle& bundle);
[[nodiscard]] Check check_settlements(const Bundle& bundle);
[[nodiscard]] Check check_transfers(const Bundle& bundle, const LogView& log);
[[nodiscard]] Check check_balances(const Bundle& bundle);
[[nodiscard]] Check check_statement(const Bundle& bundle);
[[nodiscard]] Check check_trial_balance(const Bundle& bundle);

}  // namespace kapok::app::evidence
