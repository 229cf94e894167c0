#pragma once

// Limits of compute. Those that an operator may change are settings, and these are their defaults.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kapok::compute {

// Inventory.
inline constexpr std::chrono::milliseconds kProbeTimeout{10'000};  // Of one vendor's tool.
inline constexpr std::size_t kToolOutputBytesMax = 1'048'576;

// job.yaml.
inline constexpr std::size_t kJobFileBytesMax = 65'536;
inline constexpr std::size_t kYamlNodesMax = 5'000;
inline constexpr std::size_t kYamlDepthMax = 8;
inline constexpr std::size_t kCommandWordsMax = 256;
inline constexpr std::size_t kCommandBytesMax = 32'768;
inline constexpr std::size_t kJobNameBytesMax = 128;
inline constexpr std::size_t kJobPathBytesMax = 512;
inline constexpr std::size_t kJobFilesMax = 1'000;  // Inputs, and outputs.
inline constexpr std::size_t kEnvironmentMax = 256;
inline constexpr std::size_t kEnvironmentBytesMax = 8'192;  // Of one value.
inline constexpr std::int64_t kCpuMilliMin = 10;
inline constexpr std::int64_t kCpuMilliMax = 1'024'000;
inline constexpr std::int64_t kMemoryBytesMin = 4 << 20;
inline constexpr std::int64_t kMemoryBytesMax = std::int64_t{64} << 40;
inline constexpr std::int64_t kAcceleratorsMax = 1'024;
inline constexpr std::chrono::seconds kTimeLimitMin{1};
inline constexpr std::chrono::seconds kTimeLimitMax{30 * 24 * 3600};
inline constexpr std::int64_t kPriorityMin = 0;
inline constexpr std::int64_t kPriorityMax = 100;
inline constexpr std::int64_t kPriorityDefault = 50;
inline constexpr std::int64_t kAttemptsMax = 10;
// A service is started again without end.
inline constexpr std::int64_t kAttemptNumberMax = 1'000'000'000;

// Agents and attempts.
inline constexpr std::string_view kCoreMeter = "core_time";  // In core_ms, as allocated.
inline constexpr std::string_view kCardMeter = "card_time";  // In card_ms, as allocated.
inline constexpr std::size_t kNodeNameBytesMax = 128;
inline constexpr std::size_t kProblemBytesMax = 1'024;
inline constexpr std::int64_t kLogBytesMax = 16 << 20;  // Of one stream of one attempt.
inline constexpr std::size_t kOrdersMax = 1'000;        // Open ones of one node.
inline constexpr std::chrono::hours kCommandsKept{24};  // After the node has done them.
inline constexpr std::int64_t kArtifactBytesMax = 64 << 20;
inline constexpr std::size_t kStreamPieceBytes = 256 << 10;  // Of an object on its way out.
// From a job's time limit to its forced end, and the end of its cleaning up.
inline constexpr std::chrono::seconds kAttemptGrace{60};
inline constexpr std::chrono::minutes kClockSkewMax{5};
inline constexpr std::chrono::hours kMeasurementAgeMax{72};

// Services.
inline constexpr std::size_t kEngineNameBytesMax = 64;
inline constexpr std::size_t kModelFileBytesMax = 128;
inline constexpr std::int64_t kModelBytesMax = std::int64_t{1} << 40;
inline constexpr std::size_t kServicePathBytesMax = 512;
inline constexpr std::size_t kWarmUpBytesMax = 65'536;
inline constexpr std::int64_t kTokensPerSecondMilliMax = std::int64_t{1} << 40;
inline constexpr std::chrono::milliseconds kServiceBackOffMin{1'000};
inline constexpr std::chrono::milliseconds kServiceBackOffMax{60'000};
inline constexpr std::chrono::minutes kHealthyTime{10};  // Forgets the failures before it.

}  // namespace kapok::compute
