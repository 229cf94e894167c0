// Identity's tables come from every version that ever landed, on both databases.

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

#include <gtest/gtest.h>

#include "identity/errors.h"
#include "identity/idempotency.h"
#include "identity/migrations.h"
#include "platform/db/testing/database_test.h"

namespace kapok::identity {
namespace {

namespace db = platform::db;

class IdentityMigrationTest : public platform::db_test::BackendTest {};
INSTANTIATE_KAPOK_DATABASES(IdentityMigrationTest);

constexpr core::Timestamp kThen = core::from_micros(1'795'000'000'000'000);
constexpr core::Timestamp kNever = core::from_micros(9'000'000'000'000'000);

core::Uuid uuid(std::uint8_t last) {
    core::Uuid made{};
    made.bytes.back() = last;
    return made;
}
const core::OrganizationId kRoot(uuid(1));
const core::Uuid kPerson = uuid(2);
const core::Uuid kProgram = uuid(3);
const core::Uuid kGone = uuid(4);

IdempotencyKey named(std::string name, std::uint8_t request) {
    IdempotencyKey key{std::move(name), kRoot, {}};
    key.request.fill(std::byte{request});
    return key;
}

// Version 1 kept keys by person and program; the first two are of one organization.
core::Result<void> fill(db::Transaction& transaction, int version) {
    if (version != 1) {
        return {};
    }
    auto done = transaction.execute(
        "insert into organizations (id, name, kind, status, version, created_at, updated_at)"
        " values (?, 'root', 'platform', 'active', 1, ?, ?)",
        {kRoot, kThen, kThen});
    if (done) {
        done = transaction.execute(
            "insert into users (id, organization_id, name, display_name, status, password_hash,"
            " must_change_password, version, created_at, updated_at)"
            " values (?, ?, 'admin', 'Admin', 'active', 'x', 0, 1, ?, ?)",
            {kPerson, kRoot, kThen, kThen});
    }
    if (done) {
        done = transaction.execute(
            "insert into api_keys (id, organization_id, name, role, scopes, key_hash, created_at,"
            " version) values (?, ?, 'one', 'operator', '*', ?, ?, 1)",
            {kProgram, kRoot, db::Blob(32, std::byte{7}), kThen});
    }
    const std::tuple<core::Uuid, std::string, std::uint8_t, std::string> kept[] = {
        {kPerson, "a", 1, "org_1"},
        {kProgram, "b", 2, "org_2"},
        {kProgram, "a", 3, "org_3"},
        {kGone, "c", 4, "org_4"}};
    for (const auto& [caller, name, request, result] : kept) {
        if (done) {
            done = transaction.execute(
                "insert into idempotency_keys (caller, name, request, result, expires_at)"
                " values (?, ?, ?, ?, ?)",
                {caller, name, db::Blob(32, std::byte{request}), result, kNever});
        }
    }
    return done ? core::Result<void>() : std::unexpected(done.error());
}

// What was named before the upgrade is not done again after it.
core::Result<void> check(db::Reader& reader, int version) {
    if (version != 1) {
        return {};
    }
    EXPECT_EQ(recall(reader, named("a", 1), kThen).value(), "org_1");
    EXPECT_EQ(recall(reader, named("b", 2), kThen).value(), "org_2");
    // Two of one organization had the same name: the second's is refused, never done twice.
    EXPECT_EQ(recall(reader, named("a", 3), kThen).error().code(), kIdempotencyKeyReused);
    EXPECT_FALSE(recall(reader, named("c", 4), kThen).value());
    return {};
}

TEST_P(IdentityMigrationTest, UpgradesFromEveryVersion) {
    platform::db_test::expect_upgrades(GetParam(), migrations(), fill, check);
}

}  // namespace
}  // namespace kapok::identity
