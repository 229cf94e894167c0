#include "models/imports_store.h"

#include <utility>

#include "models/sql/rows.h"
#include "platform/db/select.h"

namespace kapok::models {
namespace {

using platform::db::Row;
using sql::done;
using sql::enum_of;
using sql::name_of;

constexpr std::string_view kInsertImport =
    "insert into models_import (id, organization_id, server, model_id, name, description, license, "
    "source, expected_sha256, capability, context_window, private_network, state, received, total, "
    "etag, sha256, problem_code, problem_parameters, created_at, updated_at) "
    "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kFindImport =
    "select id, organization_id, server, model_id, name, description, license, source, "
    "expected_sha256, capability, context_window, private_network, state, received, total, etag, "
    "sha256, problem_code, problem_parameters, created_at, updated_at from models_import "
    "where id = ?";
constexpr std::string_view kListImports =
    "select id, organization_id, server, model_id, name, description, license, source, "
    "expected_sha256, capability, context_window, private_network, state, received, total, etag, "
    "sha256, problem_code, problem_parameters, created_at, updated_at, number from models_import";
constexpr platform::db::Order kImportOrder{"number", "name", 21};
constexpr std::string_view kOpenImports =
    "select id, organization_id, server, model_id, name, description, license, source, "
    "expected_sha256, capability, context_window, private_network, state, received, total, etag, "
    "sha256, problem_code, problem_parameters, created_at, updated_at from models_import "
    "where server = ? and state in ('fetching', 'checking') order by number";
constexpr std::string_view kUpdateImport =
    "update models_import set model_id = ?, state = ?, received = ?, total = ?, etag = ?, "
    "sha256 = ?, problem_code = ?, problem_parameters = ?, updated_at = ? "
    "where id = ? and state = ?";

Import read_import(const Row& row) {
    Import import;
    import.id = row.id<ImportId>(0);
    import.organization = row.id<core::OrganizationId>(1);
    import.server = row.text(2);
    import.model = row.id<ModelId>(3);
    import.name = row.text(4);
    import.description = row.text(5);
    import.license = row.text(6);
    import.source = row.text(7);
    import.expected_sha256 = row.text(8);
    import.capability = enum_of<Capability>(row.text(9), kCapabilityNames);
    import.context_window = row.integer(10);
    import.private_network = row.boolean(11);
    import.state = enum_of<ImportState>(row.text(12), kImportStateNames);
    import.received = row.integer(13);
    import.total = row.integer_if(14);
    import.etag = row.text(15);
    import.sha256 = row.text(16);
    import.problem_code = row.text(17);
    import.problem_parameters = row.text(18);
    import.created_at = row.time(19);
    import.updated_at = row.time(20);
    return import;
}

}  // namespace

core::Result<void> insert_import(Transaction& transaction, const Import& import) {
    return done(transaction.execute(kInsertImport, {import.id,
                                                    import.organization,
                                                    import.server,
                                                    import.model,
                                                    import.name,
                                                    import.description,
                                                    import.license,
                                                    import.source,
                                                    import.expected_sha256,
                                                    name_of(import.capability, kCapabilityNames),
                                                    import.context_window,
                                                    import.private_network,
                                                    name_of(import.state, kImportStateNames),
                                                    import.received,
                                                    import.total,
                                                    import.etag,
                                                    import.sha256,
                                                    import.problem_code,
                                                    import.problem_parameters,
                                                    import.created_at,
                                                    import.updated_at}));
}

core::Result<std::optional<Import>> find_import(Reader& reader, ImportId id) {
    return reader.find(kFindImport, {id}, read_import);
}

core::Result<core::Page<Import>> list_imports(Reader& reader, const core::Scope& scope,
                                              const ImportFilter& filter,
                                              const core::Window& window) {
    platform::db::Select select(kListImports, "organization_id", scope);
    select
        .where_if("state = ?", filter.state,
                  [](ImportState state) { return name_of(state, kImportStateNames); })
        .where_if("model_id = ?", filter.model)
        .where_if("name = ?", filter.name)
        .window(window, kImportOrder);
    return platform::db::read_page<Import>(reader, select, window, read_import,
                                           [](const Import& import) { return import.name; });
}

core::Result<std::vector<Import>> open_imports(Reader& reader, std::string_view server) {
    return reader.list(kOpenImports, {server}, read_import);
}

core::Result<bool> update_import(Transaction& transaction, const Import& import, ImportState from) {
    const auto changed = transaction.execute(
        kUpdateImport,
        {import.model, name_of(import.state, kImportStateNames), import.received, import.total,
         import.etag, import.sha256, import.problem_code, import.problem_parameters,
         transaction.now(), import.id, name_of(from, kImportStateNames)});
    if (!changed) {
        return std::unexpected(changed.error());
    }
    return *changed == 1;
}

}  // namespace kapok::models
