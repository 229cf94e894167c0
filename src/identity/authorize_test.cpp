// Rights in a small region: root above city and company; lab below company; rival beside it.
// Examples pin what the roles mean; properties cover every action, role and place.

#include "identity/authorize.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/random.h"
#include "identity/errors.h"

namespace kapok::identity {
namespace {

using core::Principal;
using core::PrincipalKind;
using core::Role;

template <class Id>
Id made(std::uint8_t number) {
    core::Uuid uuid;
    uuid.bytes[15] = number;
    return Id(uuid);
}

const auto kRoot = made<core::OrganizationId>(1);
const auto kCompany = made<core::OrganizationId>(2);
const auto kLab = made<core::OrganizationId>(3);
const auto kRival = made<core::OrganizationId>(4);
const std::array kPlaces{kRoot, kCompany, kLab, kRival};

const OrganizationTree& tree() {
    static const OrganizationTree kTree =
        OrganizationTree::create(
            std::vector<OrganizationTree::Node>{
                {kRoot, {}}, {kCompany, kRoot}, {kLab, kCompany}, {kRival, kRoot}})
            .value();
    return kTree;
}

Principal person(core::OrganizationId organization, Role role, std::string scope = "*") {
    Principal principal;
    principal.kind = PrincipalKind::User;
    principal.id = made<core::UserId>(7).uuid();
    principal.organization = organization;
    principal.grants = {{organization, role}};
    principal.scopes = {std::move(scope)};
    return principal;
}

Resource thing(core::OrganizationId owner) {
    return resource_of(tree(), owner, "thing_1");
}

// The code of the refusal, or "" if allowed.
template <class Which>
std::string_view refusal(const Principal& principal, const Which& action,
                         const Resource& resource) {
    const auto allowed = authorize(principal, action, resource);
    return allowed ? "" : allowed.error().code().name;
}

TEST(Authorize, LetsARoleActInItsOrganizationAndBelow) {
    const auto consumer = person(kCompany, Role::Consumer);
    EXPECT_EQ(refusal(consumer, Action("job:submit"), thing(kCompany)), "");
    EXPECT_EQ(refusal(consumer, Action("job:submit"), thing(kLab)), "");
    EXPECT_EQ(refusal(consumer, Action("job:submit"), thing(kRoot)), kNotFound.name);
    EXPECT_EQ(refusal(consumer, Action("job:submit"), thing(kRival)), kNotFound.name);
}

TEST(Authorize, TellsWhoSeesAThingWhyItMayNotChangeIt) {
    const auto auditor = person(kCompany, Role::Auditor);
    EXPECT_EQ(refusal(auditor, Action("job:read"), thing(kLab)), "");
    EXPECT_EQ(refusal(auditor, Action("job:submit"), thing(kLab)), kRoleMissing.name);
    const auto error = authorize(auditor, Action("job:submit"), thing(kLab)).error();
    EXPECT_EQ(core::render(error, core::Language::En),
              "job:submit needs one of the roles operator, provider, consumer in this organization "
              "or one above it");
}

TEST(Authorize, KeepsThePlatformsMoneyFromCompanies) {
    const auto boss = person(kCompany, Role::Operator);
    EXPECT_EQ(refusal(boss, Action("user:create"), thing(kLab)), "");
    EXPECT_EQ(refusal(boss, Action("wallet:read"), thing(kCompany)), "");
    EXPECT_EQ(refusal(boss, Action("wallet:top_up"), thing(kCompany)), kRootRoleMissing.name);
    EXPECT_EQ(refusal(boss, Action("wallet:top_up"), thing(kRival)), kNotFound.name);
    const auto region = person(kRoot, Role::Operator);
    EXPECT_EQ(refusal(region, Action("wallet:top_up"), thing(kLab)), "");
}

TEST(Authorize, NarrowsByScope) {
    const auto reader = person(kCompany, Role::Operator, "job:read");
    EXPECT_EQ(refusal(reader, Action("job:read"), thing(kLab)), "");
    EXPECT_EQ(refusal(reader, Action("job:cancel"), thing(kLab)), kScopeMissing.name);
    EXPECT_EQ(refusal(reader, Action("job:cancel"), thing(kRival)), kNotFound.name);
}

TEST(Authorize, BindsAKeyToItsProject) {
    auto key = person(kCompany, Role::Consumer);
    key.kind = PrincipalKind::ApiKey;
    key.project = made<core::ProjectId>(1);
    auto job = thing(kCompany);
    job.project = made<core::ProjectId>(1);
    EXPECT_EQ(refusal(key, Action("job:read"), job), "");
    job.project = made<core::ProjectId>(2);
    EXPECT_EQ(refusal(key, Action("job:read"), job), kNotFound.name);
}

TEST(Authorize, LetsPeopleManageWhatIsTheirOwn) {
    const auto consumer = person(kCompany, Role::Consumer);
    auto key = thing(kCompany);
    key.user = consumer.id;
    EXPECT_EQ(refusal(consumer, Action("key:change"), key), "");
    key.user = made<core::UserId>(8).uuid();
    EXPECT_EQ(refusal(consumer, Action("key:change"), key), kNotFound.name);
    EXPECT_EQ(refusal(person(kCompany, Role::Auditor), Action("key:change"), key),
              kRoleMissing.name);
    auto program = consumer;  // A key with the same bits for an id owns nothing.
    program.kind = PrincipalKind::ApiKey;
    key.user = program.id;
    EXPECT_EQ(refusal(program, Action("key:change"), key), kNotFound.name);
}

TEST(Authorize, AsksStrangersToSignIn) {
    EXPECT_EQ(refusal(Principal{}, Action("product:read"), thing(kRoot)), kSignInRequired.name);
    EXPECT_EQ(refusal(Principal::system("test"), Action("platform:write"), thing(kRoot)), "");
}

// Property: for every action, role, place of the role and place of the thing, the answer follows
// from the table's row and from who is above whom, and the unseen is like the missing.
TEST(Authorize, FollowsTheTableEverywhere) {
    for (const ActionRow& action : kActions) {
        for (std::size_t r = 0; r < core::kRoleNames.size(); ++r) {
            for (const auto at : kPlaces) {
                for (const auto owner : kPlaces) {
                    const auto role = static_cast<Role>(r);
                    const bool holds = tree().is_within(owner, at);
                    const bool right_level = action.level == Level::Owner || at == kRoot;
                    const bool may = holds && right_level && action.may.intersects(role);
                    const bool sees = holds && action.see.intersects(role);
                    const auto code = refusal(person(at, role), action, thing(owner));
                    EXPECT_EQ(code.empty(), may) << action.name;
                    EXPECT_EQ(code == kNotFound.name, !sees) << action.name;
                }
            }
        }
    }
    const auto unseen = authorize(person(kRival, Role::Operator), Action("job:read"), thing(kLab));
    EXPECT_EQ(unseen, core::Result<void>(not_found("thing_1")));
}

// Property: another role never takes a right away, and neither does a role higher up.
TEST(Authorize, GrowsWithGrants) {
    core::SeededRandom random(11);
    const auto any_grant = [&] {
        return core::Grant{kPlaces[random.below(kPlaces.size())],
                           static_cast<Role>(random.below(core::kRoleNames.size()))};
    };
    for (int round = 0; round < 20'000; ++round) {
        const ActionRow& action = kActions[random.below(kActions.size())];
        const Resource resource = thing(kPlaces[random.below(kPlaces.size())]);
        Principal principal = person(kPlaces[random.below(kPlaces.size())],
                                     static_cast<Role>(random.below(core::kRoleNames.size())));
        const bool before = authorize(principal, action, resource).has_value();
        principal.grants.push_back(any_grant());
        const bool after = authorize(principal, action, resource).has_value();
        EXPECT_TRUE(after || !before) << action.name << " round " << round;
        Principal higher = principal;
        const auto above = tree().ancestors(higher.grants[0].organization);
        if (!above.empty()) {
            higher.grants[0].organization = above.front();
            EXPECT_TRUE(authorize(higher, action, resource).has_value() || !after);
        }
    }
}

TEST(VisibleScope, IsWhereARoleHolds) {
    const auto seen = visible_scope(person(kCompany, Role::Consumer), tree());
    EXPECT_FALSE(seen.everything);
    EXPECT_EQ(seen.organizations, (std::vector{kCompany, kLab}));
    EXPECT_TRUE(visible_scope(person(kRoot, Role::Operator), tree()).everything);
    EXPECT_TRUE(visible_scope(person(kRoot, Role::Auditor), tree()).everything);
    EXPECT_EQ(visible_scope(person(kRoot, Role::Consumer), tree()).organizations.size(), 4U);
    EXPECT_TRUE(visible_scope(Principal::system("test"), tree()).everything);
    EXPECT_TRUE(visible_scope(Principal{}, tree()).organizations.empty());
    EXPECT_TRUE(visible_scope(person(made<core::OrganizationId>(9), Role::Operator), tree())
                    .organizations.empty());
}

// Property: a list shows exactly the organizations whose things a single read would give.
TEST(VisibleScope, AgreesWithAuthorize) {
    for (const ActionRow& action : kActions) {
        for (std::size_t r = 0; r < core::kRoleNames.size(); ++r) {
            for (const auto at : kPlaces) {
                const auto principal = person(at, static_cast<Role>(r));
                const auto scope = visible_scope(principal, action, tree());
                for (const auto owner : kPlaces) {
                    const bool listed =
                        scope.everything || std::ranges::count(scope.organizations, owner) > 0;
                    EXPECT_EQ(listed, authorize(principal, action, thing(owner)).has_value())
                        << action.name;
                }
            }
        }
    }
    EXPECT_TRUE(
        visible_scope(person(kRoot, Role::Operator, "job:read"), Action("user:read"), tree())
            .organizations.empty());
}

}  // namespace
}  // namespace kapok::identity
