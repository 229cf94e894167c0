#pragma once

// The events that a bundle speaks of, with the proofs that they are in the log.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "app/evidence/bundle.h"
#include "audit/event_log.h"
#include "audit/tiles.h"
#include "core/result.h"
#include "platform/crypto/hash.h"
#include "platform/db/database.h"

namespace kapok::app::evidence {

class LogGatherer {
public:
    // Reads the newest checkpoint: no event behind it is wanted.
    [[nodiscard]] static core::Result<LogGatherer> open(platform::db::Reader& reader,
                                                        platform::crypto::Suite suite, bool hurry);

    // Which of several events of one type and subject are wanted.
    using Wish = std::function<bool(const boost::json::object& data)>;

    // kNotCovered if there is none in front of the checkpoint and one may be on its way.
    [[nodiscard]] core::Result<void> want(std::string_view type, const std::string& subject,
                                          const Wish& wish = {});

    // With the proof that the log goes on from the checkpoint of size `kept`; else from the newest
    // one made by `time`, or from the first one.
    [[nodiscard]] core::Result<Log> finish(std::optional<std::uint64_t> kept, core::Timestamp time);

private:
    LogGatherer(platform::db::Reader& reader, platform::crypto::Suite suite, bool hurry,
                audit::StoredCheckpoint checkpoint)
        : reader_(reader),
          hurry_(hurry),
          checkpoint_(std::move(checkpoint)),
          tiles_(reader, suite) {}

    [[nodiscard]] core::Result<std::optional<audit::StoredCheckpoint>> earlier(
        std::optional<std::uint64_t> kept, core::Timestamp time);

    platform::db::Reader& reader_;
    bool hurry_;
    audit::StoredCheckpoint checkpoint_;
    audit::TileReader tiles_;
    std::map<std::int64_t, std::string> bodies_;  // By number.
};

}  // namespace kapok::app::evidence
