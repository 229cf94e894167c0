#pragma once

// A schema of its own in the database that KAPOK_TEST_POSTGRES names.

#include <memory>
#include <string>

#include "platform/db/testing/database_test.h"

namespace kapok::platform::db_test {

// Empty if the variable is not set.
[[nodiscard]] std::string postgres_url();
[[nodiscard]] std::unique_ptr<Place> make_postgres_place();

}  // namespace kapok::platform::db_test
