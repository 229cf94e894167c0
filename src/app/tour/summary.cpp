// What a person reads of each step.

#include <algorithm>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "app/cli/json_text.h"
#include "app/tour/tour.h"

namespace kapok::app::tour {
namespace {

namespace json = boost::json;

using cli::flag_at;
using cli::list_at;
using cli::number_at;
using cli::text_at;

constexpr double kMillion = 1e6;

std::string line(const std::string& text) {
    return "        " + text + "\n";
}

// "412.3 G op/s": rates in the power of a thousand that people use.
std::string rate_text(std::int64_t value, const std::string& unit) {
    constexpr std::string_view kPowers = " KMGTP";
    auto shown = static_cast<double>(value);
    std::size_t power = 0;
    while (shown >= 1'000 && power + 1 < kPowers.size() && unit != "ns") {
        shown /= 1'000;
        ++power;
    }
    if (unit == "ns") {
        return fmt::format("{:.2f} ms", static_cast<double>(value) / kMillion);
    }
    return power == 0 ? fmt::format("{:.0f} {}", shown, unit)
                      : fmt::format("{:.1f} {}{}", shown, kPowers[power], unit);
}

std::string readings_text(const json::value& result) {
    std::string text;
    for (const json::value& reading : list_at(result, "/readings")) {
        const std::int64_t share = number_at(reading, "/share_ppm");
        const std::string unit = text_at(reading, "/unit");
        text += line(fmt::format(
            "{:<16} {:>14}  [{} – {}]{}", text_at(reading, "/metric"),
            rate_text(number_at(reading, "/median"), unit),
            rate_text(number_at(reading, "/low"), unit),
            rate_text(number_at(reading, "/high"), unit),
            share > 0 ? fmt::format("  {:.0f} % of peak", static_cast<double>(share) / 1e4) : ""));
    }
    return text;
}

std::string answers_text(const json::value& result) {
    std::string text;
    for (const json::value& answer : list_at(result, "/answers")) {
        std::string said = text_at(answer, "/answered");
        std::ranges::replace(said, '\n', ' ');
        text += line(fmt::format("{}  →  {}", text_at(answer, "/asked"), said));
    }
    return text;
}

std::string money_text(const json::value& value, std::string_view place) {
    const std::string at(place);
    return text_at(value, at + "/amount") + " " + text_at(value, at + "/currency");
}

std::string bill_text(const json::value& result, bool zh) {
    std::string text;
    for (const json::value& item : list_at(result, "/lines")) {
        text += line(fmt::format("{:<28} {:<14} {:>14} {}  {:>14}", text_at(item, "/product_name"),
                                 text_at(item, "/meter"), number_at(item, "/quantity"),
                                 text_at(item, "/unit"), money_text(item, "/amount")));
    }
    return text +
           line(fmt::format("{} {}", zh ? "合计" : "charged", money_text(result, "/charged")));
}

std::string node_text(const json::value& result, bool zh) {
    const std::string missing = text_at(result, "/missing_isolation");
    return line(fmt::format(
               "{}  {}  {} {}  {:.1f} GiB", text_at(result, "/name"), text_at(result, "/cpu"),
               static_cast<double>(number_at(result, "/cpu_milli")) / 1e3, zh ? "核" : "cores",
               static_cast<double>(number_at(result, "/memory_bytes")) / (1 << 30))) +
           line(fmt::format("{} {}{}", zh ? "隔离" : "isolation", text_at(result, "/isolation"),
                            missing.empty() ? "" : (zh ? "，缺少 " : ", without ") + missing));
}

std::string prices_text(const json::value& result) {
    std::string text = line(text_at(result, "/product") + "  " + text_at(result, "/grade"));
    for (const json::value& price : list_at(result, "/prices")) {
        text += line(fmt::format("{:<14} {} / {} {}", text_at(price, "/meter"),
                                 money_text(price, "/amount"), number_at(price, "/per"),
                                 text_at(price, "/unit")));
    }
    return text;
}

std::string checks_text(const json::value& result, bool zh) {
    std::string text;
    for (const json::value& check : list_at(result, "/report/checks")) {
        text += line(fmt::format("{:<10} {:>6}  {}", text_at(check, "/result"),
                                 number_at(check, "/count"), text_at(check, "/what")));
    }
    return text + line(fmt::format("{}  ({} {})", text_at(result, "/file"),
                                   number_at(result, "/bytes"), zh ? "字节" : "bytes"));
}

}  // namespace

std::string summary_of(std::string_view step, const json::object& object, core::Language language) {
    const bool zh = language == core::Language::Zh;
    const json::value result(object);
    if (step == "enrol") {
        return node_text(result, zh);
    }
    if (step == "measure") {
        return readings_text(result);
    }
    if (step == "grade") {
        return line(fmt::format("{}  {:.3f} {}", text_at(result, "/class"),
                                static_cast<double>(number_at(result, "/standard_unit_ppm")) / 1e6,
                                zh ? "标准核/核" : "standard cores a core")) +
               (flag_at(result, "/provisional")
                    ? line(zh ? "临时：测量时受到干扰" : "provisional: the machine was not quiet")
                    : "");
    }
    if (step == "sell") {
        return prices_text(result);
    }
    if (step == "project") {
        return line(
            fmt::format("{}  {}", text_at(result, "/project"), money_text(result, "/available")));
    }
    if (step == "deploy") {
        return line(fmt::format("{}  {}  {}", text_at(result, "/model"), text_at(result, "/state"),
                                text_at(result, "/detail"))) +
               line("sha256 " + text_at(result, "/revision"));
    }
    if (step == "chat" || step == "stream") {
        return answers_text(result);
    }
    if (step == "job") {
        return line(text_at(result, "/said")) +
               line(text_at(result, "/job") + "  " + text_at(result, "/why"));
    }
    if (step == "batch") {
        return line(fmt::format("{}  {}/{}", text_at(result, "/batch"),
                                number_at(result, "/completed"), number_at(result, "/lines")));
    }
    if (step == "statement") {
        return bill_text(result, zh);
    }
    if (step == "trial_balance") {
        std::string text;
        for (const json::value& unit : list_at(result, "/lines")) {
            text += line(fmt::format("{}  {} = {}", text_at(unit, "/unit"),
                                     text_at(unit, "/debits_posted"),
                                     text_at(unit, "/credits_posted")));
        }
        return text;
    }
    return checks_text(result, zh);
}

}  // namespace kapok::app::tour
