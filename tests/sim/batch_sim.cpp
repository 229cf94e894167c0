// A batch under faults, by seed: two servers that begin lines, make progress, finish, fail, die at
// any point, take the loop over from one that only seemed dead, and are refused for want of funds,
// over the real stores and the real ledger. Whatever happens, each line gets exactly one result,
// what is charged is what was counted of each attempt once, nothing stays held, the books balance.

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "audit/migrations.h"
#include "core/random.h"
#include "exchange/api.h"
#include "exchange/migrations.h"
#include "exchange/wallets.h"
#include "ledger/api.h"
#include "ledger/migrations.h"
#include "models/batch/batch_output.h"
#include "models/batch/batch_steps.h"
#include "models/deployments_store.h"
#include "models/errors.h"
#include "models/gateway/call_money.h"
#include "models/migrations.h"
#include "platform/db/migrations.h"
#include "platform/db/testing/database_test.h"

namespace kapok::models {
namespace {

namespace http = platform::http;

using core::Currency;
using core::Money;

const core::Principal kSystem = core::Principal::system("test");
constexpr std::int64_t kLines = 40;
constexpr std::array<std::string_view, 2> kServers{"first", "second"};

// A call under way at a server, as the server itself sees it.
struct UnderWay {
    LineKey key;
    Admitted admitted;
    TokenCount count;  // What the engine has made by now.
    std::size_t server = 0;
};

class BatchSim : public platform::db_test::DatabaseTest {
protected:
    BatchSim()
        : DatabaseTest(platform::db::join_migrations(
              {audit::migrations(), ledger::migrations(), exchange::migrations(), migrations()})) {}

    template <class Command>
    auto write(Command command) {
        clock().advance(std::chrono::microseconds(1));
        return database().write_blocking(std::move(command));
    }
    template <class Look>
    auto read(Look look) {
        return database().read_blocking(std::move(look));
    }
    core::Uuid id() { return core::make_uuid(clock(), random_); }

    // One token of either kind costs one micro-yuan, so that charges count tokens.
    void set_up(std::uint64_t seed, std::int64_t funds) {
        random_ = core::SeededRandom(seed);
        organization_ = core::OrganizationId(id());
        project_ = core::ProjectId(id());
        const auto provider = core::OrganizationId(id());
        const auto price =
            core::UnitPrice::create(Money(Currency::Cny, 1), {core::Unit::Token, 1}).value();
        const std::array prices{exchange::NewPrice{std::string(kInputMeter), price},
                                exchange::NewPrice{std::string(kOutputMeter), price}};
        const std::string name = fmt::format("model {}", seed);
        const Model model{ModelId(id()), provider, name, "", "", "", "", 200, 0, clock().now()};
        const Deployment place{DeploymentId(id()),
                               model.id,
                               provider,
                               UpstreamKind::LlamaCpp,
                               "http://127.0.0.1:1",
                               DeploymentState::Ready,
                               "",
                               clock().now()};
        const exchange::NewProduct product{
            exchange::ProductId(id()), provider, exchange::ProductKind::Model, name, name, ""};
        const exchange::TopUp payment{
            id(), provider, organization_, project_, Money(Currency::Cny, funds), ""};
        batch_.id = BatchId(id());
        batch_.organization = organization_;
        batch_.project = project_;
        batch_.metadata = "null";
        batch_.errors = "[]";
        batch_.created_at = clock().now();
        batch_.expires_at = clock().now() + std::chrono::hours(24);
        call_.model = name;
        call_.text_bytes = 10;
        call_.max_tokens = 100;
        std::vector<Line> lines(kLines);
        for (std::int64_t i = 0; i < kLines; ++i) {
            Line& line = lines[static_cast<std::size_t>(i)];
            line.batch = batch_.id;
            line.number = i + 1;
            line.custom_id = fmt::format("line {}", i + 1);
            line.ready_at = clock().now();
        }
        ASSERT_TRUE(write([&](Transaction& t) -> core::Result<void> {
            const bool good = insert_model(t, model) && insert_deployment(t, place) &&
                              exchange::ensure_product(t, kSystem, product, prices) &&
                              exchange::top_up(t, kSystem, payment) && insert_batch(t, batch_) &&
                              insert_lines(t, lines) && begin_batch(t, batch_.id, kLines);
            return good ? core::Result<void>() : core::fail(kNoBatch);
        }));
        funds_ = funds;
    }

