#include "models/batch/batch_runner.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include "models/batch/batch_files.h"
#include "models/batch/batch_line.h"
#include "models/errors.h"
#include "platform/db/bell.h"
#include "platform/objects/errors.h"

namespace kapok::models {
namespace {

namespace asio = boost::asio;
namespace db = platform::db;
namespace objects = platform::objects;

constexpr std::string_view kLeaseName = "models.batches";
constexpr std::chrono::milliseconds kLeaseTime{5'000};
constexpr std::chrono::milliseconds kRenewTime{1'500};
constexpr std::chrono::milliseconds kLookTime{1'000};
constexpr std::chrono::milliseconds kRetryTime{500};  // After the database refused.
constexpr std::chrono::seconds kSweepTime{60};
constexpr std::chrono::hours kStaleUpload{24};
constexpr std::size_t kSweptMax = 100;
constexpr int kWindUpLooks = 50;
constexpr std::chrono::milliseconds kWindUpPause{100};

// What a line's attempt writes in the commands of its call.
class LineRecord final : public CallRecord {
public:
    LineRecord(LineKey key, core::Language language) : key_(key), language_(language) {}

    core::Result<void> admitted(Transaction& transaction) override {
        return begin_line(transaction, key_);
    }
    core::Result<void> settled(Transaction& transaction,
                               const core::Result<http::Response>& reply) override {
        return conclude_line(transaction, key_, language_, reply);
    }

private:
    LineKey key_;
    core::Language language_;
};

bool is_unpaid(const core::Error& error) {
    return error.code() == exchange::kInsufficientFunds || error.code() == exchange::kNoWallet;
}

struct LineTotals {
    std::int64_t pending = 0;
    std::int64_t running = 0;
};

core::Result<LineTotals> totals_of(Reader& reader, BatchId batch) {
    const auto pending = count_lines_in(reader, batch, LineState::Pending);
    const auto running = count_lines_in(reader, batch, LineState::Running);
    if (!pending || !running) {
        return std::unexpected(!pending ? pending.error() : running.error());
    }
    return LineTotals{*pending, *running};
}

}  // namespace

struct BatchRunner::Task {
    asio::cancellation_signal end;
};

BatchRunner::BatchRunner(BatchTools tools, BatchRunnerSettings settings)
    : tools_(tools), settings_(std::move(settings)) {
    if (tools_.database.backend() == db::Backend::Sqlite) {
        settings_.holder = "the only server";  // Whoever held its lease before is dead.
    }
}

BatchRunner::~BatchRunner() = default;

asio::awaitable<void> BatchRunner::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    executor_ = co_await asio::this_coro::executor;
    db::Bell& bell = tools_.database.bell(kBatchesBell);
    for (;;) {
        const std::uint64_t seen = bell.count();
        co_await round();
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) {
            break;
        }
        co_await bell.wait(seen, kLookTime);
    }
    co_await asio::this_coro::reset_cancellation_state();
    co_await wind_up();
}

// What is still under way at the end is cut off: what an engine counted until then is charged, and
// the next run does the lines again.
asio::awaitable<void> BatchRunner::wind_up() {
    for (int look = 0; !tasks_.empty() && look < kWindUpLooks; ++look) {
        co_await db::pause(kWindUpPause);
    }
    const auto left = tasks_;
    for (const auto& task : left) {
        task->end.emit(asio::cancellation_type::terminal);
    }
    while (!tasks_.empty()) {
        co_await db::pause(kWindUpPause);
    }
    if (lease_) {
        const auto command = [lease = *lease_](Transaction& t) {
            return db::give_up_lease(t, lease);
        };
        // If this fails the lease ends by itself.
        static_cast<void>(co_await tools_.database.write(command));
    }
}

asio::awaitable<bool> BatchRunner::hold_lease() {
    const core::Timestamp now = tools_.clock.now();
    if (lease_ && now - renewed_at_ < kRenewTime && now >= renewed_at_) {
        co_return true;
    }
    const auto command = [lease = lease_, holder = settings_.holder](
                             Transaction& transaction) -> core::Result<std::optional<db::Lease>> {
        if (lease) {
            const auto kept = db::keep_lease(transaction, *lease, kLeaseTime);
            if (!kept || *kept) {
                return kept ? core::Result<std::optional<db::Lease>>(lease)
                            : std::unexpected(kept.error());
            }
        }
        auto taken = db::take_lease(transaction, std::string(kLeaseName), holder, kLeaseTime);
        if (!taken || !*taken) {
            return taken;
        }
        const auto adopted = adopt_lines(transaction);
        return adopted ? taken : std::unexpected(adopted.error());
    };
    core::Result<std::optional<db::Lease>> held = co_await tools_.database.write(command);
    if (!held) {
        tools_.log.warning("batches cannot be worked on", {{"code", held.error().code().name}});
        co_return false;
    }
    lease_ = *std::move(held);
    renewed_at_ = now;
    co_return lease_.has_value();
}

asio::awaitable<void> BatchRunner::round() {
    const bool mine = co_await hold_lease();
    if (!mine) {
        co_return;
    }
    const core::Timestamp now = tools_.clock.now();
    if (now - swept_at_ >= kSweepTime || now < swept_at_) {
        swept_at_ = now;
        start(sweep(), [] {});
    }
    const auto look = [](Reader& reader) { return live_batches(reader); };
    core::Result<std::vector<Batch>> batches = co_await tools_.database.read(look);
    if (!batches) {
        co_return;
    }
    for (const Batch& batch : *batches) {
        co_await advance(batch);
    }
    co_await dispatch(*std::move(batches));
}

// Towards its next state, if its time has come.
asio::awaitable<void> BatchRunner::advance(Batch batch) {
    if (files_under_way_.contains(batch.id)) {
        co_return;
    }
    if (batch.state == BatchState::Validating) {
        start_file(batch);
        co_return;
    }
    const auto look = [id = batch.id](Reader& reader) { return totals_of(reader, id); };
    const core::Result<LineTotals> left = co_await tools_.database.read(look);
    if (!left) {
        co_return;
    }
    if (batch.state == BatchState::InProgress) {
        const bool late = tools_.clock.now() >= batch.expires_at;
        if (late || left->pending + left->running == 0) {
            const auto outcome = late && left->pending + left->running > 0 ? BatchState::Expired
                                                                           : BatchState::Completed;
            const auto command = [id = batch.id, outcome](Transaction& t) {
                return close_batch(t, id, outcome);
            };
            static_cast<void>(co_await tools_.database.write(command));  // Or the next round does.
        }
        co_return;
    }
    if (left->running == 0 && !lines_under_way_.contains(batch.id)) {
        start_file(batch);
    }
}

void BatchRunner::start_file(const Batch& batch) {
    files_under_way_.insert(batch.id);
    start(work_file(batch), [this, id = batch.id] { files_under_way_.erase(id); });
}

void BatchRunner::end_line(BatchId batch, std::int64_t line) {
    --lines_count_;
    std::set<std::int64_t>& lines = lines_under_way_[batch];
    lines.erase(line);
    if (lines.empty()) {
        lines_under_way_.erase(batch);
        short_of_funds_.erase(batch);
    }
}

asio::awaitable<void> BatchRunner::work_file(Batch batch) {
    core::Result<void> done;
    if (batch.state == BatchState::Validating) {
        done = co_await take_in(tools_, batch);
    } else {
        done = co_await write_results(tools_, batch);
    }
    if (!done) {
        tools_.log.warning("a batch's file could not be worked on",
                           {{"batch", batch.id.text()},
                            {"error", core::render(done.error(), core::Language::En)}});
        co_await db::pause(kRetryTime);
    }
}

// In turn, beginning behind the one served last, so that a long batch holds up no short one.
asio::awaitable<void> BatchRunner::dispatch(std::vector<Batch> batches) {
    std::erase_if(batches, [](const Batch& b) { return b.state != BatchState::InProgress; });
    const auto last = std::ranges::find_if(
        batches, [this](const Batch& batch) { return last_served_ == batch.id; });
    if (last != batches.end()) {
        std::ranges::rotate(batches, std::next(last));
    }
    bool found = true;
    while (found && lines_count_ < settings_.concurrency) {
        found = false;
        for (const Batch& batch : batches) {
            if (lines_count_ >= settings_.concurrency) {
                break;
            }
            const bool begun = co_await dispatch_one(batch);
            found = found || begun;
        }
    }
}

asio::awaitable<bool> BatchRunner::dispatch_one(Batch batch) {
    const core::Timestamp now = tools_.clock.now();
    if (short_of_funds_.contains(batch.id) || now >= batch.expires_at) {
        co_return false;
    }
    const auto under_way = lines_under_way_.find(batch.id);
    const std::size_t known = under_way == lines_under_way_.end() ? 0 : under_way->second.size();
    const auto look = [id = batch.id, now, known](Reader& reader) {
        return pending_lines(reader, id, now, known + 1);
    };
    const core::Result<std::vector<Line>> lines = co_await tools_.database.read(look);
    if (!lines) {
        co_return false;
    }
    for (const Line& line : *lines) {
        if (lines_under_way_[batch.id].insert(line.number).second) {
            ++lines_count_;
            last_served_ = batch.id;
            start(work_line(batch, line),
                  [this, id = batch.id, number = line.number] { end_line(id, number); });
            co_return true;
        }
    }
    if (lines_under_way_[batch.id].empty()) {
        lines_under_way_.erase(batch.id);
    }
    co_return false;
}

asio::awaitable<void> BatchRunner::work_line(Batch batch, Line line) {
    const LineKey key{batch.id, line.number, line.attempt};
    core::Result<std::string> text = co_await read_input(tools_, batch, line);
    if (!text) {
        co_return co_await abandon(batch, key, text.error());
    }
    auto request = read_line(batch.endpoint, *text);
    if (!request) {
        co_return co_await abandon(batch, key, request.error());
    }
    http::Request call;
    call.method = http::Method::Post;
    call.path = kEndpointPaths[static_cast<std::size_t>(batch.endpoint)];
    call.body = std::move(request->body);
    call.principal = principal_of(batch);
    call.language = batch.language;
    call.request_id = request_of(key);
    KeptCall kept{hold_of(key), std::make_shared<LineRecord>(key, batch.language)};
    const core::Result<http::Response> reply =
        co_await tools_.gateway.call(batch.endpoint, std::move(call), std::move(kept));
    if (reply || reply.error().code() == kLineTaken) {
        co_return;
    }
    // Others of this batch hold funds that this line may have when they have ended.
    if (is_unpaid(reply.error()) && lines_under_way_[batch.id].size() > 1) {
        short_of_funds_.insert(batch.id);
        co_return;
    }
    co_await abandon(batch, key, reply.error());
}

asio::awaitable<void> BatchRunner::abandon(Batch batch, LineKey key, core::Error error) {
    const auto command = [key, language = batch.language, error](Transaction& transaction) {
        return abandon_line(transaction, key, language, error);
    };
    for (;;) {
        const core::Result<void> done = co_await tools_.database.write(command);
        if (done) {
            co_return;
        }
        tools_.log.warning(
            "a batch's line could not be closed; it is tried again",
            {{"batch", key.batch.text()}, {"line", key.line}, {"code", done.error().code().name}});
        co_await db::pause(kRetryTime);
    }
}

// Files that are to go: first the object, then the row that remembers it.
asio::awaitable<void> BatchRunner::sweep() {
    const core::Timestamp now = tools_.clock.now();
    const auto look = [now](Reader& reader) {
        return files_to_remove(reader, now, now - kStaleUpload, kSweptMax);
    };
    const core::Result<std::vector<File>> files = co_await tools_.database.read(look);
    if (!files) {
        co_return;
    }
    for (const File& file : *files) {
        const auto mark = [id = file.id](Transaction& transaction) -> core::Result<bool> {
            const auto read_by = live_batch_reading(transaction, id);
            if (!read_by || *read_by) {
                return read_by ? core::Result<bool>(false) : std::unexpected(read_by.error());
            }
            const auto marked = set_file_deleting(transaction, id);
            return marked ? core::Result<bool>(true) : std::unexpected(marked.error());
        };
        const core::Result<bool> unused = co_await tools_.database.write(mark);
        if (!unused || !*unused) {
            continue;
        }
        auto removing = [&store = tools_.objects, name = object_of(file.id)] {
            return store.remove(name);
        };
        const core::Result<void> removed = co_await tools_.pool.run(std::move(removing));
        if (!removed && removed.error().code() != objects::kNotFound) {
            continue;
        }
        const auto command = [id = file.id](Transaction& t) { return delete_file(t, id); };
        static_cast<void>(co_await tools_.database.write(command));  // Or the next sweep does.
    }
}

void BatchRunner::start(asio::awaitable<void> work, std::function<void()> ended) {
    const auto task = std::make_shared<Task>();
    tasks_.insert(task);
    asio::co_spawn(executor_, std::move(work),
                   asio::bind_cancellation_slot(
                       task->end.slot(),
                       [this, task, ended = std::move(ended)](const std::exception_ptr& failure) {
                           tasks_.erase(task);
                           ended();
                           if (failure) {
                               tools_.log.warning("work on a batch was cut off");
                           }
                           tools_.database.bell(kBatchesBell).ring();
                       }));
}

}  // namespace kapok::models
