#include "app/telemetry/telemetry.h"

#include <utility>

#include "app/telemetry/exposition.h"
#include "identity/authorize.h"
#include "platform/metrics/process_status.h"

namespace kapok::app::telemetry {

namespace asio = boost::asio;
namespace metrics = platform::metrics;

namespace {

// Narrower than "platform:read", which auditors have too: these numbers are for who runs it.
constexpr identity::ActionRow kWatch{.name = "platform:watch",
                                     .scope = "platform:read",
                                     .may = identity::roles::kO,
                                     .see = identity::roles::kO | identity::roles::kA,
                                     .level = identity::Level::Root};

}  // namespace

asio::awaitable<core::Result<std::string>> Telemetry::page(core::Principal caller) {
    const auto tree = setting_.directory.tree();
    const auto root = tree->empty() ? core::OrganizationId() : tree->root();
    const auto allowed =
        identity::authorize(caller, kWatch, identity::resource_of(*tree, root, "/metrics"));
    if (!allowed) {
        co_return std::unexpected(allowed.error());
    }
    if (is_look_due()) {
        co_await look_again();
    }
    co_return text();
}

// Whoever is told so looks; the others take what there is. Until there is something, all look.
bool Telemetry::is_look_due() {
    const std::lock_guard lock(mutex_);
    const core::Timestamp now = setting_.clock.now();
    const bool is_fresh = now >= looked_at_ && now - looked_at_ < kLookPause;
    if (is_fresh && running_.begun) {
        return false;
    }
    looked_at_ = now;
    return true;
}

asio::awaitable<void> Telemetry::look_again() {
    RunningCounts before;
    {
        const std::lock_guard lock(mutex_);
        before = running_;
    }
    const auto read = [before = std::move(before), now = setting_.clock.now(),
                       limit = setting_.heartbeat_limit](platform::db::Reader& reader) {
        return look(reader, before, now, limit);
    };
    core::Result<Counts> counts = co_await setting_.database.read(read);
    const std::lock_guard lock(mutex_);
    counts_.reset();
    if (counts) {
        running_ = counts->running;
        counts_ = *std::move(counts);
    }
}

std::string Telemetry::text() {
    using Kind = metrics::Exposition::Kind;
    const core::Timestamp now = setting_.clock.now();
    metrics::Exposition page;
    {
        const std::lock_guard lock(mutex_);
        page.family("kapok_database_up", "1 if the last look at the database went well, else 0.",
                    Kind::Gauge);
        page.sample(std::int64_t{counts_ ? 1 : 0});
        page.family("kapok_database_snapshot_age_seconds", "Since that look.", Kind::Gauge);
        page.sample_micros((now - looked_at_).count());
        if (counts_) {
            describe(*counts_, now, page);
        }
    }
    describe(setting_.database, page);
    metrics::describe(metrics::read_process_status(), page);
    return setting_.metrics.render() + page.text();
}

}  // namespace kapok::app::telemetry
