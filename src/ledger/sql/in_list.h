#pragma once

// `where x in ({list})` for any number of ids, in a form of which both databases keep prepared
// statements: the list has a power of two of places, and the last id fills those that are left
// over.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/id.h"
#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::ledger::sql {

inline constexpr std::size_t kListMax = 512;

// How many places a list for `count` ids has. `count` is positive.
[[nodiscard]] std::size_t places_for(std::size_t count) noexcept;
// `sql` with that many "?" in the place of {list}.
[[nodiscard]] std::string with_places(std::string_view sql, std::size_t places);
// Adds the ids to `values`, filled up to `places`. There is at least one.
void add_filled(std::vector<platform::db::Value>& values, std::span<const core::Uuid> ids,
                std::size_t places);

// Runs `sql` for all of `ids`, at most kListMax at a time.
[[nodiscard]] core::Result<void> query_in(platform::db::Reader& reader, std::string_view sql,
                                          std::span<const core::Uuid> ids,
                                          const platform::db::RowVisitor& visit);

}  // namespace kapok::ledger::sql
