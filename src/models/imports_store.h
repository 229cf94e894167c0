#pragma once

// Where imports are kept.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/page.h"
#include "core/principal.h"
#include "core/result.h"
#include "models/imports/import.h"
#include "models/models_store.h"
#include "platform/db/database.h"

namespace kapok::models {

// Rung when an import has something to do for its server.
inline constexpr std::string_view kImportsBell = "models.imports";

[[nodiscard]] core::Result<void> insert_import(Transaction& transaction, const Import& import);
[[nodiscard]] core::Result<std::optional<Import>> find_import(Reader& reader, ImportId id);
struct ImportFilter {
    std::optional<ImportState> state = {};
    std::optional<ModelId> model = {};
    std::optional<std::string> name = {};  // Of the model.
};
[[nodiscard]] core::Result<core::Page<Import>> list_imports(Reader& reader,
                                                            const core::Scope& scope,
                                                            const ImportFilter& filter,
                                                            const core::Window& window);
// Those that a server has to work on, oldest first.
[[nodiscard]] core::Result<std::vector<Import>> open_imports(Reader& reader,
                                                             std::string_view server);
// Writes what changes of an import, if it still is in the state `from`; false if it is not.
[[nodiscard]] core::Result<bool> update_import(Transaction& transaction, const Import& import,
                                               ImportState from);

}  // namespace kapok::models
