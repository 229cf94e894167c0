#include "ledger/digest.h"

#include <charconv>
#include <limits>
#include <string_view>

#include "core/timestamp.h"
#include "platform/crypto/bytes.h"
#include "platform/crypto/encoding.h"
#include "platform/crypto/hash.h"

namespace kapok::ledger {
namespace {

namespace crypto = platform::crypto;

// Every transfer passes through here before it is durable, so it appends to one text and does not
// write the same time twice.
class LineWriter {
public:
    std::string_view line(const Record& record) {
        const Transfer& transfer = record.transfer;
        text_.clear();
        add(record.sequence);
        add(transfer.id);
        add(name(transfer.kind));
        add(transfer.debit);
        add(transfer.credit);
        add(transfer.amount);
        add(transfer.unit.text());
        add(info(transfer.code).name);
        add(transfer.hold);
        add(record.created_at);
        record.expires_at ? add(*record.expires_at) : add("-");
        add(transfer.reference.is_zero() ? "-" : core::to_base32(transfer.reference));
        add(static_cast<std::int64_t>(transfer.reference_text.size()));
        text_ += transfer.reference_text;
        text_ += '\n';
        return text_;
    }

private:
    void add(std::string_view word) {
        text_ += word;
        text_ += ' ';
    }
    void add(std::int64_t number) {
        char digits[std::numeric_limits<std::int64_t>::digits10 + 2];
        const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
        add(std::string_view(std::begin(digits), end));
    }
    template <class Tag>
    void add(const core::Id<Tag>& id) {
        if (id.is_zero()) {
            return add("-");
        }
        text_ += Tag::kPrefix;
        text_ += '_';
        add(core::to_base32(id.uuid()));
    }
    void add(core::Timestamp time) {
        if (time != time_ || time_text_.empty()) {
            time_ = time;
            time_text_ = core::to_rfc3339(time);
        }
        add(time_text_);
    }

    std::string text_;
    core::Timestamp time_;
    std::string time_text_;
};

}  // namespace

std::string canonical_line(const Record& record) {
    return std::string(LineWriter().line(record));
}

std::string digest_text(std::span<const Record* const> records) {
    crypto::Hasher hasher(crypto::Suite::Intl);
    LineWriter writer;
    for (const Record* record : records) {
        hasher.update(crypto::bytes_of(writer.line(*record)));
    }
    return "sha256:" + crypto::to_hex(hasher.finish());
}

}  // namespace kapok::ledger
