// How many usage records a second become settled charges: records checked, rated by the price of
// their time, taken from the wallet, the provider credited, an audit event each command,
// synchronous commits. In batches without a hold, as storage comes; and as calls of models, each
// with a hold before and two records under it after, many at once. Beside each its floor, measured
// alternating in the same run: rows as long, one for each record, inserted by the same writer into
// a bare table.
//
// On SQLite in a folder under TMPDIR; on PostgreSQL too if KAPOK_TEST_POSTGRES names one. One JSON
// object a line.

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "audit/migrations.h"
#include "core/random.h"
#include "exchange/api.h"
#include "exchange/migrations.h"
#include "exchange/wallets.h"
#include "ledger/api.h"
#include "ledger/migrations.h"
#include "measure.h"
#include "platform/db/migrations.h"

namespace kapok {
namespace {

namespace asio = boost::asio;
namespace db = platform::db;
using bench::must;
using bench::Samples;
using exchange::UsageRecord;

constexpr int kRounds = 5;
constexpr std::int64_t kBatch = 500;
constexpr std::int64_t kBatches = 10;
constexpr std::int64_t kCalls = 2'000;
constexpr std::size_t kClients = 256;
constexpr std::int64_t kFunds = 1'000'000'000'000;

// The columns of a usage record and of its charge.
constexpr std::string_view kFloorTable = R"(
create table floor_charge (
    sequence {serial}, id {id} not null, product_id {id} not null, meter text not null, subject text not null,
    organization_id {id} not null, project_id {id} not null, quantity bigint not null,
    window_start bigint not null, window_end bigint not null, source text not null, evidence text not null,
    price_id {id} not null, amount bigint not null, recorded_at bigint not null
);
)";
constexpr std::string_view kFloorInsert =
    "insert into floor_charge (id, product_id, meter, subject, organization_id, project_id, "
    "quantity, window_start,"
    " window_end, source, evidence, price_id, amount, recorded_at) values "
    "(?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

class Bench {
public:
    Bench(std::string backend, const std::string& url) : backend_(std::move(backend)) {
        db::Options options;
        options.url = url;
        options.queue_max = 20'000;
        database_ = must(db::Database::open(options, clock_));
        const std::array floor{db::Migration{"floor", 1, "floor", kFloorTable}};
        must(database_->migrate(db::join_migrations(
            {audit::migrations(), ledger::migrations(), exchange::migrations(), floor})));
        open_market();
    }

    void run() {
        Samples batches;
        Samples batch_floor;
        Samples calls;
        Samples call_floor;
        constexpr auto kRecords = static_cast<double>(kBatch * kBatches);
        for (int round = 0; round < kRounds; ++round) {
            batches.push_back(kRecords / bench::seconds_of([&] { charge_batches(); }));
            batch_floor.push_back(kRecords / bench::seconds_of([&] { insert_batches(); }));
            calls.push_back(kCalls / bench::seconds_of([&] { all_together(&Bench::call_model); }));
            call_floor.push_back(kCalls /
                                 bench::seconds_of([&] { all_together(&Bench::insert_two); }));
        }
        bench::report("charges." + backend_ + ".batch_500", "record/s", batches, batch_floor);
        bench::report("charges." + backend_ + ".call", "call/s", calls, call_floor);
        for (const auto& line : must(database_->read_blocking(
                 [](db::Reader& reader) { return ledger::trial_balance(reader); }))) {
            if (!line.balances()) {
                fmt::print(stderr, "the books do not balance\n");
                std::exit(1);
            }
        }
    }

private:
    core::Uuid id() { return core::make_uuid(clock_, random_); }

