#include "registry/migrations.h"

#include <array>
#include <string_view>

namespace kapok::registry {
namespace sql {

extern const std::string_view registry_0001_observations;

}  // namespace sql

std::span<const platform::db::Migration> migrations() {
    static const std::array kMigrations{
        platform::db::Migration{"registry", 1, "observations", sql::registry_0001_observations},
    };
    return kMigrations;
}

}  // namespace kapok::registry
