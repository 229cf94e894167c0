#include <array>
#include <limits>

#include "compute/inventory/text.h"
#include "compute/jobs/spec.h"

namespace kapok::compute {

namespace {

struct Suffix {
    std::string_view name;
    std::int64_t factor;
};

constexpr std::array<Suffix, 9> kByteSuffixes{{{"KiB", std::int64_t{1} << 10},
                                               {"MiB", std::int64_t{1} << 20},
                                               {"GiB", std::int64_t{1} << 30},
                                               {"TiB", std::int64_t{1} << 40},
                                               {"kB", 1'000},
                                               {"MB", 1'000'000},
                                               {"GB", 1'000'000'000},
                                               {"TB", 1'000'000'000'000},
                                               {"B", 1}}};
constexpr std::array<Suffix, 5> kTimeSuffixes{
    {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

// "1.5" times 1'000 is exactly 1'500; nothing where it is not whole, too large or not a decimal.
std::optional<std::int64_t> scaled_decimal(std::string_view text, std::int64_t factor) {
    __extension__ using Int128 = __int128;
    const auto dot = text.find('.');
    const std::string_view whole = text.substr(0, dot);
    const std::string_view decimals = dot == text.npos ? std::string_view{} : text.substr(dot + 1);
    if (whole.empty() || whole.size() > 15 || decimals.size() > 9 ||
        (dot != text.npos && decimals.empty())) {
        return std::nullopt;
    }
    Int128 digits = 0;
    Int128 divisor = 1;
    for (const std::string_view part : {whole, decimals}) {
        for (const char digit : part) {
            if (digit < '0' || digit > '9') {
                return std::nullopt;
            }
            digits = digits * 10 + (digit - '0');
        }
    }
    for (std::size_t i = 0; i < decimals.size(); ++i) {
        divisor *= 10;
    }
    const Int128 product = digits * factor;
    if (product % divisor != 0 || product / divisor > std::numeric_limits<std::int64_t>::max()) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(product / divisor);
}

}  // namespace

std::optional<std::int64_t> parse_cpu_milli(std::string_view text) {
    if (text.ends_with('m')) {
        const auto milli = text.substr(0, text.size() - 1);
        return milli.contains('.') ? std::nullopt : scaled_decimal(milli, 1);
    }
    return scaled_decimal(text, 1'000);
}

std::optional<std::int64_t> parse_bytes(std::string_view text) {
    for (const auto& [name, factor] : kByteSuffixes) {
        if (text.ends_with(name)) {
            return scaled_decimal(text.substr(0, text.size() - name.size()), factor);
        }
    }
    return std::nullopt;  // A bare number: bytes or mebibytes? The owner has to say.
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    std::int64_t total = 0;
    std::int64_t last_factor = std::numeric_limits<std::int64_t>::max();
    if (text.empty()) {
        return std::nullopt;
    }
    while (!text.empty()) {
        const auto end = text.find_first_not_of("0123456789.");
        if (end == text.npos) {
            return std::nullopt;
        }
        const auto unit_end = text.find_first_of("0123456789.", end);
        const std::string_view unit =
            text.substr(end, unit_end == text.npos ? text.npos : unit_end - end);
        const Suffix* found = nullptr;
        for (const Suffix& suffix : kTimeSuffixes) {
            found = suffix.name == unit ? &suffix : found;
        }
        // Larger units come first, each once: 1h30m, not 30m1h.
        if (found == nullptr || found->factor >= last_factor) {
            return std::nullopt;
        }
        const auto part = scaled_decimal(text.substr(0, end), found->factor);
        if (!part || __builtin_add_overflow(total, *part, &total)) {
            return std::nullopt;
        }
        last_factor = found->factor;
        text = unit_end == text.npos ? std::string_view{} : text.substr(unit_end);
    }
    return std::chrono::milliseconds(total);
}

std::string cpu_text(std::int64_t milli) {
    return milli % 1'000 == 0 ? std::to_string(milli / 1'000) : std::to_string(milli) + "m";
}

std::string bytes_text(std::int64_t bytes) {
    for (std::size_t i = 4; i-- > 0;) {
        if (const auto& [name, factor] = kByteSuffixes[i]; bytes > 0 && bytes % factor == 0) {
            return std::to_string(bytes / factor) + std::string(name);
        }
    }
    return std::to_string(bytes) + "B";
}

std::string duration_text(std::chrono::milliseconds duration) {
    std::string text;
    std::int64_t rest = duration.count();
    for (std::size_t i = kTimeSuffixes.size(); i-- > 0;) {
        const auto& [name, factor] = kTimeSuffixes[i];
        if (rest / factor > 0) {
            text += std::to_string(rest / factor) + std::string(name);
            rest %= factor;
        }
    }
    return text.empty() ? "0s" : text;
}

}  // namespace kapok::compute
