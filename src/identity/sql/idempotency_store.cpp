#include "identity/errors.h"
#include "identity/idempotency.h"
#include "identity/sql/rows.h"

namespace kapok::identity {

core::Result<std::optional<std::string>> recall(platform::db::Transaction& transaction,
                                                const IdempotencyKey& key) {
    struct Kept {
        platform::crypto::Digest request;
        std::string result;
    };
    const auto found = transaction.find(
        "select request, result from idempotency_keys"
        " where caller = ? and name = ? and expires_at > ?",
        {key.caller, key.key, transaction.now()}, [](const platform::db::Row& row) {
            return Kept{sql::to_digest(row.blob(0)), std::string(row.text(1))};
        });
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& kept = *found;
    if (!kept) {
        return std::nullopt;
    }
    if (kept->request != key.request) {
        return core::fail(kIdempotencyKeyReused, {{"key", key.key}});
    }
    return kept->result;
}

core::Result<void> remember(platform::db::Transaction& transaction, const IdempotencyKey& key,
                            std::string_view result) {
    const auto kept = sql::changed(transaction.execute(
        "insert into idempotency_keys (caller, name, request, result, expires_at)"
        " values (?, ?, ?, ?, ?) on conflict (caller, name) do update set"
        " request = excluded.request, result = excluded.result, expires_at = excluded.expires_at"
        " where idempotency_keys.expires_at <= ?",
        {key.caller, key.key, sql::to_value(key.request), result,
         transaction.now() + kIdempotencyLifetime, transaction.now()}));
    if (kept && !*kept) {  // Another server was faster with the same request.
        return core::fail(kIdempotencyKeyReused, {{"key", key.key}});
    }
    return kept ? core::Result<void>() : std::unexpected(kept.error());
}

core::Result<std::int64_t> forget_old_keys(platform::db::Transaction& transaction) {
    return transaction.execute("delete from idempotency_keys where expires_at <= ?",
                               {transaction.now()});
}

}  // namespace kapok::identity
