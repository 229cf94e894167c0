// Identity's services on real databases: what each may do, what it refuses, and that nothing leaks
// between tenants. Each test runs on SQLite and on PostgreSQL.

#include <algorithm>

#include "identity/errors.h"
#include "identity/testing/world.h"
#include "identity/token_format.h"
#include "platform/errors.h"

namespace kapok::identity {
namespace {

class OrganizationTest : public IdentityTest {};
INSTANTIATE_KAPOK_DATABASES(OrganizationTest);

TEST_P(OrganizationTest, ComesWithOneAdministrator) {
    EXPECT_FALSE(identity().ensure_first_administrator().value().has_value());
    const auto admin = run(identity().users().get(as("admin"), core::UserId(as("admin").id)));
    EXPECT_EQ(admin->name, "admin");
    EXPECT_TRUE(admin->must_change_password);
    EXPECT_EQ(admin->grants, (std::vector<core::Grant>{{root_, core::Role::Operator}}));
    EXPECT_EQ(events("identity.organization_created"), 4);
}

TEST_P(OrganizationTest, ShowsEachCallerItsOwnPart) {
    const auto names = [&](const std::string& caller) {
        std::vector<std::string> found;
        for (const auto& one : run(identity().organizations().list(as(caller), {}, {}))->items) {
            found.push_back(one.name);
        }
        return found;
    };
    EXPECT_EQ(names("admin"), (std::vector<std::string>{"Kapok", "company", "lab", "rival"}));
    EXPECT_EQ(names("boss"), (std::vector<std::string>{"company", "lab"}));
    EXPECT_EQ(names("rivalboss"), (std::vector<std::string>{"rival"}));
    EXPECT_TRUE(run(identity().organizations().get(as("consumer"), lab_)));
    EXPECT_EQ(code_of(run(identity().organizations().get(as("consumer"), rival_))), kNotFound.name);
    const auto nowhere = make_id<core::OrganizationId>();
    EXPECT_EQ(code_of(run(identity().organizations().get(as("consumer"), nowhere))),
              kNotFound.name);
}

TEST_P(OrganizationTest, ListsInPagesSortedEitherWay) {
    for (const core::Sort sort : {core::Sort::Created, core::Sort::CreatedDescending,
                                  core::Sort::Name, core::Sort::NameDescending}) {
        std::vector<std::string> names;
        core::Window window{1, std::nullopt, sort};
        do {
            const auto page = run(identity().organizations().list(as("admin"), {}, window)).value();
            ASSERT_EQ(page.items.size(), 1U);
            names.push_back(page.items[0].name);
            window.after = page.next;
        } while (window.after);
        auto expected = std::vector<std::string>{"Kapok", "company", "lab", "rival"};
        if (sort == core::Sort::CreatedDescending || sort == core::Sort::NameDescending) {
            std::ranges::reverse(expected);
        }
        EXPECT_EQ(names, expected);
    }
    store::OrganizationFilter filter;
    filter.parent = company_;
    EXPECT_EQ(run(identity().organizations().list(as("admin"), filter, {}))->items.size(), 1U);
}

TEST_P(OrganizationTest, RefusesDoubleNamesUnderOneParentOnly) {
    NewOrganization lab{{}, company_, "lab", OrganizationKind::Company};
    EXPECT_EQ(code_of(run(identity().organizations().create(as("boss"), lab))), kNameTaken.name);
    lab.parent = rival_;
    EXPECT_TRUE(run(identity().organizations().create(as("rivalboss"), lab)));
    OrganizationChange rename;
    rename.name = "rival";
    EXPECT_EQ(code_of(run(identity().organizations().update(as("admin"), company_, rename))),
              kNameTaken.name);
}

TEST_P(OrganizationTest, MakesEachIdOnce) {
    NewOrganization request{
        {make_id<core::OrganizationId>(), {}}, company_, "twice", OrganizationKind::Institution};
    EXPECT_TRUE(run(identity().organizations().create(as("boss"), request))->is_new);
    EXPECT_FALSE(run(identity().organizations().create(as("boss"), request))->is_new);
    NewOrganization other = request;
    other.name = "else";
    EXPECT_EQ(code_of(run(identity().organizations().create(as("boss"), other))), kIdTaken.name);
    // Of another tenant: the same bare answer, whatever was asked for.
    NewOrganization stolen = request;
    stolen.parent = rival_;
    const auto refused = run(identity().organizations().create(as("rivalboss"), stolen));
    EXPECT_EQ(code_of(refused), kIdTaken.name);
    EXPECT_TRUE(refused.error().parameters().empty());
    clock().advance(std::chrono::hours(100));
    EXPECT_EQ(code_of(run(identity().organizations().create(as("boss"), request))), kStaleId.name);
}

TEST_P(OrganizationTest, MakesEachIdempotencyKeyOnce) {
    const auto named = [&](std::string body) {
        return make_idempotency_key(as("boss"), "key-1", "POST", "/api/v1/organizations", body)
            .value();
    };
    NewOrganization request{{{}, named("a")}, company_, "a", OrganizationKind::Company};
    const auto first = run(identity().organizations().create(as("boss"), request)).value();
    const auto again = run(identity().organizations().create(as("boss"), request)).value();
    EXPECT_TRUE(first.is_new);
    EXPECT_FALSE(again.is_new);
    EXPECT_EQ(first.thing.id, again.thing.id);
    request.naming.key = named("b");
    request.name = "b";
    EXPECT_EQ(code_of(run(identity().organizations().create(as("boss"), request))),
              kIdempotencyKeyReused.name);
    clock().advance(kIdempotencyLifetime);
    EXPECT_TRUE(run(identity().organizations().create(as("boss"), request))->is_new);
    for (const std::string_view bad : {"", "with space", "é"}) {
        EXPECT_EQ(code_of(make_idempotency_key(as("boss"), bad, "POST", "/", "")),
                  kBadIdempotencyKey.name);
    }
}

TEST_P(OrganizationTest, StaysATree) {
    OrganizationChange under_itself;
    under_itself.parent = lab_;
    EXPECT_EQ(code_of(run(identity().organizations().update(as("admin"), company_, under_itself))),
              kTreeCycle.name);
    OrganizationChange move;
    move.parent = rival_;
    EXPECT_EQ(code_of(run(identity().organizations().update(as("boss"), lab_, move))),
              kRootRoleMissing.name);
    EXPECT_TRUE(run(identity().organizations().update(as("admin"), lab_, move)));
    EXPECT_EQ(code_of(run(identity().organizations().get(as("boss"), lab_))), kNotFound.name);
    EXPECT_TRUE(run(identity().organizations().get(as("rivalboss"), lab_)));
    EXPECT_EQ(code_of(run(identity().organizations().update(as("admin"), root_, move))),
              kRootIsFixed.name);
    NewOrganization second{{}, root_, "second root", OrganizationKind::Platform};
    EXPECT_EQ(code_of(run(identity().organizations().create(as("admin"), second))), kOneRoot.name);
}

TEST_P(OrganizationTest, ChecksTheVersionOfAChange) {
    OrganizationChange change;
    change.name = "new";
    change.expected_version = 2;
    EXPECT_EQ(code_of(run(identity().organizations().update(as("boss"), company_, change))),
              platform::kEtagMismatch.name);
    change.expected_version = 1;
    EXPECT_EQ(run(identity().organizations().update(as("boss"), company_, change))->version, 2);
}

TEST_P(OrganizationTest, SuspendsFromAboveOnly) {
    OrganizationChange suspend;
    suspend.status = Status::Suspended;
    EXPECT_EQ(code_of(run(identity().organizations().update(as("boss"), company_, suspend))),
              kParentDecides.name);
    EXPECT_TRUE(run(identity().organizations().update(as("boss"), lab_, suspend)));
}

TEST_P(OrganizationTest, KeepsProjectsApart) {
    const auto id = project("consumer", company_);
    EXPECT_TRUE(run(identity().organizations().get_project(as("boss"), id)));
    EXPECT_EQ(code_of(run(identity().organizations().get_project(as("rivalboss"), id))),
              kNotFound.name);
    EXPECT_TRUE(
        run(identity().organizations().list_projects(as("rivalboss"), {}, {}))->items.empty());
    NewProject foreign{{}, rival_, "spy", ""};
    EXPECT_EQ(code_of(run(identity().organizations().create_project(as("boss"), foreign))),
              kNotFound.name);
    NewProject twice{{}, company_, "project", ""};
    EXPECT_EQ(code_of(run(identity().organizations().create_project(as("boss"), twice))),
              kNameTaken.name);
    ProjectChange change;
    change.description = "what it is for";
    EXPECT_EQ(code_of(run(identity().organizations().update_project(as("auditor"), id, change))),
              kRoleMissing.name);
    EXPECT_EQ(run(identity().organizations().update_project(as("boss"), id, change))->version, 2);
}

class UserTest : public IdentityTest {};
INSTANTIATE_KAPOK_DATABASES(UserTest);

TEST_P(UserTest, IsMadeWithAPasswordThatIsShownOnce) {
    NewUser request{{make_id<core::UserId>(), {}},
                    company_,
                    "li.wei",
                    "李伟",
                    {{company_, core::Role::Consumer}}};
    EXPECT_TRUE(run(identity().users().create(as("boss"), request))->password.has_value());
    EXPECT_FALSE(run(identity().users().create(as("boss"), request))->password.has_value());
    NewUser same_name = request;
    same_name.naming = {};
    EXPECT_EQ(code_of(run(identity().users().create(as("rivalboss"), same_name))), kNotFound.name);
    same_name.organization = rival_;
    same_name.grants = {};
    EXPECT_EQ(code_of(run(identity().users().create(as("rivalboss"), same_name))), kNameTaken.name);
}

TEST_P(UserTest, GetsNoRoleThatTheGiverHasNoSayIn) {
    NewUser spy{{}, company_, "spy", "spy", {{root_, core::Role::Operator}}};
    EXPECT_EQ(code_of(run(identity().users().create(as("boss"), spy))), kNotFound.name);
    spy.grants = {{rival_, core::Role::Consumer}};
    EXPECT_EQ(code_of(run(identity().users().create(as("boss"), spy))), kNotFound.name);
    const core::UserId consumer(as("consumer").id);
    EXPECT_EQ(code_of(run(identity().users().set_roles(
                  as("boss"), consumer, {{root_, core::Role::Auditor}}, std::nullopt))),
              kNotFound.name);
    EXPECT_EQ(code_of(run(identity().users().set_roles(
                  as("consumer"), consumer, {{company_, core::Role::Operator}}, std::nullopt))),
              kNotFound.name);
    const auto raised = run(identity().users().set_roles(
        as("boss"), consumer, {{lab_, core::Role::Provider}, {company_, core::Role::Consumer}}, 1));
    EXPECT_EQ(raised->grants.size(), 2U);
}

// An operator of a company must not take over somebody who rules elsewhere too.
TEST_P(UserTest, IsChangedOnlyByThoseWithASayWhereverItHasARole) {
    const auto chief = person("chief", company_, core::Role::Consumer);
    ASSERT_TRUE(run(identity().users().set_roles(
        as("admin"), chief.id, {{company_, core::Role::Consumer}, {root_, core::Role::Operator}},
        std::nullopt)));
    EXPECT_EQ(code_of(run(identity().users().reset_password(as("boss"), chief.id))),
              kNotFound.name);
    UserChange suspend;
    suspend.status = Status::Suspended;
    EXPECT_EQ(code_of(run(identity().users().update(as("boss"), chief.id, suspend))),
              kNotFound.name);
    EXPECT_TRUE(run(identity().users().reset_password(as("admin"), chief.id)));
}

TEST_P(UserTest, LeavesTheRootItsLastOperator) {
    const core::UserId admin(as("admin").id);
    UserChange suspend;
    suspend.status = Status::Suspended;
    EXPECT_EQ(code_of(run(identity().users().update(as("admin"), admin, suspend))),
              kLastOperator.name);
    EXPECT_EQ(code_of(run(identity().users().set_roles(as("admin"), admin, {}, std::nullopt))),
              kLastOperator.name);
    person("second", root_, core::Role::Operator);
    EXPECT_TRUE(run(identity().users().set_roles(as("admin"), admin, {}, std::nullopt)));
}

TEST_P(UserTest, LosesEverythingWhenSuspended) {
    const auto made = key("consumer", company_);
    const auto session = sign_in("consumer", passwords_.at("consumer")).value();
    ASSERT_TRUE(show(*made.text));
    UserChange suspend;
    suspend.status = Status::Suspended;
    ASSERT_TRUE(
        run(identity().users().update(as("boss"), core::UserId(as("consumer").id), suspend)));
    EXPECT_EQ(code_of(show(*made.text)), kBadKey.name);
    EXPECT_EQ(code_of(run(identity().credentials().of_session(session.token))), kSessionEnded.name);
    EXPECT_EQ(code_of(sign_in("consumer", passwords_.at("consumer"))), kBadCredentials.name);
    EXPECT_EQ(events("identity.key_revoked"), 1);
}

TEST_P(UserTest, LosesTheKeysThatItsRolesNoLongerAllow) {
    const core::UserId boss(as("boss").id);
    const auto strong = key("boss", company_, {"*"}, core::Role::Operator);
    const auto weak = key("boss", company_, {"job:read"}, core::Role::Consumer);
    ASSERT_TRUE(run(identity().users().set_roles(
        as("admin"), boss, {{company_, core::Role::Consumer}}, std::nullopt)));
    EXPECT_EQ(code_of(show(*strong.text)), kBadKey.name);
    EXPECT_TRUE(show(*weak.text));
    ASSERT_TRUE(run(identity().users().set_roles(as("admin"), boss, {}, std::nullopt)));
    EXPECT_EQ(code_of(show(*weak.text)), kBadKey.name);
}

TEST_P(UserTest, HasNoRightsInASuspendedOrganization) {
    ASSERT_TRUE(run(identity().users().set_roles(
        as("admin"), core::UserId(as("consumer").id),
        {{company_, core::Role::Consumer}, {rival_, core::Role::Auditor}}, std::nullopt)));
    const auto token = sign_in("consumer", passwords_.at("consumer")).value().token;
    const auto grants = [&] {
        return run(identity().credentials().of_session(token))->principal.grants.size();
    };
    EXPECT_EQ(grants(), 2U);
    OrganizationChange suspend;
    suspend.status = Status::Suspended;
    ASSERT_TRUE(run(identity().organizations().update(as("admin"), rival_, suspend)));
    EXPECT_EQ(grants(), 1U);
}

TEST_P(UserTest, HasALimitedNumberOfRoles) {
    std::vector<core::Grant> grants;
    for (std::size_t i = 0; i <= kGrantsMax; ++i) {
        grants.push_back({organization("o" + std::to_string(i), company_), core::Role::Consumer});
    }
    EXPECT_EQ(code_of(run(identity().users().set_roles(as("boss"), core::UserId(as("consumer").id),
                                                       grants, std::nullopt))),
              kTooManyGrants.name);
}

class KeyTest : public IdentityTest {};
INSTANTIATE_KAPOK_DATABASES(KeyTest);

TEST_P(KeyTest, LetsItsHolderIn) {
    const auto made = key("consumer", company_, {"job:read", "job:write"});
    const auto principal = show(*made.text).value();
    EXPECT_EQ(principal->kind, core::PrincipalKind::ApiKey);
    EXPECT_EQ(principal->organization, company_);
    EXPECT_EQ(principal->scopes, (std::vector<std::string>{"job:read", "job:write"}));
    const auto known = identity().credentials().of_known_key(made.text->reveal());
    ASSERT_TRUE(known.has_value());
    EXPECT_EQ(known->value(), principal);
}

TEST_P(KeyTest, IsRefusedIfAnyCharacterIsWrong) {
    const auto made = key("consumer", company_);
    core::SystemRandom random;
    const core::Secret forged = make_token(kApiKeyPrefix, "live", made.key.id.uuid(), random);
    EXPECT_EQ(code_of(show(forged)), kBadKey.name);
    const core::Secret unknown =
        make_token(kApiKeyPrefix, "live", make_id<ApiKeyId>().uuid(), random);
    EXPECT_EQ(code_of(show(unknown)), kBadKey.name);
    for (const std::string_view text : {"", "kpk_live_x", "Bearer", "kpk_live_\xFF"}) {
        EXPECT_EQ(code_of(show(core::Secret(std::string(text)))), kBadKey.name);
    }
}

TEST_P(KeyTest, EndsWhenRevokedOrExpired) {
    NewKey short_lived{{},
                       company_,
                       {},
                       "short",
                       core::Role::Consumer,
                       {"job:read"},
                       clock().now() + std::chrono::hours(1)};
    const auto expiring = run(identity().keys().create(as("consumer"), short_lived)).value();
    const auto revoked = key("consumer", company_);
    EXPECT_TRUE(show(*expiring.text));
    EXPECT_TRUE(show(*revoked.text));
    ASSERT_TRUE(run(identity().keys().revoke(as("consumer"), revoked.key.id)));
    EXPECT_FALSE(identity().credentials().of_known_key(revoked.text->reveal()).has_value());
    EXPECT_EQ(code_of(show(*revoked.text)), kBadKey.name);
    clock().advance(std::chrono::hours(1));
    EXPECT_EQ(code_of(show(*expiring.text)), kBadKey.name);
    EXPECT_TRUE(run(identity().keys().revoke(as("consumer"), revoked.key.id)));
    EXPECT_EQ(events("identity.key_revoked"), 1);
}

TEST_P(KeyTest, EndsOnOtherServersWithinASecond) {
    const auto made = key("consumer", company_);
    core::SystemRandom random;
    ASSERT_TRUE(show(*made.text));
    const auto before = identity().credentials().of_known_key(made.text->reveal());
    ASSERT_TRUE(before.has_value());
    // Another server's command: counted in the database, without a word to this process.
    const auto elsewhere = database().write_blocking([&](platform::db::Transaction& transaction) {
        auto stored = store::system_find_key(transaction, made.key.id).value().value().key;
        stored.revoked_at = transaction.now();
        stored.version += 1;
        EXPECT_TRUE(store::update_key(transaction, core::Scope::all(), stored).value());
        return store::system_count_credentials(transaction);
    });
    ASSERT_TRUE(elsewhere);
    clock().advance(kStalenessMax);
    EXPECT_FALSE(identity().credentials().of_known_key(made.text->reveal()).has_value());
    EXPECT_EQ(code_of(show(*made.text)), kBadKey.name);
}

TEST_P(KeyTest, CanDoNoMoreThanItsMaker) {
    NewKey request{{}, company_, {}, "k", core::Role::Operator, {"job:read"}, {}};
    EXPECT_EQ(code_of(run(identity().keys().create(as("consumer"), request))),
              kBeyondOwnRights.name);
    request.role = core::Role::Consumer;
    request.organization = rival_;
    EXPECT_EQ(code_of(run(identity().keys().create(as("consumer"), request))), kNotFound.name);
    const auto narrow = key("boss", company_, {"key:write", "job:read"}, core::Role::Operator);
    const core::Principal program = *show(*narrow.text).value();
    request.organization = company_;
    request.scopes = {"job:write"};
    EXPECT_EQ(code_of(run(identity().keys().create(program, request))), kBeyondOwnRights.name);
    request.scopes = {"*"};
    EXPECT_EQ(code_of(run(identity().keys().create(program, request))), kBeyondOwnRights.name);
    request.scopes = {"job:fly"};
    EXPECT_EQ(code_of(run(identity().keys().create(as("boss"), request))), kUnknownScope.name);
    // Nor by rotating a key that can do more.
    const auto wide = key("boss", company_, {"*"}, core::Role::Operator);
    EXPECT_EQ(code_of(run(identity().keys().rotate(program, wide.key.id, {}, {}))),
              kBeyondOwnRights.name);
}

TEST_P(KeyTest, IsBoundToItsProject) {
    const auto mine = project("consumer", company_, "mine");
    const auto other = project("consumer", company_, "other");
    NewKey request{{},
                   company_,
                   mine,
                   "bound",
                   core::Role::Consumer,
                   {"organization:read", "key:read", "key:write"},
                   {}};
    const auto made = run(identity().keys().create(as("consumer"), request)).value();
    const core::Principal bound = *show(*made.text).value();
    EXPECT_TRUE(run(identity().organizations().get_project(bound, mine)));
    EXPECT_EQ(code_of(run(identity().organizations().get_project(bound, other))), kNotFound.name);
    EXPECT_EQ(run(identity().organizations().list_projects(bound, {}, {}))->items.size(), 1U);
    request.project = other;
    request.scopes = {"key:read"};
    EXPECT_EQ(code_of(run(identity().keys().create(bound, request))), kNotFound.name);
    request.project.reset();
    EXPECT_EQ(code_of(run(identity().keys().create(bound, request))), kBeyondOwnRights.name);
    request.project = project("rivalboss", rival_);
    EXPECT_EQ(code_of(run(identity().keys().create(as("consumer"), request))), kNotFound.name);
}

TEST_P(KeyTest, StopsWhileItsProjectOrOrganizationIsSuspended) {
    const auto id = project("consumer", company_);
    NewKey request{{}, company_, id, "bound", core::Role::Consumer, {"job:read"}, {}};
    const auto made = run(identity().keys().create(as("consumer"), request)).value();
    ASSERT_TRUE(show(*made.text));
    const auto set_project = [&](Status status) {
        ProjectChange change;
        change.status = status;
        return run(identity().organizations().update_project(as("boss"), id, change)).has_value();
    };
    const auto set_company = [&](Status status) {
        OrganizationChange change;
        change.status = status;
        return run(identity().organizations().update(as("admin"), company_, change)).has_value();
    };
    ASSERT_TRUE(set_project(Status::Suspended));
    EXPECT_EQ(code_of(show(*made.text)), kSuspended.name);
    EXPECT_EQ(code_of(run(identity().keys().create(as("consumer"), request))),
              kProjectSuspended.name);
    ASSERT_TRUE(set_project(Status::Active));
    EXPECT_TRUE(show(*made.text));
    ASSERT_TRUE(set_company(Status::Suspended));
    EXPECT_EQ(code_of(show(*made.text)), kSuspended.name);
    EXPECT_EQ(code_of(sign_in("consumer", passwords_.at("consumer"))), kSuspended.name);
    ASSERT_TRUE(set_company(Status::Active));
    EXPECT_TRUE(show(*made.text));
}

TEST_P(KeyTest, RotatesWithAnOverlap) {
    const auto old = key("consumer", company_, {"job:read"});
    const auto until = clock().now() + std::chrono::hours(1);
    const Naming<ApiKeyId> naming{make_id<ApiKeyId>(), {}};
    const auto fresh =
        run(identity().keys().rotate(as("consumer"), old.key.id, naming, until)).value();
    EXPECT_EQ(fresh.key.replaces, old.key.id);
    EXPECT_EQ(fresh.key.scopes, old.key.scopes);
    EXPECT_TRUE(show(*old.text));
    EXPECT_TRUE(show(*fresh.text));
    const auto again =
        run(identity().keys().rotate(as("consumer"), old.key.id, naming, until)).value();
    EXPECT_EQ(again.key.id, fresh.key.id);
    EXPECT_FALSE(again.text.has_value());
    clock().advance(std::chrono::hours(1));
    EXPECT_EQ(code_of(show(*old.text)), kBadKey.name);
    EXPECT_TRUE(show(*fresh.text));
    EXPECT_EQ(code_of(run(identity().keys().rotate(as("consumer"), old.key.id, {}, {}))),
              kAlreadyEnded.name);
    EXPECT_EQ(code_of(run(identity().keys().rotate(as("consumer"), fresh.key.id, {},
                                                   clock().now() + kKeyOverlapMax * 2))),
              kBadExpiry.name);
    EXPECT_TRUE(run(identity().keys().rotate(as("consumer"), fresh.key.id, {}, {})));
    EXPECT_EQ(code_of(show(*fresh.text)), kBadKey.name);
}

TEST_P(KeyTest, IsSeenByItsMakerAndByThoseInCharge) {
    const auto made = key("consumer", company_);
    key("boss", lab_);
    person("colleague", company_, core::Role::Consumer);
    const auto count = [&](const std::string& caller) {
        return run(identity().keys().list(as(caller), {}, {}))->items.size();
    };
    EXPECT_EQ(count("consumer"), 1U);
    EXPECT_EQ(count("colleague"), 0U);
    EXPECT_EQ(count("boss"), 2U);
    EXPECT_EQ(count("auditor"), 2U);
    EXPECT_EQ(count("rivalboss"), 0U);
    EXPECT_EQ(code_of(run(identity().keys().get(as("colleague"), made.key.id))), kNotFound.name);
    EXPECT_EQ(code_of(run(identity().keys().revoke(as("colleague"), made.key.id))), kNotFound.name);
    EXPECT_EQ(code_of(run(identity().keys().revoke(as("auditor"), made.key.id))),
              kRoleMissing.name);
    EXPECT_EQ(code_of(run(identity().keys().revoke(as("rivalboss"), made.key.id))), kNotFound.name);
    EXPECT_TRUE(run(identity().keys().revoke(as("boss"), made.key.id)));
    store::KeyFilter ended;
    ended.state = store::KeyState::Ended;
    EXPECT_EQ(run(identity().keys().list(as("boss"), ended, {}))->items.size(), 1U);
}

TEST_P(KeyTest, RemembersWhenItWasUsedWithoutWritingEachTime) {
    const auto made = key("consumer", company_);
    const auto last_use = [&] {
        EXPECT_TRUE(run(identity().maintain()));
        return run(identity().keys().get(as("boss"), made.key.id))->last_used_at;
    };
    EXPECT_FALSE(last_use().has_value());
    ASSERT_TRUE(show(*made.text));
    const auto first = clock().now();
    EXPECT_EQ(last_use(), first);
    clock().advance(std::chrono::seconds(1));
    ASSERT_TRUE(show(*made.text));
    EXPECT_EQ(last_use(), first);
    clock().advance(kLastUseFlush);
    EXPECT_EQ(last_use(), first + std::chrono::seconds(1));
}

}  // namespace
}  // namespace kapok::identity
