#include "compute/migrations.h"

#include <array>
#include <string_view>

namespace kapok::compute {
namespace sql {

extern const std::string_view compute_0001_compute;

}  // namespace sql

std::span<const platform::db::Migration> migrations() {
    static const std::array kMigrations{
        platform::db::Migration{"compute", 1, "sites, nodes and jobs", sql::compute_0001_compute},
    };
    return kMigrations;
}

}  // namespace kapok::compute
