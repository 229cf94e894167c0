#include "models/imports_service.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "identity/authorize.h"
#include "identity/organization_tree.h"
#include "models/catalog_change.h"
#include "models/digest.h"
#include "models/errors.h"
#include "models/imports_store.h"
#include "models/limits.h"

namespace kapok::models {
namespace {

core::Result<Source> check_request(const NewImport& request, std::string_view hub,
                                   bool runs_platform) {
    if (!request.sha256.empty() && !is_digest(request.sha256)) {
        return core::fail(kBadDigest, {{"field", "sha256"}}, "/sha256");
    }
    auto source = parse_source(request.source, hub);
    if (!source) {
        return source;
    }
    if (std::holds_alternative<InboxSource>(*source) && !runs_platform) {
        return core::fail(kOperatorOnly, {}, "/source");
    }
    const bool upload = std::holds_alternative<UploadSource>(*source);
    const std::int64_t bytes = request.bytes.value_or(0);
    if (upload && (bytes < 1 || bytes > kWeightsBytesMax)) {
        return core::fail(kSizeNeeded, {{"limit", std::to_string(kWeightsBytesMax)}}, "/bytes");
    }
    return source;
}

bool is_same(const Import& one, const Import& other) {
    return one.organization == other.organization && one.name == other.name &&
           one.source == other.source && one.expected_sha256 == other.expected_sha256 &&
           one.capability == other.capability && one.license == other.license;
}

core::Result<Import> require_import(Reader& reader, ImportId id) {
    const auto found = find_import(reader, id);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& import = *found;
    return import ? core::Result<Import>(*import) : core::fail(kNoImport, {{"import", id.text()}});
}

core::Result<Import> begin_import(Transaction& transaction, const core::Principal& caller,
                                  const Import& import) {
    const auto found = find_import(transaction, import.id);
    if (!found) {
        return std::unexpected(found.error());
    }
    if (const auto& known = *found) {
        return is_same(*known, import)
                   ? core::Result<Import>(*known)
                   : core::fail(kImportExists, {{"import", import.id.text()}}, "/id");
    }
    const auto named = find_model(transaction, import.name);
    if (!named) {
        return std::unexpected(named.error());
    }
    const auto& model = *named;
    const bool again = model && model->provider == import.organization &&
                       !import.expected_sha256.empty() && model->revision == import.expected_sha256;
    if (model && !again) {
        return core::fail(kModelExists, {{"name", import.name}}, "/name");
    }
    if (const auto inserted = insert_import(transaction, import); !inserted) {
        return std::unexpected(inserted.error());
    }
    const auto announced = announce(transaction, caller, "models.import_begun", import.id.text(),
                                    {{"name", import.name}, {"source", import.source}});
    if (!announced) {
        return std::unexpected(announced.error());
    }
    transaction.ring(kImportsBell);
    return import;
}

std::unexpected<core::Error> wrong_state(const Import& import, std::string expected) {
    const auto state = kImportStateNames[static_cast<std::size_t>(import.state)];
    return core::fail(kImportState,
                      {{"actual", std::string(state)}, {"expected", std::move(expected)}});
}

// Where a failed import goes on: where there is something left to bring, or to check again.
ImportState resumed_state(const Import& import) {
    const bool whole = import.total && import.received == *import.total;
    if (import.source.starts_with("upload:")) {
        return whole ? ImportState::Checking : ImportState::Uploading;
    }
    return ImportState::Fetching;
}

core::Result<Import> change_state(Transaction& transaction, const core::Principal& caller,
                                  Import import, ImportState to, std::string event) {
    const ImportState from = import.state;
    import.state = to;
    const auto changed = update_import(transaction, import, from);
    const auto announced =
        announce(transaction, caller, std::move(event), import.id.text(), {{"name", import.name}});
    if (!changed || !announced) {
        return std::unexpected(!changed ? changed.error() : announced.error());
    }
    transaction.ring(kImportsBell);
    return import;
}

}  // namespace

ImportsService::Answer<Import> ImportsService::begin(core::Principal caller, NewImport request) {
    const auto tree = directory_.tree();
    const auto allowed = identity::authorize(
        caller, "model:write", identity::resource_of(*tree, caller.organization, request.name));
    if (!allowed) {
        co_return std::unexpected(allowed.error());
    }
    const bool runs_platform = identity::runs_the_platform(caller, *tree);
    const auto source = check_request(request, importer_.hub(), runs_platform);
    if (!source) {
        co_return std::unexpected(source.error());
    }
    const bool upload = std::holds_alternative<UploadSource>(*source);
    Import import;
    import.id = request.id.value_or(ImportId::make(clock_, random_));
    import.organization = caller.organization;
    import.server = importer_.server();
    import.model = request.model.value_or(ModelId::make(clock_, random_));
    import.name = std::move(request.name);
    import.description = std::move(request.description);
    import.license = std::move(request.license);
    import.source = std::move(request.source);
    import.expected_sha256 = std::move(request.sha256);
    import.capability = request.capability;
    import.context_window = request.context_window;
    import.private_network = may_be_private(caller, *tree, providers_);
    import.state = upload ? ImportState::Uploading : ImportState::Fetching;
    import.total = upload ? request.bytes : std::nullopt;
    import.problem_parameters = "{}";
    import.created_at = clock_.now();
    import.updated_at = import.created_at;
    const auto command = [caller = std::move(caller), import, key = std::move(request.key)](
                             Transaction& transaction) -> core::Result<Import> {
        const auto earlier = identity::claim_id(transaction, key, import.id);
        if (!earlier || *earlier) {
            return earlier ? require_import(transaction, **earlier)
                           : std::unexpected(earlier.error());
        }
        return begin_import(transaction, caller, import);
    };
    co_return co_await database_.write(command);
}

ImportsService::Answer<core::Page<Import>> ImportsService::list(core::Principal caller,
                                                                ImportFilter filter,
                                                                core::Window window) {
    const auto look = [scope = identity::visible_scope(caller, "import:read", *directory_.tree()),
                       filter = std::move(filter), window = std::move(window)](Reader& reader) {
        return list_imports(reader, scope, filter, window);
    };
    co_return co_await database_.read(look);
}

ImportsService::Answer<Import> ImportsService::get(core::Principal caller, ImportId id) {
    const auto look = [=](Reader& reader) { return require_import(reader, id); };
    const core::Result<Import> import = co_await database_.read(look);
    if (!import) {
        co_return std::unexpected(import.error());
    }
    const auto allowed = identity::authorize(
        caller, "import:read",
        identity::resource_of(*directory_.tree(), import->organization, id.text()));
    if (!allowed) {
        co_return core::fail(kNoImport, {{"import", id.text()}});
    }
    co_return import;
}

ImportsService::Answer<Import> ImportsService::change(core::Principal caller, ImportId id) {
    const core::Result<Import> import = co_await get(caller, id);
    if (!import) {
        co_return std::unexpected(import.error());
    }
    const auto allowed = identity::authorize(
        caller, "import:write",
        identity::resource_of(*directory_.tree(), import->organization, id.text()));
    if (!allowed) {
        co_return std::unexpected(allowed.error());
    }
    co_return import;
}

ImportsService::Answer<Import> ImportsService::append(core::Principal caller, ImportId id,
                                                      std::int64_t offset, std::string bytes) {
    core::Result<Import> import = co_await change(std::move(caller), id);
    if (!import) {
        co_return std::unexpected(import.error());
    }
    if (import->server != importer_.server()) {
        co_return core::fail(kOtherServer);
    }
    co_return co_await importer_.append(*std::move(import), offset, std::move(bytes));
}

ImportsService::Answer<Import> ImportsService::resume(core::Principal caller, ImportId id) {
    const core::Result<Import> known = co_await change(caller, id);
    if (!known) {
        co_return std::unexpected(known.error());
    }
    const auto command = [caller = std::move(caller), id](Transaction& transaction) {
        auto import = require_import(transaction, id);
        if (!import) {
            return import;
        }
        if (import->state != ImportState::Failed) {
            return core::Result<Import>(wrong_state(*import, "failed"));
        }
        const ImportState to = resumed_state(*import);
        import->problem_code.clear();
        import->problem_parameters = "{}";
        import->state = ImportState::Failed;
        return change_state(transaction, caller, *import, to, "models.import_resumed");
    };
    co_return co_await database_.write(command);
}

ImportsService::Answer<Import> ImportsService::cancel(core::Principal caller, ImportId id) {
    const core::Result<Import> known = co_await change(caller, id);
    if (!known) {
        co_return std::unexpected(known.error());
    }
    const auto command = [caller = std::move(caller), id](Transaction& transaction) {
        const auto import = require_import(transaction, id);
        if (!import) {
            return import;
        }
        if (import->state == ImportState::Cancelled) {
            return import;
        }
        if (import->state == ImportState::Done) {
            return core::Result<Import>(
                wrong_state(*import, "uploading, fetching, checking or failed"));
        }
        return change_state(transaction, caller, *import, ImportState::Cancelled,
                            "models.import_cancelled");
    };
    const core::Result<Import> cancelled = co_await database_.write(command);
    if (cancelled && cancelled->server == importer_.server()) {
        co_await importer_.discard(id);
    }
    co_return cancelled;
}

}  // namespace kapok::models
