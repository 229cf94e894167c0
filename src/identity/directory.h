#pragma once

// What every request needs of identity without asking the database: the tree of organizations, and
// whether what this server remembers of credentials is still true. Two counters in the database go
// up with each change that matters; refresh() reads them when the last reading is older than
// kRecheck or a change was committed here, so that a revocation holds at once on this server and
// within kStalenessMax on every other one.

#include <cstdint>
#include <memory>

#include <boost/asio/awaitable.hpp>

#include "core/clock.h"
#include "core/result.h"
#include "identity/organization_tree.h"
#include "identity/store.h"
#include "platform/db/database.h"

namespace kapok::identity {

class Directory {
public:
    Directory(platform::db::Database& database, const core::Clock& clock);
    ~Directory();
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    // Whether tree() and counters() are fresh enough to decide by.
    [[nodiscard]] bool is_fresh() const noexcept;
    // Makes them so. kNotFresh if the database does not answer and what is known is too old.
    [[nodiscard]] boost::asio::awaitable<core::Result<void>> refresh();
    // The same for threads that have no executor.
    [[nodiscard]] core::Result<void> refresh_blocking();

    // Never null; as of the last refresh().
    [[nodiscard]] std::shared_ptr<const OrganizationTree> tree() const;
    [[nodiscard]] store::Counters counters() const noexcept;

    // For commands that change what others remember: counts in the same transaction, and makes this
    // server read again after the commit.
    [[nodiscard]] core::Result<void> change_credentials(platform::db::Transaction& transaction);
    [[nodiscard]] core::Result<void> change_tree(platform::db::Transaction& transaction);

private:
    struct State;

    platform::db::Database& database_;
    const core::Clock& clock_;
    std::shared_ptr<State> state_;  // Shared with commands that may outlive the directory.
};

}  // namespace kapok::identity
