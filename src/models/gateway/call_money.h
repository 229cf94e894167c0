#pragma once

// The money of a call, in three commands: admit() holds the most that it can cost and writes it
// down as under way, progress() notes how far it has come, finish() settles what was used. Whatever
// ends a call ends in finish(); if the server dies instead, recover() finishes it from its last
// progress.

#include <cstdint>
#include <string>
#include <vector>

#include "core/principal.h"
#include "core/result.h"
#include "exchange/api.h"
#include "models/catalog.h"
#include "models/gateway/call.h"
#include "models/models_store.h"

namespace kapok::models {

// What a call was admitted with.
struct Admitted {
    CallRow row;
    Model model;
    std::vector<Deployment> places;  // Where it is ready, the best one first; never empty.
    core::Money held;
};

struct AdmitRequest {
    exchange::HoldId id;
    Call call;
    std::string server;   // Of this process: stays the same when it starts again.
    std::string request;  // Its id, for the bill: "req_…".
};

// It goes to the first place. kNoModel, kNotServed, kNoEmbeddings, kNoProject, or what
// exchange::hold() refuses for.
[[nodiscard]] core::Result<Admitted> admit(Transaction& transaction, const core::Principal& caller,
                                           const AdmitRequest& request);

// How a call ended, as far as its bill goes.
struct Ended {
    TokenCount count;
    exchange::UsageSource source = exchange::UsageSource::Provider;
    std::string reason;  // "finished", "client_left", "upstream_failed", "server_died"
};

// Settles once: kSettledElsewhere if the call is not under way any more, as another server took
// this one for dead. Its client must not be told that it has what it paid for.
[[nodiscard]] core::Result<void> finish(Transaction& transaction, const core::Principal& caller,
                                        const CallRow& row, const Ended& ended);

// Finishes what an earlier run of `server` left; says how many calls that were.
[[nodiscard]] core::Result<std::size_t> recover(Transaction& transaction, std::string_view server);

// The meters of a model's product.
inline constexpr std::string_view kInputMeter = "input_tokens";
inline constexpr std::string_view kOutputMeter = "output_tokens";

}  // namespace kapok::models
