#include "platform/process/job_log.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>

#include "platform/process/kernel.h"

namespace kapok::platform::process {

core::Result<JobLog> JobLog::open(std::filesystem::path file, const LogBound& bound,
                                  std::optional<uid_t> user) {
    JobLog log(std::move(file), bound);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return system_error("pipe", log.path_.string());
    }
    log.reading_ = Descriptor(ends[0]);
    log.writing_ = Descriptor(ends[1]);
    if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0 ||
        (user && ::fchown(ends[1], *user, *user) != 0) || !log.open_file()) {
        return system_error("open", log.path_.string());
    }
    return log;
}

bool JobLog::open_file() {
    file_ = Descriptor(::open(
        path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    size_ = 0;
    return static_cast<bool>(file_);
}

bool JobLog::pump() {
    std::array<char, 65'536> buffer;
    const ssize_t count =
        reading_ ? ::read(reading_.get(), buffer.data(), buffer.size()) : ssize_t{0};
    if (count > 0) {
        append({buffer.data(), static_cast<std::size_t>(count)});
        return true;
    }
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
        reading_.close();
    }
    return false;
}

void JobLog::rotate() {
    std::error_code error;
    std::filesystem::rename(path_, path_.string() + ".1", error);
    truncated_ = truncated_ || error || !open_file();
}

void JobLog::append(std::string_view text) {
    const bool bounded = bound_.bytes_max > 0;
    const bool rotates = bounded && bound_.overflow == LogOverflow::Rotate;
    if (rotates && std::ssize(text) <= bound_.bytes_max &&
        size_ + std::ssize(text) > bound_.bytes_max) {
        rotate();  // Before what fits into a new file, so that lines stay whole.
    }
    while (!text.empty()) {
        if (rotates && size_ >= bound_.bytes_max) {
            rotate();
        }
        const auto room =
            bounded ? static_cast<std::size_t>(bound_.bytes_max - size_) : text.size();
        const ssize_t count = ::write(file_.get(), text.data(), std::min(room, text.size()));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {  // At its bound; or a full disk, which costs a job its log, not its life.
            truncated_ = true;
            return;
        }
        size_ += count;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

}  // namespace kapok::platform::process
