#include "identity/errors.h"
#include "identity/idempotency.h"
#include "identity/sql/rows.h"

namespace kapok::identity {

core::Result<std::optional<std::string>> recall(platform::db::Reader& reader,
                                                const IdempotencyKey& key, core::Timestamp now) {
    struct Kept {
        platform::crypto::Digest request;
        std::string result;
    };
    const auto found = reader.find(
        "select request, result from idempotency_keys"
        " where organization_id = ? and name = ? and expires_at > ?",
        {key.organization, key.key, now}, [](const platform::db::Row& row) {
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

core::Result<std::optional<std::string>> claim(platform::db::Transaction& transaction,
                                               const IdempotencyKey& key, std::string_view result) {
    auto earlier = recall(transaction, key, transaction.now());
    if (!earlier || *earlier) {
        return earlier;
    }
    const auto kept = sql::changed(transaction.execute(
        "insert into idempotency_keys (organization_id, name, request, result, expires_at)"
        " values (?, ?, ?, ?, ?) on conflict (organization_id, name) do update set"
        " request = excluded.request, result = excluded.result, expires_at = excluded.expires_at"
        " where idempotency_keys.expires_at <= ?",
        {key.organization, key.key, sql::to_value(key.request), result,
         transaction.now() + kIdempotencyLifetime, transaction.now()}));
    if (!kept) {
        return std::unexpected(kept.error());
    }
    if (*kept) {
        return std::nullopt;
    }
    // Another server was faster; this one waited for it and sees now what it did.
    earlier = recall(transaction, key, transaction.now());
    if (earlier && !*earlier) {
        return core::fail(kIdempotencyKeyReused, {{"key", key.key}});
    }
    return earlier;
}

core::Result<std::int64_t> forget_old_keys(platform::db::Transaction& transaction) {
    return transaction.execute("delete from idempotency_keys where expires_at <= ?",
                               {transaction.now()});
}

}  // namespace kapok::identity
