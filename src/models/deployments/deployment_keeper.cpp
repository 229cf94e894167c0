#include "models/deployments/deployment_keeper.h"

#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/this_coro.hpp>

#include "core/known.h"
#include "models/catalog_change.h"
#include "models/deployments_store.h"
#include "models/errors.h"
#include "platform/db/bell.h"

namespace kapok::models {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kLookAgain{500};

core::Principal keeper_of(const Deployment& deployment) {
    core::Principal principal = core::Principal::system("deployments");
    principal.organization = deployment.organization;
    return principal;
}

core::Result<Look> look_at(Reader& reader, const Deployment& deployment, const std::string& boot_id,
                           core::Timestamp now) {
    Look look;
    look.boot_id = boot_id;
    look.now = now;
    if (const auto& started = core::known(deployment.hosting).service) {
        auto service = compute::find_service(reader, *started);
        if (!service) {
            return std::unexpected(service.error());
        }
        look.service = *std::move(service);
    }
    const auto calls = calls_under_way(reader, deployment.id);
    if (!calls) {
        return std::unexpected(calls.error());
    }
    look.calls = *calls;
    return look;
}

core::Result<void> start(Transaction& transaction, const core::Principal& caller,
                         Deployment& deployment, compute::JobId fresh) {
    const auto model = require_model(transaction, deployment.model);
    if (!model) {
        return std::unexpected(model.error());
    }
    Hosting& hosting = core::known(deployment.hosting);
    hosting.service = fresh;
    hosting.phase = compute::ServicePhase::Queued;
    return compute::start_service(transaction, caller, service_of(*model, deployment));
}

core::Result<void> advance_one(Transaction& transaction, DeploymentId id,
                               const std::string& boot_id, compute::JobId fresh) {
    const auto found = lock_deployment(transaction, id);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& deployment = *found;
    if (!deployment || !deployment->hosting) {
        return {};
    }
    const auto look = look_at(transaction, *deployment, boot_id, transaction.now());
    if (!look) {
        return std::unexpected(look.error());
    }
    return carry_out(transaction, keeper_of(*deployment), *deployment, follow(*deployment, *look),
                     fresh);
}

// Whether there is something to wait for after it.
core::Result<bool> wake_one(Transaction& transaction, const std::string& name,
                            compute::JobId fresh) {
    const auto found = find_model(transaction, name);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& model = *found;
    if (!model) {
        return false;
    }
    const auto hosted = hosted_deployments(transaction, model->id);
    if (!hosted) {
        return std::unexpected(hosted.error());
    }
    bool any = false;
    for (const Deployment& known : *hosted) {
        const auto locked = lock_deployment(transaction, known.id);
        if (!locked) {
            return std::unexpected(locked.error());
        }
        const auto& deployment = *locked;
        if (!deployment) {
            return any;
        }
        if (any && deployment->state == DeploymentState::Idle) {
            continue;  // One is enough.
        }
        auto woken = wake(*deployment, transaction.now());
        if (!woken) {
            continue;
        }
        any = true;
        const auto done =
            carry_out(transaction, keeper_of(*deployment), *deployment, *std::move(woken), fresh);
        if (!done) {
            return std::unexpected(done.error());
        }
    }
    return any;
}

// Ready, still to come, or neither.
enum class Prospect : std::uint8_t { Ready, Coming, None };

core::Result<Prospect> prospect_of(Reader& reader, const std::string& name) {
    const auto found = find_model(reader, name);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& model = *found;
    if (!model) {
        return Prospect::None;
    }
    const auto ready = ready_deployments(reader, model->id);
    const auto hosted = hosted_deployments(reader, model->id);
    if (!ready || !hosted) {
        return std::unexpected(!ready ? ready.error() : hosted.error());
    }
    if (!ready->empty()) {
        return Prospect::Ready;
    }
    return hosted->empty() ? Prospect::None : Prospect::Coming;
}

}  // namespace

