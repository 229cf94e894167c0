#include "compute/agent/model_fetch.h"

#include <algorithm>
#include <span>
#include <utility>

#include "compute/errors.h"
#include "platform/db/bell.h"

namespace kapok::compute::agent {

namespace asio = boost::asio;
namespace db = platform::db;
namespace fs = std::filesystem;
namespace http = platform::http;

namespace {

constexpr std::chrono::milliseconds kTryAgain{1'000};
constexpr std::size_t kWriteBytes = 1 << 20;
constexpr int kDamagedMax = 2;

// Gives a digest back when the download is over, however it ends.
class Turn {
public:
    Turn(std::set<std::string>& all, std::string digest) : all_(all), digest_(std::move(digest)) {
        all_.insert(digest_);
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { all_.erase(digest_); }

private:
    std::set<std::string>& all_;
    std::string digest_;
};

}  // namespace

bool is_final_refusal(const core::Error& error) {
    if (error.code() == kUnknownArtifact || error.code() == kForeignAttempt) {
        return true;
    }
    return error.code() == kPlatformRefused &&
           std::ranges::any_of(error.parameters(), [](const core::Parameter& parameter) {
               return parameter.name == "status" && parameter.value.starts_with('4') &&
                      parameter.value != "408" && parameter.value != "429";
           });
}

ModelFetch::Answer<fs::path> ModelFetch::bring(protocol::AttemptRef attempt, ModelRef model,
                                               std::function<bool()> wanted) {
    while (under_way_.contains(model.digest) && wanted()) {
        co_await db::pause(kTryAgain);
    }
    const Turn turn(under_way_, model.digest);
    int damaged = 0;
    while (wanted()) {
        auto look = [this, model] { return cache_.find(model); };
        auto found = co_await pool_.run(std::move(look));
        if (found) {
            co_return *std::move(found);
        }
        auto brought = co_await download(attempt, model, wanted);
        if (brought || is_final_refusal(brought.error())) {
            co_return brought;
        }
        damaged += brought.error().code() == kModelDamaged ? 1 : 0;
        if (damaged >= kDamagedMax || brought.error().code() == kAgentFolder) {
            co_return brought;
        }
        tell_("a model could not be fetched", &brought.error());
        co_await db::pause(kTryAgain);
    }
    co_return core::fail(kNotWanted);
}

ModelFetch::Answer<fs::path> ModelFetch::download(protocol::AttemptRef attempt, ModelRef model,
                                                  std::function<bool()> wanted) {
    auto begin = [this, model]() -> core::Result<std::shared_ptr<ModelDownload>> {
        auto made = cache_.download(model);
        return made ? core::Result<std::shared_ptr<ModelDownload>>(
                          std::make_shared<ModelDownload>(*std::move(made)))
                    : std::unexpected(made.error());
    };
    const auto begun = co_await pool_.run(std::move(begin));
    if (!begun) {
        co_return std::unexpected(begun.error());
    }
    const std::shared_ptr<ModelDownload>& download = *begun;
    if (download->offset() < model.bytes) {
        auto stream = co_await link_.open(attempt, model.digest, download->offset());
        if (!stream) {
            co_return std::unexpected(stream.error());
        }
        const auto received =
            co_await receive(*std::move(stream), download, model, std::move(wanted));
        if (!received) {
            co_return std::unexpected(received.error());
        }
    }
    auto finish = [download] { return download->finish(); };
    auto finished = co_await pool_.run(std::move(finish));
    if (finished) {
        tell_("model " + model.file + ": here, and checked", nullptr);
    }
    co_return finished;
}

ModelFetch::Answer<void> ModelFetch::receive(std::unique_ptr<http::AnswerStream> stream,
                                             std::shared_ptr<ModelDownload> download,
                                             ModelRef model, std::function<bool()> wanted) {
    std::string gathered;
    std::int64_t told = download->offset() * 10 / model.bytes;
    for (;;) {
        auto piece = co_await stream->next();
        if (!piece) {
            co_return std::unexpected(piece.error());
        }
        if (!wanted()) {
            co_return core::fail(kNotWanted);
        }
        const bool ended = !piece->has_value();
        gathered += std::move(*piece).value_or("");
        if (gathered.size() < kWriteBytes && !ended) {
            continue;
        }
        auto write = [download, bytes = std::exchange(gathered, {})] {
            return download->write(std::as_bytes(std::span(bytes)));
        };
        const auto written = co_await pool_.run(std::move(write));
        if (!written || ended) {
            co_return written;
        }
        const std::int64_t tenths = download->offset() * 10 / model.bytes;
        if (tenths > std::exchange(told, tenths)) {
            tell_("model " + model.file + ": " + std::to_string(tenths) + "0 % of " +
                      std::to_string(model.bytes) + " bytes",
                  nullptr);
        }
    }
}

}  // namespace kapok::compute::agent
