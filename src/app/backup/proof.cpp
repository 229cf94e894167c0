#include "app/backup/proof.h"

#include <string>

#include <boost/json/array.hpp>

#include "audit/inspection.h"
#include "ledger/book_check.h"
#include "ledger/ledger_store.h"
#include "platform/crypto/encoding.h"

namespace kapok::app::backup {
namespace {

namespace json = boost::json;

core::Result<json::array> balance_lines(platform::db::Reader& reader) {
    const auto lines = ledger::trial_balance(reader);
    if (!lines) {
        return std::unexpected(lines.error());
    }
    json::array all;
    for (const ledger::TrialBalanceLine& line : *lines) {
        all.push_back(
            json::object{{"unit", line.unit.text()},
                         {"debits", ledger::to_text(line.sums.debits_posted, line.unit)},
                         {"credits", ledger::to_text(line.sums.credits_posted, line.unit)},
                         {"debits_held", ledger::to_text(line.sums.debits_pending, line.unit)},
                         {"credits_held", ledger::to_text(line.sums.credits_pending, line.unit)}});
    }
    return all;
}

}  // namespace

core::Result<json::object> prove(platform::db::Reader& reader,
                                 const platform::crypto::PublicKey& signer) {
    const auto log = audit::inspect_log(reader, signer);
    if (!log) {
        return std::unexpected(log.error());
    }
    const auto book = ledger::check_book(reader);
    if (!book) {
        return std::unexpected(book.error());
    }
    auto lines = balance_lines(reader);
    if (!lines) {
        return std::unexpected(lines.error());
    }
    return json::object{{"audit",
                         {{"size", static_cast<std::int64_t>(log->head.size)},
                          {"root", platform::crypto::to_hex(log->head.root)},
                          {"checkpoints", static_cast<std::int64_t>(log->checkpoints)}}},
                        {"ledger", json::object{{"transfers", book->transfers},
                                                {"accounts", book->accounts},
                                                {"open_holds", book->open_holds},
                                                {"trial_balance", *std::move(lines)}}}};
}

}  // namespace kapok::app::backup
