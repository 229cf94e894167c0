#include "models/catalog_change.h"

#include <utility>

#include "audit/api.h"
#include "models/errors.h"

namespace kapok::models {

core::Result<void> announce(Transaction& transaction, const core::Principal& caller,
                            std::string type, std::string subject, boost::json::object data) {
    audit::Event event;
    event.type = std::move(type);
    event.subject = std::move(subject);
    event.organization = caller.organization;
    event.data = std::move(data);
    return audit::publish(transaction, caller, event);
}

core::Result<Model> require_model(Reader& reader, ModelId id) {
    auto found = find_model(reader, id);
    if (!found) {
        return std::unexpected(found.error());
    }
    auto& model = *found;
    if (!model) {
        return core::fail(kNoModel, {{"model", id.text()}});
    }
    return *std::move(model);
}

core::Result<Model> add_model(Transaction& transaction, const core::Principal& caller,
                              const Model& model) {
    const auto known = find_model(transaction, model.name);
    if (!known) {
        return std::unexpected(known.error());
    }
    if (const auto& named = *known) {
        const Model& other = *named;
        const bool same_weights = !model.revision.empty() && other.provider == model.provider &&
                                  other.embedding_dimension == model.embedding_dimension;
        const bool same =
            other.revision == model.revision && (other.id == model.id || same_weights);
        return same ? core::Result<Model>(other)
                    : core::fail(kModelExists, {{"name", model.name}}, "/name");
    }
    if (const auto inserted = insert_model(transaction, model); !inserted) {
        return std::unexpected(inserted.error());
    }
    const auto announced = announce(transaction, caller, "models.model_added", model.id.text(),
                                    {{"name", model.name},
                                     {"license", model.license},
                                     {"source", model.source},
                                     {"revision", model.revision}});
    return announced ? core::Result<Model>(model) : std::unexpected(announced.error());
}

}  // namespace kapok::models
