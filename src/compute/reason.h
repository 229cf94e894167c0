#pragma once

// Why something was decided so: a code that is public and never changes, with facts. As with
// errors, it becomes a sentence only at the edge, in the reader's language.

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "core/result.h"

namespace kapok::compute {

// In what the facts {actual} and {wanted} are counted. They are whole numbers; a sentence has them
// as people write them.
enum class Counted : std::uint8_t {
    Plainly,
    MilliCores,  // "1.5"
    Bytes,       // "16 GiB"
};

struct ReasonCode {
    std::string_view name;  // "waits_for_cpu"
    std::string_view en;
    std::string_view zh;
    Counted counted = Counted::Plainly;
};

// The table of all reasons of compute, for `kapok explain`, the console and the documents.
[[nodiscard]] std::span<const ReasonCode* const> reason_codes();
[[nodiscard]] const ReasonCode* find_reason(std::string_view name);

struct Reason {
    const ReasonCode* code;
    std::vector<core::Parameter> parameters;

    Reason(const ReasonCode& reason_code, std::vector<core::Parameter> facts = {})  // NOLINT
        : code(&reason_code), parameters(std::move(facts)) {}

    friend bool operator==(const Reason&, const Reason&) = default;
};

[[nodiscard]] std::string render(const Reason& reason, core::Language language);
// {"code": "waits_for_cpu", "facts": {"node": "…"}}
[[nodiscard]] boost::json::object to_json(const Reason& reason);

// Grades.
inline constexpr ReasonCode kReadingMissing{"reading_missing", "{metric} was not measured",
                                            "未实测 {metric}"};
inline constexpr ReasonCode kReadingSuspect{"reading_suspect",
                                            "{metric} is suspect, so it meets no threshold",
                                            "{metric} 的实测结果可疑，不计入任何门槛"};
inline constexpr ReasonCode kReadingTooLow{
    "reading_too_low", "for class {class} {metric} must be at least {wanted}, and it is {actual}",
    "{class} 级要求 {metric} 不低于 {wanted}，实测为 {actual}"};
inline constexpr ReasonCode kReadingTooHigh{
    "reading_too_high", "for class {class} {metric} must be at most {wanted}, and it is {actual}",
    "{class} 级要求 {metric} 不高于 {wanted}，实测为 {actual}"};
inline constexpr ReasonCode kNotQuiet{
    "not_quiet", "others used {actual} ppm of the CPUs while it was measured; {wanted} are allowed",
    "实测期间其他程序占用了百万分之 {actual} 的处理器时间，上限为百万分之 {wanted}"};
inline constexpr ReasonCode kClassGranted{"class_granted", "meets every threshold of class {class}",
                                          "达到 {class} 级的全部门槛"};
inline constexpr ReasonCode kNoClass{"no_class", "meets the thresholds of no class",
                                     "未达到任何等级的门槛"};

// Decisions.
inline constexpr ReasonCode kStarts{"starts", "starts now on {node}", "立即在 {node} 上启动"};
inline constexpr ReasonCode kBackfilled{"backfilled",
                                        "starts now on {node}: it delays no reservation",
                                        "立即在 {node} 上回填运行，不会推迟任何预留"};
inline constexpr ReasonCode kReserved{"reserved",
                                      "is first in line; reserved on {node} from {time}",
                                      "位于队首，已预留 {node}，预计 {time} 启动"};
inline constexpr ReasonCode kWaitsInLine{"waits_in_line", "waits for the jobs before it",
                                         "正在排队，等待前面的作业"};
inline constexpr ReasonCode kNotConsidered{"not_considered",
                                           "this round looked at the first {limit} jobs only",
                                           "本轮只考虑了前 {limit} 个作业"};
inline constexpr ReasonCode kNoNode{"no_node", "no node that is up could ever run it",
                                    "没有能够运行该作业的在线节点"};
inline constexpr ReasonCode kNodeFits{"node_fits", "has room now", "当前资源充足"};
inline constexpr ReasonCode kNodeNotUp{"node_not_up", "is {state}", "节点状态为 {state}"};
inline constexpr ReasonCode kOtherSite{"other_site", "is at another site than the job asks for",
                                       "不属于作业指定的算力中心"};
inline constexpr ReasonCode kNotIsolated{
    "not_isolated", "lacks {feature}, so it runs only jobs of its own operator",
    "缺少 {feature}，仅可运行所属机构自己的作业"};
inline constexpr ReasonCode kCpuTooSmall{"cpu_too_small", "has {actual} of {wanted} cores",
                                         "处理器共 {actual} 核，作业需要 {wanted} 核",
                                         Counted::MilliCores};
inline constexpr ReasonCode kMemoryTooSmall{"memory_too_small",
                                            "has {actual} of memory, not {wanted}",
                                            "内存共 {actual}，作业需要 {wanted}", Counted::Bytes};
inline constexpr ReasonCode kAcceleratorsTooFew{
    "accelerators_too_few", "has {actual} of {wanted} accelerators that the job accepts",
    "符合要求的加速卡共 {actual} 张，作业需要 {wanted} 张"};
inline constexpr ReasonCode kCpuInUse{"cpu_in_use", "has {actual} of {wanted} cores free",
                                      "处理器空闲 {actual} 核，作业需要 {wanted} 核",
                                      Counted::MilliCores};
inline constexpr ReasonCode kMemoryInUse{"memory_in_use",
                                         "has {actual} of memory free, not {wanted}",
                                         "内存空闲 {actual}，作业需要 {wanted}", Counted::Bytes};
inline constexpr ReasonCode kAcceleratorsInUse{"accelerators_in_use",
                                               "has {actual} of {wanted} accelerators free",
                                               "加速卡空闲 {actual} 张，作业需要 {wanted} 张"};
inline constexpr ReasonCode kKeptForReservation{
    "kept_for_reservation", "has room now, but the job could run into a reservation at {time}",
    "当前资源充足，但作业可能延续到 {time} 开始的预留时段"};

}  // namespace kapok::compute
