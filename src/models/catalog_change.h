#pragma once

// Changes of the catalogue that several services make, inside their own command.

#include <string>

#include <boost/json/object.hpp>

#include "core/principal.h"
#include "core/result.h"
#include "models/models_store.h"

namespace kapok::models {

// Into the audit log, in the caller's organization.
[[nodiscard]] core::Result<void> announce(Transaction& transaction, const core::Principal& caller,
                                          std::string type, std::string subject,
                                          boost::json::object data);

[[nodiscard]] core::Result<Model> require_model(Reader& reader, ModelId id);

// A name that is taken is kModelExists, unless it is the same model: of the same id, or of the same
// weights and provider.
[[nodiscard]] core::Result<Model> add_model(Transaction& transaction, const core::Principal& caller,
                                            const Model& model);

}  // namespace kapok::models
