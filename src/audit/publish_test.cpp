// Publishing: the record is durable with its change or not at all, and what it may hold.

#include <string>

#include <gtest/gtest.h>

#include "audit/errors.h"
#include "audit/limits.h"
#include "audit/testing/audit_test.h"

namespace kapok::audit {
namespace {

namespace db = platform::db;

class PublishTest : public AuditTest {
protected:
    std::vector<PendingEvent> pending() {
        return database()
            .read_blocking([](db::Reader& reader) { return list_pending(reader, 1'000); })
            .value();
    }
    const core::ErrorCode& refusal(const Event& event) { return publish_now(event).error().code(); }
};

INSTANTIATE_KAPOK_DATABASES(PublishTest);

TEST_P(PublishTest, WritesWhatIsHashed) {
    Event event = job_event(7, organization(3));
    event.project = core::ProjectId(core::from_base32("01J0000000000000000000000P").value());
    event.data = {{"b", "木棉\n"}, {"a", {1, nullptr, true}}};
    ASSERT_TRUE(publish_now(event));
    ASSERT_EQ(pending().size(), 1U);
    const PendingEvent stored = pending().front();
    EXPECT_EQ(stored.recorded_at, clock().now());
    EXPECT_EQ(canonical_event(stored, 12),
              R"({"actor":{"id":"01J00000000000000000000001","kind":"user","name":"user alice"},)"
              R"("data":{"a":[1,null,true],"b":"木棉\n"},)"
              R"("organization_id":")" +
                  organization(3).text() +
                  R"(","project_id":"prj_01J0000000000000000000000P","sequence":12,)"
                  R"("subject":"job_7","time":")" +
                  core::to_rfc3339(clock().now()) + R"(","type":"compute.job_submitted"})");
}

TEST_P(PublishTest, RecordsTheSystemsOwnEvents) {
    const auto done = database().write_blocking([](db::Transaction& transaction) {
        return publish(transaction, core::Principal::system("sequencer"), job_event(1));
    });
    ASSERT_TRUE(done);
    EXPECT_EQ(pending().front().actor, R"({"id":null,"kind":"system","name":"system sequencer"})");
    EXPECT_FALSE(pending().front().organization.has_value());
    EXPECT_FALSE(pending().front().project.has_value());
}

TEST_P(PublishTest, LeavesNothingOfACommandThatFails) {
    const auto done =
        database().write_blocking([](db::Transaction& transaction) -> core::Result<void> {
            auto published = publish(transaction, alice(), job_event(1));
            EXPECT_TRUE(published);
            return core::fail(kUnknownEvent, {{"sequence", "1"}});
        });
    EXPECT_EQ(done.error().code(), kUnknownEvent);
    EXPECT_TRUE(pending().empty());
}

TEST_P(PublishTest, RefusesATypeThatFiltersCannotRelyOn) {
    for (const std::string& type :
         {std::string(), std::string("job"), std::string("compute."), std::string(".job"),
          std::string("Compute.job"), std::string("compute.job.done"), std::string("compute.a b"),
          std::string("compute.1"), "compute." + std::string(kTypeBytesMax, 'a')}) {
        Event event = job_event(1);
        event.type = type;
        EXPECT_EQ(refusal(event), kBadEvent) << type;
    }
    EXPECT_TRUE(pending().empty());
}

TEST_P(PublishTest, RefusesABadSubject) {
    for (const std::string& subject : {std::string(), std::string("a\nb"), std::string("\xFF"),
                                       std::string(1, '\0'), std::string(257, 'a')}) {
        Event event = job_event(1);
        event.subject = subject;
        EXPECT_EQ(refusal(event), kBadEvent);
    }
}

TEST_P(PublishTest, RefusesDataThatHasNoOneText) {
    Event event = job_event(1);
    event.data = {{"rate", 0.5}};
    EXPECT_EQ(refusal(event), kNotCanonical);
    event.data = {{"text", "\xC3"}};
    EXPECT_EQ(refusal(event), kNotCanonical);
    event.data = {{"text", std::string(kDataBytesMax, 'a')}};
    EXPECT_EQ(refusal(event), kBadEvent);
}

TEST_P(PublishTest, SpellsIntegersThatReadersWouldRound) {
    Event event = job_event(1);
    event.data = {{"a", {9'007'199'254'740'993, -9'007'199'254'740'993, 7}},
                  {"b", 18'446'744'073'709'551'615U}};
    ASSERT_TRUE(publish_now(event));
    EXPECT_EQ(pending().front().data,
              R"({"a":["9007199254740993","-9007199254740993",7],"b":"18446744073709551615"})");
}

TEST_P(PublishTest, KeepsZeroBytesOfText) {
    Event event = job_event(1);
    event.data = {{"text", std::string("a\0b", 3)}};
    ASSERT_TRUE(publish_now(event));
    EXPECT_EQ(pending().front().data, R"({"text":"a\u0000b"})");
}

}  // namespace
}  // namespace kapok::audit
