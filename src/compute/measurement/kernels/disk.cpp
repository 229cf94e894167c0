#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "compute/errors.h"
#include "compute/measurement/kernels/kernels.h"
#include "core/stopwatch.h"

namespace kapok::measurement {

namespace {

using compute::Metric;
using compute::Reading;

constexpr std::size_t kBlockBytes = 4'096;
constexpr std::size_t kChunkBytes = 4 << 20;
constexpr int kTrialWrites = 8;
constexpr std::int64_t kFloorPpm = 500'000;  // Disks are shared, and their caches have moods.
constexpr std::array<std::pair<long, std::string_view>, 8> kFilesystems{{{0xEF53, "ext4"},
                                                                         {0x58465342, "xfs"},
                                                                         {0x9123683E, "btrfs"},
                                                                         {0x01021994, "tmpfs"},
                                                                         {0x794C7630, "overlay"},
                                                                         {0x6969, "nfs"},
                                                                         {0x2FC12FC1, "zfs"},
                                                                         {0x0BD00BD0, "lustre"}}};

// A file without a name: it is gone when it is closed, also after a crash.
class TestFile {
public:
    explicit TestFile(const std::filesystem::path& folder)
        : descriptor_(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)) {
        if (descriptor_ < 0) {  // A file system that knows no nameless files.
            std::string name = (folder / "kapok-measure-XXXXXX").string();
            descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
            if (descriptor_ >= 0) {
                ::unlink(name.c_str());
            }
        }
    }
    TestFile(const TestFile&) = delete;
    TestFile& operator=(const TestFile&) = delete;
    ~TestFile() {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }

    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
    bool append(std::span<const std::byte> bytes) const {
        while (!bytes.empty()) {
            const auto written = ::write(descriptor_, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) {
                continue;
            }
            if (written <= 0) {
                return false;
            }
            bytes = bytes.subspan(static_cast<std::size_t>(written));
        }
        return true;
    }
    [[nodiscard]] bool make_durable() const { return ::fdatasync(descriptor_) == 0; }
    [[nodiscard]] bool empty_again() const {
        return ::ftruncate(descriptor_, 0) == 0 && ::lseek(descriptor_, 0, SEEK_SET) == 0;
    }

private:
    int descriptor_;
};

std::unexpected<core::Error> disk_failure(Metric metric) {
    const int error = errno;
    return core::fail(compute::kMeasurementFailed,
                      {{"metric", std::string(compute::to_text(metric))},
                       {"why", std::generic_category().message(error)}});
}

// Nanoseconds of one durable append; nothing if the disk refused.
std::optional<std::int64_t> durable_append(const TestFile& file, std::span<const std::byte> bytes,
                                           int pieces) {
    const core::Stopwatch watch;
    for (int i = 0; i < pieces; ++i) {
        if (!file.append(bytes)) {
            return std::nullopt;
        }
    }
    if (!file.make_durable()) {
        return std::nullopt;
    }
    return std::max<std::int64_t>(1, watch.elapsed().count());
}

// How many of something fit into a sample, by the time of one.
int fitting(const Sampling& sampling, std::int64_t nanoseconds, int least, int most) {
    const std::int64_t fit = std::chrono::nanoseconds(sampling.each).count() / nanoseconds;
    return static_cast<int>(std::clamp<std::int64_t>(fit, least, most));
}

void describe(Reading& reading, const std::filesystem::path& folder) {
    reading.kernel = "write, fdatasync";
    if (filesystem_of(folder) == "tmpfs") {
        reading.suspect = true;
        reading.notes.emplace_back("the folder is in memory, so nothing in it is durable");
    }
}

}  // namespace

std::string filesystem_of(const std::filesystem::path& folder) {
    struct statfs info{};
    if (::statfs(folder.c_str(), &info) != 0) {
        return {};
    }
    for (const auto& [number, name] : kFilesystems) {
        if (number == info.f_type) {
            return std::string(name);
        }
    }
    return fmt::format("{:#x}", info.f_type);
}

core::Result<Reading> measure_disk_latency(const Sampling& sampling,
                                           const std::filesystem::path& folder,
                                           core::Random& random) {
    const TestFile file(folder);
    std::vector<std::byte> block(kBlockBytes);
    random.fill(block);
    if (!file.is_open()) {
        return disk_failure(Metric::DiskLatency);
    }
    const auto median_of = [&](int writes) -> std::optional<std::int64_t> {
        std::vector<std::int64_t> spent;
        for (int i = 0; i < writes; ++i) {
            const auto one = durable_append(file, block, 1);
            if (!one) {
                return std::nullopt;
            }
            spent.push_back(*one);
        }
        std::ranges::nth_element(spent, spent.begin() + writes / 2);
        return spent[static_cast<std::size_t>(writes / 2)];
    };
    auto sample = median_of(kTrialWrites);
    const int writes = fitting(sampling, sample.value_or(1), kTrialWrites, 1'024);
    std::vector<std::int64_t> samples;
    for (int i = 0; i < sampling.samples && sample; ++i) {
        sample = median_of(writes);
        samples.push_back(sample.value_or(0));
    }
    if (!sample) {
        return disk_failure(Metric::DiskLatency);
    }
    Reading reading;
    reading.metric = Metric::DiskLatency;
    reading.estimate = compute::estimate(std::move(samples), kFloorPpm);
    reading.shape = fmt::format("bytes={} writes={}", kBlockBytes, writes);
    describe(reading, folder);
    return reading;
}

core::Result<Reading> measure_disk_throughput(const Sampling& sampling,
                                              const std::filesystem::path& folder,
                                              core::Random& random) {
    const TestFile file(folder);
    std::vector<std::byte> chunk(kChunkBytes);
    random.fill(chunk);
    auto spent = file.is_open() ? durable_append(file, chunk, 2) : std::nullopt;
    const int chunks = fitting(sampling, spent.value_or(2) / 2, 1, 64);
    std::vector<std::int64_t> rates;
    for (int i = 0; i < sampling.samples && spent; ++i) {
        if (!file.empty_again()) {
            spent.reset();
            break;
        }
        spent = durable_append(file, chunk, chunks);
        const double bytes = static_cast<double>(kChunkBytes) * chunks;
        rates.push_back(
            static_cast<std::int64_t>(bytes * 1e9 / static_cast<double>(spent.value_or(1))));
    }
    if (!spent) {
        return disk_failure(Metric::DiskThroughput);
    }
    Reading reading;
    reading.metric = Metric::DiskThroughput;
    reading.estimate = compute::estimate(std::move(rates), kFloorPpm);
    reading.shape = fmt::format("bytes={} chunk={}", kChunkBytes * static_cast<std::size_t>(chunks),
                                kChunkBytes);
    describe(reading, folder);
    return reading;
}

}  // namespace kapok::measurement
