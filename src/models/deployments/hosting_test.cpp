// What becomes of a deployment, look by look; then by random steps against a service that does what
// it likes.

#include "models/deployments/hosting.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "core/random.h"

namespace kapok::models {
namespace {

using compute::ServicePhase;
using compute::ServiceView;
using core::Timestamp;
using std::chrono::seconds;

constexpr Timestamp kStart{std::chrono::microseconds(1'800'000'000'000'000)};
constexpr const char* kUrl = "http://127.0.0.1:9000";

Model model_of(std::int64_t dimension) {
    Model model;
    model.name = "m";
    model.revision = std::string(64, 'a');
    model.file = "m.gguf";
    model.bytes = 1'000'000;
    model.context_window = 8'192;
    model.embedding_dimension = dimension;
    return model;
}

Deployment idle_one() {
    Deployment deployment;
    deployment.state = DeploymentState::Idle;
    deployment.hosting = default_hosting(model_of(0));
    return deployment;
}

Deployment started(std::int64_t idle_stop_s = 0) {
    Deployment deployment = idle_one();
    deployment.hosting->idle_stop_s = idle_stop_s;
    auto woken = wake(deployment, kStart);
    EXPECT_TRUE(woken && woken->action == Action::Start);
    return woken->deployment;
}

Look look_at(ServicePhase phase, seconds after, std::int64_t calls = 0) {
    ServiceView view;
    view.phase = phase;
    view.boot_id = "here";
    view.url = phase == ServicePhase::Ready ? kUrl : "";
    return {view, calls, "here", kStart + after};
}

Deployment ready(std::int64_t idle_stop_s = 0) {
    return follow(started(idle_stop_s), look_at(ServicePhase::Ready, seconds(1))).deployment;
}

TEST(Hosting, IsReadyWhenItsServiceIs) {
    const Deployment starting =
        follow(started(), look_at(ServicePhase::Starting, seconds(1))).deployment;
    EXPECT_EQ(starting.state, DeploymentState::Starting);
    EXPECT_EQ(starting.url, "");
    const Deployment serving = ready();
    EXPECT_EQ(serving.state, DeploymentState::Ready);
    EXPECT_EQ(serving.url, kUrl);
}

TEST(Hosting, StartsAgainWithItsService) {
    const Deployment again =
        follow(ready(), look_at(ServicePhase::Starting, seconds(2))).deployment;
    EXPECT_EQ(again.state, DeploymentState::Starting);
    EXPECT_EQ(again.url, "") << "calls must not go where nobody answers";
}

TEST(Hosting, FailsWhenItsServiceEndsUnasked) {
    EXPECT_EQ(follow(ready(), look_at(ServicePhase::Ended, seconds(2))).deployment.state,
              DeploymentState::Failed);
}

TEST(Hosting, IsNotCalledOnAHostThatCannotBeReached) {
    Look look = look_at(ServicePhase::Starting, seconds(1));
    look.boot_id = "elsewhere";
    EXPECT_EQ(follow(started(), look).deployment.state, DeploymentState::Starting);
    look = look_at(ServicePhase::Ready, seconds(2));
    look.boot_id = "elsewhere";
    const auto away = follow(started(), look);
    EXPECT_EQ(away.deployment.state, DeploymentState::Failed);
    EXPECT_EQ(away.deployment.url, "");
    EXPECT_NE(away.deployment.detail, "");
    EXPECT_EQ(away.action, Action::Stop) << "its engine is of no use";
}

TEST(Hosting, RestsOnlyAfterItsTimeWithoutACall) {
    const auto early = follow(ready(10), look_at(ServicePhase::Ready, seconds(10)));
    EXPECT_EQ(early.deployment.state, DeploymentState::Ready);
    const auto busy = follow(ready(10), look_at(ServicePhase::Ready, seconds(30), 1));
    EXPECT_EQ(busy.deployment.state, DeploymentState::Ready);
    const auto just_called = follow(busy.deployment, look_at(ServicePhase::Ready, seconds(39)));
    EXPECT_EQ(just_called.deployment.state, DeploymentState::Ready);
    const auto tired = follow(busy.deployment, look_at(ServicePhase::Ready, seconds(41)));
    EXPECT_EQ(tired.deployment.state, DeploymentState::Draining);
    const auto stopping = follow(tired.deployment, look_at(ServicePhase::Ready, seconds(41)));
    EXPECT_EQ(stopping.action, Action::Stop);
    const auto over = follow(stopping.deployment, look_at(ServicePhase::Ended, seconds(42)));
    EXPECT_EQ(over.deployment.state, DeploymentState::Idle);
    EXPECT_EQ(follow(ready(0), look_at(ServicePhase::Ready, seconds(1'000'000))).deployment.state,
              DeploymentState::Ready);
}

TEST(Hosting, ServesOnWhenItIsCalledWhileItGoesToRest) {
    const auto tired = follow(ready(10), look_at(ServicePhase::Ready, seconds(20)));
    const auto woken = wake(tired.deployment, kStart + seconds(20));
    ASSERT_TRUE(woken);
    EXPECT_EQ(woken->action, Action::None) << "its engine has not ended";
    const auto serving = follow(woken->deployment, look_at(ServicePhase::Ready, seconds(21)));
    EXPECT_EQ(serving.deployment.state, DeploymentState::Ready);
    const auto late = follow(woken->deployment, look_at(ServicePhase::Ended, seconds(21)));
    EXPECT_EQ(late.deployment.state, DeploymentState::Starting);
    EXPECT_EQ(late.action, Action::Start) << "it had been told to end already";
}

TEST(Hosting, StopsAfterItsCallsOrItsLimit) {
    const Deployment stopping = stop(ready(), kStart + seconds(5)).deployment;
    EXPECT_EQ(stopping.state, DeploymentState::Draining);
    EXPECT_EQ(follow(stopping, look_at(ServicePhase::Ready, seconds(6), 2)).action, Action::None);
    EXPECT_EQ(follow(stopping, look_at(ServicePhase::Ready, seconds(6), 0)).action, Action::Stop);
    EXPECT_EQ(follow(stopping, look_at(ServicePhase::Ready, seconds(5) + kDrainLimit, 2)).action,
              Action::Stop);
    EXPECT_FALSE(wake(stopping, kStart + seconds(6))) << "nobody calls it back";
    EXPECT_EQ(stop(idle_one(), kStart).deployment.state, DeploymentState::Stopped);
}

TEST(Hosting, LeavesAServerThatWasThereAlone) {
    Deployment other;
    other.state = DeploymentState::Ready;
    other.url = kUrl;
    EXPECT_EQ(follow(other, look_at(ServicePhase::Ended, seconds(1))).deployment, other);
    EXPECT_FALSE(wake(other, kStart));
    EXPECT_EQ(stop(other, kStart).deployment.state, DeploymentState::Stopped);
}

TEST(Hosting, MakesTheServiceThatItSays) {
    Deployment deployment = started();
    deployment.hosting->service = compute::JobId();
    deployment.hosting->slots = 3;
    deployment.hosting->context_tokens = 1'000;
    const compute::NewService service = service_of(model_of(0), deployment);
    const auto has = [](const compute::NewService& of, std::string_view word,
                        std::string_view value) {
        const auto found = std::ranges::find(of.arguments, word);
        return found != of.arguments.end() && (value.empty() || *std::next(found) == value);
    };
    EXPECT_TRUE(has(service, "-c", "3000")) << "the engine divides its context by its slots";
    EXPECT_TRUE(has(service, "-np", "3"));
    EXPECT_FALSE(has(service, "--embeddings", ""));
    EXPECT_EQ(service.model_digest, "sha256:" + std::string(64, 'a'));
    Model embeds = model_of(192);
    embeds.quality = std::string(kDemonstration);
    const compute::NewService other = service_of(embeds, deployment);
    EXPECT_TRUE(has(other, "--embeddings", ""));
    EXPECT_TRUE(has(other, "--pooling", "mean"));
    EXPECT_EQ(other.warm_up_path, "/v1/embeddings");
}

// A service that goes through its phases by chance, and ends when it was told to.
class Service {
public:
    explicit Service(core::Random& random) : random_(random) {}

    void start() {
        EXPECT_TRUE(!view_ || view_->phase == ServicePhase::Ended) << "a second engine";
        view_.emplace();
        told_ = false;
    }
    // It is seen to stop from then on.
    void tell_to_stop() {
        told_ = true;
        if (view_->phase != ServicePhase::Ended) {
            view_->phase = ServicePhase::Stopping;
            view_->url.clear();
        }
    }
    void go_on() {
        if (!view_ || view_->phase == ServicePhase::Ended) {
            return;
        }
        const bool acts = random_.below(3) != 0;
        if (told_ && acts) {
            view_->phase = ServicePhase::Ended;
        } else if (!told_ && acts) {
            const bool dies = random_.below(6) == 0;
            view_->phase = dies ? ServicePhase::Starting : ServicePhase::Ready;
        }
        view_->url = view_->phase == ServicePhase::Ready ? kUrl : "";
    }
    [[nodiscard]] const std::optional<ServiceView>& view() const { return view_; }

private:
    core::Random& random_;
    std::optional<ServiceView> view_;
    bool told_ = false;
};

class Life {
public:
    explicit Life(std::uint64_t seed) : random_(seed), service_(random_), deployment_(idle_one()) {
        deployment_.hosting->idle_stop_s = 5;
    }

    void step() {
        now_ += seconds(random_.below(4));
        calls_ = deployment_.state == DeploymentState::Ready
                     ? static_cast<std::int64_t>(random_.below(3))
                     : 0;
        switch (random_.below(8)) {
            case 0: call(); break;
            case 1:
            case 2:
            case 3: service_.go_on(); break;
            default: look();
        }
    }
    void end() {
        take(stop(deployment_, now_));
        calls_ = 0;
        for (int i = 0; i < 200; ++i) {
            service_.go_on();
            now_ += seconds(1);
            look();
        }
        EXPECT_EQ(deployment_.state, DeploymentState::Stopped);
        EXPECT_TRUE(!service_.view() || service_.view()->phase == ServicePhase::Ended)
            << "an engine that nobody knows of";
    }

private:
    void look() {
        const Look seen{service_.view(), calls_, "", now_};
        take(follow(deployment_, seen));
    }
    void call() {
        if (auto woken = wake(deployment_, now_)) {
            take(*std::move(woken));
        }
    }
    void take(Followed followed) {
        if (followed.action == Action::Start) {
            service_.start();
        }
        if (followed.action == Action::Stop) {
            service_.tell_to_stop();
        }
        deployment_ = std::move(followed.deployment);
        const bool may_have_url = deployment_.state == DeploymentState::Ready ||
                                  deployment_.state == DeploymentState::Draining;
        EXPECT_TRUE(may_have_url || deployment_.url.empty());
        EXPECT_TRUE(deployment_.state != DeploymentState::Ready || !deployment_.url.empty());
        EXPECT_NE(deployment_.state, DeploymentState::Failed) << "nobody ended its service";
    }

    core::SeededRandom random_;
    Service service_;
    Deployment deployment_;
    std::int64_t calls_ = 0;
    Timestamp now_ = kStart;
};

TEST(Hosting, HasOneEngineAtATimeAndNoneInTheEnd) {
    for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Life life(seed);
        for (int i = 0; i < 60; ++i) {
            life.step();
        }
        life.end();
        if (testing::Test::HasFailure()) {
            return;
        }
    }
}

}  // namespace
}  // namespace kapok::models
