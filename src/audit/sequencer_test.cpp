// The sequencer on both databases: numbers without gap or double, a tree that proves every event,
// checkpoints when they are due, one holder at a time, and no signature under a log that was
// changed behind its back.

#include "audit/sequencer.h"

#include <string>

#include <gtest/gtest.h>

#include "audit/errors.h"
#include "audit/limits.h"
#include "audit/testing/audit_test.h"

namespace kapok::audit {
namespace {

namespace db = platform::db;

constexpr core::ErrorCode kNothingRefused{"test.nothing_refused", core::ErrorKind::Internal, "",
                                          ""};

class SequencerTest : public AuditTest {
protected:
    void SetUp() override {
        AuditTest::SetUp();
        if (!IsSkipped()) {
            sequencer_ = make_sequencer("one");
        }
    }
    Round round() { return sequencer_->round_blocking().value(); }

    void change(std::string_view sql, db::Values values = {}) {
        const auto done = database().write_blocking(
            [&](db::Transaction& transaction) { return transaction.execute(sql, values); });
        ASSERT_EQ(done.value(), 1) << sql;
    }
    const core::ErrorCode& refusal_of_new_sequencer() {
        const auto done = make_sequencer("two")->round_blocking();
        return done ? kNothingRefused : done.error().code();
    }