    // One step, chosen by chance.
    void step() {
        clock().advance(std::chrono::milliseconds(random_.below(5'000)));
        switch (random_.below(12)) {
            case 0:
            case 1:
            case 2:
            case 3: begin(random_.below(2)); break;
            case 4:
            case 5: progress(); break;
            case 6:
            case 7:
            case 8: finish_one(); break;
            case 9: break_off(); break;
            case 10: die(random_.below(2)); break;
            case 11: take_over(); break;
        }
    }

    void begin(std::size_t server) {
        const auto lines =
            read([&](Reader& r) { return pending_lines(r, batch_.id, clock().now(), 5); }).value();
        if (lines.empty()) {
            return;
        }
        const Line& line = lines[random_.below(lines.size())];
        const LineKey key{batch_.id, line.number, line.attempt};
        const AdmitRequest wanted{hold_of(key), call_, std::string(kServers[server]),
                                  request_of(key)};
        const auto admitted = write([&](Transaction& t) -> core::Result<Admitted> {
            const auto begun = begin_line(t, key);
            return begun ? admit(t, principal_of(batch_), wanted) : std::unexpected(begun.error());
        });
        if (admitted) {
            EXPECT_TRUE(begun_.insert(key).second) << "an attempt began twice";
            under_way_.push_back({key, *admitted, {}, server});
            return;
        }
        EXPECT_EQ(admitted.error().code().name, exchange::kInsufficientFunds.name);
        if (under_way_.empty()) {
            close(key, admitted.error());
        }
    }

    void progress() {
        if (under_way_.empty()) {
            return;
        }
        UnderWay& call = under_way_[random_.below(under_way_.size())];
        call.count.prompt = 20;
        call.count.completion += static_cast<std::int64_t>(random_.below(20));
        if (random_.below(2) == 0) {
            ASSERT_TRUE(write(
                [&](Transaction& t) { return update_call(t, call.admitted.row.id, call.count); }));
        }
    }

    UnderWay take() {
        const std::size_t at = random_.below(under_way_.size());
        UnderWay call = under_way_[at];
        under_way_.erase(under_way_.begin() + static_cast<std::ptrdiff_t>(at));
        return call;
    }

    // The server finishes a call: also one that was taken from it meanwhile, of which it keeps
    // nothing.
    void conclude(const UnderWay& call, const core::Result<http::Response>& reply,
                  exchange::UsageSource source) {
        const bool mine = has_call(call.key);
        const auto before = line_of(call.key.line);
        const auto done = write([&](Transaction& t) -> core::Result<void> {
            const auto settled =
                finish(t, kSystem, call.admitted.row, {call.count, source, "finished"});
            return settled ? conclude_line(t, call.key, core::Language::En, reply) : settled;
        });
        if (!mine) {
            ASSERT_FALSE(done);
            EXPECT_EQ(done.error().code(), kSettledElsewhere);
            return;
        }
        ASSERT_TRUE(done);
        charge(call.key, call.count);
        if (before.state == LineState::Running && before.attempt == call.key.attempt && reply) {
            EXPECT_TRUE(accepted_.emplace(call.key.line, reply->body).second) << "accepted twice";
        }
    }

    void finish_one() {
        if (under_way_.empty()) {
            return;
        }
        UnderWay call = take();
        call.count = {20, 0, 1 + static_cast<std::int64_t>(random_.below(99))};
        http::Response reply;
        reply.body = fmt::format(R"({{"attempt":{},"tokens":{}}})", call.key.attempt,
                                 call.count.prompt + call.count.completion);
        conclude(call, reply, exchange::UsageSource::Provider);
    }

    void break_off() {
        if (!under_way_.empty()) {
            const UnderWay call = take();
            conclude(call, core::fail(kUpstreamFailed, {{"reason", "test"}}),
                     exchange::UsageSource::Partial);
        }
    }

    // kill -9: what the server had under way is gone; its next start settles it.
    void die(std::size_t server) {
        std::erase_if(under_way_, [&](const UnderWay& call) { return call.server == server; });
        const auto rows = read([&](Reader& r) { return calls_of_server(r, kServers[server]); });
        for (const CallRow& row : rows.value()) {
            charge_row(row);
        }
        ASSERT_TRUE(write([&](Transaction& t) { return recover(t, kServers[server]); }));
        take_over();
    }

    // Another server holds the lease now. The one before may live on and finish what it has.
    void take_over() {
        const auto running = read([](Reader& r) { return running_lines(r); }).value();
        for (const LineKey& key : running) {
            const auto row = read([&](Reader& r) { return find_call(r, hold_of(key)); }).value();
            if (row) {
                charge_row(*row);
            }
        }
        ASSERT_TRUE(write([](Transaction& t) { return adopt_lines(t); }));
    }

    void close(const LineKey& key, const core::Error& error) {
        ASSERT_TRUE(
            write([&](Transaction& t) { return abandon_line(t, key, core::Language::En, error); }));
    }

    bool has_call(const LineKey& key) {
        return read([&](Reader& r) { return find_call(r, hold_of(key)); }).value().has_value();
    }
    Line line_of(std::int64_t number) {
        return read([&](Reader& r) { return find_line(r, batch_.id, number); }).value().value();
    }
    void charge_row(const CallRow& row) {
        charged_ += row.count.prompt + row.count.completion;
        EXPECT_TRUE(settled_.insert(row.id).second) << "settled twice";
    }
    void charge(const LineKey& key, const TokenCount& count) {
        charged_ += count.prompt + count.completion;
        EXPECT_TRUE(settled_.insert(hold_of(key)).second) << "settled twice";
    }

    void run_to_end() {
        take_over();
        for (int i = 0; i < 20'000; ++i) {
            const auto left = read([&](Reader& r) {
                const auto pending = count_lines_in(r, batch_.id, LineState::Pending);
                const auto running = count_lines_in(r, batch_.id, LineState::Running);
                return core::Result<std::int64_t>(*pending + *running);
            });
            if (left.value() == 0 && under_way_.empty()) {
                return;
            }
            clock().advance(std::chrono::seconds(30));
            random_.below(2) == 0 ? begin(0) : finish_one();
        }
        FAIL() << "the batch never ends";
    }

    void expect_all_is_well() {
        const auto lines =
            read([&](Reader& r) { return list_lines(r, batch_.id, 0, kLines + 1); }).value();
        ASSERT_EQ(lines.size(), static_cast<std::size_t>(kLines));
        std::int64_t good = 0;
        for (const Line& line : lines) {
            const auto accepted = accepted_.find(line.number);
            EXPECT_EQ(is_good(line), accepted != accepted_.end());
            if (is_good(line)) {
                ++good;
                EXPECT_EQ(line.answer, accepted->second);
            }
        }
        const Batch batch =
            read([&](Reader& r) { return find_batch(r, batch_.id); }).value().value();
        EXPECT_EQ(batch.counts.completed, good);
        EXPECT_EQ(batch.counts.failed, kLines - good);
        const auto wallet = read([&](Reader& r) {
                                return exchange::find_wallet(r, project_, Currency::Cny);
                            }).value();
        EXPECT_EQ(wallet.held.micros(), 0);
        EXPECT_EQ(wallet.balance.micros(), funds_ - charged_);
        const auto trial = read([](Reader& r) { return ledger::trial_balance(r); });
        for (const auto& line : trial.value()) {
            EXPECT_TRUE(line.balances());
        }
        EXPECT_EQ(settled_.size(), begun_.size()) << "an attempt was never settled";
        for (const std::string_view server : kServers) {
            EXPECT_TRUE(
                read([&](Reader& r) { return calls_of_server(r, server); }).value().empty());
        }
    }

    core::SeededRandom random_{0};
    core::OrganizationId organization_;
    core::ProjectId project_;
    Batch batch_;
    Call call_;
    std::int64_t funds_ = 0;
    std::int64_t charged_ = 0;
    std::vector<UnderWay> under_way_;
    std::set<LineKey> begun_;
    std::set<exchange::HoldId> settled_;
    std::map<std::int64_t, std::string> accepted_;
};

class Faults : public BatchSim {};

TEST_P(Faults, GiveEachLineOneResultAndEachAttemptOneCharge) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        under_way_.clear();
        begun_.clear();
        settled_.clear();
        accepted_.clear();
        charged_ = 0;
        batch_ = {};
        // Every third world runs out of money on its way.
        set_up(seed, seed % 3 == 0 ? 2'000 : 1'000'000);
        for (int i = 0; i < 250 && !HasFatalFailure(); ++i) {
            step();
        }
        run_to_end();
        expect_all_is_well();
        if (HasFailure()) {
            return;
        }
    }
}

TEST_P(Faults, CancelledLinesAreNeverBegun) {
    set_up(99, 1'000'000);
    for (int i = 0; i < 6; ++i) {
        begin(0);
    }
    Batch batch = read([&](Reader& r) { return find_batch(r, batch_.id); }).value().value();
    batch.state = BatchState::Cancelling;
    batch.outcome = BatchState::Cancelled;
    ASSERT_TRUE(write([&](Transaction& t) {
                    return update_batch(t, batch, BatchState::InProgress);
                }).value());
    const auto lines =
        read([&](Reader& r) { return pending_lines(r, batch_.id, clock().now(), 1); }).value();
    const LineKey next{batch_.id, lines.front().number, lines.front().attempt};
    const auto begun = write([&](Transaction& t) { return begin_line(t, next); });
    ASSERT_FALSE(begun);
    EXPECT_EQ(begun.error().code(), kLineTaken);
    while (!under_way_.empty()) {
        finish_one();
    }
    ASSERT_TRUE(write([&](Transaction& t) { return drop_pending_lines(t, batch_.id); }));
    expect_all_is_well();
    ASSERT_TRUE(write([&](Transaction& t) { return finish_batch(t, batch_.id, 10, 20); }));
    ASSERT_TRUE(write([&](Transaction& t) { return finish_batch(t, batch_.id, 10, 20); }));
    batch = read([&](Reader& r) { return find_batch(r, batch_.id); }).value().value();
    EXPECT_EQ(batch.state, BatchState::Cancelled);
    EXPECT_EQ(batch.output, output_file_of(batch_.id));
    // One who comes too late with a result changes nothing any more.
    http::Response late;
    late.body = "{}";
    EXPECT_TRUE(write([&](Transaction& t) {
        return conclude_line(t, {batch_.id, 1, 1}, core::Language::En, late);
    }));
    EXPECT_EQ(read([&](Reader& r) { return find_batch(r, batch_.id); }).value()->counts.completed,
              batch.counts.completed);
}

TEST_P(Faults, WhatIsLateExpiresAndFilesAreMadeOnce) {
    set_up(98, 1'000'000);
    begin(0);
    begin(1);
    ASSERT_TRUE(
        write([&](Transaction& t) { return close_batch(t, batch_.id, BatchState::Expired); }));
    take_over();  // Their server died; what it had begun is not begun again.
    under_way_.clear();
    ASSERT_TRUE(write([&](Transaction& t) { return drop_pending_lines(t, batch_.id); }));
    ASSERT_TRUE(write([&](Transaction& t) { return drop_pending_lines(t, batch_.id); }));
    expect_all_is_well();
    const auto lines = read([&](Reader& r) { return list_lines(r, batch_.id, 0, 1); }).value();
    EXPECT_TRUE(lines.front().error.contains("batch_expired")) << lines.front().error;
    ASSERT_TRUE(write([&](Transaction& t) { return finish_batch(t, batch_.id, 0, 20); }));
    const Batch batch = read([&](Reader& r) { return find_batch(r, batch_.id); }).value().value();
    EXPECT_EQ(batch.state, BatchState::Expired);
    EXPECT_FALSE(batch.output.has_value());
    ASSERT_TRUE(batch.error_output.has_value());
    const auto file = read([&](Reader& r) { return find_file(r, *batch.error_output); }).value();
    EXPECT_EQ(file->bytes, 20);
    EXPECT_EQ(file->purpose, kPurposeBatchOutput);
}

INSTANTIATE_KAPOK_DATABASES(Faults);

}  // namespace
}  // namespace kapok::models
