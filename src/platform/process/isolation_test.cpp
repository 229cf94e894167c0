// What a node says about itself: the level follows from the features, and every lack has a remedy.

#include "platform/process/isolation.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "platform/process/command.h"
#include "platform/process/errors.h"
#include "platform/process/test_attempts.h"

namespace kapok::platform::process {
namespace {

constexpr Feature kAll[] = {Feature::OwnUsers,       Feature::Pidfd,        Feature::Seccomp,
                            Feature::UserNamespaces, Feature::CgroupMemory, Feature::CgroupCpu,
                            Feature::CgroupPids};

Isolation without(std::initializer_list<Feature> lacking) {
    Isolation isolation;
    for (const Feature feature : kAll) {
        const bool lacks = std::ranges::find(lacking, feature) != lacking.end();
        isolation.features.push_back(
            {feature, lacks ? std::optional(core::Error(kNoSeccomp, {}, {})) : std::nullopt});
    }
    return isolation;
}

TEST(Isolation, IsFullOnlyWithEverything) {
    EXPECT_EQ(without({}).level(), IsolationLevel::Full);
    EXPECT_TRUE(without({}).accepts_foreign_jobs().has_value());
    EXPECT_EQ(without({}).confinement(), Confinement::Full);
    for (const Feature feature : kAll) {
        const Isolation isolation = without({feature});
        EXPECT_NE(isolation.level(), IsolationLevel::Full);
        EXPECT_NE(isolation.confinement(), Confinement::Full);
        const auto refused = isolation.accepts_foreign_jobs();
        ASSERT_FALSE(refused.has_value());
        EXPECT_EQ(refused.error(), core::Error(kIsolationMissing,
                                               {{"features", std::string(to_text(feature))}}, {}));
    }
    EXPECT_EQ(Isolation{}.level(), IsolationLevel::Rlimits);
}

TEST(Isolation, FallsStepByStep) {
    EXPECT_EQ(without({Feature::CgroupCpu}).level(), IsolationLevel::Namespaces);
    EXPECT_EQ(without({Feature::OwnUsers}).level(), IsolationLevel::Namespaces);
    EXPECT_EQ(without({Feature::UserNamespaces}).level(), IsolationLevel::Uid);
    EXPECT_EQ(without({Feature::UserNamespaces}).confinement(), Confinement::Plain);
    EXPECT_EQ(without({Feature::UserNamespaces, Feature::OwnUsers}).level(),
              IsolationLevel::Rlimits);
}

TEST(Isolation, OfThisNodeIsFoundByTrying) {
    const Isolation isolation = probe_isolation();
    EXPECT_EQ(isolation.features.size(), std::size(kAll));
    for (const FeatureState& state : isolation.features) {
        if (state.missing) {
            std::cout << to_text(state.feature) << ": "
                      << core::render(*state.missing, core::Language::En) << '\n'
                      << core::render(*state.missing, core::Language::Zh) << '\n';
        }
    }
    std::cout << "level " << to_text(isolation.level()) << ", cgroup " << isolation.cgroup_version
              << ", " << isolation.bubblewrap_version << '\n';
    EXPECT_EQ(isolation.has(Feature::OwnUsers), ::geteuid() == 0);
    EXPECT_TRUE(isolation.has(Feature::Pidfd));
}

TEST(Isolation, OfAPlainUserNamesWhatIsMissing) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root to become another user";
    }
    Launch launch;
    launch.arguments = {own_program(), "probe", "now"};
    launch.user = User{12'345, 12'345};
    launch.environment = {"PATH=/usr/bin:/bin"};
    auto child = Child::start(launch);
    if (!child) {
        GTEST_SKIP() << "another user cannot reach " << own_program();
    }
    // The role ends with 0 only if own_users is missing and the cgroups say why they are.
    EXPECT_EQ(child->wait(kPatience)->code, 0);
}

}  // namespace
}  // namespace kapok::platform::process
