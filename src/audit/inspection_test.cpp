// Goal: whatever is changed in the stored log, an inspection finds it.
// Method: a log of many tiles and checkpoints; each change alone, in a transaction that is undone.
// Rewriting everything, signatures too, needs the key; dropping the tail is found by whoever kept a
// checkpoint.

#include "audit/inspection.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audit/errors.h"
#include "audit/testing/audit_test.h"

namespace kapok::audit {
namespace {

namespace db = platform::db;

class InspectionTest : public AuditTest {
protected:
    void SetUp() override {
        AuditTest::SetUp();
        if (IsSkipped()) {
            return;
        }
        const auto sequencer = make_sequencer("one");
        for (std::int64_t number = 1; number < 700; number += 140) {
            ASSERT_TRUE(publish_now(job_event(number, organization(3))));
            publish_many(number + 1, 139);
            clock().advance(std::chrono::seconds(1));
            sequencer->round_blocking().value();
        }
    }
    core::Result<Inspection> inspect(std::span<const Checkpoint> kept = {}) {
        return database().read_blocking(
            [&](db::Reader& reader) { return inspect_log(reader, key_.public_key(), kept); });
    }
    // What an inspection says after these statements, which are undone then.
    std::string finding(const std::vector<std::string>& statements,
                        std::span<const Checkpoint> kept = {}) {
        std::string found = "nothing";
        const auto undone =
            database().write_blocking([&](db::Transaction& transaction) -> core::Result<void> {
                for (const auto& sql : statements) {
                    const auto changed = transaction.execute(sql, {});
                    EXPECT_TRUE(changed.has_value() && *changed > 0) << sql;
                }
                const auto inspected = inspect_log(transaction, key_.public_key(), kept);
                if (!inspected) {
                    EXPECT_EQ(inspected.error().code(), kDamagedLog);
                    found = inspected.error().parameters().front().value;
                }
                return core::fail(kUnknownEvent, {{"sequence", "0"}});
            });
        EXPECT_FALSE(undone.has_value());
        return found;
    }
    Checkpoint newest() {
        const auto stored = database().read_blocking(newest_checkpoint).value().value();
        return verify_checkpoint(stored.note, key_.public_key()).value();
    }
};

INSTANTIATE_KAPOK_DATABASES(InspectionTest);

TEST_P(InspectionTest, FindsNothingWrongWithASoundLog) {
    const Checkpoint kept = newest();
    const auto found = inspect({&kept, 1}).value();
    EXPECT_EQ(found.head, kept.head);
    EXPECT_EQ(found.head.size, 700U);
    EXPECT_EQ(found.checkpoints, 5U);
}

TEST_P(InspectionTest, FindsEachChangeOfAnEvent) {
    using Statements = std::vector<std::string>;
    const std::pair<Statements, std::string> changes[] = {
        {{"update audit_event set body = replace(body, 'alice', 'bob') where sequence = 7"},
         "event 7"},
        {{"update audit_event set body = body || ' ' where sequence = 7"}, "event 7"},
        {{"update audit_event set body = 'x' where sequence = 700"}, "event 700"},
        {{"update audit_event set type = 'compute.other' where sequence = 256"}, "event 256"},
        {{"update audit_event set subject = 'job_0' where sequence = 257"}, "event 257"},
        {{"update audit_event set organization_id = null where sequence = 141"}, "event 141"},
        {{"update audit_event set recorded_at = recorded_at + 1 where sequence = 1"}, "event 1"},
        {{"delete from audit_event where sequence = 300"}, "event 300"},
        {{"delete from audit_event where sequence = 700"}, "size"},
        {{"update audit_event set sequence = 9000 where sequence = 5",
          "update audit_event set sequence = 5 where sequence = 6",
          "update audit_event set sequence = 6 where sequence = 9000"},
         "event 5"},
    };
    for (const auto& [statements, expected] : changes) {
        EXPECT_EQ(finding(statements), expected) << statements.front();
    }
}

TEST_P(InspectionTest, FindsEachChangeOfTheTree) {
    for (const auto* position : {"0", "1", "2"}) {
        EXPECT_NE(finding({std::string("delete from audit_tile where level = 0 and position = ") +
                           position}),
                  "nothing");
    }
    EXPECT_EQ(finding({"update audit_tile set hashes = (select hashes from audit_tile where level "
                       "= 0 and position = 1) where level = 1"}),
              "tile 0 of level 0");
    EXPECT_EQ(finding({"insert into audit_tile (level, position, hashes) select 7, 7, hashes from "
                       "audit_tile where level = 0 and position = 0",
                       "update audit_tile set hashes = (select hashes from audit_tile where level "
                       "= 7) where level = 0 and position = 2"}),
              "event 513");
    EXPECT_EQ(finding({"delete from audit_log"}), "size");
    EXPECT_EQ(finding({"update audit_log set size = 699"}), "audit_log");
}

TEST_P(InspectionTest, FindsEachChangeOfACheckpoint) {
    EXPECT_EQ(finding({"update audit_checkpoint set made_at = made_at + 1 where size = 280"}),
              "checkpoint 280");
    EXPECT_EQ(finding({"update audit_checkpoint set note = replace(note, 'kapok', 'kapoc') where "
                       "size = 420"}),
              "checkpoint 420");
    EXPECT_EQ(finding({"update audit_checkpoint set size = 421 where size = 420"}),
              "checkpoint 421");
    EXPECT_EQ(finding({"update audit_checkpoint set size = 701 where size = 700"}), "size");
    EXPECT_EQ(
        finding({"update audit_checkpoint set note = note || '— w.example/1 AAAAAAEC\n' where "
                 "size = 140"}),
        "checkpoint 140");
}

// A log that was cut back to an earlier state, with everything in it consistent, is an earlier log;
// only a checkpoint kept elsewhere shows what it was.
TEST_P(InspectionTest, FindsALogThatWasReplaced) {
    const Checkpoint kept = newest();
    Checkpoint other = kept;
    other.head.root = leaf_hash(Suite::Intl, {});
    EXPECT_EQ(inspect({&other, 1}).error().code(), kDamagedLog);
    other = kept;
    other.head.size = 701;
    EXPECT_EQ(inspect({&other, 1}).error().code(), kDamagedLog);
    other = kept;
    other.origin = "other.example/log";
    EXPECT_EQ(inspect({&other, 1}).error().code(), kDamagedLog);
}

TEST_P(InspectionTest, DoesNotTrustAnotherKey) {
    const auto stranger = platform::crypto::PrivateKey::make(Suite::Intl, random_);
    const auto found = database().read_blocking(
        [&](db::Reader& reader) { return inspect_log(reader, stranger.public_key()); });
    EXPECT_EQ(found.error().code(), kDamagedLog);
}

}  // namespace
}  // namespace kapok::audit
