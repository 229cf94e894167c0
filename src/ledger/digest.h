#pragma once

// What an audit event says of the transfers that it stands for: SHA-256 over one line a transfer,
// so that whoever has the book and the log can check one against the other.

#include <span>
#include <string>

#include "ledger/transfer.h"

namespace kapok::ledger {

// "1 trf_… post acc_… acc_… 12500000 CNY charge - 2026-01-31T00:00:00.000000Z - - 0 \n": sequence,
// id, kind, debit, credit, amount, unit, code, hold, time, expiry, reference, and the size and
// bytes of the reference text. "-" is what is not there.
[[nodiscard]] std::string canonical_line(const Record& record);

// "sha256:" and 64 hexadecimal digits.
[[nodiscard]] std::string digest_text(std::span<const Record* const> records);

}  // namespace kapok::ledger