    std::unique_ptr<Sequencer> sequencer_;
};

INSTANTIATE_KAPOK_DATABASES(SequencerTest);

TEST_P(SequencerTest, NumbersNothingInAnEmptyOutbox) {
    const Round done = round();
    EXPECT_TRUE(done.lease.has_value());
    EXPECT_EQ(done.numbered, 0U);
    EXPECT_FALSE(done.checkpoint.has_value());
    EXPECT_TRUE(expect_sound().empty());
}

TEST_P(SequencerTest, NumbersInTheOrderOfTheCommits) {
    publish_many(1, 3);
    EXPECT_EQ(round().numbered, 3U);
    publish_many(4, 2);
    EXPECT_EQ(round().numbered, 2U);
    EXPECT_EQ(round().numbered, 0U);
    const auto events = expect_sound();
    ASSERT_EQ(events.size(), 5U);
    for (const auto& event : events) {
        EXPECT_TRUE(event.body.contains(R"("subject":"job_)" + std::to_string(event.sequence)));
    }
}

TEST_P(SequencerTest, TakesAtMostSoManyARound) {
    publish_many(1, kEventsPerRound + 1);
    EXPECT_EQ(round().numbered, kEventsPerRound);
    EXPECT_EQ(round().numbered, 1U);
    EXPECT_EQ(expect_sound().size(), kEventsPerRound + 1);
}

TEST_P(SequencerTest, SignsAtOnceAndThenEachSecond) {
    publish_many(1, 1);
    EXPECT_EQ(round().checkpoint->size, 1U);
    publish_many(2, 1);
    EXPECT_FALSE(round().checkpoint.has_value());
    clock().advance(kCheckpointTime);
    EXPECT_EQ(round().checkpoint->size, 2U);
    clock().advance(kCheckpointTime);
    EXPECT_FALSE(round().checkpoint.has_value());  // Nothing is new.
    expect_sound();
}

TEST_P(SequencerTest, SignsEachThousandEvents) {
    publish_many(1, 1);
    round();
    publish_many(2, 999);
    EXPECT_FALSE(round().checkpoint.has_value());
    publish_many(1'001, 1);
    EXPECT_EQ(round().checkpoint->size, 1'001U);
    expect_sound();
}

TEST_P(SequencerTest, SignsAlthoughTheClockWasSetBack) {
    publish_many(1, 1);
    round();
    publish_many(2, 1);
    clock().advance(-std::chrono::hours(5));
    EXPECT_EQ(round().checkpoint->size, 2U);
}

// Property: whatever the rounds, every event is proved in every later checkpoint, in few reads.
TEST_P(SequencerTest, ProvesEachEventFromItsTiles) {
    std::int64_t published = 0;
    while (published < 1'500) {
        const auto count = static_cast<std::int64_t>(1 + random_.below(200));
        publish_many(published + 1, count);
        published += count;
        if (random_.below(3) == 0) {
            clock().advance(kCheckpointTime);
        }
        round();
    }
    const auto events = expect_sound();
    ASSERT_EQ(events.size(), static_cast<std::size_t>(published));
    const auto checked = database().read_blocking([&](db::Reader& reader) -> core::Result<void> {
        const auto checkpoints = list_checkpoints(reader, {Order::Ascending, 0, 1'000}).value();
        for (const auto& checkpoint : checkpoints) {
            const TreeHead& head = checkpoint.head;
            for (int sample = 0; sample < 25; ++sample) {
                const auto index = random_.below(head.size);
                TileReader tiles(reader, Suite::Intl);
                const auto proof = tiles.hashes(inclusion_ranges(index, head.size)).value();
                const auto leaf =
                    leaf_hash(Suite::Intl, platform::crypto::bytes_of(events[index].body));
                EXPECT_TRUE(verify_inclusion(Suite::Intl, leaf, index, head, proof));
                EXPECT_LE(tiles.tiles_read(), 4U);
            }
        }
        return {};
    });
    EXPECT_TRUE(checked);
}

TEST_P(SequencerTest, GoesOnAfterARestart) {
    publish_many(1, 300);
    round();
    publish_many(301, 5);
    reopen();
    sequencer_ = make_sequencer("one");
    EXPECT_EQ(round().numbered, 5U);
    EXPECT_EQ(expect_sound().size(), 305U);
}

// On PostgreSQL another server may be at work; on SQLite whoever held the lease is dead.
TEST_P(SequencerTest, WaitsForTheLeaseOfAnotherServer) {
    publish_many(1, 2);
    round();
    const auto other = make_sequencer("two");
    publish_many(3, 1);
    const auto refused = other->round_blocking().value();
    EXPECT_EQ(refused.lease.has_value(), GetParam() == db::Backend::Sqlite);
    EXPECT_EQ(refused.numbered, GetParam() == db::Backend::Sqlite ? 1U : 0U);
    clock().advance(kLeaseTime);
    publish_many(4, 1);
    EXPECT_TRUE(other->round_blocking()->lease.has_value());
    publish_many(5, 1);
    EXPECT_EQ(round().lease.has_value(), GetParam() == db::Backend::Sqlite);
    other->round_blocking().value();
    EXPECT_EQ(expect_sound().size(), 5U);
}

TEST_P(SequencerTest, FencesWhoeverHeldTheLeaseBefore) {
    publish_many(1, 2);
    const auto first = round().lease;
    clock().advance(kLeaseTime);
    const auto second = make_sequencer("two")->round_blocking()->lease;
    EXPECT_EQ(second->epoch, first->epoch + 1);
    const auto kept = database().write_blocking([&](db::Transaction& transaction) {
        return db::keep_lease(transaction, *first, kLeaseTime);
    });
    EXPECT_FALSE(kept.value());
}

TEST_P(SequencerTest, RefusesTheLogOfAnotherOrigin) {
    publish_many(1, 1);
    round();
    clock().advance(kLeaseTime);
    Sequencer other(database(), {"other.example/log", "two"}, key_, clock(), log_);
    EXPECT_EQ(other.round_blocking().error().code(), kOtherLog);
    const auto sm_key = platform::crypto::PrivateKey::make(Suite::Sm, random_);
    Sequencer sm(database(), {std::string(kOrigin), "two"}, sm_key, clock(), log_);
    EXPECT_EQ(sm.round_blocking().error().code(), kOtherLog);
}

TEST_P(SequencerTest, SignsNothingUnderALogThatWasChanged) {
    publish_many(1, 300);
    round();
    clock().advance(kLeaseTime);
    const auto tile = db::Blob(44 * sizeof(Digest), std::byte{7});
    change("update audit_tile set hashes = ? where level = 0 and position = 1", {tile});
    EXPECT_EQ(refusal_of_new_sequencer(), kDamagedLog);
}

TEST_P(SequencerTest, SignsNothingUnderALogThatWasCutShort) {
    publish_many(1, 3);
    round();
    const auto log = database().read_blocking([](db::Reader& reader) { return find_log(reader); });
    publish_many(4, 2);
    clock().advance(kLeaseTime);
    round();
    clock().advance(kLeaseTime);
    // The state after three events is put back, tiles and all, but the checkpoint of five is there.
    const auto hashes = std::as_bytes((*log)->frontier.hashes());
    change("update audit_log set size = 3, frontier = ?", {db::Blob(hashes.begin(), hashes.end())});
    EXPECT_EQ(refusal_of_new_sequencer(), kDamagedLog);
}

TEST_P(SequencerTest, SignsNothingUnderAReplacedCheckpoint) {
    publish_many(1, 3);
    round();
    clock().advance(kLeaseTime);
    change("update audit_checkpoint set root = ?", {db::Blob(32, std::byte{1})});
    EXPECT_EQ(refusal_of_new_sequencer(), kDamagedLog);
}

TEST_P(SequencerTest, MigratesFromEachVersion) {
    platform::db_test::expect_upgrades(GetParam(), migrations());
}

}  // namespace
}  // namespace kapok::audit
