#pragma once

// One connection to one backend, used by one thread: what the writer, the read pool and the
// migrator are built on. Modules never see it.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::platform::db {

enum class Access : std::uint8_t { Read, Write };

class Connection {
public:
    virtual ~Connection() = default;

    [[nodiscard]] virtual core::Result<void> query(std::string_view sql,
                                                   std::span<const Value> values,
                                                   const RowVisitor& visit) = 0;
    [[nodiscard]] virtual core::Result<std::int64_t> execute(std::string_view sql,
                                                             std::span<const Value> values) = 0;
    // May return before the statement ran; settle() tells how it went.
    [[nodiscard]] virtual core::Result<void> queue(std::string_view sql,
                                                   std::span<const Value> values) = 0;
    [[nodiscard]] virtual core::Result<void> execute_many(
        std::string_view sql, std::span<const std::vector<Value>> rows) = 0;
    // Runs a text of this backend's own SQL that has no parameters and is used once.
    [[nodiscard]] virtual core::Result<void> run_once(const std::string& sql) = 0;

    // A consistent snapshot (Access::Read) or the one right to write (Access::Write). A broken
    // connection is made anew here, with back-off.
    [[nodiscard]] virtual core::Result<void> begin(Access access) = 0;
    [[nodiscard]] virtual core::Result<void> savepoint() = 0;
    [[nodiscard]] virtual core::Result<void> release() = 0;
    [[nodiscard]] virtual core::Result<void> rollback_to_savepoint() = 0;
    // Waits for all that was queued; the first error if there was one.
    [[nodiscard]] virtual core::Result<void> settle() = 0;
    // kCommitUnknown if nobody can say whether it happened. After any other error it did not.
    [[nodiscard]] virtual core::Result<void> commit() = 0;
    virtual void rollback() noexcept = 0;
    // False after the database, or a lost connection, has ended the transaction or made it useless.
    [[nodiscard]] virtual bool transaction_usable() const noexcept = 0;
    // Statements prepared before the tables changed are thrown away.
    virtual void forget_statements() noexcept = 0;
};

// Ends the transaction however the scope is left.
class RollbackGuard {
public:
    explicit RollbackGuard(Connection& connection) noexcept : connection_(&connection) {}
    RollbackGuard(const RollbackGuard&) = delete;
    RollbackGuard& operator=(const RollbackGuard&) = delete;
    ~RollbackGuard() {
        if (connection_ != nullptr) {
            connection_->rollback();
        }
    }
    void dismiss() noexcept { connection_ = nullptr; }

private:
    Connection* connection_;
};

}  // namespace kapok::platform::db
