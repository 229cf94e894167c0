#pragma once

// What a job writes to stdout or stderr, by way of a pipe into a file that stays within its bound.
// A job is never ended for its log: a batch job's is cut and said to be cut, a service's begins
// anew.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <sys/types.h>

#include "core/result.h"
#include "platform/process/descriptor.h"

namespace kapok::platform::process {

enum class LogOverflow : std::uint8_t {
    Truncate,  // Keeps the beginning.
    Rotate,    // Keeps the end: the file, and the one before it as NAME.1.
};

struct LogBound {
    std::int64_t bytes_max = 0;  // 0 is no bound.
    LogOverflow overflow = LogOverflow::Truncate;
};

class JobLog {
public:
    // `user` will own the pipe, so that the job can open /dev/stdout by name.
    [[nodiscard]] static core::Result<JobLog> open(std::filesystem::path file,
                                                   const LogBound& bound,
                                                   std::optional<uid_t> user);

    // For the job; close it here once the job has it.
    [[nodiscard]] int writing() const noexcept { return writing_.get(); }
    void close_writing() noexcept { writing_.close(); }
    // For poll(); -1 once every process of the job has closed it.
    [[nodiscard]] int reading() const noexcept { return reading_.get(); }

    // Takes a part of what is there, without waiting; false if there was nothing more.
    bool pump();
    [[nodiscard]] bool truncated() const noexcept { return truncated_; }

private:
    JobLog(std::filesystem::path file, const LogBound& bound)
        : path_(std::move(file)), bound_(bound) {}

    [[nodiscard]] bool open_file();
    void rotate();
    void append(std::string_view text);

    std::filesystem::path path_;
    LogBound bound_;
    Descriptor reading_;
    Descriptor writing_;
    Descriptor file_;
    std::int64_t size_ = 0;
    bool truncated_ = false;
};

}  // namespace kapok::platform::process
