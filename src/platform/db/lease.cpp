#include "platform/db/lease.h"

#include <array>
#include <cassert>
#include <string_view>

namespace kapok::platform::db {
namespace {

constexpr std::string_view kCreate =
    "create table lease (\n"
    "    name text primary key,\n"
    "    holder text not null,\n"
    "    epoch bigint not null,\n"
    "    until bigint not null\n"
    ");\n";

// A time far ahead was written by a clock that was wrong, and must not stop the loop for ever.
constexpr std::string_view kTake =
    "insert into lease (name, holder, epoch, until) values (?, ?, 1, ?)"
    " on conflict (name) do update"
    " set holder = excluded.holder, epoch = lease.epoch + 1, until = excluded.until"
    " where lease.holder = excluded.holder or lease.until <= ? or lease.until > ?";
constexpr std::string_view kEpoch = "select epoch from lease where name = ?";
constexpr std::string_view kKeep =
    "update lease set until = ? where name = ? and holder = ? and epoch = ?";

constexpr std::chrono::hours kDurationMax{1};

}  // namespace

core::Result<std::optional<Lease>> take_lease(Transaction& transaction, const std::string& name,
                                              const std::string& holder,
                                              std::chrono::milliseconds duration) {
    const core::Timestamp now = transaction.now();
    const auto taken =
        transaction.execute(kTake, {name, holder, now + duration, now, now + kDurationMax});
    if (!taken) {
        return std::unexpected(taken.error());
    }
    if (*taken == 0) {
        return std::optional<Lease>();
    }
    const auto epoch =
        transaction.find(kEpoch, {name}, [](const Row& row) { return row.integer(0); });
    if (!epoch) {
        return std::unexpected(epoch.error());
    }
    const auto& number = *epoch;
    assert(number.has_value());  // This transaction has just written the row.
    return std::optional(Lease{name, holder, *number});
}

core::Result<bool> keep_lease(Transaction& transaction, const Lease& lease,
                              std::chrono::milliseconds duration) {
    const auto kept = transaction.execute(
        kKeep, {transaction.now() + duration, lease.name, lease.holder, lease.epoch});
    if (!kept) {
        return std::unexpected(kept.error());
    }
    return *kept == 1;
}

core::Result<void> give_up_lease(Transaction& transaction, const Lease& lease) {
    const auto given_up =
        transaction.execute(kKeep, {transaction.now(), lease.name, lease.holder, lease.epoch});
    if (!given_up) {
        return std::unexpected(given_up.error());
    }
    return {};
}

std::span<const Migration> lease_migrations() {
    static constexpr std::array kMigrations{Migration{"lease", 1, "leases", kCreate}};
    return kMigrations;
}

}  // namespace kapok::platform::db
