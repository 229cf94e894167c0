#pragma once

// A deployment on own compute, as a value: what its engine is started with, and what becomes of the
// deployment when one looks at its service. Decisions are pure; deployment_keeper.h carries them
// out.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "compute/api.h"
#include "core/clock.h"
#include "models/catalog.h"

namespace kapok::models {

inline constexpr std::chrono::seconds kDrainLimit{60};  // For calls under way to end.

// What one look finds.
struct Look {
    std::optional<compute::ServiceView> service;
    std::int64_t calls = 0;  // Under way there.
    std::string boot_id;     // Of the platform's own host: engines are reached only there.
    core::Timestamp now = {};
};

// What is to be done, together with how the deployment then stands.
enum class Action : std::uint8_t { None, Start, Stop };
struct Followed {
    Deployment deployment;
    Action action = Action::None;
};

// A deployment that is hosted, after a look at it. Looking again at the same changes nothing more.
[[nodiscard]] Followed follow(Deployment deployment, const Look& look);

// The deployment when a call wants it: one that rests or is about to, starts or stays. Nothing if
// it cannot serve.
[[nodiscard]] std::optional<Followed> wake(Deployment deployment, core::Timestamp now);

// The deployment when nobody wants it any more: its calls may end, then it stops.
[[nodiscard]] Followed stop(Deployment deployment, core::Timestamp now);

// The service of the deployment under the id in `hosting->service`.
[[nodiscard]] compute::NewService service_of(const Model& model, const Deployment& deployment);

// What the model needs where nothing was said.
[[nodiscard]] Hosting default_hosting(const Model& model);

}  // namespace kapok::models
