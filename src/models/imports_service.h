#pragma once

// Imports, for people and programs: who may bring weights from where is decided here, and what a
// retry finds again.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/clock.h"
#include "core/principal.h"
#include "core/random.h"
#include "core/result.h"
#include "identity/directory.h"
#include "identity/idempotency.h"
#include "models/imports/import.h"
#include "models/imports/importer.h"
#include "models/imports_store.h"
#include "models/models_store.h"
#include "models/networks.h"
#include "platform/db/database.h"

namespace kapok::models {

struct NewImport {
    std::optional<ImportId> id;
    std::optional<ModelId> model;
    std::string name;
    std::string description;
    std::string license;
    std::string source;
    std::string sha256;
    Capability capability = Capability::Chat;
    std::int64_t context_window = 0;
    std::optional<std::int64_t> bytes;  // Of an upload.
    std::optional<identity::IdempotencyKey> key;
};

class ImportsService {
public:
    template <class T>
    using Answer = boost::asio::awaitable<core::Result<T>>;

    ImportsService(platform::db::Database& database, identity::Directory& directory,
                   Importer& importer, const core::Clock& clock, core::Random& random,
                   Networks providers) noexcept
        : database_(database),
          directory_(directory),
          importer_(importer),
          clock_(clock),
          random_(random),
          providers_(providers) {}

    // The same import again, by id or by key, is the one that there is.
    Answer<Import> begin(core::Principal caller, NewImport request);
    Answer<core::Page<Import>> list(core::Principal caller, ImportFilter filter,
                                    core::Window window);
    Answer<Import> get(core::Principal caller, ImportId id);
    Answer<Import> append(core::Principal caller, ImportId id, std::int64_t offset,
                          std::string bytes);
    // A failed one goes on where it was.
    Answer<Import> resume(core::Principal caller, ImportId id);
    // What is here of it is thrown away. One that is over stays as it is.
    Answer<Import> cancel(core::Principal caller, ImportId id);

private:
    // The import, if the caller may change it.
    Answer<Import> change(core::Principal caller, ImportId id);

    platform::db::Database& database_;
    identity::Directory& directory_;
    Importer& importer_;
    const core::Clock& clock_;
    core::Random& random_;
    const Networks providers_;
};

}  // namespace kapok::models
