#include "compute/agent/journal.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "compute/errors.h"
#include "compute/inventory/text.h"
#include "platform/process/files.h"

namespace kapok::compute::agent {

namespace {

constexpr std::string_view kFile = "reports.jsonl";
constexpr std::int64_t kCompactBytes = 262'144;

std::unexpected<core::Error> journal_failure(const std::filesystem::path& folder, int error) {
    return core::fail(kAgentFolder, {{"folder", (folder / kFile).string()},
                                     {"why", std::generic_category().message(error)}});
}

std::string header(std::int64_t acknowledged) {
    return boost::json::serialize(boost::json::object{{"acknowledged", acknowledged}}) + "\n";
}

std::string line_of(const protocol::Report& report) {
    return boost::json::serialize(protocol::to_json(report)) + "\n";
}

bool write_whole(int file, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

core::Result<Journal> Journal::open(std::filesystem::path folder) {
    Journal journal(std::move(folder));
    auto done = journal.load();
    if (done) {
        done = journal.compact();
    }
    return done ? core::Result<Journal>(std::move(journal)) : std::unexpected(done.error());
}

core::Result<void> Journal::load() {
    const std::string content = text::read(folder_ / kFile);
    const auto lines = text::split(content, '\n');  // The last one is empty, or torn.
    for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
        boost::system::error_code code;
        const auto value = boost::json::parse(lines[i], code);
        const auto damaged = [&] {
            return core::fail(kBadDocument,
                              {{"field", (folder_ / kFile).string() + ":" + std::to_string(i + 1)},
                               {"expected", "a report"}});
        };
        if (code || !value.is_object()) {
            return damaged();
        }
        if (i == 0) {
            const auto* number = value.get_object().if_contains("acknowledged");
            if (number == nullptr || !number->is_int64()) {
                return damaged();
            }
            acknowledged_ = last_ = number->get_int64();
            continue;
        }
        auto report = protocol::report_from_json(value);
        if (!report || report->sequence != last_ + 1) {
            return damaged();
        }
        last_ = report->sequence;
        reports_.push_back(*std::move(report));
    }
    return {};
}

core::Result<void> Journal::compact() {
    std::string content = header(acknowledged_);
    for (const protocol::Report& report : reports_) {
        content += line_of(report);
    }
    file_ = {};
    if (auto written = platform::process::write_durably(folder_, kFile, content); !written) {
        return written;
    }
    file_ = platform::process::Descriptor(
        ::open((folder_ / kFile).c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    if (!file_) {
        return journal_failure(folder_, errno);
    }
    file_bytes_ = static_cast<std::int64_t>(content.size());
    return {};
}

core::Result<std::int64_t> Journal::append(protocol::ReportBody body) {
    if (!file_) {  // An earlier failure left it closed: what is in memory is what counts.
        if (auto done = compact(); !done) {
            return std::unexpected(done.error());
        }
    }
    protocol::Report report{last_ + 1, std::move(body)};
    const std::string line = line_of(report);
    if (!write_whole(file_.get(), line) || ::fdatasync(file_.get()) != 0) {
        const int error = errno;
        file_ = {};  // What reached the disk is not known; the next append writes all anew.
        return journal_failure(folder_, error);
    }
    file_bytes_ += static_cast<std::int64_t>(line.size());
    last_ = report.sequence;
    reports_.push_back(std::move(report));
    return last_;
}

std::vector<protocol::Report> Journal::pending(std::size_t limit) const {
    const auto count = static_cast<std::ptrdiff_t>(std::min(limit, reports_.size()));
    return {reports_.begin(), reports_.begin() + count};
}

core::Result<void> Journal::acknowledge(std::int64_t sequence) {
    while (!reports_.empty() && reports_.front().sequence <= sequence) {
        reports_.pop_front();
    }
    const bool skipped = sequence > last_;
    acknowledged_ = std::max(acknowledged_, sequence);
    last_ = std::max(last_, sequence);
    // Lines that were acknowledged may stay a while: sent again, they change nothing. A number that
    // was skipped may not be given twice, so that is written at once.
    if (skipped || (reports_.empty() && file_bytes_ > kCompactBytes)) {
        return compact();
    }
    return {};
}

bool Journal::has_end_of(const protocol::AttemptRef& attempt) const {
    return std::ranges::any_of(reports_, [&](const protocol::Report& report) {
        const auto* end = std::get_if<protocol::AttemptEnded>(&report.body);
        return end != nullptr && end->attempt == attempt;
    });
}

}  // namespace kapok::compute::agent
