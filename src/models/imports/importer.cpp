#include "models/imports/importer.h"

#include <algorithm>
#include <memory>
#include <span>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include <boost/asio/this_coro.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fcntl.h>

#include "compute/api.h"
#include "core/known.h"
#include "models/catalog_change.h"
#include "models/errors.h"
#include "models/imports_store.h"
#include "models/limits.h"
#include "platform/crypto/encoding.h"
#include "platform/crypto/hash.h"
#include "platform/db/bell.h"

namespace kapok::models {

namespace asio = boost::asio;
namespace crypto = platform::crypto;
namespace objects = platform::objects;

namespace {

constexpr std::chrono::seconds kProgressPause{1};
constexpr std::chrono::milliseconds kLookAgain{1'000};
constexpr std::chrono::milliseconds kRetryPauseMax{60'000};
constexpr std::size_t kPieceBytes = 1 << 20;
constexpr std::int64_t kHashedAtOnce = 64 << 20;  // Between two looks at whether to stop.
constexpr std::string_view kPartialEnding = ".part";
constexpr std::string_view kMagic = "GGUF";

// Ends work on an import that was cancelled, or that the server's end interrupts.
constexpr core::ErrorCode kGone{"models.import_gone", core::ErrorKind::Conflict,
                                "the import was ended by somebody else", "导入已被他人结束"};

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

asio::awaitable<bool> is_cancelled() {
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() != asio::cancellation_type::none;
}

// The bytes of a partial file, from its beginning.
ByteSource source_of(PartialFile& file) {
    return [&file, offset = std::int64_t{0}](
               std::span<std::byte> buffer) mutable -> core::Result<std::size_t> {
        const auto count = file.read(offset, buffer);
        offset += count ? static_cast<std::int64_t>(*count) : 0;
        return count;
    };
}

ByteSource source_of(objects::ObjectReader& reader) {
    return [&reader](std::span<std::byte> buffer) { return reader.read(buffer); };
}

core::Result<WeightsInfo> checked(core::Result<WeightsInfo> info, const Import& import) {
    if (!info) {
        return info;
    }
    if (import.context_window == 0 && info->context_window == 0) {
        return core::fail(kNotStated, {{"field", "context_window"}}, "/context_window");
    }
    if (import.license.empty() && (info->license.empty() || info->license.size() > 128)) {
        return core::fail(kNotStated, {{"field", "license"}}, "/license");
    }
    const bool embeddings = import.capability == Capability::Embeddings;
    if (embeddings && (info->embedding_length == 0 || info->embedding_length > 65'536)) {
        return core::fail(kNotStated, {{"field", "embedding_length"}}, "/capability");
    }
    return info;
}

Model model_of(const Import& import, const WeightsInfo& info, core::Timestamp now) {
    const bool embeddings = import.capability == Capability::Embeddings;
    Model model;
    model.id = import.model;
    model.provider = import.organization;
    model.name = import.name;
    model.description = import.description;
    model.license = import.license.empty() ? info.license : import.license;
    model.source = import.source;
    model.revision = import.sha256;
    const std::int64_t own = info.context_window;
    const std::int64_t asked = import.context_window;
    model.context_window = own == 0 || (asked > 0 && asked < own) ? asked : own;
    model.embedding_dimension = embeddings ? info.embedding_length : 0;
    model.created_at = now;
    model.file = file_name_of(import.source);
    model.bytes = import.received;
    model.quality = embeddings && !info.embeds ? kDemonstration : "";
    return model;
}

// What came is whole and wrong: none of it is worth keeping.
bool is_useless(const core::ErrorCode& code) {
    return code == kNotGguf || code == kBadGguf || code == kWeightsCut || code == kWrongDigest;
}

core::Principal importing(const Import& import) {
    core::Principal principal = core::Principal::system("model import");
    principal.organization = import.organization;
    return principal;
}

}  // namespace

std::string weights_object(std::string_view sha256) {
    return compute::model_object_name("sha256:" + std::string(sha256));
}

Importer::Importer(Setting setting) : setting_(std::move(setting)) {}

// Whoever takes an import leaves it, whatever happens.
class Importer::Turn {
public:
    Turn(Importer& importer, ImportId id) noexcept : importer_(importer), id_(id) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { importer_.leave(id_); }

private:
    Importer& importer_;
    ImportId id_;
};

bool Importer::take(ImportId id) {
    const std::lock_guard lock(mutex_);
    return taken_.insert(id).second;
}

void Importer::leave(ImportId id) {
    const std::lock_guard lock(mutex_);
    taken_.erase(id);
}

std::filesystem::path Importer::partial_of(ImportId id) const {
    return setting_.folder / "incoming" / (id.text() + std::string(kPartialEnding));
}

asio::awaitable<void> Importer::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await sweep();
    platform::db::Bell& bell = setting_.database.bell(kImportsBell);
    for (;;) {
        const std::uint64_t seen = bell.count();
        const bool worked = co_await work_on_one();
        const bool ends = co_await is_cancelled();
        if (ends) {
            co_return;
        }
        if (!worked) {
            co_await bell.wait(seen, kLookAgain);
        }
    }
}

// Files of imports that ended while this server was not looking.
asio::awaitable<void> Importer::sweep() {
    std::vector<ImportId> ids;
    std::error_code ignored;
    for (const auto& entry :
         std::filesystem::directory_iterator(setting_.folder / "incoming", ignored)) {
        const std::string name = entry.path().stem().string();
        if (const auto id = ImportId::parse(name)) {
            ids.push_back(*id);
        }
    }
    for (const ImportId id : ids) {
        const auto look = [id](Reader& reader) { return find_import(reader, id); };
        const core::Result<std::optional<Import>> found = co_await setting_.database.read(look);
        if (!found) {
            continue;
        }
        const auto& import = *found;
        if (!import || import->state == ImportState::Done ||
            import->state == ImportState::Cancelled) {
            co_await discard(id);
        }
    }
}

asio::awaitable<void> Importer::discard(ImportId id) {
    const auto remove = [path = partial_of(id)] {
        std::error_code ignored;
        return std::filesystem::remove(path, ignored);
    };
    co_await setting_.pool.run(remove);
}

asio::awaitable<bool> Importer::work_on_one() {
    const auto look = [server = setting_.server](Reader& reader) {
        return open_imports(reader, server);
    };
    const core::Result<std::vector<Import>> open = co_await setting_.database.read(look);
    if (!open) {
        co_return false;
    }
    const auto next = std::ranges::find_if(*open, [this](const Import& i) { return take(i.id); });
    if (next == open->end()) {
        co_return false;
    }
    const Turn turn(*this, next->id);
    co_await work_on(*next);
    co_return true;
}

// Another lane may have taken it in between, so it is read again once it is ours.
asio::awaitable<void> Importer::work_on(Import known) {
    const auto look = [id = known.id](Reader& reader) { return find_import(reader, id); };
    const core::Result<std::optional<Import>> found = co_await setting_.database.read(look);
    if (!found) {
        co_return;
    }
    const auto& open = *found;
    if (!open || !is_open(open->state)) {
        co_return;
    }
    Import import = *open;
    core::Result<void> done;
    if (import.state == ImportState::Fetching) {
        done = co_await bring(import);
    }
    if (done) {
        done = co_await finish(import);
    }
    const bool ends = co_await is_cancelled();
    if (done || ends) {
        co_return;
    }
    if (done.error().code() == kGone) {
        co_await discard(import.id);
        co_return;
    }
    const ImportState from = import.state;
    if (from == ImportState::Checking && is_useless(done.error().code())) {
        import.received = 0;
        co_await discard(import.id);
    }
    fail_later(import, done.error());
    const core::Result<void> kept = co_await keep(import, from);
    if (!kept && kept.error().code() != kGone) {
        setting_.log.error("an import's failure was not kept", {{"import", import.id.text()}});
    }
}

void Importer::fail_later(Import& import, const core::Error& error) {
    boost::json::object parameters;
    for (const core::Parameter& parameter : error.parameters()) {
        parameters[parameter.name] = parameter.value;
    }
    import.state = ImportState::Failed;
    import.problem_code = error.code().name;
    import.problem_parameters = boost::json::serialize(parameters);
    setting_.log.warning("an import failed", {{"import", import.id.text()},
                                              {"code", error.code().name},
                                              {"error", core::render(error, core::Language::En)}});
}

Importer::Done Importer::keep(Import& import, ImportState from) {
    const auto command = [import, from](Transaction& transaction) {
        return update_import(transaction, import, from);
    };
    const core::Result<bool> changed = co_await setting_.database.write(command);
    if (!changed) {
        co_return std::unexpected(changed.error());
    }
    co_return *changed ? core::Result<void>() : core::fail(kGone);
}

// What the database says is here is on disk before it says so.
Importer::Done Importer::save(PartialFile& file, Import& import) {
    const auto sync = [&file] { return file.sync(); };
    const core::Result<void> synced = co_await setting_.pool.run(sync);
    if (!synced) {
        co_return synced;
    }
    import.received = file.size();
    co_return co_await keep(import, import.state);
}

Importer::Done Importer::bring(Import& import) {
    const core::Result<bool> stored = co_await is_stored(import);
    if (!stored) {
        co_return std::unexpected(stored.error());
    }
    const auto source = parse_source(import.source, setting_.hub);
    if (!source) {
        co_return std::unexpected(source.error());
    }
    core::Result<void> brought;
    if (!*stored) {
        if (const auto* web = std::get_if<WebSource>(&*source)) {
            brought = co_await bring_from_web(import, *web);
        } else if (const auto* inbox = std::get_if<InboxSource>(&*source)) {
            brought = co_await bring_from_inbox(import, inbox->path);
        }
    }
    if (!brought) {
        co_return brought;
    }
    import.total = *stored ? import.total : std::optional(import.received);
    import.state = ImportState::Checking;
    co_return co_await keep(import, ImportState::Fetching);
}

// Whether the weights that were asked for are here already: nothing needs to be brought then. Only
// for who had them before: knowing a digest is not having the file.
asio::awaitable<core::Result<bool>> Importer::is_stored(const Import& import) {
    if (import.expected_sha256.empty()) {
        co_return false;
    }
    const auto look = [organization = import.organization, sha256 = import.expected_sha256](
                          Reader& reader) { return has_weights(reader, organization, sha256); };
    const core::Result<bool> known = co_await setting_.database.read(look);
    if (!known || !*known) {
        co_return known;
    }
    const std::string name = weights_object(import.expected_sha256);
    const auto find = [this, name] { return setting_.objects.find(name); };
    const core::Result<std::optional<objects::ObjectInfo>> found = co_await setting_.pool.run(find);
    if (!found) {
        co_return std::unexpected(found.error());
    }
    co_return found->has_value();
}

// Again and again, as long as each try brings something, or kImportTriesMax times in a row.
Importer::Done Importer::bring_from_web(Import& import, WebSource source) {
    std::chrono::milliseconds pause = setting_.retry_pause;
    for (std::int64_t tries = 1;; ++tries) {
        const std::int64_t before = import.received;
        const core::Result<void> brought = co_await bring_rest(import, source);
        const bool ends = co_await is_cancelled();
        const bool more = !brought && brought.error().code() == kWeightsCut;
        if (brought || ends || !(more || is_passing(brought.error().code()))) {
            co_return ends ? core::fail(kGone) : brought;
        }
        if (import.received > before) {
            tries = 0;
            pause = setting_.retry_pause;
        }
        if (tries >= kImportTriesMax) {
            co_return brought;
        }
        setting_.log.info("an import tries again",
                          {{"import", import.id.text()},
                           {"received_bytes", import.received},
                           {"error", core::render(brought.error(), core::Language::En)}});
        co_await platform::db::pause(pause);
        pause = std::min(2 * pause, kRetryPauseMax);
    }
}

Importer::Done Importer::bring_rest(Import& import, WebSource source) {
    DownloadRequest request{std::move(source), import.received, import.etag,
                            import.private_network};
    core::Result<Download> download = co_await begin_download(std::move(request));
    if (!download) {
        co_return std::unexpected(download.error());
    }
    if (download->total.value_or(0) > kWeightsBytesMax) {
        co_return core::fail(kTooMuch, {{"limit", std::to_string(kWeightsBytesMax)}});
    }
    import.received = download->offset;
    import.total = download->total;
    import.etag = download->etag;
    if (!download->answer) {
        co_return core::Result<void>();
    }
    co_return co_await receive(import, *download);
}

namespace {

core::Result<void> check_whole(const Import& import) {
    const std::int64_t total = import.total.value_or(import.received);
    if (import.received == total) {
        return {};
    }
    return core::fail(kWeightsCut, {{"expected", std::to_string(total)},
                                    {"actual", std::to_string(import.received)}});
}

}  // namespace

Importer::Done Importer::receive(Import& import, Download& download) {
    std::optional<PartialFile> file;
    const auto open = [path = partial_of(import.id), &import, &file]() -> core::Result<void> {
        auto opened = PartialFile::open(path, import.received);
        if (!opened) {
            return std::unexpected(opened.error());
        }
        PartialFile& part = file.emplace(*std::move(opened));
        return import.total ? part.expect(*import.total - import.received) : core::Result<void>();
    };
    const core::Result<void> opened = co_await setting_.pool.run(open);
    if (!opened) {
        co_return opened;
    }
    const std::int64_t limit = import.total.value_or(kWeightsBytesMax);
    core::Timestamp saved = setting_.clock.now();
    std::string buffer;
    PartialFile& part = core::known(file);
    const auto flush = [&part, &buffer] { return part.append(bytes_of(buffer)); };
    for (;;) {
        core::Result<std::optional<std::string>> piece = co_await download.answer->next();
        const auto bytes = piece.value_or(std::nullopt);
        const bool over = !bytes.has_value();
        buffer += bytes.value_or(std::string());
        const bool begins = part.size() == 0 && buffer.size() >= kMagic.size();
        if (begins && !buffer.starts_with(kMagic)) {
            co_return core::fail(kNotGguf);  // A page that says so, mostly; a long one, sometimes.
        }
        if (part.size() + static_cast<std::int64_t>(buffer.size()) > limit) {
            co_return core::fail(kTooMuch, {{"limit", std::to_string(limit)}});
        }
        const core::Timestamp now = setting_.clock.now();
        const bool due = now - saved >= kProgressPause;
        if (!over && !due && buffer.size() < kPieceBytes) {
            continue;
        }
        const core::Result<void> kept = co_await setting_.pool.run(flush);
        buffer.clear();
        if (!kept) {
            co_return kept;
        }
        if (due || over) {
            const core::Result<void> noted = co_await save(part, import);
            if (!noted) {
                co_return noted;
            }
        }
        saved = due ? now : saved;
        if (!over) {
            continue;
        }
        if (!piece) {
            co_return std::unexpected(piece.error());
        }
        co_return check_whole(import);
    }
}

namespace {

core::Result<objects::FileDescriptor> open_inbox(const std::filesystem::path& folder,
                                                 const std::string& path) {
    std::error_code ignored;
    std::filesystem::create_directories(folder, ignored);
    objects::FileDescriptor inbox(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (inbox.number() < 0) {
        return std::unexpected(objects::error_of(errno, folder.string()));
    }
    return objects::open_beneath(inbox, path, O_RDONLY | O_NONBLOCK);
}

// Up to kPieceBytes more of the file; false at its end.
core::Result<bool> copy_some(const objects::FileDescriptor& from, PartialFile& to,
                             std::int64_t total) {
    const auto left = static_cast<std::size_t>(std::max<std::int64_t>(total - to.size(), 0));
    std::vector<std::byte> buffer(std::min(left, kPieceBytes));
    if (buffer.empty()) {
        return false;
    }
    const auto read = objects::read_all(from, buffer, to.size(), to.path().filename().string());
    const auto written = read ? to.append(buffer) : read;
    return written ? core::Result<bool>(true) : std::unexpected(written.error());
}

}  // namespace

// A copy, because the operator's file stays the operator's.
Importer::Done Importer::bring_from_inbox(Import& import, std::string path) {
    struct Both {
        objects::FileDescriptor from;
        PartialFile to;
        std::int64_t total;
    };
    std::optional<Both> both;
    const auto open = [this, &import, &both, path]() -> core::Result<void> {
        auto from = open_inbox(setting_.folder / "inbox", path);
        const auto total = from ? objects::size_of(*from, path)
                                : core::Result<std::int64_t>(std::unexpected(from.error()));
        if (!total) {
            return std::unexpected(total.error());
        }
        auto to = PartialFile::open(partial_of(import.id), import.received);
        const auto room = to ? to->expect(*total - import.received)
                             : core::Result<void>(std::unexpected(to.error()));
        if (room) {
            both.emplace(*std::move(from), *std::move(to), *total);
        }
        return room;
    };
    const core::Result<void> opened = co_await setting_.pool.run(open);
    if (!opened) {
        co_return opened;
    }
    import.total = both->total;
    core::Timestamp saved = setting_.clock.now();
    const auto copy = [&both] { return copy_some(both->from, both->to, both->total); };
    for (;;) {
        const core::Result<bool> more = co_await setting_.pool.run(copy);
        if (!more) {
            co_return std::unexpected(more.error());
        }
        const core::Timestamp now = setting_.clock.now();
        if (!*more || now - saved >= kProgressPause) {
            saved = now;
            const core::Result<void> kept = co_await save(both->to, import);
            const bool ends = co_await is_cancelled();
            if (!kept || ends || !*more) {
                co_return ends ? core::fail(kGone) : kept;
            }
        }
    }
}

// All of it is here: is it what it should be?
Importer::Done Importer::finish(Import& import) {
    const core::Result<bool> stored = co_await is_stored(import);
    if (!stored) {
        co_return std::unexpected(stored.error());
    }
    if (*stored) {
        import.sha256 = import.expected_sha256;
        const auto find = [this, name = weights_object(import.sha256)] {
            return setting_.objects.find(name);
        };
        const core::Result<std::optional<objects::ObjectInfo>> found =
            co_await setting_.pool.run(find);
        import.received = found && *found ? (*found)->size : 0;
        import.total = import.received;
    }
    const core::Result<WeightsInfo> info = co_await look_into(import);
    if (!info) {
        co_return std::unexpected(info.error());
    }
    if (!*stored) {
        core::Result<std::string> computed = co_await digest(import);
        if (!computed) {
            co_return std::unexpected(computed.error());
        }
        import.sha256 = *std::move(computed);
        const bool other =
            !import.expected_sha256.empty() && import.expected_sha256 != import.sha256;
        if (other) {
            co_return core::fail(kWrongDigest,
                                 {{"actual", import.sha256}, {"expected", import.expected_sha256}});
        }
        const core::Result<void> put = co_await put_away(import);
        if (!put) {
            co_return put;
        }
    }
    const core::Result<void> added = co_await add_to_catalogue(import, *info);
    co_await discard(import.id);
    co_return added;
}

// From the partial file, or from the object store if the weights are there already.
asio::awaitable<core::Result<WeightsInfo>> Importer::look_into(const Import& import) {
    const auto look = [this, &import]() -> core::Result<WeightsInfo> {
        if (!import.sha256.empty()) {
            const auto object = setting_.objects.open(weights_object(import.sha256));
            if (object) {
                return checked(read_gguf(source_of(**object), (*object)->info().size), import);
            }
        }
        auto file = PartialFile::open(partial_of(import.id), import.received);
        if (!file) {
            return std::unexpected(file.error());
        }
        return checked(read_gguf(source_of(*file), file->size()), import);
    };
    co_return co_await setting_.pool.run(look);
}

asio::awaitable<core::Result<std::string>> Importer::digest(const Import& import) {
    std::optional<PartialFile> file;
    const auto open = [this, &import, &file]() -> core::Result<void> {
        auto opened = PartialFile::open(partial_of(import.id), import.received);
        if (opened) {
            file.emplace(*std::move(opened));
        }
        return opened ? core::Result<void>() : std::unexpected(opened.error());
    };
    const core::Result<void> opened = co_await setting_.pool.run(open);
    if (!opened) {
        co_return std::unexpected(opened.error());
    }
    crypto::Hasher hasher(crypto::Suite::Intl);
    std::int64_t offset = 0;
    const auto hash_some = [&file, &hasher, &offset]() -> core::Result<void> {
        std::vector<std::byte> buffer(kPieceBytes);
        for (const std::int64_t end = offset + kHashedAtOnce; offset < end;) {
            const auto count = file->read(offset, buffer);
            if (!count || *count == 0) {
                return count ? core::Result<void>() : std::unexpected(count.error());
            }
            hasher.update(std::span(buffer).first(*count));
            offset += static_cast<std::int64_t>(*count);
        }
        return {};
    };
    while (offset < file->size()) {
        const core::Result<void> hashed = co_await setting_.pool.run(hash_some);
        const bool ends = co_await is_cancelled();
        if (!hashed || ends) {
            co_return hashed ? core::fail(kGone) : std::unexpected(hashed.error());
        }
    }
    co_return crypto::to_hex(hasher.finish());
}

Importer::Done Importer::put_away(const Import& import) {
    const auto put = [this, &import]() -> core::Result<void> {
        const std::string name = weights_object(import.sha256);
        const auto known = setting_.objects.find(name);
        if (!known || *known) {
            return known ? core::Result<void>() : std::unexpected(known.error());
        }
        const auto taken = setting_.objects.take(name, partial_of(import.id));
        if (!taken) {
            return std::unexpected(taken.error());
        }
        const std::string actual = crypto::to_hex(taken->sha256);
        if (actual == import.sha256) {
            return {};
        }
        const auto removed = setting_.objects.remove(name);  // It changed under our hands.
        return removed ? core::fail(kWrongDigest, {{"actual", actual}, {"expected", import.sha256}})
                       : removed;
    };
    co_return co_await setting_.pool.run(put);
}

Importer::Done Importer::add_to_catalogue(Import import, WeightsInfo info) {
    const auto command = [import = std::move(import),
                          info = std::move(info)](Transaction& transaction) -> core::Result<void> {
        Import done = import;
        const auto model =
            add_model(transaction, importing(import), model_of(import, info, transaction.now()));
        if (!model) {
            return std::unexpected(model.error());
        }
        done.model = model->id;
        done.state = ImportState::Done;
        const auto changed = update_import(transaction, done, ImportState::Checking);
        if (!changed) {
            return std::unexpected(changed.error());
        }
        return *changed ? core::Result<void>() : core::fail(kGone);
    };
    co_return co_await setting_.database.write(command);
}

asio::awaitable<core::Result<Import>> Importer::append(Import import, std::int64_t offset,
                                                       std::string bytes) {
    if (!take(import.id)) {
        co_return core::fail(kWrongOffset, {{"actual", std::to_string(offset)},
                                            {"expected", std::to_string(import.received)}});
    }
    const Turn turn(*this, import.id);
    const auto look = [id = import.id](Reader& reader) { return find_import(reader, id); };
    const core::Result<std::optional<Import>> found = co_await setting_.database.read(look);
    if (!found || !*found) {
        co_return found ? core::fail(kNoImport, {{"import", import.id.text()}})
                        : std::unexpected(found.error());
    }
    import = **found;
    if (import.state != ImportState::Uploading) {
        const auto state = kImportStateNames[static_cast<std::size_t>(import.state)];
        co_return core::fail(kImportState,
                             {{"actual", std::string(state)}, {"expected", "uploading"}});
    }
    if (offset != import.received) {
        co_return core::fail(
            kWrongOffset,
            {{"actual", std::to_string(offset)}, {"expected", std::to_string(import.received)}},
            "/offset");
    }
    const std::int64_t total = import.total.value_or(0);
    if (static_cast<std::int64_t>(bytes.size()) > total - offset) {
        co_return core::fail(kTooMuch, {{"limit", std::to_string(total)}});
    }
    const auto write = [this, &import, &bytes]() -> core::Result<std::int64_t> {
        auto file = PartialFile::open(partial_of(import.id), import.received);
        auto done = file ? file->append(bytes_of(bytes))
                         : core::Result<void>(std::unexpected(file.error()));
        done = done ? file->sync() : done;
        return done ? core::Result<std::int64_t>(file->size()) : std::unexpected(done.error());
    };
    const core::Result<std::int64_t> size = co_await setting_.pool.run(write);
    if (!size) {
        co_return std::unexpected(size.error());
    }
    import.received = *size;
    import.state = import.received == total ? ImportState::Checking : ImportState::Uploading;
    const auto command = [import](Transaction& transaction) {
        transaction.ring(kImportsBell);
        return update_import(transaction, import, ImportState::Uploading);
    };
    const core::Result<bool> changed = co_await setting_.database.write(command);
    if (!changed || !*changed) {
        co_return changed ? core::fail(kNoImport, {{"import", import.id.text()}})
                          : std::unexpected(changed.error());
    }
    co_return import;
}

}  // namespace kapok::models
