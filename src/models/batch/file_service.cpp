#include "models/batch/file_service.h"

#include <chrono>
#include <span>
#include <utility>

#include "identity/idempotency.h"
#include "models/batch/upload.h"
#include "models/errors.h"
#include "models/limits.h"

namespace kapok::models {
namespace {

namespace asio = boost::asio;
namespace http = platform::http;

using platform::objects::ObjectReader;

constexpr std::size_t kPieceBytes = std::size_t{256} * 1024;

// An object as the body of an answer.
class ObjectStream final : public http::BodyStream {
public:
    ObjectStream(BatchTools tools, std::shared_ptr<ObjectReader> reader)
        : tools_(tools), reader_(std::move(reader)) {}

    asio::awaitable<std::optional<std::string>> next() override {
        auto reading = [reader = reader_]() -> core::Result<std::string> {
            std::string bytes(kPieceBytes, '\0');
            const auto size = reader->read(std::as_writable_bytes(std::span(bytes)));
            if (!size) {
                return std::unexpected(size.error());
            }
            bytes.resize(*size);
            return bytes;
        };
        core::Result<std::string> piece = co_await tools_.pool.run(std::move(reading));
        if (!piece) {  // A body that breaks off must not look like one that ended.
            throw std::runtime_error(core::render(piece.error(), core::Language::En));
        }
        std::optional<std::string> given;
        if (!piece->empty()) {
            given = *std::move(piece);
        }
        co_return given;
    }

private:
    BatchTools tools_;
    std::shared_ptr<ObjectReader> reader_;
};

std::unexpected<core::Error> no_file(const std::string& id) {
    return core::fail(kNoFile, {{"file", id.substr(0, 64)}}, "/id");
}

// There is room for one more; it is remembered from before its first byte.
core::Result<void> begin_upload(Transaction& transaction, const File& file) {
    const auto totals = file_totals(transaction, file.project);
    if (!totals) {
        return std::unexpected(totals.error());
    }
    if (totals->count >= kProjectFilesMax || totals->bytes >= kProjectFileBytesMax) {
        return core::fail(kFilesFull, {{"files", std::to_string(kProjectFilesMax)},
                                       {"limit", std::to_string(kProjectFileBytesMax)}});
    }
    return insert_file(transaction, file);
}

core::Result<File> end_upload(Transaction& transaction, const File& file,
                              const std::optional<identity::IdempotencyKey>& key) {
    const auto earlier = identity::claim_id(transaction, key, file.id);
    if (!earlier) {
        return std::unexpected(earlier.error());
    }
    if (const std::optional<FileId>& first = *earlier) {
        const auto dropped = set_file_deleting(transaction, file.id);
        const auto found = find_file(transaction, *first);
        if (!dropped || !found) {
            return std::unexpected(!dropped ? dropped.error() : found.error());
        }
        const std::optional<File>& kept = *found;
        const bool there = kept && kept->state == FileState::Ready;
        return there ? core::Result<File>(*kept) : no_file(first->text());
    }
    const auto set = set_file_ready(transaction, file);
    if (!set) {
        return std::unexpected(set.error());
    }
    return *set ? core::Result<File>(file) : no_file(file.id.text());
}

// The key for what the form says and brings. Checked with nothing before the form is taken.
core::Result<std::optional<identity::IdempotencyKey>> key_of(const core::Principal& caller,
                                                             const std::optional<std::string>& key,
                                                             core::ProjectId project,
                                                             std::string_view fingerprint) {
    if (!key) {
        return std::optional<identity::IdempotencyKey>();
    }
    const auto made = identity::make_idempotency_key(caller, *key, "POST",
                                                     "/v1/files " + project.text(), fingerprint);
    return made ? core::Result<std::optional<identity::IdempotencyKey>>(*made)
                : std::unexpected(made.error());
}

core::Result<File> begin_removal(Transaction& transaction, const Entrance& entrance,
                                 const std::string& id) {
    auto file = require_file(transaction, entrance, "file:write", id);
    if (!file) {
        return file;
    }
    const auto read_by = live_batch_reading(transaction, file->id);
    if (!read_by) {
        return std::unexpected(read_by.error());
    }
    if (const auto& batch = *read_by; batch) {
        return core::fail(kFileInUse, {{"batch", batch->text()}, {"file", id}});
    }
    const auto marked = set_file_deleting(transaction, file->id);
    return marked ? file : std::unexpected(marked.error());
}

}  // namespace

core::Result<File> require_file(Reader& reader, const Entrance& entrance, identity::Action action,
                                const std::string& id) {
    const auto parsed = FileId::parse(id);
    if (!parsed) {
        return no_file(id);
    }
    const auto found = find_file(reader, *parsed);
    if (!found) {
        return std::unexpected(found.error());
    }
    const std::optional<File>& file = *found;
    const bool there = file && file->state == FileState::Ready &&
                       entrance.lets(action, {file->organization, file->project});
    return there && file ? core::Result<File>(*file) : no_file(id);
}

FileService::Answer<File> FileService::create(core::Principal caller, NewFile request) {
    const auto look = [entrance = enter(caller), wish = Wish{"file:write", request.project}](
                          Reader& reader) { return entrance.project(reader, wish); };
    const core::Result<ProjectPlace> place = co_await tools_.database.read(look);
    if (!place) {
        co_return std::unexpected(place.error());
    }
    if (const auto key = key_of(caller, request.key, place->project, ""); !key) {
        co_return std::unexpected(key.error());
    }
    auto form = MultipartReader::create(request.content_type);
    if (!form) {
        co_return std::unexpected(form.error());
    }
    const File started{FileId::make(tools_.clock, tools_.random),
                       place->organization,
                       place->project,
                       std::string(kPurposeBatch),
                       "",
                       0,
                       FileState::Uploading,
                       tools_.clock.now(),
                       std::nullopt};
    const auto begin = [started](Transaction& t) { return begin_upload(t, started); };
    const core::Result<void> begun = co_await tools_.database.write(begin);
    if (!begun) {
        co_return std::unexpected(begun.error());
    }
    Upload upload(tools_, started);
    core::Result<File> file = co_await upload.take(*std::move(form), std::move(request.body));
    if (file) {
        file->state = FileState::Ready;
        const auto key = key_of(caller, request.key, place->project, upload.fingerprint());
        const auto end = [taken = *file, key](Transaction& t) {
            return key ? end_upload(t, taken, *key) : std::unexpected(key.error());
        };
        file = co_await tools_.database.write(end);
    }
    // Of an end that was not heard of nobody knows whether it happened, so its file stays.
    if (!file && file.error().code().kind != core::ErrorKind::Unavailable) {
        const auto forget = [id = started.id](Transaction& t) { return set_file_deleting(t, id); };
        static_cast<void>(co_await tools_.database.write(forget));  // Or it goes as a stale one.
    }
    co_return file;
}

FileService::Answer<ListPage<File>> FileService::list(core::Principal caller, ListQuery query,
                                                      std::string purpose) {
    const auto look = [entrance = enter(std::move(caller)), query = std::move(query),
                       purpose =
                           std::move(purpose)](Reader& reader) -> core::Result<ListPage<File>> {
        const auto place = entrance.project(reader, {"file:read", query.project});
        if (!place) {
            return std::unexpected(place.error());
        }
        ListWish wish{place->project, std::nullopt, query.order, query.limit + 1};
        if (!query.after.empty()) {
            const auto last = require_file(reader, entrance, "file:read", query.after);
            if (!last) {
                return std::unexpected(last.error());
            }
            const auto number = number_of(reader, last->id);
            if (!number) {
                return std::unexpected(number.error());
            }
            wish.after = *number;
        }
        auto files = list_files(reader, wish, purpose);
        if (!files) {
            return std::unexpected(files.error());
        }
        ListPage<File> page{*std::move(files), false};
        page.more = page.items.size() > query.limit;
        if (page.more) {
            page.items.pop_back();
        }
        return page;
    };
    co_return co_await tools_.database.read(look);
}

FileService::Answer<File> FileService::get(core::Principal caller, std::string id) {
    const auto look = [entrance = enter(std::move(caller)), id = std::move(id)](Reader& reader) {
        return require_file(reader, entrance, "file:read", id);
    };
    co_return co_await tools_.database.read(look);
}

FileService::Answer<std::shared_ptr<http::BodyStream>> FileService::content(core::Principal caller,
                                                                            std::string id) {
    const core::Result<File> file = co_await get(std::move(caller), std::move(id));
    if (!file) {
        co_return std::unexpected(file.error());
    }
    auto opening = [&store = tools_.objects, name = object_of(file->id)] {
        return store.open(name);
    };
    core::Result<std::unique_ptr<ObjectReader>> reader =
        co_await tools_.pool.run(std::move(opening));
    if (!reader) {
        co_return std::unexpected(reader.error());
    }
    std::shared_ptr<http::BodyStream> stream =
        std::make_shared<ObjectStream>(tools_, *std::move(reader));
    co_return stream;
}

FileService::Answer<File> FileService::remove(core::Principal caller, std::string id) {
    const auto begin = [entrance = enter(std::move(caller)), id](Transaction& transaction) {
        return begin_removal(transaction, entrance, id);
    };
    const core::Result<File> file = co_await tools_.database.write(begin);
    if (!file) {
        co_return file;
    }
    auto removing = [&store = tools_.objects, name = object_of(file->id)] {
        return store.remove(name);
    };
    const core::Result<void> removed = co_await tools_.pool.run(std::move(removing));
    if (removed) {
        const auto end = [id = file->id](Transaction& t) { return delete_file(t, id); };
        static_cast<void>(co_await tools_.database.write(end));  // Or the next sweep does.
    }
    co_return file;
}

}  // namespace kapok::models
