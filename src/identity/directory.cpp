#include "identity/directory.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <utility>

#include "identity/errors.h"
#include "identity/limits.h"

namespace kapok::identity {
namespace {

struct Reading {
    store::Counters counters;
    std::optional<OrganizationTree> tree;  // If it changed.
};

}  // namespace

struct Directory::State {
    // What was known when the last reading began; a commit here since then makes it stale.
    std::atomic<std::uint64_t> changes{1};
    std::atomic<std::uint64_t> changes_seen{0};
    std::atomic<std::int64_t> read_at_us{0};
    std::atomic<std::int64_t> credentials{0};
    std::atomic<std::int64_t> tree_version{0};
    std::atomic<bool> reading{false};
    mutable std::mutex mutex;
    std::shared_ptr<const OrganizationTree> tree = std::make_shared<const OrganizationTree>();

    [[nodiscard]] bool is_within(core::Timestamp now, std::chrono::microseconds age) const {
        const auto passed = core::to_micros(now) - read_at_us.load();
        return changes_seen.load() == changes.load() && passed >= 0 && passed < age.count();
    }

    [[nodiscard]] core::Result<Reading> read(platform::db::Reader& reader) const {
        const auto counters = store::system_read_counters(reader);
        if (!counters) {
            return std::unexpected(counters.error());
        }
        Reading reading_now{*counters, std::nullopt};
        if (counters->tree != tree_version.load()) {
            auto loaded = store::system_load_tree(reader);
            if (!loaded) {
                return std::unexpected(loaded.error());
            }
            reading_now.tree = *std::move(loaded);
        }
        return reading_now;
    }

    // A slower, older reading must not undo a newer one.
    void adopt(Reading found, std::uint64_t seen, core::Timestamp began) {
        const std::scoped_lock lock(mutex);
        if (found.counters.credentials < credentials.load() ||
            found.counters.tree < tree_version.load()) {
            return;
        }
        if (found.tree) {
            tree = std::make_shared<const OrganizationTree>(*std::move(found.tree));
        }
        credentials.store(found.counters.credentials);
        tree_version.store(found.counters.tree);
        read_at_us.store(core::to_micros(began));
        changes_seen.store(seen);
    }
};

Directory::Directory(platform::db::Database& database, const core::Clock& clock)
    : database_(database), clock_(clock), state_(std::make_shared<State>()) {}

Directory::~Directory() = default;

bool Directory::is_fresh() const noexcept {
    return state_->is_within(clock_.now(), kRecheck);
}

boost::asio::awaitable<core::Result<void>> Directory::refresh() {
    const core::Timestamp began = clock_.now();
    if (state_->is_within(began, kRecheck)) {
        co_return core::Result<void>();
    }
    const std::shared_ptr<State> state = state_;
    const bool usable = state->is_within(began, kStalenessMax);
    if (state->reading.exchange(true) && usable) {
        co_return core::Result<void>();  // Somebody is at it, and what is known will do.
    }
    struct Done {
        State& state;
        ~Done() { state.reading.store(false); }
    };
    const Done done{*state};
    const std::uint64_t seen = state->changes.load();
    const auto read = [state](platform::db::Reader& reader) { return state->read(reader); };
    auto found = co_await database_.read(read);
    if (found) {
        state->adopt(*std::move(found), seen, began);
        co_return core::Result<void>();
    }
    if (state->is_within(clock_.now(), kStalenessMax)) {
        co_return core::Result<void>();
    }
    co_return core::fail(kNotFresh);
}

core::Result<void> Directory::refresh_blocking() {
    const core::Timestamp began = clock_.now();
    const std::uint64_t seen = state_->changes.load();
    auto found = database_.read_blocking(
        [this](platform::db::Reader& reader) { return state_->read(reader); });
    if (!found) {
        return std::unexpected(found.error());
    }
    state_->adopt(*std::move(found), seen, began);
    return {};
}

std::shared_ptr<const OrganizationTree> Directory::tree() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->tree;
}

store::Counters Directory::counters() const noexcept {
    return {state_->credentials.load(), state_->tree_version.load()};
}

core::Result<void> Directory::change_credentials(platform::db::Transaction& transaction) {
    transaction.after_commit([state = state_] { ++state->changes; });
    return store::system_count_credentials(transaction);
}

core::Result<void> Directory::change_tree(platform::db::Transaction& transaction) {
    transaction.after_commit([state = state_] { ++state->changes; });
    return store::system_count_tree(transaction);
}

}  // namespace kapok::identity
