#include "audit/migrations.h"

#include <array>
#include <string_view>

namespace kapok::audit {
namespace sql {

extern const std::string_view audit_001_event_log;

}  // namespace sql

std::span<const platform::db::Migration> migrations() {
    static const std::array kMigrations{
        platform::db::Migration{"audit", 1, "event_log", sql::audit_001_event_log},
    };
    return kMigrations;
}

}  // namespace kapok::audit
