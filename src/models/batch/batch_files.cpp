#include "models/batch/batch_files.h"

#include <algorithm>
#include <map>
#include <memory>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "models/batch/batch_line.h"
#include "models/batch/batch_output.h"
#include "models/batch/batch_steps.h"
#include "models/errors.h"
#include "models/limits.h"
#include "platform/objects/errors.h"

namespace kapok::models {
namespace {

namespace asio = boost::asio;
namespace objects = platform::objects;

using platform::objects::ObjectReader;
using platform::objects::ObjectWriter;

constexpr std::size_t kReadBytes = std::size_t{1} << 20U;
constexpr std::size_t kLinesPerCommand = 500;
constexpr std::size_t kLinesPerPage = 16;  // Answers may be large.
constexpr std::size_t kWriteBytes = std::size_t{1} << 20U;

class Intake {
public:
    Intake(BatchTools tools, Batch batch) : tools_(tools), batch_(std::move(batch)) {}

    asio::awaitable<core::Result<void>> run() {
        const core::Result<bool> read = co_await read_file();
        if (!read) {
            co_return std::unexpected(read.error());
        }
        if (*read && total_ == 0 && faults_.empty()) {
            add_fault(core::fail(kNoLines).error(), 0);
        }
        if (faults_.empty()) {
            const core::Result<void> kept = co_await keep_lines();
            if (!kept) {
                co_return kept;
            }
        }
        const auto command = [id = batch_.id, total = total_, faults = faults_](Transaction& t) {
            return faults.empty() ? begin_batch(t, id, total) : refuse_batch(t, id, faults);
        };
        co_return co_await tools_.database.write(command);
    }

private:
    void add_fault(const core::Error& error, std::int64_t line) {
        faults_.push_back(fault_of(error, line));
    }
    [[nodiscard]] bool is_hopeless() const {
        return std::cmp_greater_equal(faults_.size(), kLineFaultsMax);
    }

    // False if the file cannot be read: that is a fault of the file, not one that passes.
    asio::awaitable<core::Result<bool>> read_file() {
        auto opening = [&store = tools_.objects, name = object_of(batch_.input)] {
            return store.open(name);
        };
        core::Result<std::unique_ptr<ObjectReader>> opened =
            co_await tools_.pool.run(std::move(opening));
        if (!opened) {
            if (opened.error().code() != objects::kNotFound) {
                co_return std::unexpected(opened.error());
            }
            add_fault(
                core::fail(kNoFile, {{"file", batch_.input.text()}}, "/input_file_id").error(), 0);
            co_return false;
        }
        const std::shared_ptr<ObjectReader> reader = *std::move(opened);
        LineCutter cutter;
        while (!is_hopeless()) {
            core::Result<std::string> piece = co_await read_piece(reader);
            if (!piece) {
                co_return std::unexpected(piece.error());
            }
            if (piece->empty()) {
                break;
            }
            core::Result<std::vector<TextLine>> lines = cutter.feed(*piece);
            if (!lines) {
                const std::string at = lines.error().pointer().value_or("/0").substr(1);
                add_fault(lines.error(), std::stoll(at));
                co_return false;
            }
            for (TextLine& line : *lines) {
                const core::Result<bool> taken = co_await take(std::move(line));
                if (!taken || !*taken) {
                    co_return taken;
                }
            }
        }
        std::optional<TextLine> last = cutter.finish();
        if (last && !is_hopeless()) {
            co_return co_await take(*std::move(last));
        }
        co_return true;
    }

    asio::awaitable<core::Result<std::string>> read_piece(std::shared_ptr<ObjectReader> reader) {
        auto reading = [reader = std::move(reader)]() -> core::Result<std::string> {
            std::string bytes(kReadBytes, '\0');
            const auto size = reader->read(std::as_writable_bytes(std::span(bytes)));
            if (!size) {
                return std::unexpected(size.error());
            }
            bytes.resize(*size);
            return bytes;
        };
        co_return co_await tools_.pool.run(std::move(reading));
    }