core::Result<void> carry_out(Transaction& transaction, const core::Principal& caller,
                             const Deployment& before, Followed followed, compute::JobId fresh) {
    Deployment& after = followed.deployment;
    if (followed.action == Action::Start) {
        if (const auto started = start(transaction, caller, after, fresh); !started) {
            return started;
        }
    }
    if (followed.action == Action::Stop) {
        if (const auto& service = core::known(after.hosting).service) {
            const auto stopped = compute::stop_service(transaction, caller, *service);
            if (!stopped) {
                return stopped;
            }
        }
    }
    if (after == before) {
        return {};
    }
    if (const auto kept = update_deployment(transaction, after); !kept) {
        return kept;
    }
    if (after.state == before.state) {
        return {};
    }
    transaction.ring(kDeploymentsBell);
    const auto state = kDeploymentStateNames[static_cast<std::size_t>(after.state)];
    return announce(transaction, caller, "models.deployment_" + std::string(state), after.id.text(),
                    {{"model", after.model.text()}, {"detail", after.detail}});
}

asio::awaitable<core::Result<void>> DeploymentKeeper::advance(DeploymentId id) {
    const auto fresh = compute::JobId::make(setting_.clock, setting_.random);
    const auto command = [id, host = setting_.boot_id, fresh](Transaction& transaction) {
        return advance_one(transaction, id, host, fresh);
    };
    co_return co_await setting_.database.write(command);
}

asio::awaitable<core::Result<void>> DeploymentKeeper::look() {
    const auto find = [now = setting_.clock.now(), host = setting_.boot_id](
                          Reader& reader) -> core::Result<std::vector<DeploymentId>> {
        const auto live = live_deployments(reader);
        if (!live) {
            return std::unexpected(live.error());
        }
        std::vector<DeploymentId> changed;
        for (const Deployment& deployment : *live) {
            const auto look = look_at(reader, deployment, host, now);
            if (!look) {
                return std::unexpected(look.error());
            }
            const Followed followed = follow(deployment, *look);
            if (followed.action != Action::None || followed.deployment != deployment) {
                changed.push_back(deployment.id);
            }
        }
        return changed;
    };
    const core::Result<std::vector<DeploymentId>> changed = co_await setting_.database.read(find);
    if (!changed) {
        co_return std::unexpected(changed.error());
    }
    for (const DeploymentId id : *changed) {
        const core::Result<void> advanced = co_await advance(id);
        if (!advanced) {
            setting_.log.warning("a deployment was not advanced",
                                 {{"deployment", id.text()},
                                  {"error", core::render(advanced.error(), core::Language::En)}});
        }
    }
    co_return core::Result<void>();
}

asio::awaitable<void> DeploymentKeeper::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    platform::db::Bell& bell = setting_.database.bell(compute::kServicesBell);
    for (;;) {
        const std::uint64_t seen = bell.count();
        const core::Result<void> looked = co_await look();
        if (!looked) {
            setting_.log.warning("deployments were not looked at",
                                 {{"error", core::render(looked.error(), core::Language::En)}});
        }
        co_await bell.wait(seen, kLookAgain);
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) {
            co_return;
        }
    }
}

asio::awaitable<core::Result<void>> DeploymentKeeper::await_ready(std::string model) {
    const core::Timestamp end = setting_.clock.now() + setting_.wake_limit;
    const auto fresh = compute::JobId::make(setting_.clock, setting_.random);
    const auto command = [model, fresh](Transaction& transaction) {
        return wake_one(transaction, model, fresh);
    };
    const core::Result<bool> woken = co_await setting_.database.write(command);
    if (!woken) {
        co_return std::unexpected(woken.error());
    }
    const auto find = [model](Reader& reader) { return prospect_of(reader, model); };
    platform::db::Bell& bell = setting_.database.bell(kDeploymentsBell);
    for (bool coming = *woken; coming;) {
        const std::uint64_t seen = bell.count();
        const core::Result<Prospect> prospect = co_await setting_.database.read(find);
        if (!prospect) {
            co_return std::unexpected(prospect.error());
        }
        if (*prospect == Prospect::Ready) {
            co_return core::Result<void>();
        }
        coming = *prospect == Prospect::Coming;
        if (coming && setting_.clock.now() >= end) {
            co_return core::fail(
                kStillStarting,
                {{"model", model}, {"seconds", std::to_string(setting_.wake_limit.count())}});
        }
        if (coming) {
            co_await bell.wait(seen, kLookAgain);
        }
    }
    co_return core::fail(kNotServed, {{"model", model}});
}

}  // namespace kapok::models
