#include "compute/migrations.h"

#include <array>
#include <string_view>

namespace kapok::compute {
namespace sql {

extern const std::string_view compute_0001_compute;
extern const std::string_view compute_0002_round_blinding;
extern const std::string_view compute_0003_services;
extern const std::string_view compute_0004_jobs_by_change;
extern const std::string_view compute_0005_logs_kept_for_a_time;

}  // namespace sql

std::span<const platform::db::Migration> migrations() {
    static const std::array kMigrations{
        platform::db::Migration{"compute", 1, "sites, nodes and jobs", sql::compute_0001_compute},
        platform::db::Migration{"compute", 2, "secrets of rounds",
                                sql::compute_0002_round_blinding},
        platform::db::Migration{"compute", 3, "jobs that serve", sql::compute_0003_services},
        platform::db::Migration{"compute", 4, "jobs by state and change",
                                sql::compute_0004_jobs_by_change},
        platform::db::Migration{"compute", 5, "logs are kept for a time",
                                sql::compute_0005_logs_kept_for_a_time},
    };
    return kMigrations;
}

}  // namespace kapok::compute