    void open_market() {
        const auto per_million = [](std::int64_t micros) {
            return must(core::UnitPrice::create({core::Currency::Cny, micros},
                                                {core::Unit::Token, 1'000'000}));
        };
        const std::array prices{exchange::NewPrice{"input_tokens", per_million(500'000)},
                                exchange::NewPrice{"output_tokens", per_million(2'000'000)}};
        const exchange::NewProduct wanted{exchange::ProductId(id()),
                                          core::OrganizationId(id()),
                                          exchange::ProductKind::Model,
                                          "Small model",
                                          "small",
                                          ""};
        product_ = must(database_->write_blocking([&](db::Transaction& transaction) {
                       return exchange::ensure_product(transaction, actor_, wanted, prices);
                   })).id;
        const exchange::TopUp payment{id(),     core::OrganizationId(id()),    organization_,
                                      project_, {core::Currency::Cny, kFunds}, "bank"};
        must(database_->write_blocking([&](db::Transaction& transaction) {
            return exchange::top_up(transaction, actor_, payment);
        }));
    }

    UsageRecord record(const char* meter, std::int64_t tokens) {
        UsageRecord made;
        made.id = exchange::UsageId(id());
        made.product = product_;
        made.meter = meter;
        made.subject = "req_" + made.id.text().substr(4);
        made.organization = organization_;
        made.project = project_;
        made.quantity = {core::Unit::Token, tokens};
        made.window_start = made.window_end = clock_.now();
        made.evidence = R"({"ended":"stop","upstream":"llama.cpp"})";
        return made;
    }

    std::vector<UsageRecord> records() {
        std::vector<UsageRecord> made;
        for (std::int64_t i = 0; i < kBatch; ++i) {
            made.push_back(record(i % 2 == 0 ? "input_tokens" : "output_tokens",
                                  static_cast<std::int64_t>(1 + random_.below(4'000))));
        }
        return made;
    }

    std::vector<db::Value> row(const UsageRecord& of) {
        return {of.id,
                of.product,
                of.meter,
                of.subject,
                of.organization,
                of.project,
                of.quantity.count,
                of.window_start,
                of.window_end,
                "provider",
                of.evidence,
                of.product,
                815,
                clock_.now()};
    }

    void charge_batches() {
        for (std::int64_t batch = 0; batch < kBatches; ++batch) {
            const auto usage = records();
            must(database_->write_blocking([&](db::Transaction& transaction) {
                return exchange::record_usage(transaction, actor_, usage);
            }));
        }
    }
    void insert_batches() {
        for (std::int64_t batch = 0; batch < kBatches; ++batch) {
            std::vector<std::vector<db::Value>> rows;
            for (const UsageRecord& one : records()) {
                rows.push_back(row(one));
            }
            must(database_->write_blocking([&](db::Transaction& transaction) {
                return transaction.execute_many(kFloorInsert, rows);
            }));
        }
    }

    using One = asio::awaitable<void> (Bench::*)();

    void all_together(One one) {
        asio::io_context io(1);
        std::int64_t left = kCalls;
        for (std::size_t i = 0; i < kClients; ++i) {
            asio::co_spawn(io, repeat(one, left), asio::detached);
        }
        io.run();
    }
    asio::awaitable<void> repeat(One one, std::int64_t& left) {
        while (left-- > 0) {
            co_await (this->*one)();
        }
    }

    // As the gateway does it: what it may cost is held, and then what it did cost is taken.
    asio::awaitable<void> call_model() {
        const exchange::HoldRequest wanted{exchange::HoldId(id()),
                                           organization_,
                                           project_,
                                           product_,
                                           {{"input_tokens", {core::Unit::Token, 500}},
                                            {"output_tokens", {core::Unit::Token, 1'000}}},
                                           "req",
                                           std::chrono::minutes(10)};
        const std::vector usage{record("input_tokens", 321), record("output_tokens", 456)};
        const auto reserve = [&](db::Transaction& transaction) {
            return exchange::hold(transaction, actor_, wanted);
        };
        auto held = co_await database_->write(reserve);
        must(std::move(held));
        const auto settle = [&](db::Transaction& transaction) {
            return exchange::settle(transaction, actor_, wanted.id, usage);
        };
        auto settled = co_await database_->write(settle);
        must(std::move(settled));
    }
    asio::awaitable<void> insert_two() {
        const std::vector rows{row(record("input_tokens", 321)), row(record("output_tokens", 456))};
        for (const auto& values : rows) {
            const auto insert = [&](db::Transaction& transaction) {
                return transaction.queue(kFloorInsert, values);
            };
            auto done = co_await database_->write(insert);
            must(std::move(done));
        }
    }

    std::string backend_;
    core::SystemClock clock_;
    core::SeededRandom random_{7};
    const core::Principal actor_ = core::Principal::system("bench");
    const core::OrganizationId organization_ = core::OrganizationId::make(clock_, random_);
    const core::ProjectId project_ = core::ProjectId::make(clock_, random_);
    exchange::ProductId product_;
    std::unique_ptr<db::Database> database_;
};

}  // namespace
}  // namespace kapok

int main() {
    return kapok::bench::run_on_both<kapok::Bench>();
}
