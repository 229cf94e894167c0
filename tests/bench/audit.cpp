// What the event log costs: events published a second (one command with a thousand, and single
// commands that share commits), events numbered a second (leaf, tree, checkpoint, indexes), and the
// time of a proof in the log that this made. Published and numbered events stand beside their
// floor, measured alternating in the same run: rows of the same columns inserted by the same writer
// into a bare table. Every commit is synced.
//
// On SQLite in a folder under TMPDIR; on PostgreSQL too if KAPOK_TEST_POSTGRES names one. One JSON
// object a line.

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "audit/api.h"
#include "audit/event_log.h"
#include "audit/migrations.h"
#include "audit/sequencer.h"
#include "audit/tiles.h"
#include "core/random.h"
#include "measure.h"
#include "platform/db/migrations.h"

namespace kapok {
namespace {

namespace asio = boost::asio;
namespace db = platform::db;

constexpr int kRounds = 5;
constexpr std::int64_t kBatch = 1'000;
constexpr std::int64_t kBatches = 10;
constexpr std::int64_t kSingles = 4'000;  // Commands that wait at once.
constexpr int kProofs = 1'000;

constexpr std::string_view kFloorTable = R"(
create table floor_event (
    sequence {serial}, type text not null, subject text not null, organization_id {id},
    project_id {id}, recorded_at bigint not null, actor text not null, data text not null
);
)";
constexpr std::string_view kFloorInsert =
    "insert into floor_event"
    " (type, subject, organization_id, project_id, recorded_at, actor, data)"
    " values (?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kActorText =
    R"({"id":"01J00000000000000000000001","kind":"user","name":"user alice"})";

using bench::must;
using bench::report;
using bench::Samples;
using bench::seconds_of;

class Bench {
public:
    Bench(std::string backend, const std::string& url) : backend_(std::move(backend)) {
        actor_.kind = core::PrincipalKind::User;
        actor_.id = core::make_uuid(clock_, random_);
        actor_.name = "user alice";
        organization_ = core::OrganizationId::make(clock_, random_);
        db::Options options;
        options.url = url;
        database_ = must(db::Database::open(options, clock_));
        const std::array floor{db::Migration{"floor", 1, "floor", kFloorTable}};
        must(database_->migrate(db::join_migrations({audit::migrations(), floor})));
        sequencer_ = std::make_unique<audit::Sequencer>(
            *database_, audit::SequencerSettings{"kapok.example/bench", "bench"}, key_, clock_,
            log_);
    }

    void run() {
        batches();
        singles();
        proofs();
    }

private:
    using Write = std::function<core::Result<void>(db::Transaction&, std::int64_t)>;

    // As long a text as jobs and charges have.
    core::Result<void> publish(db::Transaction& transaction, std::int64_t number) {
        const audit::Event event{"compute.job_submitted",
                                 fmt::format("job_01J000000000000000{:08}", number),
                                 organization_,
                                 {},
                                 {{"partition", "main"},
                                  {"cores", 8},
                                  {"memory_bytes", 17'179'869'184},
                                  {"number", number}}};
        return audit::publish(transaction, actor_, event);
    }
    core::Result<void> insert(db::Transaction& transaction, std::int64_t number) {
        return transaction.queue(
            kFloorInsert,
            {"compute.job_submitted", fmt::format("job_01J000000000000000{:08}", number),
             organization_, nullptr, transaction.now(), kActorText,
             fmt::format(
                 R"({{"cores":8,"memory_bytes":17179869184,"number":{},"partition":"main"}})",
                 number)});
    }
    Write publisher() {
        return [this](db::Transaction& to, std::int64_t number) { return publish(to, number); };
    }
    Write inserter() {
        return [this](db::Transaction& to, std::int64_t number) { return insert(to, number); };
    }

    void write_batches(const Write& write) {
        for (std::int64_t batch = 0; batch < kBatches; ++batch) {
            must(database_->write_blocking([&](db::Transaction& to) -> core::Result<void> {
                for (std::int64_t number = 0; number < kBatch; ++number) {
                    if (auto done = write(to, batch * kBatch + number); !done) {
                        return done;
                    }
                }
                return {};
            }));
        }
    }

    asio::awaitable<void> write_one(Write write, std::int64_t number) {
        auto command = [write = std::move(write), number](db::Transaction& to) {
            return write(to, number);
        };
        auto done = co_await database_->write(std::move(command));
        must(std::move(done));
    }
    void write_singles(const Write& write) {
        asio::io_context io(1);
        for (std::int64_t number = 0; number < kSingles; ++number) {
            asio::co_spawn(io, write_one(write, number), asio::detached);
        }
        io.run();
    }
    void number_all() {
        while (must(sequencer_->round_blocking()).numbered > 0) {
        }
    }

    void batches() {
        Samples published;
        Samples numbered;
        Samples floor;
        constexpr auto kEvents = static_cast<double>(kBatch * kBatches);
        for (int round = 0; round < kRounds; ++round) {
            published.push_back(kEvents / seconds_of([&] { write_batches(publisher()); }));
            floor.push_back(kEvents / seconds_of([&] { write_batches(inserter()); }));
            numbered.push_back(kEvents / seconds_of([&] { number_all(); }));
        }
        report("audit." + backend_ + ".publish_batch_1000", "event/s", published, floor);
        report("audit." + backend_ + ".number", "event/s", numbered, floor);
    }

    void singles() {
        Samples published;
        Samples floor;
        constexpr auto kEvents = static_cast<double>(kSingles);
        for (int round = 0; round < kRounds; ++round) {
            published.push_back(kEvents / seconds_of([&] { write_singles(publisher()); }));
            floor.push_back(kEvents / seconds_of([&] { write_singles(inserter()); }));
            number_all();
        }
        report("audit." + backend_ + ".publish_single", "event/s", published, floor);
    }

    void proofs() {
        Samples micros;
        const auto size =
            static_cast<std::uint64_t>(must(database_->read_blocking(audit::log_size)));
        for (int proof = 0; proof < kProofs; ++proof) {
            const auto index = random_.below(size);
            const auto prove = [&](db::Reader& reader) {
                return audit::TileReader(reader, audit::Suite::Intl)
                    .hashes(audit::inclusion_ranges(index, size));
            };
            micros.push_back(1e6 * seconds_of([&] { must(database_->read_blocking(prove)); }));
        }
        report(fmt::format("audit.{}.proof_of_{}", backend_, size), "us", micros);
    }

    std::string backend_;
    core::SystemClock clock_;
    core::SeededRandom random_{7};
    core::Principal actor_;
    core::OrganizationId organization_;
    platform::crypto::PrivateKey key_ =
        platform::crypto::PrivateKey::make(audit::Suite::Intl, random_);
    platform::log::Log log_{STDERR_FILENO, platform::log::Level::Error, clock_};
    std::unique_ptr<db::Database> database_;
    std::unique_ptr<audit::Sequencer> sequencer_;
};

}  // namespace
}  // namespace kapok

int main() {
    return kapok::bench::run_on_both<kapok::Bench>();
}
