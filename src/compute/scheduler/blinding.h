#pragma once

// A round's snapshot names the jobs and organizations of everybody who was in the queue. What is
// recorded of it in the audit log, and shown to whoever checks a decision, has other ids instead:
// the same one for the same thing throughout a round, so that plan() decides as it did, and none
// that tells whose it was. Each round has a secret of its own. For one id it gives an opening, with
// which anybody can make that id's substitute and learns nothing about any other's.

#include <optional>
#include <string>
#include <string_view>

#include "compute/scheduler/plan.h"
#include "core/random.h"
#include "platform/crypto/bytes.h"

namespace kapok::compute {

class Blinding {
public:
    [[nodiscard]] static Blinding make(core::Random& random);
    // 64 hexadecimal digits; the form in which it is kept.
    [[nodiscard]] static std::optional<Blinding> parse(std::string_view text);
    [[nodiscard]] std::string text() const;

    // Of "job_…" or "org_…".
    [[nodiscard]] std::string opening(std::string_view id) const;

private:
    explicit Blinding(platform::crypto::Bytes secret) : secret_(std::move(secret)) {}

    platform::crypto::Bytes secret_;
};

// What stands for `id` where it is blinded.
[[nodiscard]] core::Uuid substitute(std::string_view id, std::string_view opening);

// Jobs and organizations are replaced; sites and nodes are what is offered to everybody, and stay.
[[nodiscard]] Snapshot blinded(Snapshot snapshot, const Blinding& blinding);

}  // namespace kapok::compute
