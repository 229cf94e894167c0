#pragma once

// What an agent has to report and must not forget: numbered reports in a file, each durable before
// anybody relies on it, kept until the platform says that it took them in. It bridges any outage of
// the line, and any end of the agent.
//
// The file has a JSON object a line: first {"acknowledged": N}, then the reports behind N. A last
// line without its line end was never relied on, and is dropped.

#include <cstdint>
#include <deque>
#include <filesystem>
#include <vector>

#include "compute/protocol.h"
#include "core/result.h"
#include "platform/process/descriptor.h"

namespace kapok::compute::agent {

class Journal {
public:
    // One agent a folder.
    [[nodiscard]] static core::Result<Journal> open(std::filesystem::path folder);

    // Durable when it returns; the report's number.
    [[nodiscard]] core::Result<std::int64_t> append(protocol::ReportBody body);
    // The oldest that are not acknowledged.
    [[nodiscard]] std::vector<protocol::Report> pending(std::size_t limit) const;
    // Everything up to `sequence` was taken in. One beyond what was written here skips ahead, so
    // that a journal that was lost goes on where the platform expects it.
    [[nodiscard]] core::Result<void> acknowledge(std::int64_t sequence);

    [[nodiscard]] std::int64_t acknowledged() const noexcept { return acknowledged_; }
    [[nodiscard]] bool empty() const noexcept { return reports_.empty(); }
    // Whether an end of the attempt waits to be acknowledged.
    [[nodiscard]] bool has_end_of(const protocol::AttemptRef& attempt) const;

private:
    explicit Journal(std::filesystem::path folder) : folder_(std::move(folder)) {}

    [[nodiscard]] core::Result<void> load();
    // Writes the file anew, without what was acknowledged.
    [[nodiscard]] core::Result<void> compact();

    std::filesystem::path folder_;
    platform::process::Descriptor file_;
    std::int64_t file_bytes_ = 0;
    std::int64_t acknowledged_ = 0;
    std::int64_t last_ = 0;
    std::deque<protocol::Report> reports_;
};

}  // namespace kapok::compute::agent
