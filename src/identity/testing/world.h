#pragma once

// For identity's own tests on real databases: a small region with people in it, and short ways to
// act as each of them. The root has `admin`; below it are the company with its boss, a consumer and
// an auditor, a lab below the company, and a rival beside it with a boss of its own.

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "audit/migrations.h"
#include "core/random.h"
#include "identity/identity.h"
#include "identity/migrations.h"
#include "identity/sql/test_queries.h"
#include "platform/crypto/master_key.h"
#include "platform/db/migrations.h"
#include "platform/db/testing/database_test.h"

namespace kapok::identity {

// The code of a refusal, or "" if there was none.
template <class T>
[[nodiscard]] std::string_view code_of(const core::Result<T>& result) {
    return result ? "" : result.error().code().name;
}

class IdentityTest : public platform::db_test::DatabaseTest {
protected:
    // Modules above identity hand in their own migrations too.
    explicit IdentityTest(std::span<const platform::db::Migration> more = {})
        : DatabaseTest(platform::db::join_migrations({audit::migrations(), migrations(), more})) {}

    void SetUp() override {
        DatabaseTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) {
            return;
        }
        start();
        auto first = identity().ensure_first_administrator().value().value();
        root_ = first.user.organization;
        first_password_ = std::string(first.password.reveal());
        people_["admin"] = principal_of(first.user);
        company_ = organization("company", root_);
        lab_ = organization("lab", company_);
        rival_ = organization("rival", root_);
        person("boss", company_, core::Role::Operator);
        person("consumer", company_, core::Role::Consumer);
        person("auditor", company_, core::Role::Auditor);
        person("rivalboss", rival_, core::Role::Operator);
    }

    void TearDown() override {
        close();
        identity_.reset();
    }

    // As at the start of a server.
    void start() {
        Settings settings = settings_;
        settings.password_cost = cost_;
        identity_ =
            Identity::create(database(), clock(), random_, master_, std::move(settings)).value();
    }

    [[nodiscard]] Identity& identity() { return *identity_; }

    // As the router does: what the directory knows is made fresh before a service is called.
    template <class T>
    T run(boost::asio::awaitable<T> work) {
        boost::asio::io_context io;
        auto fresh =
            boost::asio::co_spawn(io, identity().directory().refresh(), boost::asio::use_future);
        io.run();
        EXPECT_TRUE(fresh.get());
        io.restart();
        auto result = boost::asio::co_spawn(io, std::move(work), boost::asio::use_future);
        io.run();
        return result.get();
    }

    [[nodiscard]] const core::Principal& as(const std::string& name) { return people_.at(name); }

    core::OrganizationId organization(std::string name, core::OrganizationId parent) {
        NewOrganization request{{}, parent, std::move(name), OrganizationKind::Company};
        return run(identity().organizations().create(as("admin"), request)).value().thing.id;
    }

    User person(const std::string& name, core::OrganizationId home, core::Role role) {
        NewUser request{{}, home, name, name, {{home, role}}};
        const auto made = run(identity().users().create(as("admin"), request)).value();
        people_[name] = principal_of(made.user);
        passwords_[name] = std::string(made.password->reveal());
        return made.user;
    }

    core::ProjectId project(const std::string& caller, core::OrganizationId home,
                            std::string name = "project") {
        NewProject request{{}, home, std::move(name), ""};
        return run(identity().organizations().create_project(as(caller), request)).value().thing.id;
    }

    KeyWithText key(const std::string& caller, core::OrganizationId home,
                    std::vector<std::string> scopes = {"job:read"},
                    core::Role role = core::Role::Consumer) {
        NewKey request{{}, home, {}, "a key", role, std::move(scopes), {}};
        return run(identity().keys().create(as(caller), request)).value();
    }

    core::Result<SharedPrincipal> show(const core::Secret& text) {
        return run(identity().credentials().of_key(text));
    }

    core::Result<SignedIn> sign_in(const std::string& name, const std::string& password,
                                   const std::string& peer = "192.0.2.1") {
        SignIn request{name, core::Secret(password), peer};
        return run(identity().sign_in().sign_in(std::move(request)));
    }

    // How many events of a type wait for the sequencer or are numbered.
    std::int64_t events(std::string_view type) {
        return database()
            .read_blocking([&](platform::db::Reader& reader) {
                return reader.find(sql::kCountEvents, {type},
                                   [](const platform::db::Row& row) { return row.integer(0); });
            })
            .value()
            .value();
    }

    template <class Id>
    Id make_id() {
        return Id::make(clock(), random_);
    }

    core::OrganizationId root_, company_, lab_, rival_;
    std::map<std::string, core::Principal> people_;
    std::map<std::string, std::string> passwords_;
    std::string first_password_;
    Settings settings_;
    platform::crypto::PasswordCost cost_ = platform::crypto::kCheapestPasswordCost;

private:
    static platform::crypto::MasterKey make_master() {
        std::string folder = std::filesystem::temp_directory_path() / "kapok-identity-XXXXXX";
        if (::mkdtemp(folder.data()) == nullptr) {
            std::abort();
        }
        core::SystemRandom random;
        auto master = platform::crypto::MasterKey::load_or_create(folder, {}, random).value();
        std::filesystem::remove_all(folder);
        return master;
    }

    core::SystemRandom random_;
    platform::crypto::MasterKey master_ = make_master();
    std::unique_ptr<Identity> identity_;
};

}  // namespace kapok::identity
