#include "platform/db/postgres_bells.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "platform/db/limits.h"
#include "platform/db/sql/postgres_sql.h"
#include "platform/db/worker_thread.h"

namespace kapok::platform::db {
namespace {

constexpr int kForEver = -1;
constexpr int kNobody = -1;

struct CloseConnection {
    void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};
struct ClearResult {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
};
struct FreeNotice {
    void operator()(PGnotify* notice) const noexcept { PQfreemem(notice); }
};
using ConnectionHandle = std::unique_ptr<PGconn, CloseConnection>;
using Answer = std::unique_ptr<PGresult, ClearResult>;
using Notice = std::unique_ptr<PGnotify, FreeNotice>;

void ignore_notice(void* /*self*/, const PGresult* /*notice*/) {}

// Whether one of the two has something to read before the time is over.
bool wait_for(int socket, int wake, int milliseconds) {
    std::array<pollfd, 2> ends{{{.fd = wake, .events = POLLIN, .revents = 0},
                                {.fd = socket, .events = POLLIN, .revents = 0}}};
    return ::poll(ends.data(), ends.size(), milliseconds) > 0;
}

}  // namespace

// A connection that listens. What is told names the schema, as installations may share a database,
// and the connection, as nobody need hear himself.
class PostgresBells::Line {
public:
    // Nothing if it cannot be had now.
    [[nodiscard]] static std::unique_ptr<Line> open(const std::string& url);

    [[nodiscard]] int socket() const noexcept { return PQsocket(connection_.get()); }
    [[nodiscard]] bool tell(const std::string& topic) const;
    // Reads what has come; false when the connection is lost.
    [[nodiscard]] bool read() const noexcept { return PQconsumeInput(connection_.get()) == 1; }
    // The next topic that another server told of.
    [[nodiscard]] std::optional<std::string> heard() const;

private:
    Line(ConnectionHandle connection, std::string schema)
        : connection_(std::move(connection)),
          schema_(std::move(schema)),
          greeting_(fmt::format("{} {} ", schema_, PQbackendPID(connection_.get()))) {}

    ConnectionHandle connection_;
    std::string schema_;
    std::string greeting_;
};

std::unique_ptr<PostgresBells::Line> PostgresBells::Line::open(const std::string& url) {
    // What the URL says itself comes later and wins.
    constexpr std::array<const char*, 5> kNames{"application_name", "connect_timeout",
                                                "tcp_user_timeout", "dbname", nullptr};
    const std::array<const char*, 5> values{"kapok bells", "5", "30000", url.c_str(), nullptr};
    constexpr int kExpandUrl = 1;
    ConnectionHandle connection(PQconnectdbParams(kNames.data(), values.data(), kExpandUrl));
    if (PQstatus(connection.get()) != CONNECTION_OK) {
        return nullptr;
    }
    PQsetNoticeReceiver(connection.get(), ignore_notice, nullptr);
    const Answer listening(PQexec(connection.get(), std::string(sql::kListen).c_str()));
    const Answer schema(PQexec(connection.get(), std::string(sql::kCurrentSchema).c_str()));
    const bool fit = PQresultStatus(listening.get()) == PGRES_COMMAND_OK &&
                     PQresultStatus(schema.get()) == PGRES_TUPLES_OK &&
                     PQntuples(schema.get()) == 1;
    if (!fit) {
        return nullptr;
    }
    return std::unique_ptr<Line>(new Line(std::move(connection), PQgetvalue(schema.get(), 0, 0)));
}

bool PostgresBells::Line::tell(const std::string& topic) const {
    const std::string text = greeting_ + topic;
    const std::array<const char*, 1> values{text.c_str()};
    const Answer answer(PQexecParams(connection_.get(), std::string(sql::kNotify).c_str(), 1,
                                     nullptr, values.data(), nullptr, nullptr, 0));
    return PQresultStatus(answer.get()) == PGRES_TUPLES_OK;
}

std::optional<std::string> PostgresBells::Line::heard() const {
    while (const Notice notice{PQnotifies(connection_.get())}) {
        const std::string_view text(notice->extra);
        const bool ours = text.starts_with(schema_ + " ") && !text.starts_with(greeting_);
        const std::size_t space = ours ? text.find(' ', schema_.size() + 1) : text.npos;
        if (space != text.npos) {
            return std::string(text.substr(space + 1));
        }
    }
    return std::nullopt;
}

PostgresBells::PostgresBells(std::string url, Bells& bells)
    : url_(std::move(url)),
      bells_(bells),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      line_(Line::open(url_)) {
    assert(wake_ >= 0);
    listening_ = line_ != nullptr;
    thread_ = std::thread([this] { run(); });
}

PostgresBells::~PostgresBells() {
    ending_ = true;
    wake();
    thread_.join();
    ::close(wake_);
}

void PostgresBells::wake() const {
    const std::uint64_t one = 1;
    // It fails only when it would block, and then it is readable already.
    [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

void PostgresBells::calm() const {
    std::uint64_t calls = 0;
    [[maybe_unused]] const auto taken = ::read(wake_, &calls, sizeof calls);
}

void PostgresBells::tell(std::string_view topic) {
    {
        const std::lock_guard lock(mutex_);
        if (!waiting_.emplace(topic).second) {
            return;  // It is to be told anyway.
        }
    }
    wake();
}

void PostgresBells::run() {
    name_worker_thread("db-bells");
    auto wait = kReconnectWaitFirst;
    while (!ending_) {
        if (line_) {
            listening_ = true;
            serve(*line_);
            listening_ = false;
            line_.reset();
            wait = kReconnectWaitFirst;
        }
        sleep(wait);
        wait = std::min(wait * 2, std::chrono::milliseconds(kReconnectWaitMax));
        line_ = ending_ ? nullptr : Line::open(url_);
        if (line_) {
            bells_.ring_all();  // Nobody knows what was missed.
        }
    }
}

// Topics are told at most every kTellPause, so that a busy server wakes the others often enough,
// and not for each of its commits.
void PostgresBells::serve(Line& line) {
    while (!ending_ && tell_waiting(line)) {
        hear(line);
        wait_for(line.socket(), wake_, kForEver);
        if (!line.read()) {
            break;
        }
    }
}

bool PostgresBells::tell_waiting(Line& line) {
    calm();
    std::set<std::string, std::less<>> topics;
    {
        const std::lock_guard lock(mutex_);
        topics = std::exchange(waiting_, {});
    }
    if (topics.empty()) {
        return true;
    }
    const bool told =
        std::ranges::all_of(topics, [&](const std::string& topic) { return line.tell(topic); });
    std::this_thread::sleep_for(kTellPause);
    return told;
}

void PostgresBells::sleep(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    for (auto left = time; !ending_ && left.count() > 0;) {
        wait_for(kNobody, wake_, static_cast<int>(left.count()));
        calm();
        left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    }
}

void PostgresBells::hear(Line& line) {
    while (const auto topic = line.heard()) {
        bells_.ring_here(*topic);
    }
}

}  // namespace kapok::platform::db
