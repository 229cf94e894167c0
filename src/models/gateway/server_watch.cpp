#include "models/gateway/server_watch.h"

#include <utility>
#include <vector>

#include <boost/asio/this_coro.hpp>

#include "models/errors.h"
#include "models/gateway/call_money.h"
#include "models/limits.h"
#include "models/models_store.h"
#include "platform/db/bell.h"

namespace kapok::models {
namespace {

namespace asio = boost::asio;
namespace db = platform::db;

std::string lease_of(const std::string& server) {
    return "models.server." + server;
}

}  // namespace

core::Result<std::optional<std::size_t>> settle_for_dead(Transaction& transaction,
                                                         const std::string& server) {
    // Nobody's name: it is held just for this.
    const auto taken = db::take_lease(transaction, lease_of(server), "another", kServerLease);
    if (!taken) {
        return std::unexpected(taken.error());
    }
    const std::optional<db::Lease>& lease = *taken;
    if (!lease) {
        return std::optional<std::size_t>();
    }
    const auto settled = recover(transaction, server);
    if (!settled) {
        return std::unexpected(settled.error());
    }
    if (const auto left = db::give_up_lease(transaction, *lease); !left) {
        return std::unexpected(left.error());
    }
    return std::optional(*settled);
}

core::Result<std::size_t> ServerWatch::begin_blocking() {
    const auto begin = [this](Transaction& transaction) -> core::Result<std::size_t> {
        auto lease =
            db::take_lease(transaction, lease_of(setting_.server), setting_.server, kServerLease);
        if (!lease) {
            return std::unexpected(lease.error());
        }
        lease_ = *std::move(lease);  // Nothing if somebody settles for us right now.
        return recover(transaction, setting_.server);
    };
    auto settled = setting_.database.write_blocking(begin);
    if (settled) {
        kept_at_ = core::to_micros(setting_.clock.now());
    }
    return settled;
}

bool ServerWatch::awake() const {
    const core::Timestamp kept = core::from_micros(kept_at_);
    const core::Timestamp now = setting_.clock.now();
    return !watching_ || (now >= kept && now - kept < kServerAwake);
}

asio::awaitable<core::Result<void>> ServerWatch::keep_own() {
    const core::Timestamp begin = setting_.clock.now();
    const auto keep = [lease = lease_, server = setting_.server](
                          Transaction& transaction) -> core::Result<std::optional<db::Lease>> {
        if (lease) {
            const auto kept = db::keep_lease(transaction, *lease, kServerLease);
            if (!kept) {
                return std::unexpected(kept.error());
            }
            if (*kept) {
                return lease;
            }
        }
        return db::take_lease(transaction, lease_of(server), server, kServerLease);
    };
    core::Result<std::optional<db::Lease>> held = co_await setting_.database.write(keep);
    if (!held) {
        co_return std::unexpected(held.error());
    }
    std::optional<db::Lease>& lease = *held;
    if (lease_ && (!lease || lease->epoch != lease_->epoch)) {
        setting_.log.warning("this server was taken for dead; its calls were settled by another",
                             {{"server", setting_.server}});
    }
    lease_ = std::move(lease);
    if (lease_) {
        kept_at_ = core::to_micros(begin);
    }
    co_return core::Result<void>();
}

asio::awaitable<core::Result<void>> ServerWatch::settle_for(std::string server) {
    const auto command = [server](Transaction& transaction) {
        return settle_for_dead(transaction, server);
    };
    const core::Result<std::optional<std::size_t>> settled =
        co_await setting_.database.write(command);
    if (!settled) {
        co_return std::unexpected(settled.error());
    }
    if (const std::optional<std::size_t>& count = *settled; count && *count > 0) {
        setting_.log.warning("calls of a server that died were settled",
                             {{"server", server}, {"count", *count}});
    }
    co_return core::Result<void>();
}

void ServerWatch::settle_later(Settlement settlement) {
    const std::lock_guard lock(mutex_);
    left_.push_back(std::move(settlement));
}

asio::awaitable<core::Result<void>> ServerWatch::settle_own() {
    std::vector<Settlement> left;
    {
        const std::lock_guard lock(mutex_);
        left.swap(left_);
    }
    core::Result<void> outcome;
    std::size_t settled = 0;
    for (Settlement& settlement : left) {
        const core::Result<void> done = co_await setting_.database.write(settlement);
        if (done || done.error().code() == kSettledElsewhere) {
            ++settled;
            continue;
        }
        outcome = done;
        settle_later(std::move(settlement));
    }
    if (settled > 0) {
        setting_.log.warning("calls that could not be settled before are settled",
                             {{"count", settled}});
    }
    co_return outcome;
}

asio::awaitable<core::Result<void>> ServerWatch::look() {
    const core::Result<void> kept = co_await keep_own();
    if (!kept) {
        co_return kept;
    }
    const core::Result<void> own = co_await settle_own();
    if (!own) {
        co_return own;
    }
    const auto find = [before = setting_.clock.now() - kServerLease, own = setting_.server](
                          Reader& reader) { return servers_with_stale_calls(reader, own, before); };
    const core::Result<std::vector<std::string>> silent = co_await setting_.database.read(find);
    if (!silent) {
        co_return std::unexpected(silent.error());
    }
    for (const std::string& server : *silent) {
        const core::Result<void> settled = co_await settle_for(server);
        if (!settled) {
            co_return settled;
        }
    }
    co_return core::Result<void>();
}

asio::awaitable<void> ServerWatch::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    watching_ = true;
    for (;;) {
        const core::Result<void> looked = co_await look();
        if (!looked) {
            setting_.log.warning(
                "loop failed",
                {{"loop", "servers"}, {"error", core::render(looked.error(), core::Language::En)}});
        }
        co_await db::pause(kServerLook);
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) {
            break;
        }
    }
    watching_ = false;
}

}  // namespace kapok::models
