// Goal: whatever fails, and whenever, money is conserved, nothing that was acknowledged is lost or
// counted twice, no attempt runs twice, the log has no gap.
// Method: many worlds, each by its seed (region.h); and the same worlds with faults planted in the
// program's own statements and in its agent, each of which must be found.
//
// KAPOK_SIM_SEEDS=N looks at so many worlds, KAPOK_SIM_SEED=N at one of them.

#include <cstdlib>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "region.h"

namespace kapok::sim {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class RegionSim : public Region {};

TEST_P(RegionSim, KeepsMoneyAttemptsAndLogWhateverFails) {
    if (const std::uint64_t seed = number_from("KAPOK_SIM_SEED", 0); seed != 0) {
        EXPECT_EQ(live_through(seed).value_or(""), "");
        return;
    }
    const std::uint64_t count = number_from("KAPOK_SIM_SEEDS", 20);
    const std::uint64_t first = number_from("KAPOK_SIM_FIRST", 1);
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        const auto wrong = live_through(seed);
        ASSERT_FALSE(wrong.has_value()) << *wrong << "\nagain: KAPOK_SIM_SEED=" << seed
                                        << " kapok_region_sim --gtest_filter='*KeepsMoney*'";
    }
    RecordProperty("worlds", std::to_string(count));
}

// In how many worlds a fault must show.
constexpr std::uint64_t kWorldsPerFault = 40;
constexpr std::uint64_t kFirstForAgents = 14;  // A world in which they die at the right time.

TEST_P(RegionSim, FindsWhatIsPlantedInTheDatabase) {
    for (const Planted& planted : kPlanted) {
        planted_ = planted;
        std::uint64_t seed = 1;
        std::optional<std::string> wrong;
        while (!wrong && seed <= kWorldsPerFault) {
            wrong = live_through(seed++);
        }
        EXPECT_TRUE(wrong.has_value()) << planted.name << " was not found";
        fmt::print("  {}: world {}, {}\n", planted.name, seed - 1, wrong.value_or("not found"));
    }
}

TEST_P(RegionSim, FindsWhatIsWrongWithAnAgent) {
    for (const auto& [bug, name] :
         {std::pair(AgentBug::NotesOrdersLate, "notes orders late"),
          std::pair(AgentBug::RunsAgain, "runs again"),
          std::pair(AgentBug::ForgetsWhatItSent, "forgets what it sent")}) {
        agent_bug_ = bug;
        std::uint64_t seed = kFirstForAgents;
        std::optional<std::string> wrong;
        while (!wrong && seed < kFirstForAgents + kWorldsPerFault) {
            wrong = live_through(seed++);
        }
        EXPECT_TRUE(wrong.has_value()) << "an agent that " << name << " was not found";
        fmt::print("  an agent that {}: world {}, {}\n", name, seed - 1,
                   wrong.value_or("not found"));
    }
}

INSTANTIATE_TEST_SUITE_P(Databases, RegionSim, testing::Values(platform::db::Backend::Sqlite),
                         platform::db_test::backend_name);

}  // namespace
}  // namespace kapok::sim
