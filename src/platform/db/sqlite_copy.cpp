#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "platform/db/copy.h"
#include "platform/db/errors.h"
#include "platform/db/limits.h"
#include "platform/db/sql/copy_sql.h"

namespace kapok::platform::db {
namespace {

struct Close {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

constexpr int kPagesAtOnce = 2'048;

std::unexpected<core::Error> failed(const std::filesystem::path& file, std::string detail) {
    return core::fail(kCannotOpen, {{"url", file.string()}, {"detail", std::move(detail)}});
}

std::unexpected<core::Error> failed_copy(const std::filesystem::path& file, int code) {
    return (code & 0xFF) == SQLITE_FULL ? core::fail(kDiskFull)
                                        : failed(file, sqlite3_errstr(code));
}

core::Result<Handle> open(const std::filesystem::path& file) {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &opened,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    Handle handle(opened);
    if (code != SQLITE_OK) {
        return failed(file, sqlite3_errstr(code));
    }
    sqlite3_busy_timeout(handle.get(), static_cast<int>(kLockWait.count()));
    return handle;
}

// For its owner only, before the first byte is in it.
core::Result<void> make_file(const std::filesystem::path& file) {
    const int made = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made < 0) {
        return failed(file, std::strerror(errno));
    }
    ::close(made);
    return {};
}

core::Result<void> sync_file(const std::filesystem::path& file) {
    const int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = opened >= 0 && ::fsync(opened) == 0;
    const int reason = errno;
    if (opened >= 0) {
        ::close(opened);
    }
    return synced ? core::Result<void>() : failed(file, std::strerror(reason));
}

core::Result<void> copy_pages(sqlite3* from, sqlite3* to, const std::filesystem::path& file,
                              const CopyProgress& progress) {
    sqlite3_backup* copy = sqlite3_backup_init(to, "main", from, "main");
    if (copy == nullptr) {
        return failed(file, sqlite3_errmsg(to));
    }
    int code = SQLITE_OK;
    while ((code = sqlite3_backup_step(copy, kPagesAtOnce)) == SQLITE_OK) {
        if (progress) {
            const std::int64_t total = sqlite3_backup_pagecount(copy);
            const std::int64_t left = sqlite3_backup_remaining(copy);
            progress((total - left) * kSqlitePageBytes, total * kSqlitePageBytes);
        }
    }
    sqlite3_backup_finish(copy);
    return code == SQLITE_DONE ? core::Result<void>() : failed_copy(file, code);
}

}  // namespace

core::Result<void> copy_sqlite(const std::filesystem::path& from, const std::filesystem::path& to,
                               const CopyProgress& progress) {
    const auto source = open(from);
    if (!source) {
        return std::unexpected(source.error());
    }
    // What is copied is what this transaction sees: without it, a writer would make the copy begin
    // anew between two steps.
    if (sqlite3_exec(source->get(), sql::kFixSqliteView, nullptr, nullptr, nullptr) != SQLITE_OK) {
        return failed(from, sqlite3_errmsg(source->get()));
    }
    if (auto made = make_file(to); !made) {
        return made;
    }
    {
        const auto target = open(to);
        if (!target) {
            return std::unexpected(target.error());
        }
        if (auto copied = copy_pages(source->get(), target->get(), to, progress); !copied) {
            return copied;
        }
    }
    return sync_file(to);
}

}  // namespace kapok::platform::db
