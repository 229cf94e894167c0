#pragma once

// Batches as their project's callers see them.

#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "core/principal.h"
#include "core/result.h"
#include "models/batch/batch_store.h"
#include "models/batch/batch_tools.h"
#include "models/batch/file_service.h"

namespace kapok::models {

struct NewBatch {
    std::string input_file;
    Endpoint endpoint = Endpoint::Chat;
    std::string metadata = "null";
    std::optional<std::int64_t> output_lifetime_s;
    std::optional<std::string> idempotency_key;
    core::Language language = core::Language::En;
};

class BatchService {
public:
    template <class T>
    using Answer = boost::asio::awaitable<core::Result<T>>;

    explicit BatchService(BatchTools tools) : tools_(tools) {}

    Answer<Batch> create(core::Principal caller, NewBatch request);
    Answer<ListPage<Batch>> list(core::Principal caller, ListQuery query);
    Answer<Batch> get(core::Principal caller, std::string id);
    // Lines under way end; the rest are not begun.
    Answer<Batch> cancel(core::Principal caller, std::string id);

private:
    [[nodiscard]] Entrance enter(core::Principal caller) const {
        return {tools_.directory.tree(), std::move(caller)};
    }

    BatchTools tools_;
};

}  // namespace kapok::models
