#include "core/timestamp.h"

#include <charconv>
#include <chrono>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace kapok::core {
namespace {

// Reads fixed-width numbers and separators from the front; any mismatch makes it fail for good.
class Scanner {
public:
    explicit Scanner(std::string_view text) noexcept : rest_(text) {}

    int number(std::size_t width) {
        int value = 0;
        if (rest_.size() < width) {
            failed_ = true;
            return 0;
        }
        for (const char c : rest_.substr(0, width)) {
            failed_ = failed_ || c < '0' || c > '9';
            value = value * 10 + (c - '0');
        }
        rest_.remove_prefix(width);
        return failed_ ? 0 : value;
    }

    void expect(char wanted, char other) {
        if (rest_.empty() || (rest_.front() != wanted && rest_.front() != other)) {
            failed_ = true;
            return;
        }
        rest_.remove_prefix(1);
    }
    void expect(char wanted) { expect(wanted, wanted); }

    bool accept(char wanted) {
        if (rest_.empty() || rest_.front() != wanted) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    std::chrono::microseconds fraction() {
        std::int64_t micros = 0;
        int digits = 0;
        while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
            micros = digits < 6 ? micros * 10 + (rest_.front() - '0') : micros;
            ++digits;
            rest_.remove_prefix(1);
        }
        failed_ = failed_ || digits == 0 || digits > 6;
        for (; digits < 6; ++digits) {
            micros *= 10;
        }
        return std::chrono::microseconds(micros);
    }

    [[nodiscard]] bool done() const noexcept { return !failed_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool failed_ = false;
};

}  // namespace

std::string to_rfc3339(Timestamp time) {
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    return fmt::format("{:%FT%T}.{:06}Z", second, (time - second).count());
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
    Scanner scan(text);
    const int year = scan.number(4);
    scan.expect('-');
    const int month = scan.number(2);
    scan.expect('-');
    const int day = scan.number(2);
    scan.expect('T', 't');
    const int hour = scan.number(2);
    scan.expect(':');
    const int minute = scan.number(2);
    scan.expect(':');
    const int second = scan.number(2);
    std::chrono::microseconds fraction{0};
    if (scan.accept('.')) {
        fraction = scan.fraction();
    }
    std::chrono::minutes offset{0};
    if (!scan.accept('Z') && !scan.accept('z')) {
        const bool west = scan.accept('-');
        if (!west) {
            scan.expect('+');
        }
        const int hours = scan.number(2);
        scan.expect(':');
        const int minutes = scan.number(2);
        if (hours > 23 || minutes > 59) {
            return std::nullopt;
        }
        offset = std::chrono::minutes((hours * 60 + minutes) * (west ? -1 : 1));
    }
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!scan.done() || !date.ok() || year < 1970 || year > 2261 || hour > 23 || minute > 59 ||
        second > 59) {
        return std::nullopt;
    }
    return Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
           std::chrono::minutes(minute) + std::chrono::seconds(second) + fraction - offset;
}

}  // namespace kapok::core
