#include "identity/migrations.h"

#include <array>

namespace kapok::identity {
namespace sql {
extern const std::string_view identity_0001;
extern const std::string_view identity_0002_idempotency_by_organization;
}  // namespace sql

std::span<const platform::db::Migration> migrations() {
    static const std::array kMigrations{
        platform::db::Migration{"identity", 1, "organizations, people and credentials",
                                sql::identity_0001},
        platform::db::Migration{"identity", 2, "idempotency keys by organization",
                                sql::identity_0002_idempotency_by_organization},
    };
    return kMigrations;
}

}  // namespace kapok::identity
