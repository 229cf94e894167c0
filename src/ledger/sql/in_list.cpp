#include "ledger/sql/in_list.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace kapok::ledger::sql {

std::size_t places_for(std::size_t count) noexcept {
    return std::bit_ceil(count);
}

std::string with_places(std::string_view sql, std::size_t places) {
    constexpr std::string_view kList = "{list}";
    const auto at = sql.find(kList);
    assert(at != sql.npos && places > 0);
    std::string text;
    text.reserve(sql.size() + 2 * places);
    text += sql.substr(0, at);
    for (std::size_t i = 0; i < places; ++i) {
        text += i == 0 ? "?" : ",?";
    }
    text += sql.substr(at + kList.size());
    return text;
}

void add_filled(std::vector<platform::db::Value>& values, std::span<const core::Uuid> ids,
                std::size_t places) {
    assert(!ids.empty());
    for (std::size_t i = 0; i < places; ++i) {
        values.emplace_back(ids[std::min(i, ids.size() - 1)]);
    }
}

core::Result<void> query_in(platform::db::Reader& reader, std::string_view sql,
                            std::span<const core::Uuid> ids,
                            const platform::db::RowVisitor& visit) {
    for (; !ids.empty(); ids = ids.subspan(std::min(ids.size(), kListMax))) {
        const auto some = ids.first(std::min(ids.size(), kListMax));
        const std::size_t places = places_for(some.size());
        std::vector<platform::db::Value> values;
        values.reserve(places);
        add_filled(values, some, places);
        auto done = reader.query(with_places(sql, places), values, visit);
        if (!done) {
            return done;
        }
    }
    return {};
}

}  // namespace kapok::ledger::sql
