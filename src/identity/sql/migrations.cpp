#include "identity/migrations.h"

#include <array>

namespace kapok::identity {
namespace sql {
extern const std::string_view identity_0001;
}

std::span<const platform::db::Migration> migrations() {
    static const std::array kMigrations{
        platform::db::Migration{"identity", 1, "organizations, people and credentials",
                                sql::identity_0001},
    };
    return kMigrations;
}

}  // namespace kapok::identity
