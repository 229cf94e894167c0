#include "models/batch/batch_service.h"

#include <utility>

#include "audit/api.h"
#include "models/errors.h"
#include "models/limits.h"

namespace kapok::models {
namespace {

core::Result<Batch> require_batch(Reader& reader, const Entrance& entrance, identity::Action action,
                                  const std::string& id) {
    const auto parsed = BatchId::parse(id);
    core::Result<std::optional<Batch>> batch = std::optional<Batch>();
    if (parsed) {
        batch = find_batch(reader, *parsed);
    }
    if (!batch) {
        return std::unexpected(batch.error());
    }
    const std::optional<Batch>& there = *batch;
    if (!there || !entrance.lets(action, {there->organization, there->project})) {
        return core::fail(kNoBatch, {{"batch", id.substr(0, 64)}}, "/id");
    }
    return *there;
}

core::Result<void> announce(Transaction& transaction, const core::Principal& caller,
                            std::string type, const Batch& batch) {
    audit::Event event;
    event.type = std::move(type);
    event.subject = batch.id.text();
    event.organization = batch.organization;
    event.project = batch.project;
    event.data = {{"endpoint", kEndpointPaths[std::to_underlying(batch.endpoint)]},
                  {"input_file_id", batch.input.text()}};
    return audit::publish(transaction, caller, event);
}

// The batch that this key made before, if it is the same one.
core::Result<std::optional<Batch>> find_earlier(Reader& reader, const Batch& wanted) {
    if (!wanted.idempotency_key) {
        return std::nullopt;
    }
    auto earlier = find_batch(reader, wanted.project, *wanted.idempotency_key);
    if (!earlier) {
        return earlier;
    }
    const std::optional<Batch>& found = *earlier;
    const bool same =
        !found || (found->input == wanted.input && found->endpoint == wanted.endpoint &&
                   found->metadata == wanted.metadata &&
                   found->output_lifetime_s == wanted.output_lifetime_s);
    return same ? earlier : core::fail(kBatchConflict);
}

// Its input's project is the batch's.
core::Result<Batch> create_batch(Transaction& transaction, const Entrance& entrance, Batch batch,
                                 const std::string& input) {
    const auto file = require_file(transaction, entrance, "batch:write", input);
    if (!file) {
        return core::fail(kNoFile, {{"file", input.substr(0, 64)}}, "/input_file_id");
    }
    if (file->purpose != kPurposeBatch) {
        return core::fail(kBadCall,
                          {{"param", "input_file_id"},
                           {"expected", "a file with purpose batch"},
                           {"actual", file->purpose}},
                          "/input_file_id");
    }
    batch.input = file->id;
    batch.organization = file->organization;
    batch.project = file->project;
    const auto earlier = find_earlier(transaction, batch);
    if (!earlier) {
        return std::unexpected(earlier.error());
    }
    if (const std::optional<Batch>& same = *earlier; same) {
        return *same;
    }
    const auto live = count_live_batches(transaction, batch.project);
    if (!live || *live >= kProjectBatchesMax) {
        return live ? core::Result<Batch>(core::fail(
                          kTooManyBatches, {{"limit", std::to_string(kProjectBatchesMax)}}))
                    : std::unexpected(live.error());
    }
    batch.created_at = transaction.now();
    batch.expires_at = batch.created_at + kCompletionWindow;
    if (const auto kept = insert_batch(transaction, batch); !kept) {
        return std::unexpected(kept.error());
    }
    transaction.ring(kBatchesBell);
    const auto announced = announce(transaction, entrance.caller(), "models.batch_created", batch);
    return announced ? core::Result<Batch>(std::move(batch)) : std::unexpected(announced.error());
}

core::Result<Batch> cancel_batch(Transaction& transaction, const Entrance& entrance,
                                 const std::string& id) {
    auto batch = require_batch(transaction, entrance, "batch:write", id);
    if (!batch || batch->state == BatchState::Cancelling) {
        return batch;
    }
    const BatchState before = batch->state;
    if (before != BatchState::Validating && before != BatchState::InProgress) {
        return core::fail(
            kBatchOver,
            {{"batch", id}, {"state", std::string(kBatchStateNames[std::to_underlying(before)])}});
    }
    batch->state = BatchState::Cancelling;
    batch->outcome = BatchState::Cancelled;
    batch->cancelling_at = transaction.now();
    const auto changed = update_batch(transaction, *batch, before);
    if (!changed) {
        return std::unexpected(changed.error());
    }
    transaction.ring(kBatchesBell);
    const auto announced =
        announce(transaction, entrance.caller(), "models.batch_cancelled", *batch);
    return announced ? batch : std::unexpected(announced.error());
}

}  // namespace

BatchService::Answer<Batch> BatchService::create(core::Principal caller, NewBatch request) {
    Batch batch;
    batch.id = BatchId::make(tools_.clock, tools_.random);
    batch.creator = caller.name;
    batch.endpoint = request.endpoint;
    batch.metadata = std::move(request.metadata);
    batch.language = request.language;
    batch.errors = "[]";
    batch.output_lifetime_s = request.output_lifetime_s;
    batch.idempotency_key = std::move(request.idempotency_key);
    const auto command = [entrance = enter(std::move(caller)), batch = std::move(batch),
                          input = std::move(request.input_file)](Transaction& transaction) {
        return create_batch(transaction, entrance, batch, input);
    };
    co_return co_await tools_.database.write(command);
}

BatchService::Answer<ListPage<Batch>> BatchService::list(core::Principal caller, ListQuery query) {
    const auto look = [entrance = enter(std::move(caller)),
                       query = std::move(query)](Reader& reader) -> core::Result<ListPage<Batch>> {
        const auto place = entrance.project(reader, {"batch:read", query.project});
        if (!place) {
            return std::unexpected(place.error());
        }
        ListWish wish{place->project, std::nullopt, query.order, query.limit + 1};
        if (!query.after.empty()) {
            const auto last = require_batch(reader, entrance, "batch:read", query.after);
            if (!last) {
                return std::unexpected(last.error());
            }
            const auto number = number_of(reader, last->id);
            if (!number) {
                return std::unexpected(number.error());
            }
            wish.after = *number;
        }
        auto batches = list_batches(reader, wish);
        if (!batches) {
            return std::unexpected(batches.error());
        }
        ListPage<Batch> page{*std::move(batches), false};
        page.more = page.items.size() > query.limit;
        if (page.more) {
            page.items.pop_back();
        }
        return page;
    };
    co_return co_await tools_.database.read(look);
}

BatchService::Answer<Batch> BatchService::get(core::Principal caller, std::string id) {
    const auto look = [entrance = enter(std::move(caller)), id = std::move(id)](Reader& reader) {
        return require_batch(reader, entrance, "batch:read", id);
    };
    co_return co_await tools_.database.read(look);
}

BatchService::Answer<Batch> BatchService::cancel(core::Principal caller, std::string id) {
    const auto command = [entrance = enter(std::move(caller)),
                          id = std::move(id)](Transaction& transaction) {
        return cancel_batch(transaction, entrance, id);
    };
    co_return co_await tools_.database.write(command);
}

}  // namespace kapok::models
