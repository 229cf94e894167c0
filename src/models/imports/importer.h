#pragma once

// Does the work of imports on this server: brings what is missing of each file, checks the whole,
// puts it into the object store under its digest, and adds the model. What is here of a file is
// kept on disk, and how much of that is durable in the database, so that work goes on where it was
// after a broken line, a full disk or a restart.

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <set>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "core/clock.h"
#include "core/result.h"
#include "models/imports/download.h"
#include "models/imports/gguf.h"
#include "models/imports/import.h"
#include "models/imports/partial_file.h"
#include "platform/db/database.h"
#include "platform/log/log.h"
#include "platform/objects/blocking_pool.h"
#include "platform/objects/object_store.h"

namespace kapok::models {

// The name of weights in the object store, where nodes fetch them.
[[nodiscard]] std::string weights_object(std::string_view sha256);

class Importer {
public:
    // All of it outlives the importer.
    struct Setting {
        platform::db::Database& database;
        const core::Clock& clock;
        platform::log::Log& log;
        platform::objects::ObjectStore& objects;
        platform::objects::BlockingPool& pool;
        std::filesystem::path folder;  // DATA/models: `inbox` and `incoming` lie in it.
        std::string server;            // Names this data folder for ever.
        std::string hub;               // Address of a hub; see parse_source().
        std::chrono::milliseconds retry_pause{2'000};  // After a failure that may pass; doubles.
    };
    explicit Importer(Setting setting);

    // Works on one import after the other until it is cancelled. Run it several times for several
    // at once.
    [[nodiscard]] boost::asio::awaitable<void> run();

    // The next piece of an upload: kWrongOffset unless it begins where the file ends.
    [[nodiscard]] boost::asio::awaitable<core::Result<Import>> append(Import import,
                                                                      std::int64_t offset,
                                                                      std::string bytes);
    // Removes what is here of an import that is over.
    [[nodiscard]] boost::asio::awaitable<void> discard(ImportId id);

    [[nodiscard]] const std::string& server() const noexcept { return setting_.server; }
    [[nodiscard]] const std::string& hub() const noexcept { return setting_.hub; }

private:
    class Turn;
    using Done = boost::asio::awaitable<core::Result<void>>;

    [[nodiscard]] bool take(ImportId id);
    void leave(ImportId id);
    [[nodiscard]] std::filesystem::path partial_of(ImportId id) const;

    boost::asio::awaitable<void> sweep();
    boost::asio::awaitable<bool> work_on_one();
    boost::asio::awaitable<void> work_on(Import import);
    Done bring(Import& import);
    Done bring_from_web(Import& import, WebSource source);
    Done bring_rest(Import& import, WebSource source);
    Done receive(Import& import, Download& download);
    Done bring_from_inbox(Import& import, std::string path);
    Done finish(Import& import);
    boost::asio::awaitable<core::Result<bool>> is_stored(const Import& import);
    boost::asio::awaitable<core::Result<WeightsInfo>> look_into(const Import& import);
    boost::asio::awaitable<core::Result<std::string>> digest(const Import& import);
    Done put_away(const Import& import);
    Done add_to_catalogue(Import import, WeightsInfo info);
    // Keeps how far it is; kGone if somebody cancelled it meanwhile.
    Done keep(Import& import, ImportState from);
    Done save(PartialFile& file, Import& import);
    void fail_later(Import& import, const core::Error& error);

    Setting setting_;
    std::mutex mutex_;
    std::set<ImportId> taken_;  // Being worked on. Guarded by mutex_.
};

}  // namespace kapok::models
