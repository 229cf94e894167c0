#include "platform/db/command_transaction.h"

#include <algorithm>
#include <cctype>

namespace kapok::platform::db {
namespace {

// "insert … returning" is run through query() too.
bool only_reads(std::string_view sql) {
    constexpr std::string_view kSelect = "select";
    const auto begin =
        std::ranges::find_if(sql, [](unsigned char c) { return std::isspace(c) == 0; });
    return std::ranges::equal(
        std::string_view(begin, sql.end()).substr(0, kSelect.size()), kSelect,
        [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

}  // namespace

core::Result<void> CommandTransaction::query(std::string_view sql, std::span<const Value> values,
                                             const RowVisitor& visit) {
    if (failure_) {
        return std::unexpected(*failure_);
    }
    wrote_ = wrote_ || !only_reads(sql);
    return note(connection_.query(sql, values, visit));
}

core::Result<std::int64_t> CommandTransaction::execute(std::string_view sql,
                                                       std::span<const Value> values) {
    if (failure_) {
        return std::unexpected(*failure_);
    }
    auto changed = note(connection_.execute(sql, values));
    wrote_ = wrote_ || changed.has_value();  // A statement that fails leaves nothing behind.
    return changed;
}

core::Result<void> CommandTransaction::queue(std::string_view sql, std::span<const Value> values) {
    if (failure_) {
        return std::unexpected(*failure_);
    }
    auto queued = note(connection_.queue(sql, values));
    wrote_ = wrote_ || queued.has_value();
    return queued;
}

core::Result<void> CommandTransaction::execute_many(std::string_view sql,
                                                    std::span<const std::vector<Value>> rows) {
    if (failure_) {
        return std::unexpected(*failure_);
    }
    wrote_ = true;
    return note(connection_.execute_many(sql, rows));
}

}  // namespace kapok::platform::db
