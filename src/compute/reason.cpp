#include "compute/reason.h"

#include <charconv>
#include <cstdint>
#include <system_error>

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

// Three decimals at most, without zeros at the end.
std::string decimal(std::int64_t milli) {
    std::string text = fmt::format("{}.{:03}", milli / 1'000, milli % 1'000);
    text.erase(text.find_last_not_of('0') + 1);
    return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

// In the largest unit of which there is one, rounded down to hundredths: what is there is never
// said to be more.
std::string with_unit(std::int64_t bytes) {
    constexpr std::array<std::string_view, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    std::int64_t scale = 1;
    while (unit + 1 < kUnits.size() && bytes / scale >= 1'024) {
        scale *= 1'024;
        ++unit;
    }
    const std::int64_t hundredths = bytes % scale * 100 / scale;
    return fmt::format("{} {}", decimal(bytes / scale * 1'000 + hundredths * 10), kUnits[unit]);
}

std::string counted(const std::string& value, Counted counted) {
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool whole = fault == std::errc() && end == value.data() + value.size() && number >= 0;
    if (!whole || counted == Counted::Plainly) {
        return value;
    }
    return counted == Counted::Bytes ? with_unit(number) : decimal(number);
}

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
            sentence += found != reason.parameters.end()
                            ? counted(found->value, reason.code->counted)
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
