#include "models/gateway/call_money.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "ledger/transfer.h"
#include "models/deployments_store.h"
#include "models/errors.h"

namespace kapok::models {
namespace {

// The two usage records of a call have ids that derive from its own, so that a retry makes them
// again.
constexpr std::uint8_t kInputLeg = 11;
constexpr std::uint8_t kOutputLeg = 12;

core::Result<Model> find_called(Reader& reader, const Call& call) {
    auto found = find_model(reader, call.model);
    if (!found) {
        return std::unexpected(found.error());
    }
    auto& model = *found;
    if (!model) {
        return core::fail(kNoModel, {{"model", call.model}}, "/model");
    }
    if (call.endpoint == Endpoint::Embedding && model->embedding_dimension == 0) {
        const auto others = list_callable(reader);
        std::string able = "-";
        if (others) {
            for (const Model& other : *others) {
                able = other.embedding_dimension > 0 ? other.name : able;
            }
        }
        return core::fail(kNoEmbeddings, {{"model", call.model}, {"other", able}}, "/model");
    }
    return *std::move(model);
}

core::Result<std::vector<Deployment>> find_places(Reader& reader, const Model& model) {
    auto places = ready_deployments(reader, model.id);
    if (places && places->empty()) {
        return core::fail(kNotServed, {{"model", model.name}});
    }
    return places;
}

// So that it does not rest: one that never does need not know.
core::Result<void> note_called(Transaction& transaction, const Deployment& place) {
    const bool noted = !place.hosting || place.hosting->idle_stop_s == 0 ||
                       transaction.now() - place.hosting->called_at < kCalledPrecision;
    return noted ? core::Result<void>() : touch_deployment(transaction, place.id);
}

exchange::UsageRecord usage_record(const CallRow& row, const Ended& ended, std::uint8_t leg,
                                   core::Timestamp now) {
    const bool input = leg == kInputLeg;
    exchange::UsageRecord record;
    record.id = exchange::UsageId(ledger::derived_id(row.id.uuid(), leg).uuid());
    record.product = row.product;
    record.meter = input ? kInputMeter : kOutputMeter;
    record.subject = row.request;
    record.organization = row.organization;
    record.project = row.project;
    record.quantity = {core::Unit::Token, input ? ended.count.prompt : ended.count.completion};
    record.window_start = row.started_at;
    record.window_end = std::max(now, row.started_at);
    record.source = ended.source;
    record.evidence = input ? fmt::format(R"({{"cached_tokens":{},"ended":"{}"}})",
                                          ended.count.cached, ended.reason)
                            : fmt::format(R"({{"ended":"{}"}})", ended.reason);
    return record;
}

}  // namespace

core::Result<Admitted> admit(Transaction& transaction, const core::Principal& caller,
                             const AdmitRequest& request) {
    if (!caller.project) {
        return core::fail(kNoProject);
    }
    const auto model = find_called(transaction, request.call);
    if (!model) {
        return std::unexpected(model.error());
    }
    const auto places = find_places(transaction, *model);
    if (!places) {
        return std::unexpected(places.error());
    }
    const auto found =
        exchange::find_product(transaction, exchange::ProductKind::Model, model->name);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& product = *found;
    if (!product) {
        return core::fail(kNotServed, {{"model", model->name}});
    }
    const TokenBound most = token_bound(request.call, model->context_window);
    exchange::HoldRequest hold;
    hold.id = request.id;
    hold.organization = caller.organization;
    hold.project = *caller.project;
    hold.product = product->id;
    hold.most = {{std::string(kInputMeter), {core::Unit::Token, most.input}}};
    if (request.call.endpoint != Endpoint::Embedding) {
        hold.most.push_back({std::string(kOutputMeter), {core::Unit::Token, most.output}});
    }
    hold.reference = request.request;
    const auto held = exchange::hold(transaction, caller, hold);
    if (!held) {
        return std::unexpected(held.error());
    }
    const core::Timestamp now = transaction.now();
    Admitted admitted{{request.id,
                       request.server,
                       model->id,
                       product->id,
                       caller.organization,
                       *caller.project,
                       request.request,
                       {},
                       now,
                       now,
                       places->front().id},
                      *model,
                      *places,
                      held->amount};
    if (const auto kept = insert_call(transaction, admitted.row); !kept) {
        return std::unexpected(kept.error());
    }
    if (const auto noted = note_called(transaction, places->front()); !noted) {
        return std::unexpected(noted.error());
    }
    return admitted;
}

core::Result<void> finish(Transaction& transaction, const core::Principal& caller,
                          const CallRow& row, const Ended& ended) {
    const auto mine = delete_call(transaction, row.id);
    if (!mine) {
        return std::unexpected(mine.error());
    }
    if (!*mine) {
        return core::fail(kSettledElsewhere);
    }
    std::vector<exchange::UsageRecord> usage;
    if (ended.count.prompt > 0) {
        usage.push_back(usage_record(row, ended, kInputLeg, transaction.now()));
    }
    if (ended.count.completion > 0) {
        usage.push_back(usage_record(row, ended, kOutputLeg, transaction.now()));
    }
    const auto settled = exchange::settle(transaction, caller, row.id, usage);
    return settled ? core::Result<void>() : std::unexpected(settled.error());
}

core::Result<std::size_t> recover(Transaction& transaction, std::string_view server) {
    const auto rows = calls_of_server(transaction, server);
    if (!rows) {
        return std::unexpected(rows.error());
    }
    const auto system = core::Principal::system("gateway recovery");
    std::size_t count = 0;
    for (const CallRow& row : *rows) {
        const Ended ended{row.count, exchange::UsageSource::Partial, "server_died"};
        const auto settled = finish(transaction, system, row, ended);
        if (!settled && settled.error().code() != kSettledElsewhere) {
            return std::unexpected(settled.error());
        }
        count += settled ? 1 : 0;
    }
    return count;
}

}  // namespace kapok::models
