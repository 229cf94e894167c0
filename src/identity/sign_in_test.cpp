// Signing in, sessions and passwords on real databases; the clock is the test's.

#include <future>
#include <vector>

#include "identity/errors.h"
#include "identity/peer.h"
#include "identity/testing/world.h"

namespace kapok::identity {
namespace {

class SignInTest : public IdentityTest {
protected:
    core::Result<User> change_password(const std::string& name, const core::Secret& token,
                                       const std::string& present, const std::string& wanted) {
        return run(identity().sign_in().change_password(as(name), token, core::Secret(present),
                                                        core::Secret(wanted)));
    }
    core::Result<SessionPrincipal> session(const core::Secret& token) {
        return run(identity().credentials().of_session(token));
    }
};
INSTANTIATE_KAPOK_DATABASES(SignInTest);

TEST_P(SignInTest, OpensASession) {
    const auto opened = sign_in("admin", first_password_).value();
    EXPECT_EQ(opened.user.name, "admin");
    EXPECT_EQ(opened.csrf_token, identity().hasher().csrf_token(opened.token.reveal()));
    const auto principal = session(opened.token).value();
    EXPECT_TRUE(principal.must_change_password);
    EXPECT_EQ(principal.principal.grants, as("admin").grants);
    EXPECT_EQ(events("identity.session_opened"), 1);
    EXPECT_TRUE(sign_in("ADMIN", first_password_));
}

// The same words for an unknown name, a wrong password, and names that nobody can have.
TEST_P(SignInTest, TellsNothingAboutWhoExists) {
    const auto wrong = sign_in("admin", "wrong password");
    for (const std::string& name :
         {std::string("nobody"), std::string("no body"), std::string(), std::string("admin\0x", 7),
          std::string("\xFF\xFE"), std::string(100'000, 'a')}) {
        EXPECT_EQ(sign_in(name, "wrong password").error(), wrong.error());
    }
    EXPECT_EQ(sign_in("admin", std::string(kPasswordBytesMax + 1, 'x')).error(), wrong.error());
    EXPECT_EQ(sign_in("admin", "").error(), wrong.error());
    EXPECT_EQ(code_of(wrong), kBadCredentials.name);
}

TEST_P(SignInTest, LocksAnAccountWhetherOrNotItExists) {
    for (const std::string name : {"consumer", "nobody"}) {
        for (int i = 0; i < 5; ++i) {
            EXPECT_EQ(code_of(sign_in(name, "guess")), kBadCredentials.name);
        }
        const auto locked = sign_in(name, "guess");
        EXPECT_EQ(code_of(locked), kLockedOut.name);
        EXPECT_EQ(locked.error().parameters(),
                  (std::vector<core::Parameter>{{"retry_after_s", "1"}}));
    }
    // Also for the right password, else the answer would tell.
    EXPECT_EQ(code_of(sign_in("consumer", passwords_.at("consumer"))), kLockedOut.name);
    clock().advance(std::chrono::seconds(1));
    EXPECT_TRUE(sign_in("consumer", passwords_.at("consumer")));
    EXPECT_EQ(code_of(sign_in("consumer", "guess")), kBadCredentials.name);
}

// Attempts that run side by side gain nothing: each is counted before its password is looked at.
TEST_P(SignInTest, CountsAttemptsThatRunSideBySide) {
    boost::asio::io_context io;
    std::vector<std::future<core::Result<SignedIn>>> attempts;
    for (int i = 0; i < 20; ++i) {
        SignIn guess{"boss", core::Secret("guess " + std::to_string(i)), "192.0.2.1"};
        attempts.push_back(boost::asio::co_spawn(io, identity().sign_in().sign_in(std::move(guess)),
                                                 boost::asio::use_future));
    }
    io.run();
    int looked_at = 0;
    for (auto& attempt : attempts) {
        looked_at += code_of(attempt.get()) == kBadCredentials.name ? 1 : 0;
    }
    EXPECT_EQ(looked_at, kAccountLockout.free_attempts);
}

TEST_P(SignInTest, LocksAPeerThatTriesManyNames) {
    for (std::int64_t i = 0; i < kPeerLockout.free_attempts; ++i) {
        EXPECT_EQ(code_of(sign_in("user" + std::to_string(i), "guess", "2001:db8::1")),
                  kBadCredentials.name);
    }
    EXPECT_EQ(code_of(sign_in("admin", first_password_, "2001:db8::2")), kLockedOut.name);
    EXPECT_TRUE(sign_in("admin", first_password_, "2001:db8:0:1::1"));
    // A right password of an account of one's own clears nothing but its own attempt.
    clock().advance(std::chrono::minutes(15));
    EXPECT_TRUE(sign_in("admin", first_password_, "2001:db8::1"));
    EXPECT_EQ(code_of(sign_in("other", "guess", "2001:db8::1")), kLockedOut.name);
}

TEST(PeerGroup, CountsNetworksOfIpv6) {
    EXPECT_EQ(peer_group("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(peer_group("::ffff:192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(peer_group("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    EXPECT_EQ(peer_group("not an address"), "other");
    EXPECT_EQ(peer_group(std::string(100'000, '1')), "other");
}

TEST_P(SignInTest, EndsASessionByIdlenessAndByAge) {
    const auto idle = sign_in("boss", passwords_.at("boss")).value();
    clock().advance(kSessionIdle);
    EXPECT_EQ(code_of(session(idle.token)), kSessionEnded.name);
    const auto used = sign_in("boss", passwords_.at("boss")).value();
    const auto begin = clock().now();
    while (clock().now() + std::chrono::minutes(20) < begin + kSessionAbsolute) {
        clock().advance(std::chrono::minutes(20));
        ASSERT_TRUE(session(used.token));
    }
    clock().advance(std::chrono::minutes(20));
    EXPECT_EQ(code_of(session(used.token)), kSessionEnded.name);
    ASSERT_TRUE(run(identity().maintain()));
    EXPECT_TRUE(run(identity().sign_in().list(as("boss"), {}, {}))->items.empty());
}

TEST_P(SignInTest, SignsOut) {
    const auto opened = sign_in("boss", passwords_.at("boss")).value();
    EXPECT_TRUE(run(identity().sign_in().sign_out(as("boss"), opened.token)));
    EXPECT_EQ(code_of(session(opened.token)), kSessionEnded.name);
    EXPECT_TRUE(run(identity().sign_in().sign_out(as("boss"), opened.token)));
    EXPECT_EQ(code_of(session(core::Secret("kapok"))), kSessionEnded.name);
}

TEST_P(SignInTest, ChangesAPasswordAndEndsOtherSessions) {
    const auto mine = sign_in("boss", passwords_.at("boss")).value();
    const auto other = sign_in("boss", passwords_.at("boss")).value();
    const std::string present = passwords_.at("boss");
    EXPECT_EQ(code_of(change_password("boss", mine.token, "wrong", "木棉花开了，correct")),
              kWrongPassword.name);
    EXPECT_EQ(code_of(change_password("boss", mine.token, present, "short")), kWeakPassword.name);
    EXPECT_EQ(code_of(change_password("boss", mine.token, present, "i am the boss 2026")),
              kWeakPassword.name);
    EXPECT_EQ(code_of(change_password("boss", mine.token, present, present)), kSamePassword.name);
    EXPECT_TRUE(change_password("boss", mine.token, present, "木棉花开了，correct"));
    EXPECT_FALSE(session(mine.token)->must_change_password);
    EXPECT_EQ(code_of(session(other.token)), kSessionEnded.name);
    EXPECT_EQ(code_of(sign_in("boss", present)), kBadCredentials.name);
    EXPECT_TRUE(sign_in("boss", "木棉花开了，correct"));
}

TEST_P(SignInTest, IsNoWayToGuessAPasswordFromAStolenSession) {
    const auto opened = sign_in("boss", passwords_.at("boss")).value();
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(code_of(change_password("boss", opened.token, "guess", "whatever else")),
                  kWrongPassword.name);
    }
    EXPECT_EQ(
        code_of(change_password("boss", opened.token, passwords_.at("boss"), "whatever else")),
        kLockedOut.name);
}

TEST_P(SignInTest, KeepsTheNewestSessions) {
    const auto first = sign_in("boss", passwords_.at("boss")).value();
    for (std::size_t i = 0; i < kSessionsMax; ++i) {
        ASSERT_TRUE(sign_in("boss", passwords_.at("boss")));
    }
    EXPECT_EQ(code_of(session(first.token)), kSessionEnded.name);
    EXPECT_EQ(run(identity().sign_in().list(as("boss"), {}, {}))->items.size(), kSessionsMax);
}

TEST_P(SignInTest, LetsPeopleSeeAndEndTheirSessions) {
    const auto opened = sign_in("consumer", passwords_.at("consumer")).value();
    const core::UserId consumer(as("consumer").id);
    EXPECT_EQ(run(identity().sign_in().list(as("consumer"), {}, {}))->items.size(), 1U);
    EXPECT_EQ(run(identity().sign_in().list(as("boss"), consumer, {}))->items.size(), 1U);
    EXPECT_TRUE(run(identity().sign_in().list(as("rivalboss"), consumer, {}))->items.empty());
    const SessionId id = opened.session.id;
    EXPECT_EQ(code_of(run(identity().sign_in().revoke(as("rivalboss"), id))), kNotFound.name);
    EXPECT_EQ(code_of(run(identity().sign_in().revoke(as("auditor"), id))), kRoleMissing.name);
    EXPECT_TRUE(run(identity().sign_in().revoke(as("consumer"), id)));
    EXPECT_EQ(code_of(run(identity().sign_in().revoke(as("consumer"), id))), kNotFound.name);
    EXPECT_EQ(code_of(session(opened.token)), kSessionEnded.name);
}

TEST_P(SignInTest, ResetsAPassword) {
    const auto opened = sign_in("consumer", passwords_.at("consumer")).value();
    const core::UserId consumer(as("consumer").id);
    EXPECT_EQ(code_of(run(identity().users().reset_password(as("rivalboss"), consumer))),
              kNotFound.name);
    EXPECT_EQ(code_of(run(identity().users().reset_password(as("auditor"), consumer))),
              kRoleMissing.name);
    const auto reset = run(identity().users().reset_password(as("boss"), consumer)).value();
    EXPECT_EQ(code_of(session(opened.token)), kSessionEnded.name);
    EXPECT_TRUE(sign_in("consumer", std::string(reset.password->reveal())));
    const auto by_hand = identity().reset_password("consumer").value();
    EXPECT_TRUE(sign_in("consumer", std::string(by_hand.reveal())));
    EXPECT_EQ(code_of(identity().reset_password("nobody")), kNotFound.name);
}

TEST_P(SignInTest, HashesAgainWhenTheCostRises) {
    settings_.environment = "test";
    start();
    const auto hash_of = [&] {
        return database()
            .read_blocking([&](platform::db::Reader& reader) {
                return store::system_find_password(reader, "boss");
            })
            ->value()
            .password_hash;
    };
    const std::string before = hash_of();
    ASSERT_TRUE(sign_in("boss", passwords_.at("boss")));
    EXPECT_EQ(hash_of(), before);
    cost_.memory_bytes *= 2;
    start();
    ASSERT_TRUE(sign_in("boss", passwords_.at("boss")));
    EXPECT_NE(hash_of(), before);
    EXPECT_TRUE(sign_in("boss", passwords_.at("boss")));
}

// What is in the database signs nobody in.
TEST_P(SignInTest, KeepsNoSecrets) {
    const auto opened = sign_in("boss", passwords_.at("boss")).value();
    const auto made = key("boss", company_);
    const auto text = database().read_blocking([](platform::db::Reader& reader) {
        std::string all;
        for (const std::string_view sql :
             {"select data from audit_outbox", "select actor from audit_outbox",
              "select password_hash from users", "select name from api_keys"}) {
            const auto done =
                reader.query(sql, {}, [&](const platform::db::Row& row) { all += row.text(0); });
            EXPECT_TRUE(done);
        }
        return core::Result<std::string>(all);
    });
    for (const std::string_view secret :
         {opened.token.reveal(), made.text->reveal(), std::string_view(passwords_.at("boss")),
          made.text->reveal().substr(37, 40)}) {
        EXPECT_EQ(text->find(secret), std::string::npos);
    }
}

}  // namespace
}  // namespace kapok::identity
