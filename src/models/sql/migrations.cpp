#include "models/migrations.h"

#include <array>
#include <string_view>

namespace kapok::models {
namespace sql {

extern const std::string_view models_0001_models;

}  // namespace sql

std::span<const platform::db::Migration> migrations() {
    static const std::array kMigrations{
        platform::db::Migration{"models", 1, "models", sql::models_0001_models},
    };
    return kMigrations;
}

}  // namespace kapok::models