    // False if no more are to be taken.
    asio::awaitable<core::Result<bool>> take(TextLine text) {
        if (++total_ > kBatchLinesMax) {
            add_fault(
                core::fail(kTooManyLines, {{"limit", std::to_string(kBatchLinesMax)}}).error(),
                text.number);
            co_return false;
        }
        const auto request = read_line(batch_.endpoint, text.text);
        if (!request) {
            add_fault(request.error(), text.number);
            co_return !is_hopeless();
        }
        const core::Result<bool> known = co_await is_known(request->model);
        if (!known) {
            co_return known;
        }
        if (!*known) {
            add_fault(core::fail(kNoModel, {{"model", request->model}}, "/body/model").error(),
                      text.number);
        } else if (!custom_ids_.insert(request->custom_id).second) {
            add_fault(
                core::fail(kRepeatedCustomId, {{"custom_id", request->custom_id}}, "/custom_id")
                    .error(),
                text.number);
        }
        if (!faults_.empty()) {
            co_return !is_hopeless();
        }
        Line line;
        line.batch = batch_.id;
        line.number = text.number;
        line.custom_id = request->custom_id;
        line.offset = text.offset;
        line.bytes = static_cast<std::int64_t>(text.text.size());
        line.ready_at = batch_.created_at;
        lines_.push_back(std::move(line));
        if (lines_.size() >= kLinesPerCommand) {
            const core::Result<void> kept = co_await keep_lines();
            if (!kept) {
                co_return std::unexpected(kept.error());
            }
        }
        co_return true;
    }

    asio::awaitable<core::Result<bool>> is_known(std::string model) {
        if (const auto known = models_.find(model); known != models_.end()) {
            co_return known->second;
        }
        const auto look = [model](Reader& reader) { return find_model(reader, model); };
        const core::Result<std::optional<Model>> found = co_await tools_.database.read(look);
        if (!found) {
            co_return std::unexpected(found.error());
        }
        models_[model] = found->has_value();
        co_return found->has_value();
    }

    asio::awaitable<core::Result<void>> keep_lines() {
        const auto command = [id = batch_.id, lines = std::exchange(lines_, {})](
                                 Transaction& transaction) -> core::Result<void> {
            const auto batch = find_batch(transaction, id);
            if (!batch) {
                return std::unexpected(batch.error());
            }
            const bool wanted = *batch && (*batch)->state == BatchState::Validating;
            return wanted ? insert_lines(transaction, lines) : core::Result<void>();
        };
        co_return co_await tools_.database.write(command);
    }

    BatchTools tools_;
    Batch batch_;
    std::int64_t total_ = 0;
    std::vector<Line> lines_;  // Read, but not yet kept.
    std::vector<LineFault> faults_;
    std::unordered_set<std::string> custom_ids_;
    std::map<std::string, bool> models_;  // Is there one of this name?
};

// One of the two result files. Nothing is made while nothing is written.
class ResultFile {
public:
    ResultFile(BatchTools tools, FileId id) : tools_(tools), id_(id) {}

    asio::awaitable<core::Result<void>> add(std::string text) {
        buffer_ += text;
        bytes_ += static_cast<std::int64_t>(text.size());
        if (buffer_.size() < kWriteBytes) {
            co_return core::Result<void>();
        }
        co_return co_await flush();
    }

