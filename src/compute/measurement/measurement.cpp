#include "compute/measurement/measurement.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <boost/json/array.hpp>

#include "compute/canonical_json.h"
#include "compute/json_fields.h"
#include "core/timestamp.h"

namespace kapok::compute {

namespace {

constexpr std::int64_t kPpm = 1'000'000;
constexpr double kCoverageWanted = 0.95;

__extension__ using Int128 = __int128;

std::int64_t scaled(std::int64_t value, std::int64_t numerator, std::int64_t denominator) {
    return static_cast<std::int64_t>(static_cast<Int128>(value) * numerator / denominator);
}

// How many samples to drop at each end, and the coverage that is left. With fewer than six samples
// even all of them don't reach the wanted coverage; then none is dropped, and the coverage says so.
std::pair<std::size_t, double> order_interval(std::size_t count) {
    double binomial = 1.0;  // P(exactly i of count fair coins), times 2^count.
    double total = 1.0;
    for (std::size_t i = 0; i < count; ++i) {
        total *= 2.0;
    }
    double below = 0.0;
    std::pair<std::size_t, double> best{0, 1.0 - 2.0 / total};
    for (std::size_t dropped = 0; dropped < count / 2; ++dropped) {
        below += binomial / total;
        const double coverage = 1.0 - 2.0 * below;
        if (dropped > 0 && coverage < kCoverageWanted) {
            break;
        }
        best = {dropped, coverage};
        binomial =
            binomial * static_cast<double>(count - dropped) / static_cast<double>(dropped + 1);
    }
    return best;
}

boost::json::object to_json(const Reading& reading) {
    boost::json::object object{
        {"metric", to_text(reading.metric)},
        {"unit", unit_of(reading.metric)},
        {"samples",
         boost::json::array(reading.estimate.samples.begin(), reading.estimate.samples.end())},
        {"median", reading.estimate.median},
        {"low", reading.estimate.low},
        {"high", reading.estimate.high},
        {"coverage_ppm", reading.estimate.coverage_ppm},
        {"floor_ppm", reading.estimate.floor_ppm},
        {"kernel", reading.kernel},
        {"shape", reading.shape},
        {"checked", reading.checked},
        {"suspect", reading.suspect},
        {"notes", boost::json::array(reading.notes.begin(), reading.notes.end())}};
    if (reading.peak) {
        object["peak"] = reading.peak->value;
        object["peak_basis"] = reading.peak->basis;
        object["share_ppm"] = reading.share_ppm;
    }
    return object;
}

std::vector<std::int64_t> read_samples(JsonFields& fields) {
    std::vector<std::int64_t> samples;
    for (const auto& item : fields.list("samples")) {
        const auto* number = item.if_int64();
        if (number == nullptr || *number <= 0) {
            fields.blame("samples", "positive integers");
            return {};
        }
        samples.push_back(*number);
    }
    if (samples.size() % 2 == 0 || samples.size() > 1'001) {
        fields.blame("samples", "an odd number of samples, at most 1001");
        return {};
    }
    return samples;
}

// A document can be signed and still be wrong; whatever follows from its samples is computed anew.
Reading read_reading(JsonFields& fields) {
    Reading reading;
    const auto metric = parse_metric(fields.text("metric"));
    if (!metric) {
        fields.blame("metric", "a known metric");
    }
    reading.metric = metric.value_or(Metric::Fp32Gemm);
    if (fields.text("unit") != unit_of(reading.metric)) {
        fields.blame("unit", unit_of(reading.metric));
    }
    const auto samples = read_samples(fields);
    const std::int64_t floor_ppm = fields.integer("floor_ppm");
    if (floor_ppm < 0 || floor_ppm > kPpm) {
        fields.blame("floor_ppm", "0 to 1000000");
    } else if (!samples.empty()) {
        reading.estimate = estimate(samples, floor_ppm);
    }
    const Estimate& own = reading.estimate;
    if (fields.integer("median") != own.median || fields.integer("low") != own.low ||
        fields.integer("high") != own.high || fields.integer("coverage_ppm") != own.coverage_ppm) {
        fields.blame("median", "what the samples give");
    }
    reading.kernel = fields.text("kernel");
    reading.shape = fields.text("shape");
    reading.checked = fields.integer("checked");
    reading.notes = fields.texts("notes");
    const bool suspect = fields.boolean("suspect");
    if (fields.has("peak")) {
        reading.peak = Peak{fields.integer("peak"), fields.text("peak_basis")};
        weigh_against_peak(reading);
        if (fields.integer("share_ppm") != reading.share_ppm) {
            fields.blame("share_ppm", "the median's share of the peak");
        }
    }
    if (suspect != reading.suspect) {
        fields.blame("suspect", "what the share gives");
    }
    return reading;
}

boost::json::object to_json(const Conditions& conditions) {
    return {{"threads", conditions.threads},
            {"frequency_khz", conditions.frequency_khz},
            {"load_milli_before", conditions.load_milli_before},
            {"load_milli_after", conditions.load_milli_after},
            {"others_ppm", conditions.others_ppm},
            {"governor", conditions.governor},
            {"kernel", conditions.kernel},
            {"filesystem", conditions.filesystem},
            {"program", conditions.program}};
}

Conditions read_conditions(JsonFields& fields) {
    return {fields.integer("threads"),
            fields.integer("frequency_khz"),
            fields.integer("load_milli_before"),
            fields.integer("load_milli_after"),
            fields.integer("others_ppm"),
            fields.text("governor"),
            fields.text("kernel"),
            fields.text("filesystem"),
            fields.text("program")};
}

core::Timestamp read_time(JsonFields& fields, std::string_view name) {
    const auto time = core::parse_rfc3339(fields.text(name));
    if (!time) {
        fields.blame(name, "an RFC 3339 time");
    }
    return time.value_or(core::Timestamp{});
}

Measurement read_measurement(JsonFields& fields) {
    Measurement found;
    if (fields.integer("format") != Measurement::kFormat) {
        fields.blame("format", "1");
    }
    found.id = fields.id<MeasurementId>("id");
    found.node = fields.id<NodeId>("node");
    found.started_at = read_time(fields, "started_at");
    found.ended_at = read_time(fields, "ended_at");
    if (found.ended_at < found.started_at) {
        fields.blame("ended_at", "after started_at");
    }
    found.cpu_model = fields.text("cpu_model");
    found.cores = fields.integer("cores");
    found.conditions = fields.nested("conditions", read_conditions);
    found.readings = fields.objects("readings", read_reading);
    for (std::size_t i = 0; i < found.readings.size(); ++i) {
        if (found.find(found.readings[i].metric) != &found.readings[i]) {
            fields.blame("readings", "one reading a metric");
        }
    }
    return found;
}

}  // namespace

std::string_view to_text(Metric metric) {
    return kMetricNames[std::to_underlying(metric)];
}

std::string_view unit_of(Metric metric) {
    return kMetricUnits[std::to_underlying(metric)];
}

std::optional<Metric> parse_metric(std::string_view name) {
    const auto found = std::ranges::find(kMetricNames, name);
    return found == kMetricNames.end()
               ? std::nullopt
               : std::optional(static_cast<Metric>(found - kMetricNames.begin()));
}

Estimate estimate(std::vector<std::int64_t> samples, std::int64_t floor_ppm) {
    assert(samples.size() % 2 == 1);
    assert(std::ranges::all_of(samples, [](std::int64_t sample) { return sample > 0; }));
    std::vector<std::int64_t> sorted = samples;
    std::ranges::sort(sorted);
    const auto [dropped, coverage] = order_interval(sorted.size());
    Estimate result;
    result.median = sorted[sorted.size() / 2];
    const std::int64_t floor = scaled(result.median, floor_ppm, kPpm);
    result.low = std::min(sorted[dropped], result.median - floor);
    result.high = std::max(sorted[sorted.size() - 1 - dropped], result.median + floor);
    result.coverage_ppm = static_cast<std::int64_t>(coverage * static_cast<double>(kPpm));
    result.floor_ppm = floor_ppm;
    result.samples = std::move(samples);
    return result;
}

void weigh_against_peak(Reading& reading) {
    if (!reading.peak || reading.peak->value <= 0) {
        return;
    }
    reading.share_ppm = scaled(reading.estimate.median, kPpm, reading.peak->value);
    reading.suspect = reading.share_ppm < kSuspectSharePpm;
}

bool is_of_node(const Measurement& measurement) {
    const auto of_host = [](const Reading& one) { return one.metric != Metric::ModelTokens; };
    return measurement.readings.empty() || std::ranges::any_of(measurement.readings, of_host);
}

const Reading* Measurement::find(Metric metric) const {
    const auto found = std::ranges::find(readings, metric, &Reading::metric);
    return found == readings.end() ? nullptr : &*found;
}

boost::json::object to_json(const Measurement& measurement) {
    boost::json::array readings;
    for (const Reading& reading : measurement.readings) {
        readings.push_back(to_json(reading));
    }
    return {{"format", Measurement::kFormat},
            {"id", measurement.id.text()},
            {"node", measurement.node.text()},
            {"started_at", core::to_rfc3339(measurement.started_at)},
            {"ended_at", core::to_rfc3339(measurement.ended_at)},
            {"cpu_model", measurement.cpu_model},
            {"cores", measurement.cores},
            {"conditions", to_json(measurement.conditions)},
            {"readings", std::move(readings)}};
}

core::Result<Measurement> measurement_from_json(const boost::json::object& object) {
    return read_document(object, read_measurement);
}

std::string canonical_text(const Measurement& measurement) {
    return to_canonical(to_json(measurement)).value();  // All its numbers are whole.
}

}  // namespace kapok::compute
