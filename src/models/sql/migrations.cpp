#include "models/migrations.h"

#include <array>
#include <string_view>

namespace kapok::models {
namespace sql {

extern const std::string_view models_0001_models;
extern const std::string_view models_0002_batches;
extern const std::string_view models_0003_imports;
extern const std::string_view models_0004_hosting;
extern const std::string_view models_0005_private_networks;

}  // namespace sql

std::span<const platform::db::Migration> migrations() {
    static const std::array kMigrations{
        platform::db::Migration{"models", 1, "models", sql::models_0001_models},
        platform::db::Migration{"models", 2, "batches", sql::models_0002_batches},
        platform::db::Migration{"models", 3, "imports", sql::models_0003_imports},
        platform::db::Migration{"models", 4, "hosting", sql::models_0004_hosting},
        platform::db::Migration{"models", 5, "private networks", sql::models_0005_private_networks},
    };
    return kMigrations;
}

}  // namespace kapok::models
