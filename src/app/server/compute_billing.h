#pragma once

// What compute asks of the money, answered by exchange. A node is a product whose meters are the
// time of its cores and cards; an attempt is a hold on its project's wallet, settled by the time
// that the node reports.

#include "compute/billing.h"
#include "core/clock.h"
#include "core/money.h"
#include "core/random.h"
#include "core/result.h"

namespace kapok::app {

// What a node's product starts with when it is first measured; its provider posts prices after.
struct FirstPrices {
    core::Money core_hour;  // Of a standard core; a node's core costs its standard units of it.
    core::Money card_hour;
};

class ComputeBilling final : public compute::Billing {
public:
    ComputeBilling(const FirstPrices& prices, const core::Clock& clock, core::Random& random)
        : prices_(prices), clock_(clock), random_(random) {}

    core::Result<void> check(platform::db::Transaction& transaction, const core::Principal& caller,
                             const compute::AttemptBound& bound) override;
    core::Result<void> hold(platform::db::Transaction& transaction, const core::Principal& caller,
                            const core::Uuid& hold, const compute::NodeId& node,
                            const compute::AttemptBound& bound) override;
    core::Result<void> settle(platform::db::Transaction& transaction, const core::Principal& caller,
                              const core::Uuid& hold, const compute::AttemptUse& use) override;
    core::Result<void> offer(platform::db::Transaction& transaction, const core::Principal& caller,
                             const compute::NodeOffer& offer) override;

private:
    FirstPrices prices_;
    const core::Clock& clock_;
    core::Random& random_;
};

// The price of an hour of one core of a node with this factor, rounded half to even to the micro.
[[nodiscard]] core::Result<core::Money> core_hour_of(core::Money standard,
                                                     std::int64_t standard_unit_ppm);

}  // namespace kapok::app
