#pragma once

// A schema of its own in the database that KAPOK_TEST_POSTGRES names.

#include <map>
#include <memory>
#include <string>

#include "platform/db/testing/database_test.h"

namespace kapok::platform::db_test {

// Empty if the variable is not set.
[[nodiscard]] std::string postgres_url();
[[nodiscard]] std::unique_ptr<Place> make_postgres_place();
// What a URL says: "host", "port", "user", "dbname".
[[nodiscard]] std::map<std::string, std::string> parts_of(const std::string& url);

}  // namespace kapok::platform::db_test
