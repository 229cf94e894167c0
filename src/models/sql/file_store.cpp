#include <algorithm>
#include <cassert>
#include <utility>

#include "models/batch/batch_store.h"

namespace kapok::models {
namespace {

using platform::db::Row;

constexpr std::string_view kInsert =
    "insert into models_file (id, organization_id, project_id, purpose, name, bytes, state, "
    "created_at, expires_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kFind =
    "select id, organization_id, project_id, purpose, name, bytes, state, created_at, expires_at "
    "from models_file where id = ?";
constexpr std::string_view kSetReady =
    "update models_file set state = 'ready', purpose = ?, name = ?, bytes = ?, expires_at = ? "
    "where id = ? and state = 'uploading'";
constexpr std::string_view kSetDeleting = "update models_file set state = 'deleting' where id = ?";
constexpr std::string_view kDelete = "delete from models_file where id = ?";
constexpr std::string_view kListUp =
    "select id, organization_id, project_id, purpose, name, bytes, state, created_at, expires_at "
    "from models_file where project_id = ? and state = 'ready' and (purpose = ? or ? = '') "
    "and number > ? order by number limit ?";
constexpr std::string_view kListDown =
    "select id, organization_id, project_id, purpose, name, bytes, state, created_at, expires_at "
    "from models_file where project_id = ? and state = 'ready' and (purpose = ? or ? = '') "
    "and number < ? order by number desc limit ?";
constexpr std::string_view kNumber = "select number from models_file where id = ?";
constexpr std::string_view kTotals =
    "select count(*), cast(coalesce(sum(bytes), 0) as bigint) from models_file "
    "where project_id = ?";
constexpr std::string_view kToRemove =
    "select id, organization_id, project_id, purpose, name, bytes, state, created_at, expires_at "
    "from models_file where state = 'deleting' or (state = 'ready' and expires_at <= ?) "
    "or (state = 'uploading' and created_at <= ?) order by number limit ?";

File read_file(const Row& row) {
    const auto state = std::ranges::find(kFileStateNames, row.text(6));
    assert(state != kFileStateNames.end());
    return {row.id<FileId>(0),
            row.id<core::OrganizationId>(1),
            row.id<core::ProjectId>(2),
            std::string(row.text(3)),
            std::string(row.text(4)),
            row.integer(5),
            static_cast<FileState>(state - kFileStateNames.begin()),
            row.time(7),
            row.time_if(8)};
}

core::Result<void> done(const core::Result<std::int64_t>& executed) {
    return executed ? core::Result<void>() : std::unexpected(executed.error());
}

}  // namespace

core::Result<void> insert_file(Transaction& transaction, const File& file) {
    const std::string_view state = kFileStateNames[std::to_underlying(file.state)];
    return done(transaction.execute(
        kInsert, {file.id, file.organization, file.project, file.purpose, file.name, file.bytes,
                  state, file.created_at, file.expires_at}));
}

core::Result<std::optional<File>> find_file(Reader& reader, FileId id) {
    return reader.find(kFind, {id}, read_file);
}

core::Result<bool> set_file_ready(Transaction& transaction, const File& file) {
    const auto set = transaction.execute(
        kSetReady, {file.purpose, file.name, file.bytes, file.expires_at, file.id});
    return set ? core::Result<bool>(*set == 1) : std::unexpected(set.error());
}

core::Result<void> set_file_deleting(Transaction& transaction, FileId id) {
    return done(transaction.execute(kSetDeleting, {id}));
}

core::Result<void> delete_file(Transaction& transaction, FileId id) {
    return done(transaction.execute(kDelete, {id}));
}

core::Result<std::vector<File>> list_files(Reader& reader, const ListWish& wish,
                                           std::string_view purpose) {
    const bool up = wish.order == ListOrder::OldestFirst;
    const std::int64_t after = wish.after.value_or(up ? 0 : INT64_MAX);
    return reader.list(up ? kListUp : kListDown,
                       {wish.project, purpose, purpose, after, wish.limit}, read_file);
}

core::Result<std::optional<std::int64_t>> number_of(Reader& reader, FileId id) {
    return reader.find(kNumber, {id}, [](const Row& row) { return row.integer(0); });
}

core::Result<FileTotals> file_totals(Reader& reader, core::ProjectId project) {
    const auto found = reader.find(kTotals, {project}, [](const Row& row) {
        return FileTotals{row.integer(0), row.integer(1)};
    });
    return found ? core::Result<FileTotals>(found->value_or(FileTotals{}))
                 : std::unexpected(found.error());
}

core::Result<std::vector<File>> files_to_remove(Reader& reader, core::Timestamp now,
                                                core::Timestamp stale, std::size_t limit) {
    return reader.list(kToRemove, {now, stale, limit}, read_file);
}

}  // namespace kapok::models
