#pragma once

// Where services are kept, beside their jobs.

#include <optional>

#include "compute/ids.h"
#include "compute/service.h"
#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::compute::store {

[[nodiscard]] core::Result<void> insert_service(platform::db::Transaction& transaction,
                                                const Service& service);
// All but what it serves, which never changes.
[[nodiscard]] core::Result<void> update_service(platform::db::Transaction& transaction,
                                                const Service& service);
[[nodiscard]] core::Result<std::optional<Service>> find_service(platform::db::Reader& reader,
                                                                JobId job);

}  // namespace kapok::compute::store
