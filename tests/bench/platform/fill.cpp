// Posts TRANSFERS transfers to the ledger of a data folder whose server does not run, through the
// ledger's own interface: for the benchmark of a platform that has been in use for a while.
//
//   bench_platform sqlite:FILE TRANSFERS

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/random.h"
#include "ledger/api.h"

namespace kapok {
namespace {

namespace db = platform::db;
using ledger::Transfer;

constexpr std::size_t kWallets = 1'000;
constexpr std::size_t kBatch = 1'000;
constexpr std::int64_t kFunds = 1'000'000'000'000;

template <class T>
T must(core::Result<T> result) {
    if (!result) {
        const core::Error& error = result.error();
        fmt::print(stderr, "{}: {}\n", error.code().name, core::render(error, core::Language::En));
        std::exit(1);
    }
    if constexpr (!std::is_void_v<T>) {
        return *std::move(result);
    }
}

class Book {
public:
    explicit Book(std::string_view url) {
        db::Options options;
        options.url = url;
        database_ = must(db::Database::open(options, clock_));
    }

    void open_wallets() {
        const ledger::Account cash = account(ledger::AccountCode::Cash, ledger::Overdraft::Allowed);
        std::vector<Transfer> funds;
        must(database_->write_blocking([&](db::Transaction& transaction) -> core::Result<void> {
            if (auto opened = ledger::open_account(transaction, actor_, cash); !opened) {
                return std::unexpected(opened.error());
            }
            while (wallets_.size() < kWallets) {
                const auto wallet =
                    account(ledger::AccountCode::Wallet, ledger::Overdraft::Refused);
                if (auto opened = ledger::open_account(transaction, actor_, wallet); !opened) {
                    return std::unexpected(opened.error());
                }
                wallets_.push_back(wallet.id);
                funds.push_back(transfer(cash.id, wallet.id, kFunds));
            }
            return {};
        }));
        post(funds);
    }

    void pay_around(std::size_t transfers) {
        for (std::size_t made = 0; made < transfers;) {
            std::vector<Transfer> batch;
            for (; batch.size() < kBatch && made < transfers; ++made) {
                const std::size_t from = random_.below(kWallets);
                const std::size_t to = (from + 1 + random_.below(kWallets - 1)) % kWallets;
                batch.push_back(transfer(wallets_[from], wallets_[to],
                                         static_cast<std::int64_t>(1 + random_.below(1'000))));
            }
            post(batch);
        }
    }

private:
    void post(const std::vector<Transfer>& transfers) {
        must(database_->write_blocking([&](db::Transaction& transaction) {
            return ledger::post(transaction, actor_, transfers);
        }));
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

    core::SystemClock clock_;
    core::SeededRandom random_{42};
    const core::Principal actor_ = core::Principal::system("bench");
    const core::OrganizationId organization_ = core::OrganizationId::make(clock_, random_);
    const ledger::Unit unit_ = ledger::Unit::of(core::Currency::Cny);
    std::unique_ptr<db::Database> database_;
    std::vector<ledger::AccountId> wallets_;
};

}  // namespace
}  // namespace kapok

int main(int count, char** arguments) {
    std::size_t transfers = 0;
    const std::string_view wanted = count == 3 ? arguments[2] : "";
    if (std::from_chars(wanted.begin(), wanted.end(), transfers).ptr != wanted.end() ||
        transfers == 0) {
        fmt::print(stderr, "bench_platform sqlite:FILE TRANSFERS\n");
        return 2;
    }
    kapok::Book book(arguments[1]);
    book.open_wallets();
    book.pay_around(transfers);
}
