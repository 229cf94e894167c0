#include "audit/testing/audit_test.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "audit/canonical.h"

namespace kapok::audit {

namespace db = platform::db;

namespace {

std::vector<NumberedEvent> all_events(db::Reader& reader) {
    EventQuery query;
    query.limit = 1'000'000;
    return list_events(reader, core::Scope::all(), query).value();
}

void expect_sound_checkpoints(db::Reader& reader, const platform::crypto::PublicKey& key,
                              std::span<const Digest> leaves) {
    TileReader tiles(reader, key.suite());
    TreeHead last;
    last.root = empty_root(key.suite());
    const auto checkpoints = list_checkpoints(reader, {Order::Ascending, 0, 1'000'000}).value();
    for (const auto& stored : checkpoints) {
        const auto checkpoint = verify_checkpoint(stored.note, key).value();
        ASSERT_EQ(checkpoint.head, stored.head);
        ASSERT_EQ(checkpoint.origin, kOrigin);
        ASSERT_LE(checkpoint.head.size, leaves.size());
        Frontier frontier(key.suite());
        for (const Digest& leaf : leaves.first(checkpoint.head.size)) {
            frontier.append(leaf);
        }
        ASSERT_EQ(checkpoint.head.root, frontier.root());
        const auto ranges =
            last.size == 0 ? std::vector<Range>() : consistency_ranges(last.size, stored.head.size);
        ASSERT_TRUE(
            verify_consistency(key.suite(), last, stored.head, tiles.hashes(ranges).value()));
        last = stored.head;
    }
}

}  // namespace

std::vector<NumberedEvent> expect_sound_log(db::Database& database,
                                            const platform::crypto::PublicKey& key) {
    std::vector<NumberedEvent> events;
    const auto read = database.read_blocking([&](db::Reader& reader) -> core::Result<void> {
        events = all_events(reader);
        std::vector<Digest> leaves;
        for (const auto& event : events) {
            EXPECT_EQ(event.sequence, static_cast<std::int64_t>(leaves.size()) + 1);
            const auto body = boost::json::parse(event.body);
            EXPECT_EQ(canonical_json(body).value(), event.body);
            EXPECT_EQ(body.at("sequence").as_int64(), event.sequence);
            EXPECT_EQ(body.at("type").as_string(), event.type);
            leaves.push_back(leaf_hash(key.suite(), platform::crypto::bytes_of(event.body)));
        }
        const auto log = find_log(reader).value();
        EXPECT_EQ(log ? log->frontier.size() : 0U, leaves.size());
        TileReader tiles(reader, key.suite());
        if (log) {
            EXPECT_EQ(tiles.root(leaves.size()).value(), log->frontier.root());
        }
        for (std::size_t i = 0; i < leaves.size(); ++i) {
            EXPECT_EQ(tiles.node({0, i}).value(), leaves[i]);
        }
        expect_sound_checkpoints(reader, key, leaves);
        return {};
    });
    EXPECT_TRUE(read.has_value());
    return events;
}

void AuditTest::publish_many(std::int64_t first, std::int64_t count) {
    const auto done =
        database().write_blocking([&](db::Transaction& transaction) -> core::Result<void> {
            for (std::int64_t number = first; number < first + count; ++number) {
                auto published = publish(transaction, alice(), job_event(number));
                if (!published) {
                    return published;
                }
            }
            return {};
        });
    ASSERT_TRUE(done.has_value());
}

}  // namespace kapok::audit
