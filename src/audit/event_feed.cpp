#include <utility>

#include "audit/api.h"
#include "audit/audit_service.h"
#include "audit/limits.h"

namespace kapok::audit {

namespace asio = boost::asio;
namespace db = platform::db;

EventFeed::EventFeed(db::Database& database, VisibleEvents visible, core::Principal caller,
                     EventQuery query)
    : database_(database),
      numbered_(database.bell(kNumbered)),
      visible_(std::move(visible)),
      caller_(std::move(caller)),
      query_(std::move(query)) {
    query_.order = Order::Ascending;
    query_.limit = kFeedEventsMax;
    query_.bytes_max = kFeedBytesMax;
}

asio::awaitable<core::Result<std::vector<NumberedEvent>>> EventFeed::next() {
    while (true) {
        const std::uint64_t seen = numbered_.count();
        auto scope = visible_(caller_);
        if (!scope) {
            co_return std::unexpected(scope.error());
        }
        auto look = [this, scope = *std::move(scope)](db::Reader& reader) {
            return read(reader, scope);
        };
        auto events = co_await database_.read(std::move(look));
        if (!events || !events->empty()) {
            co_return events;
        }
        // Other servers' events ring no bell here, and the caller's rights may end meanwhile.
        co_await numbered_.wait(seen, kLookTime);
    }
}

core::Result<std::vector<NumberedEvent>> EventFeed::read(db::Reader& reader,
                                                         const core::Scope& scope) {
    const auto size = log_size(reader);
    if (!size) {
        return std::unexpected(size.error());
    }
    if (*size <= query_.after) {
        return std::vector<NumberedEvent>();
    }
    query_.up_to = *size;
    auto events = audit::list_events(reader, scope, query_);
    if (events) {
        query_.after = events->empty() ? *size : events->back().sequence;
    }
    return events;
}

}  // namespace kapok::audit