    // Its size; 0 if there is none.
    asio::awaitable<core::Result<std::int64_t>> finish() {
        if (bytes_ == 0) {
            co_return 0;
        }
        const core::Result<void> flushed = co_await flush();
        if (!flushed) {
            co_return std::unexpected(flushed.error());
        }
        auto ending = [writer = writer_] { return writer->finish(); };
        const core::Result<objects::ObjectInfo> kept = co_await tools_.pool.run(std::move(ending));
        if (!kept) {
            co_return std::unexpected(kept.error());
        }
        co_return bytes_;
    }

private:
    asio::awaitable<core::Result<void>> flush() {
        auto writing = [&store = tools_.objects, name = object_of(id_), writer = writer_,
                        bytes = std::exchange(
                            buffer_, {})]() mutable -> core::Result<std::shared_ptr<ObjectWriter>> {
            if (!writer) {
                auto made = store.create(name);
                if (!made) {
                    return std::unexpected(made.error());
                }
                writer = *std::move(made);
            }
            const auto written = writer->write(std::as_bytes(std::span(bytes)));
            return written ? core::Result<std::shared_ptr<ObjectWriter>>(writer)
                           : std::unexpected(written.error());
        };
        core::Result<std::shared_ptr<ObjectWriter>> written =
            co_await tools_.pool.run(std::move(writing));
        if (!written) {
            co_return std::unexpected(written.error());
        }
        writer_ = *std::move(written);
        co_return core::Result<void>();
    }

    BatchTools tools_;
    FileId id_;
    std::shared_ptr<ObjectWriter> writer_;
    std::string buffer_;
    std::int64_t bytes_ = 0;
};

asio::awaitable<core::Result<void>> write_lines(BatchTools tools, BatchId id, ResultFile& good,
                                                ResultFile& bad) {
    std::int64_t after = 0;
    for (;;) {
        const auto look = [=](Reader& reader) {
            return list_lines(reader, id, after, kLinesPerPage);
        };
        const core::Result<std::vector<Line>> lines = co_await tools.database.read(look);
        if (!lines) {
            co_return std::unexpected(lines.error());
        }
        for (const Line& line : *lines) {
            ResultFile& file = is_good(line) ? good : bad;
            const core::Result<void> added = co_await file.add(output_text(line));
            if (!added) {
                co_return added;
            }
        }
        if (lines->size() < kLinesPerPage) {
            co_return core::Result<void>();
        }
        after = lines->back().number;
    }
}

}  // namespace

asio::awaitable<core::Result<void>> take_in(BatchTools tools, Batch batch) {
    Intake intake(tools, std::move(batch));
    co_return co_await intake.run();
}

asio::awaitable<core::Result<void>> write_results(BatchTools tools, Batch batch) {
    const auto drop = [id = batch.id](Transaction& t) { return drop_pending_lines(t, id); };
    const core::Result<void> dropped = co_await tools.database.write(drop);
    if (!dropped) {
        co_return dropped;
    }
    ResultFile good(tools, output_file_of(batch.id));
    ResultFile bad(tools, error_file_of(batch.id));
    const core::Result<void> written = co_await write_lines(tools, batch.id, good, bad);
    if (!written) {
        co_return written;
    }
    const core::Result<std::int64_t> good_bytes = co_await good.finish();
    const core::Result<std::int64_t> bad_bytes = co_await bad.finish();
    if (!good_bytes || !bad_bytes) {
        co_return std::unexpected(!good_bytes ? good_bytes.error() : bad_bytes.error());
    }
    const auto command = [id = batch.id, output = *good_bytes, errors = *bad_bytes](
                             Transaction& t) { return finish_batch(t, id, output, errors); };
    co_return co_await tools.database.write(command);
}

asio::awaitable<core::Result<std::string>> read_input(BatchTools tools, Batch batch, Line line) {
    auto reading = [&store = tools.objects, name = object_of(batch.input),
                    line = std::move(line)]() -> core::Result<std::string> {
        auto reader = store.open(name, {line.offset, line.bytes});
        if (!reader) {
            return std::unexpected(reader.error());
        }
        std::string text(static_cast<std::size_t>(line.bytes), '\0');
        std::size_t read = 0;
        while (read < text.size()) {
            const auto size =
                (*reader)->read(std::as_writable_bytes(std::span(text)).subspan(read));
            if (!size || *size == 0) {
                return size ? std::move(text)
                            : core::Result<std::string>(std::unexpected(size.error()));
            }
            read += *size;
        }
        return text;
    };
    co_return co_await tools.pool.run(std::move(reading));
}

}  // namespace kapok::models
