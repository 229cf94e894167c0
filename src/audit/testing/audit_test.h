#pragma once

// What audit's tests with a database share: tables on both backends, a key, a sequencer, and a
// check of the whole log against the pure functions.

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "audit/api.h"
#include "audit/checkpoint.h"
#include "audit/event_log.h"
#include "audit/migrations.h"
#include "audit/sequencer.h"
#include "audit/tiles.h"
#include "core/random.h"
#include "platform/db/testing/database_test.h"
#include "platform/log/log.h"

namespace kapok::audit {

inline core::Principal alice() {
    core::Principal principal;
    principal.kind = core::PrincipalKind::User;
    principal.id = core::from_base32("01J00000000000000000000001").value();
    principal.name = "user alice";
    return principal;
}

inline core::OrganizationId organization(int number) {
    core::Uuid uuid;
    uuid.bytes[0] = 1;
    uuid.bytes[15] = static_cast<std::uint8_t>(number);
    return core::OrganizationId(uuid);
}

inline Event job_event(std::int64_t number, core::OrganizationId owner = {}) {
    return {
        "compute.job_submitted", "job_" + std::to_string(number), owner, {}, {{"number", number}}};
}

inline constexpr std::string_view kOrigin = "kapok.example/log";

// Reads everything that is stored and checks it from outside: no gap, no double, each event in the
// tree, each checkpoint signed and consistent with the next one. Returns the events.
std::vector<NumberedEvent> expect_sound_log(platform::db::Database& database,
                                            const platform::crypto::PublicKey& key);

class AuditTest : public platform::db_test::DatabaseTest {
protected:
    explicit AuditTest(Suite suite = Suite::Intl)
        : DatabaseTest(migrations()), key_(platform::crypto::PrivateKey::make(suite, random_)) {}

    [[nodiscard]] std::unique_ptr<Sequencer> make_sequencer(const std::string& holder) {
        return std::make_unique<Sequencer>(
            database(), SequencerSettings{std::string(kOrigin), holder}, key_, clock(), log_);
    }
    core::Result<void> publish_now(const Event& event) {
        return database().write_blocking([&](platform::db::Transaction& transaction) {
            return publish(transaction, alice(), event);
        });
    }
    void publish_many(std::int64_t first, std::int64_t count);
    std::vector<NumberedEvent> expect_sound() {
        return expect_sound_log(database(), key_.public_key());
    }

    core::SeededRandom random_{20'260'403};
    platform::crypto::PrivateKey key_;
    platform::log::Log log_{STDERR_FILENO, platform::log::Level::Error, clock()};
};

}  // namespace kapok::audit
