#pragma once

// Takes in what an agent reports, as one command: a batch that was answered is durable, and one
// that comes again changes nothing.

#include "compute/billing.h"
#include "compute/grade/grade.h"
#include "compute/protocol.h"
#include "core/principal.h"
#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::compute {

struct ReportContext {
    core::Principal agent;  // From its certificate.
    SiteId new_site;        // The id of its site, should it be the first of it.
    Billing& billing;
    const GradeRules& rules;
};

// kNodeUnknown asks the agent to say hello; kReportGap tells it where to go on. A report that is
// wrong in itself is refused for good: it is recorded as an event and counts as taken in, so that
// it does not hold up those behind it.
[[nodiscard]] core::Result<protocol::ReportAnswer> take_reports(
    platform::db::Transaction& transaction, const ReportContext& context,
    const protocol::ReportBatch& batch);

}  // namespace kapok::compute
