#pragma once

// Files and batches: many calls in one file, made one after the other when there is room, each
// exactly once. Words and states are those of OpenAI's API.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/id.h"
#include "core/result.h"
#include "exchange/api.h"
#include "models/gateway/call.h"

namespace kapok::models {

struct FileTag {
    static constexpr std::string_view kPrefix = "file";
};
struct BatchTag {
    static constexpr std::string_view kPrefix = "batch";
};
using FileId = core::Id<FileTag>;
using BatchId = core::Id<BatchTag>;

inline constexpr std::string_view kPurposeBatch = "batch";  // What a batch reads.
inline constexpr std::string_view kPurposeBatchOutput = "batch_output";

// A file's bytes are an object. Its row is there before the object and goes after it, so that no
// object is ever without one.
enum class FileState : std::uint8_t { Uploading, Ready, Deleting };
inline constexpr std::array<std::string_view, 3> kFileStateNames{"uploading", "ready", "deleting"};

struct File {
    FileId id;
    core::OrganizationId organization;
    core::ProjectId project;
    std::string purpose;
    std::string name;  // As its owner calls it; for show.
    std::int64_t bytes = 0;
    FileState state = FileState::Uploading;
    core::Timestamp created_at;
    std::optional<core::Timestamp> expires_at;
};

enum class BatchState : std::uint8_t {
    Validating,
    InProgress,
    Finalizing,
    Completed,
    Failed,
    Expired,
    Cancelling,
    Cancelled
};
inline constexpr std::array<std::string_view, 8> kBatchStateNames{
    "validating", "in_progress", "finalizing", "completed",
    "failed",     "expired",     "cancelling", "cancelled"};
[[nodiscard]] constexpr bool is_over(BatchState state) noexcept {
    return state == BatchState::Completed || state == BatchState::Failed ||
           state == BatchState::Expired || state == BatchState::Cancelled;
}

struct LineCounts {
    std::int64_t total = 0;
    std::int64_t completed = 0;
    std::int64_t failed = 0;
};

struct Batch {
    BatchId id;
    core::OrganizationId organization;
    core::ProjectId project;
    std::string creator;  // Name of the principal who made it.
    Endpoint endpoint = Endpoint::Chat;
    FileId input;
    std::string metadata;                          // A JSON object, or "null".
    core::Language language = core::Language::En;  // Of what is written into its files.
    BatchState state = BatchState::Validating;
    BatchState outcome = BatchState::Completed;  // What finalizing ends in.
    LineCounts counts;
    std::string errors;  // JSON list of what is wrong with the input: LineFault.
    std::optional<FileId> output;
    std::optional<FileId> error_output;
    std::optional<std::int64_t> output_lifetime_s;
    std::optional<std::string> idempotency_key;
    core::Timestamp created_at;
    core::Timestamp expires_at;
    std::optional<core::Timestamp> in_progress_at;
    std::optional<core::Timestamp> finalizing_at;
    std::optional<core::Timestamp> cancelling_at;
    std::optional<core::Timestamp> ended_at;
};

// What is wrong with an input file, in both languages, as its reader may ask for either.
struct LineFault {
    std::string code;
    std::int64_t line = 0;  // 0: with the file as a whole.
    std::string param;
    std::string en;
    std::string zh;
};

enum class LineState : std::uint8_t { Pending, Running, Succeeded, Failed };
inline constexpr std::array<std::string_view, 4> kLineStateNames{"pending", "running", "succeeded",
                                                                 "failed"};

// One call of a batch.
struct Line {
    BatchId batch;
    std::int64_t number = 0;  // Of the line in the file, from 1.
    std::string custom_id;
    std::int64_t offset = 0;  // Where the line is in the file.
    std::int64_t bytes = 0;
    LineState state = LineState::Pending;
    std::int64_t attempt = 1;  // Each has a hold of its own.
    core::Timestamp ready_at;  // Not tried before.
    int status = 0;            // Of the accepted answer; 0 if there is only an error.
    std::string answer;        // Its body: one line of JSON.
    std::string error;         // {"code", "message"}, or empty.
};

// One attempt at a line: who works on it names it so, and is refused once it is another's.
struct LineKey {
    BatchId batch;
    std::int64_t line = 0;
    std::int64_t attempt = 0;

    friend auto operator<=>(const LineKey&, const LineKey&) = default;
};

// All ids of a batch's work derive from its own, so that whoever does a step again makes the same
// ones again. They keep the batch's time.
[[nodiscard]] exchange::HoldId hold_of(const LineKey& key);
[[nodiscard]] std::string request_of(const LineKey& key);  // "req_…": on the bill, in the output.
[[nodiscard]] std::string output_id_of(BatchId batch, std::int64_t line);  // "batch_req_…"
[[nodiscard]] FileId output_file_of(BatchId batch);
[[nodiscard]] FileId error_file_of(BatchId batch);

[[nodiscard]] std::string object_of(FileId file);  // Its name in the object store.

// Rung when a batch was made or changed, or a line of one ended.
inline constexpr std::string_view kBatchesBell = "models.batches";

}  // namespace kapok::models
