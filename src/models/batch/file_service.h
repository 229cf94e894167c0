#pragma once

// Files of a project: uploaded as a form, kept as objects, read by batches.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/principal.h"
#include "core/result.h"
#include "models/batch/batch_store.h"
#include "models/batch/batch_tools.h"
#include "models/batch/entrance.h"
#include "platform/http/message.h"

namespace kapok::models {

template <class T>
struct ListPage {
    std::vector<T> items;
    bool more = false;
};

// A list as OpenAI's clients ask for one: by the id of the last thing seen.
struct ListQuery {
    std::string after;  // Empty: from the beginning.
    ListOrder order = ListOrder::NewestFirst;
    std::size_t limit = 0;
    std::string project = {};  // As a person names it.
};

struct NewFile {
    std::string project;  // As a person names it; empty: of the key.
    std::string content_type;
    std::shared_ptr<platform::http::BodySource> body;
    std::optional<std::string> key;  // Of the Idempotency-Key header.
};

class FileService {
public:
    template <class T>
    using Answer = boost::asio::awaitable<core::Result<T>>;

    explicit FileService(BatchTools tools) : tools_(tools) {}

    // `body` is a form with the fields `purpose` and `file`, and `expires_after[…]` if wanted. The
    // same form again under the same Idempotency-Key gives the file of the first; what it brought
    // is thrown away.
    Answer<File> create(core::Principal caller, NewFile request);
    Answer<ListPage<File>> list(core::Principal caller, ListQuery query, std::string purpose);
    Answer<File> get(core::Principal caller, std::string id);
    Answer<std::shared_ptr<platform::http::BodyStream>> content(core::Principal caller,
                                                                std::string id);
    // Refused while a batch reads it.
    Answer<File> remove(core::Principal caller, std::string id);

private:
    [[nodiscard]] Entrance enter(core::Principal caller) const {
        return {tools_.directory.tree(), std::move(caller)};
    }

    BatchTools tools_;
};

// A file that the caller may touch so; kNoFile also for what is no id and for another project's.
[[nodiscard]] core::Result<File> require_file(Reader& reader, const Entrance& entrance,
                                              identity::Action action, const std::string& id);

}  // namespace kapok::models
