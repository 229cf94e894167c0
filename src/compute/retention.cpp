#include "compute/retention.h"

#include <functional>
#include <utility>

#include "compute/limits.h"
#include "compute/work_store.h"

namespace kapok::compute {

namespace asio = boost::asio;
namespace db = platform::db;

namespace {

// Each stands for up to 32 MiB.
constexpr std::size_t kLogsAtOnce = 4;
constexpr std::size_t kCommandsAtOnce = 1'000;

using Remove = std::function<core::Result<std::size_t>(db::Transaction&)>;

// As long as there is a whole piece of it.
asio::awaitable<core::Result<std::size_t>> remove_all(db::Database& database, std::size_t piece,
                                                      Remove remove) {
    std::size_t all = 0;
    for (;;) {
        const core::Result<std::size_t> removed = co_await database.write(remove);
        if (!removed) {
            co_return std::unexpected(removed.error());
        }
        all += *removed;
        if (*removed < piece) {
            co_return all;
        }
    }
}

}  // namespace

asio::awaitable<core::Result<std::size_t>> remove_what_is_old(db::Database& database,
                                                              std::chrono::days logs) {
    const Remove remove_commands = [](db::Transaction& transaction) {
        return store::remove_done_commands(transaction, transaction.now() - kCommandsKept,
                                           kCommandsAtOnce);
    };
    const core::Result<std::size_t> commands =
        co_await remove_all(database, kCommandsAtOnce, remove_commands);
    if (!commands || logs == std::chrono::days(0)) {
        co_return commands;
    }
    const Remove remove_logs = [logs](db::Transaction& transaction) {
        return store::remove_old_logs(transaction, transaction.now() - logs, kLogsAtOnce);
    };
    const core::Result<std::size_t> removed =
        co_await remove_all(database, kLogsAtOnce, remove_logs);
    co_return removed ? core::Result<std::size_t>(*commands + *removed)
                      : std::unexpected(removed.error());
}

}  // namespace kapok::compute
