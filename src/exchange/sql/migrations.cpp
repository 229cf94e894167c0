#include "exchange/migrations.h"

#include <array>
#include <string_view>

namespace kapok::exchange {
namespace sql {

extern const std::string_view exchange_0001_exchange;
extern const std::string_view exchange_0002_charges_by_time;

}  // namespace sql

std::span<const platform::db::Migration> migrations() {
    static const std::array kMigrations{
        platform::db::Migration{"exchange", 1, "exchange", sql::exchange_0001_exchange},
        platform::db::Migration{"exchange", 2, "charges_by_time",
                                sql::exchange_0002_charges_by_time},
    };
    return kMigrations;
}

}  // namespace kapok::exchange
