// How many transfers a second the ledger makes durable, with everything on: distinct ids, limits
// checked, one audit event a command, synchronous commits. In batches, and as single commands that
// share commits. Beside each figure its floor, measured alternating in the same run: rows of the
// same columns inserted by the same writer into a bare table, without index, balance or rule.
//
// On SQLite in a folder under TMPDIR; on PostgreSQL too if KAPOK_TEST_POSTGRES names one. One JSON
// object a line.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "audit/migrations.h"
#include "core/random.h"
#include "ledger/api.h"
#include "ledger/book_check.h"
#include "ledger/migrations.h"
#include "platform/db/migrations.h"

namespace kapok {
namespace {

namespace asio = boost::asio;
namespace db = platform::db;
using ledger::Transfer;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kAccounts = 10'000;
constexpr int kRounds = 5;
constexpr std::int64_t kFunds = 1'000'000'000'000;

// The columns of ledger_transfer.
constexpr std::string_view kFloorTable = R"(
create table floor_transfer (
    sequence bigint primary key, id {id} not null, kind text not null, debit bigint not null,
    credit bigint not null, amount bigint not null, code text not null, hold bigint,
    created_at bigint not null, expires_at bigint, reference {id}, reference_text text not null,
    b0 bigint not null, b1 bigint not null, b2 bigint not null, b3 bigint not null,
    b4 bigint not null, b5 bigint not null, b6 bigint not null, b7 bigint not null
);
)";
constexpr std::string_view kFloorInsert =
    "insert into floor_transfer values (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

[[noreturn]] void stop(const core::Error& error) {
    fmt::print(stderr, "{}: {}\n", error.code().name, core::render(error, core::Language::En));
    std::exit(1);
}

template <class T>
T must(core::Result<T> result) {
    if (!result) {
        stop(result.error());
    }
    if constexpr (!std::is_void_v<T>) {
        return *std::move(result);
    }
}

struct Sample {
    std::vector<double> rates;         // Of each round, per second.
    std::vector<double> cpu_micros;    // Of each round, a transfer, in the whole process.
    std::vector<double> milliseconds;  // Of each command, from its start to its answer.
};

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

double percentile(std::vector<double>& values, double share) {
    std::ranges::sort(values);
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

double milliseconds_since(SteadyClock::time_point begin) {
    return std::chrono::duration<double, std::milli>(SteadyClock::now() - begin).count();
}

// Rates depend on who else uses the machine; the processor's time hardly does.
class Stopwatch {
public:
    void stop(Sample& sample, std::size_t transfers) const {
        const auto count = static_cast<double>(transfers);
        sample.rates.push_back(count * 1'000 / milliseconds_since(begin_));
        sample.cpu_micros.push_back((cpu_micros() - cpu_begin_) / count);
    }

private:
    static double cpu_micros() {
        timespec time{};
        ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
    }

    SteadyClock::time_point begin_ = SteadyClock::now();
    double cpu_begin_ = cpu_micros();
};

class Bench {
public:
    Bench(std::string backend, const std::string& url) : backend_(std::move(backend)) {
        db::Options options;
        options.url = url;
        options.queue_max = 20'000;
        database_ = must(db::Database::open(options, clock_));
        const std::array floor{db::Migration{"floor", 1, "floor", kFloorTable}};
        must(database_->migrate(
            db::join_migrations({audit::migrations(), ledger::migrations(), floor})));
        open_accounts();
    }

    void batches(std::size_t size, std::size_t total) {
        const std::size_t commands = std::max<std::size_t>(total / size, 4);
        Sample ours;
        Sample raw;
        for (int round = 0; round < kRounds; ++round) {
            one_after_the_other(ours, commands, size, [this](const std::vector<Transfer>& batch) {
                must(database_->write_blocking([&](db::Transaction& transaction) {
                    return ledger::post(transaction, actor_, batch);
                }));
            });
            one_after_the_other(raw, commands, size,
                                [this](const std::vector<Transfer>& batch) { insert_rows(batch); });
        }
        report(fmt::format("ledger.{}.batch_{}", backend_, size), ours, raw);
    }

    // Many clients, each with one command of one transfer under way.
    void singles(std::size_t clients, std::size_t total) {
        Sample ours;
        Sample raw;
        for (int round = 0; round < kRounds; ++round) {
            all_together(ours, clients, total,
                         [this](db::Transaction& transaction, const Transfer& transfer) {
                             return as_void(ledger::post(transaction, actor_, {&transfer, 1}));
                         });
            all_together(raw, clients, total,
                         [this](db::Transaction& transaction, const Transfer& transfer) {
                             return transaction.queue(kFloorInsert, floor_row(transfer));
                         });
        }
        report(fmt::format("ledger.{}.single_{}_clients", backend_, clients), ours, raw);
    }

    void check() {
        const auto checked = must(database_->read_blocking(ledger::check_book));
        fmt::print(stderr, "{}: {} transfers checked from the first on: the book adds up\n",
                   backend_, checked.transfers);
    }

private:
    static core::Result<void> as_void(const core::Result<std::vector<ledger::Outcome>>& result) {
        return result ? core::Result<void>() : std::unexpected(result.error());
    }

    void open_accounts() {
        ledger::Account cash = account(ledger::AccountCode::Cash, ledger::Overdraft::Allowed);
        for (std::size_t begin = 0; begin < kAccounts; begin += 1'000) {
            must(database_->write_blocking([&](db::Transaction& transaction) -> core::Result<void> {
                if (auto opened = ledger::open_account(transaction, actor_, cash); !opened) {
                    return std::unexpected(opened.error());
                }
                std::vector<Transfer> funds;
                for (std::size_t i = 0; i < 1'000; ++i) {
                    const auto wallet =
                        account(ledger::AccountCode::Wallet, ledger::Overdraft::Refused);
                    if (auto opened = ledger::open_account(transaction, actor_, wallet); !opened) {
                        return std::unexpected(opened.error());
                    }
                    wallets_.push_back(wallet.id);
                    funds.push_back(transfer(cash.id, wallet.id, kFunds));
                }
                return as_void(ledger::post(transaction, actor_, funds));
            }));
        }
    }

    ledger::Account account(ledger::AccountCode code, ledger::Overdraft overdraft) {
        ledger::Account account;
        account.id = ledger::AccountId::make(clock_, random_);
        account.organization = organization_;
        account.unit = unit_;
        account.code = code;
        account.normal = info(code).normal;
        account.overdraft = overdraft;
        return account;
    }

    Transfer transfer(ledger::AccountId debit, ledger::AccountId credit, std::int64_t amount) {
        Transfer transfer;
        transfer.id = ledger::TransferId::make(clock_, random_);
        transfer.debit = debit;
        transfer.credit = credit;
        transfer.amount = amount;
        transfer.unit = unit_;
        transfer.reference = transfer.id.uuid();
        return transfer;
    }

    std::vector<Transfer> random_transfers(std::size_t count) {
        std::vector<Transfer> transfers;
        transfers.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t debit = random_.below(kAccounts);
            const std::size_t credit = (debit + 1 + random_.below(kAccounts - 1)) % kAccounts;
            transfers.push_back(transfer(wallets_[debit], wallets_[credit],
                                         static_cast<std::int64_t>(1 + random_.below(1'000))));
        }
        return transfers;
    }

    std::vector<db::Value> floor_row(const Transfer& transfer) {
        return {++floor_sequence_,
                transfer.id,
                "post",
                4'711,
                815,
                transfer.amount,
                "charge",
                nullptr,
                clock_.now(),
                nullptr,
                transfer.reference,
                "",
                kFunds,
                0,
                kFunds,
                0,
                kFunds,
                0,
                kFunds,
                0};
    }

    void insert_rows(const std::vector<Transfer>& batch) {
        std::vector<std::vector<db::Value>> rows;
        rows.reserve(batch.size());
        for (const Transfer& transfer : batch) {
            rows.push_back(floor_row(transfer));
        }
        must(database_->write_blocking([&](db::Transaction& transaction) {
            return transaction.execute_many(kFloorInsert, rows);
        }));
    }

    template <class Write>
    void one_after_the_other(Sample& sample, std::size_t commands, std::size_t size, Write write) {
        std::vector<std::vector<Transfer>> work;
        for (std::size_t i = 0; i < commands; ++i) {
            work.push_back(random_transfers(size));
        }
        const Stopwatch watch;
        for (const auto& batch : work) {
            const auto sent = SteadyClock::now();
            write(batch);
            sample.milliseconds.push_back(milliseconds_since(sent));
        }
        watch.stop(sample, commands * size);
    }

    using Single = std::function<core::Result<void>(db::Transaction&, const Transfer&)>;

    void all_together(Sample& sample, std::size_t clients, std::size_t total, Single command) {
        const auto work = random_transfers(total);
        std::size_t next = 0;
        asio::io_context io(1);
        const Stopwatch watch;
        for (std::size_t i = 0; i < clients; ++i) {
            asio::co_spawn(io, client(sample, work, next, command), asio::detached);
        }
        io.run();
        watch.stop(sample, total);
    }

    asio::awaitable<void> client(Sample& sample, const std::vector<Transfer>& work,
                                 std::size_t& next, const Single& command) {
        while (next < work.size()) {
            const Transfer& transfer = work[next++];
            const auto sent = SteadyClock::now();
            const auto run = [&command, &transfer](db::Transaction& transaction) {
                return command(transaction, transfer);
            };
            const core::Result<void> done = co_await database_->write(run);
            if (!done) {
                stop(done.error());
            }
            sample.milliseconds.push_back(milliseconds_since(sent));
        }
    }

    static void report(const std::string& name, Sample& ours, Sample& raw) {
        compare(name, "transfer/s", ours.rates, raw.rates);
        compare(name + ".cpu", "us/transfer", ours.cpu_micros, raw.cpu_micros);
        for (const auto& [suffix, share] : {std::pair(".p50", 0.5), std::pair(".p99", 0.99)}) {
            fmt::print(R"({{"name":"{}{}","value":{:.3f},"unit":"ms","n":{},"spread":0}})"
                       "\n",
                       name, suffix, percentile(ours.milliseconds, share),
                       ours.milliseconds.size());
        }
        std::fflush(stdout);
    }

    static void compare(const std::string& name, std::string_view unit,
                        const std::vector<double>& ours, const std::vector<double>& raw) {
        const auto [least, most] = std::ranges::minmax(ours);
        fmt::print(R"({{"name":"{}","value":{:.2f},"unit":"{}","n":{},"spread":{:.2f},)"
                   R"("peer":"bare inserts","peer_value":{:.2f},"ratio":{:.3f}}})"
                   "\n",
                   name, median(ours), unit, ours.size(), most - least, median(raw),
                   median(ours) / median(raw));
    }

    const std::string backend_;
    core::SystemClock clock_;
    core::SeededRandom random_{42};
    const core::Principal actor_ = core::Principal::system("bench");
    const core::OrganizationId organization_ = core::OrganizationId::make(clock_, random_);
    const ledger::Unit unit_ = ledger::Unit::of(core::Currency::Cny);
    std::unique_ptr<db::Database> database_;
    std::vector<ledger::AccountId> wallets_;
    std::int64_t floor_sequence_ = 0;
};

class Folder {
public:
    Folder() {
        std::string path = std::filesystem::temp_directory_path() / "kapok-bench-XXXXXX";
        if (::mkdtemp(path.data()) == nullptr) {
            std::perror("mkdtemp");
            std::exit(1);
        }
        path_ = path;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] std::string url() const { return "sqlite:" + (path_ / "kapok.db").string(); }

private:
    std::filesystem::path path_;
};

void run(Bench&& bench, std::size_t scale) {
    bench.batches(1'000, 60'000 * scale);
    bench.batches(100, 20'000 * scale);
    bench.singles(1'000, 20'000 * scale);
    bench.singles(1, 200 * scale);
    bench.check();
}

}  // namespace
}  // namespace kapok

int main() {
    const kapok::Folder folder;
    kapok::run(kapok::Bench("sqlite", folder.url()), 2);
    if (const char* url = std::getenv("KAPOK_TEST_POSTGRES")) {
        kapok::run(kapok::Bench("postgres", url), 1);
    }
}
