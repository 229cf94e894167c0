#include "compute/reason.h"

#include <fmt/format.h>

namespace kapok::compute {

namespace {

constexpr std::array kReasons{
    &kReadingMissing, &kReadingSuspect, &kReadingTooLow,     &kReadingTooHigh,
    &kNotQuiet,       &kClassGranted,   &kNoClass,           &kStarts,
    &kBackfilled,     &kReserved,       &kWaitsInLine,       &kNotConsidered,
    &kNoNode,         &kNodeFits,       &kNodeNotUp,         &kOtherSite,
    &kNotIsolated,    &kCpuTooSmall,    &kMemoryTooSmall,    &kAcceleratorsTooFew,
    &kCpuInUse,       &kMemoryInUse,    &kAcceleratorsInUse, &kKeptForReservation};

static_assert(std::ranges::all_of(kReasons, [](const ReasonCode* code) {
    return core::parameters_of(code->en) == core::parameters_of(code->zh);
}));

}  // namespace

std::span<const ReasonCode* const> reason_codes() {
    return kReasons;
}

const ReasonCode* find_reason(std::string_view name) {
    const auto found = std::ranges::find(kReasons, name, &ReasonCode::name);
    return found == kReasons.end() ? nullptr : *found;
}

std::string render(const Reason& reason, core::Language language) {
    std::string_view rest = language == core::Language::Zh ? reason.code->zh : reason.code->en;
    std::string sentence;
    while (!rest.empty()) {
        const core::Piece piece = core::take_piece(rest);
        sentence += piece.plain;
        if (piece.name) {
            const auto found =
                std::ranges::find(reason.parameters, *piece.name, &core::Parameter::name);
            sentence += found != reason.parameters.end() ? found->value
                                                         : fmt::format("{{{}}}", *piece.name);
        }
    }
    return sentence;
}

boost::json::object to_json(const Reason& reason) {
    boost::json::object facts;
    for (const auto& [name, value] : reason.parameters) {
        facts[name] = value;
    }
    return {{"code", reason.code->name}, {"facts", std::move(facts)}};
}

}  // namespace kapok::compute
