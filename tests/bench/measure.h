#pragma once

// What the benchmarks of the database's users share: their samples, and the lines that they print.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/result.h"

namespace kapok::bench {

using Samples = std::vector<double>;

template <class T>
T must(core::Result<T> result) {
    if (!result) {
        fmt::print(stderr, "{}: {}\n", result.error().code().name,
                   core::render(result.error(), core::Language::En));
        std::exit(1);
    }
    if constexpr (!std::is_void_v<T>) {
        return *std::move(result);
    }
}

inline double median(Samples values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

inline double seconds_of(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// One JSON object a line: the median, how far the samples lie apart as a share of it, and the ratio
// to the floor that was measured in the same run.
inline void report(const std::string& name, std::string_view unit, const Samples& ours,
                   const Samples& floor = {}) {
    const auto [least, most] = std::ranges::minmax(ours);
    std::string line =
        fmt::format(R"({{"name":"{}","value":{:.1f},"unit":"{}","n":{},"spread":{:.3f})", name,
                    median(ours), unit, ours.size(), (most - least) / median(ours));
    if (!floor.empty()) {
        line += fmt::format(R"(,"peer":"raw inserts","peer_value":{:.1f},"ratio":{:.3f})",
                            median(floor), median(ours) / median(floor));
    }
    fmt::print("{}}}\n", line);
    std::fflush(stdout);
}

// On SQLite in a folder under TMPDIR; on PostgreSQL too if KAPOK_TEST_POSTGRES names one.
template <class Bench>
int run_on_both() {
    std::string folder = std::filesystem::temp_directory_path() / "kapok-bench-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) {
        std::perror("mkdtemp");
        return 1;
    }
    Bench("sqlite", "sqlite:" + folder + "/kapok.db").run();
    std::filesystem::remove_all(folder);
    if (const char* url = std::getenv("KAPOK_TEST_POSTGRES")) {
        Bench("postgres", url).run();
    }
    return 0;
}

}  // namespace kapok::bench
