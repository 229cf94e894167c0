// Goal: weights become a model only when all of them are here and are what they claim to be,
// however often the line breaks, the source changes, the disk fills or the server restarts. Method:
// the real services on both databases, and a real HTTP server that cuts its answers.

#include "models/imports/importer.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "identity/testing/world.h"
#include "models/errors.h"
#include "models/imports/gguf_testing.h"
#include "models/imports_service.h"
#include "models/imports_store.h"
#include "models/limits.h"
#include "models/migrations.h"
#include "platform/crypto/encoding.h"
#include "platform/db/bell.h"
#include "platform/http/router.h"
#include "platform/http/server.h"
#include "platform/http/testing.h"
#include "platform/objects/folder_store.h"
#include "platform/objects/testing.h"

namespace kapok::models {
namespace {

namespace asio = boost::asio;
namespace http = platform::http;
using identity::code_of;

std::string sha256_of(std::string_view bytes) {
    return platform::crypto::to_hex(
        platform::crypto::hash(platform::crypto::Suite::Intl, std::as_bytes(std::span(bytes))));
}

// Larger than what the importer writes at once.
std::string weights() {
    static const std::string kWeights = [] {
        std::string file = GgufFile::llama().text("general.name", "Tiny").bytes();
        core::SeededRandom random(5);
        while (file.size() < 3'000'000) {
            file += static_cast<char>(random.below(256));
        }
        return file;
    }();
    return kWeights;
}

// Gives a file from where it is asked to, some bytes at a time, and breaks off where it is told to.
class Pieces final : public http::BodyStream {
public:
    Pieces(std::string bytes, std::size_t most) : bytes_(std::move(bytes)), left_(most) {}

    asio::awaitable<std::optional<std::string>> next() override {
        if (bytes_.empty()) {
            co_return std::nullopt;
        }
        if (left_ == 0) {
            throw std::runtime_error("the line is cut");
        }
        const std::size_t count = std::min({std::size_t{50'000}, left_, bytes_.size()});
        std::string piece = bytes_.substr(0, count);
        bytes_.erase(0, count);
        left_ -= count;
        co_return piece;
    }

private:
    std::string bytes_;
    std::size_t left_;
};

// A server of files.
class FileServer {
public:
    struct File {
        std::string bytes;
        std::string etag = "\"one\"";
        std::size_t most = std::string::npos;  // Of one answer, before the line is cut.
        bool ranges = true;
        int status = 0;  // Instead of the file.
        std::string location = {};
    };

    FileServer() : router_(everybody_, clock_, random_) {
        static constexpr std::array kPath{http::Field{.name = "file", .en = "a", .zh = "a"}};
        static constexpr std::array kQuery{
            http::Field{
                .name = "download", .en = "a", .zh = "a", .presence = http::Presence::Optional},
            http::Field{
                .name = "signed", .en = "a", .zh = "a", .presence = http::Presence::Optional}};
        static constexpr http::Route kGet{.method = http::Method::Get,
                                          .path = "/{file}",
                                          .id = "get_file",
                                          .scope = http::kPublic,
                                          .en = "a",
                                          .zh = "a",
                                          .path_parameters = kPath,
                                          .query = kQuery,
                                          .reply = http::Reply::Raw};
        router_.add(kGet, [this](http::Request request) -> asio::awaitable<http::Response> {
            co_return give(request);
        });
        http::ServerOptions options;
        options.threads = 1;
        server_ = http::Server::start(router_, clock_, options).value();
    }

    void put(const std::string& name, File file) {
        files_.update([&](auto& files) { files[name] = std::move(file); });
    }
    [[nodiscard]] std::string url(const std::string& name) const {
        return fmt::format("http://127.0.0.1:{}/{}", server_->port(), name);
    }
    // Where each request began.
    [[nodiscard]] std::vector<std::string> asked() { return asked_.get(); }

private:
    http::Response give(const http::Request& request) {
        const std::string name = request.path_parameters.at("file");
        const auto range = request.headers.find("range");
        asked_.update([&](auto& asked) {
            asked.push_back(range == request.headers.end() ? "" : range->second);
        });
        auto files = files_.get();
        http::Response response;
        if (!files.contains(name)) {
            response.status = 404;
            return response;
        }
        const File& file = files.at(name);
        response.headers["etag"] = file.etag;
        if (file.status != 0) {
            response.status = file.status;
            response.headers["location"] = file.location;
            return response;
        }
        std::size_t first = 0;
        const auto same = request.headers.find("if-range");
        const bool current = same == request.headers.end() || same->second == file.etag;
        if (file.ranges && current && range != request.headers.end()) {
            first = std::stoull(range->second.substr(6));
            response.status = first < file.bytes.size() ? 206 : 416;
            response.headers["content-range"] =
                response.status == 206
                    ? fmt::format("bytes {}-{}/{}", first, file.bytes.size() - 1, file.bytes.size())
                    : fmt::format("bytes */{}", file.bytes.size());
        }
        if (response.status != 416) {
            response.stream = std::make_shared<Pieces>(file.bytes.substr(first), file.most);
        }
        return response;
    }

    core::ManualClock clock_{core::from_micros(1'795'000'000'000'000)};
    core::SystemRandom random_;
    http::testing::Everybody everybody_;
    http::Router router_;
    http::testing::Shared<std::map<std::string, File>> files_;
    http::testing::Shared<std::vector<std::string>> asked_;
    std::unique_ptr<http::Server> server_;
};

class ImporterTest : public identity::IdentityTest {
protected:
    ImporterTest() : IdentityTest(models::migrations()) {}

    void SetUp() override {
        IdentityTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) {
            return;
        }
        objects_ = platform::objects::open_folder_store({folder_.path() / "objects", 1 << 30, {}},
                                                        clock(), system_)
                       .value();
        restart();
        person("provider", company_, core::Role::Provider);
    }
    void TearDown() override {
        service_.reset();
        importer_.reset();
        IdentityTest::TearDown();
    }

    // As after a new start of the server.
    void restart(std::chrono::milliseconds pause = std::chrono::milliseconds(1)) {
        importer_ = std::make_unique<Importer>(
            Importer::Setting{database(), clock(), log_, *objects_, pool_,
                              folder_.path() / "models", "server-1", files_.url(""), pause});
        service_ = std::make_unique<ImportsService>(database(), identity().directory(), *importer_,
                                                    clock(), system_, Networks::Public);
    }

    NewImport wanted(std::string source, std::string name = "tiny") {
        NewImport request;
        request.name = std::move(name);
        request.source = std::move(source);
        return request;
    }
    core::Result<Import> begin(NewImport request, const std::string& who = "admin") {
        return run(service_->begin(as(who), std::move(request)));
    }

    // Lets the importer work until `over` says so of the import.
    Import work(ImportId id, const std::function<bool(const Import&)>& over) {
        asio::io_context io;
        asio::cancellation_signal end;
        asio::co_spawn(io, importer_->run(),
                       asio::bind_cancellation_slot(end.slot(), asio::detached));
        Import import;
        const auto watch = [&]() -> asio::awaitable<void> {
            for (int i = 0; i < 3'000; ++i) {
                const auto look = [id](Reader& reader) { return find_import(reader, id); };
                const auto found = co_await database().read(look);
                import = found.value().value();
                if (over(import)) {
                    break;
                }
                co_await platform::db::pause(std::chrono::milliseconds(10));
            }
            end.emit(asio::cancellation_type::terminal);
        };
        asio::co_spawn(io, watch(), asio::detached);
        io.run();
        return import;
    }
    Import finish(ImportId id) {
        return work(id, [](const Import& import) {
            return !is_open(import.state) && import.state != ImportState::Uploading;
        });
    }
    Import import(NewImport request) {
        const auto begun = begin(std::move(request));
        EXPECT_TRUE(begun) << code_of(begun);
        return begun ? finish(begun->id) : Import{};
    }
    std::optional<Model> model(const std::string& name) {
        return database()
            .read_blocking([&](Reader& reader) { return find_model(reader, name); })
            .value();
    }
    std::size_t partials() {
        std::error_code none;
        const std::filesystem::directory_iterator entries(folder_.path() / "models/incoming", none);
        return none ? 0 : static_cast<std::size_t>(std::distance(begin_of(entries), end(entries)));
    }
    static std::filesystem::directory_iterator begin_of(std::filesystem::directory_iterator it) {
        return it;
    }

    platform::objects::TemporaryFolder folder_;
    core::SystemRandom system_;
    platform::log::Log log_{2, platform::log::Level::Error, clock()};
    platform::objects::BlockingPool pool_{2};
    FileServer files_;
    std::unique_ptr<platform::objects::ObjectStore> objects_;
    std::unique_ptr<Importer> importer_;
    std::unique_ptr<ImportsService> service_;
};

TEST_P(ImporterTest, AFileBecomesAModel) {
    files_.put("m.gguf", {weights()});
    const Import done = import(wanted(files_.url("m.gguf") + "?download=true"));
    ASSERT_EQ(done.state, ImportState::Done) << done.problem_code << done.problem_parameters;
    EXPECT_EQ(done.sha256, sha256_of(weights()));
    EXPECT_EQ(done.received, static_cast<std::int64_t>(weights().size()));
    const auto made = model("tiny");
    ASSERT_TRUE(made);
    EXPECT_EQ(made->id, done.model);
    EXPECT_EQ(made->revision, done.sha256);
    EXPECT_EQ(made->context_window, 2'048);
    EXPECT_EQ(made->embedding_dimension, 0);
    EXPECT_EQ(made->license, "apache-2.0");
    EXPECT_EQ(made->file, "m.gguf");
    EXPECT_EQ(made->bytes, done.received);
    const auto stored = objects_->find(weights_object(done.sha256)).value();
    ASSERT_TRUE(stored);
    EXPECT_EQ(platform::crypto::to_hex(stored->sha256), done.sha256);
    EXPECT_EQ(partials(), 0U);
    EXPECT_EQ(events("models.model_added"), 1);
}

TEST_P(ImporterTest, GoesOnWhereTheLineBroke) {
    files_.put("m.gguf", {weights(), "\"one\"", 700'000});
    const Import done = import(wanted(files_.url("m.gguf")));
    ASSERT_EQ(done.state, ImportState::Done) << done.problem_code;
    EXPECT_EQ(done.sha256, sha256_of(weights()));
    const auto asked = files_.asked();
    ASSERT_EQ(asked.size(), 5U);
    EXPECT_EQ(asked[0], "");
    EXPECT_EQ(asked[1], "bytes=700000-");
    EXPECT_EQ(asked[4], "bytes=2800000-");
}

TEST_P(ImporterTest, GoesOnAfterARestart) {
    files_.put("m.gguf", {weights(), "\"one\"", 1'200'000});
    restart(std::chrono::hours(1));
    const auto begun = begin(wanted(files_.url("m.gguf")));
    ASSERT_TRUE(begun);
    const Import half = work(begun->id, [](const Import& i) { return i.received > 0; });
    EXPECT_EQ(half.state, ImportState::Fetching);
    EXPECT_EQ(half.received, 1'200'000);
    EXPECT_EQ(partials(), 1U);
    // What was written but never known to be durable does not count.
    std::ofstream(folder_.path() / "models/incoming" / (half.id.text() + ".part"),
                  std::ios::app | std::ios::binary)
        << std::string(10'000, '\0');
    restart();
    const Import done = finish(begun->id);
    ASSERT_EQ(done.state, ImportState::Done) << done.problem_code;
    EXPECT_EQ(done.sha256, sha256_of(weights()));
    EXPECT_EQ(files_.asked()[1], "bytes=1200000-");
}

TEST_P(ImporterTest, NeverMixesTwoVersions) {
    files_.put("m.gguf", {weights(), "\"one\"", 1'200'000});
    restart(std::chrono::hours(1));
    const auto begun = begin(wanted(files_.url("m.gguf")));
    work(begun->id, [](const Import& i) { return i.received > 0; });
    std::string other = weights();
    other.back() = static_cast<char>(other.back() + 1);
    files_.put("m.gguf", {other, "\"two\""});
    restart();
    const Import done = finish(begun->id);
    ASSERT_EQ(done.state, ImportState::Done) << done.problem_code;
    EXPECT_EQ(done.sha256, sha256_of(other));
}

TEST_P(ImporterTest, BeginsAgainWhereRangesAreNotKnown) {
    files_.put("m.gguf", {weights(), "", 1'200'000, false});
    restart(std::chrono::hours(1));
    const auto begun = begin(wanted(files_.url("m.gguf")));
    work(begun->id, [](const Import& i) { return i.received > 0; });
    files_.put("m.gguf", {weights(), "", std::string::npos, false});
    restart();
    const Import done = finish(begun->id);
    EXPECT_EQ(done.state, ImportState::Done) << done.problem_code;
    EXPECT_EQ(done.sha256, sha256_of(weights()));
}

TEST_P(ImporterTest, AWrongChecksumIsRefusedWithBoth) {
    files_.put("m.gguf", {weights()});
    NewImport request = wanted(files_.url("m.gguf"));
    request.sha256 = std::string(64, 'a');
    const Import failed = import(std::move(request));
    EXPECT_EQ(failed.state, ImportState::Failed);
    EXPECT_EQ(failed.problem_code, "models.wrong_digest");
    EXPECT_NE(failed.problem_parameters.find(sha256_of(weights())), std::string::npos);
    EXPECT_NE(failed.problem_parameters.find(std::string(64, 'a')), std::string::npos);
    EXPECT_FALSE(model("tiny"));
    EXPECT_EQ(partials(), 0U);
    EXPECT_FALSE(objects_->find(weights_object(sha256_of(weights()))).value());
}

TEST_P(ImporterTest, WhatIsNoModelIsRefused) {
    files_.put("page", {"<html>" + std::string(5'000'000, ' ')});
    EXPECT_EQ(import(wanted(files_.url("page"))).problem_code, "models.not_gguf");
    files_.put("short", {"GG"});
    EXPECT_EQ(import(wanted(files_.url("short"))).problem_code, "models.not_gguf");
    files_.put("cut", {GgufFile::llama().bytes().substr(0, 200)});
    EXPECT_EQ(import(wanted(files_.url("cut"))).problem_code, "models.weights_cut");
    files_.put("silent",
               {GgufFile(3).text("general.architecture", "x").tensor("t", {16}, 0, 0).bytes()});
    const Import silent = import(wanted(files_.url("silent")));
    EXPECT_EQ(silent.problem_code, "models.not_stated");
    EXPECT_NE(silent.problem_parameters.find("context_window"), std::string::npos);
    EXPECT_EQ(import(wanted(files_.url("missing"))).problem_code, "models.source_refused");
    EXPECT_FALSE(model("tiny"));
}

TEST_P(ImporterTest, AServerThatIsBusyIsAskedAgainAndTheImportCanBeResumed) {
    files_.put("m.gguf", {weights(), "", std::string::npos, true, 503});
    const Import failed = import(wanted(files_.url("m.gguf")));
    EXPECT_EQ(failed.problem_code, "models.source_busy");
    EXPECT_EQ(files_.asked().size(), static_cast<std::size_t>(kImportTriesMax));
    files_.put("m.gguf", {weights()});
    ASSERT_TRUE(run(service_->resume(as("admin"), failed.id)));
    EXPECT_EQ(finish(failed.id).state, ImportState::Done);
    EXPECT_EQ(code_of(run(service_->resume(as("admin"), failed.id))), "models.import_state");
    EXPECT_EQ(code_of(run(service_->cancel(as("admin"), failed.id))), "models.import_state");
}

TEST_P(ImporterTest, FollowsRedirectsButNotForEver) {
    files_.put("m.gguf", {weights()});
    files_.put("moved", {"", "", 0, true, 302, "m.gguf?signed=1"});
    EXPECT_EQ(import(wanted(files_.url("moved"))).state, ImportState::Done);
    files_.put("loop", {"", "", 0, true, 302, "loop"});
    EXPECT_EQ(import(wanted(files_.url("loop"), "loop")).problem_code, "models.bad_redirect");
    files_.put("lost", {"", "", 0, true, 302, ""});
    EXPECT_EQ(import(wanted(files_.url("lost"), "lost")).problem_code, "models.bad_redirect");
}

TEST_P(ImporterTest, PrivateNetworksAreForOperatorsOfThePlatform) {
    files_.put("m.gguf", {weights()});
    const auto begun = begin(wanted(files_.url("m.gguf")), "provider");
    ASSERT_TRUE(begun) << code_of(begun);
    const Import refused = finish(begun->id);
    EXPECT_EQ(refused.problem_code, "platform.address_refused");
    EXPECT_TRUE(files_.asked().empty());
    EXPECT_EQ(code_of(begin(wanted("file:m.gguf"), "provider")), "models.operator_only");
}

TEST_P(ImporterTest, TheSameWeightsAreBroughtOnce) {
    files_.put("m.gguf", {weights()});
    const Import first = import(wanted(files_.url("m.gguf")));
    ASSERT_EQ(first.state, ImportState::Done);
    const std::size_t asked = files_.asked().size();
    // By name and checksum: the model that there is.
    NewImport again = wanted(files_.url("m.gguf"));
    again.sha256 = first.sha256;
    EXPECT_EQ(import(again).model, first.model);
    // The same weights for embeddings: another model, nothing brought.
    NewImport vectors = wanted(files_.url("m.gguf"), "tiny-embedding");
    vectors.sha256 = first.sha256;
    vectors.capability = Capability::Embeddings;
    EXPECT_EQ(import(vectors).state, ImportState::Done);
    const auto made = model("tiny-embedding");
    EXPECT_EQ(made->embedding_dimension, 64);
    EXPECT_EQ(made->quality, "demonstration");
    EXPECT_EQ(made->bytes, first.received);
    EXPECT_EQ(files_.asked().size(), asked);
    // Knowing the digest of another's weights does not give them away.
    NewImport stolen = wanted("upload:nothing", "stolen");
    stolen.sha256 = first.sha256;
    stolen.bytes = 1'000;
    const auto begun = begin(stolen, "provider");
    ASSERT_TRUE(begun);
    EXPECT_EQ(begun->state, ImportState::Uploading);
}

TEST_P(ImporterTest, ARetryFindsItsImport) {
    files_.put("m.gguf", {weights()});
    NewImport request = wanted(files_.url("m.gguf"));
    request.id = make_id<ImportId>();
    const auto first = begin(request);
    const auto second = begin(request);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->model, second->model);
    request.sha256 = std::string(64, '0');
    EXPECT_EQ(code_of(begin(request)), "models.import_exists");
    EXPECT_EQ(finish(first->id).state, ImportState::Done);
    EXPECT_EQ(code_of(begin(wanted(files_.url("m.gguf")))), "models.model_exists");
    EXPECT_EQ(begin(wanted("https://a.example/m", "x")).value().name, "x");
}

TEST_P(ImporterTest, BadRequestsSayWhatIsWrong) {
    NewImport request = wanted("upload:m.gguf");
    EXPECT_EQ(code_of(begin(request)), "models.size_needed");
    request.bytes = kWeightsBytesMax + 1;
    EXPECT_EQ(code_of(begin(request)), "models.size_needed");
    request.bytes = 10;
    request.sha256 = std::string(64, 'A');
    EXPECT_EQ(code_of(begin(request)), "models.bad_digest");
    EXPECT_EQ(code_of(begin(wanted("m.gguf"))), "models.bad_source");
    EXPECT_EQ(code_of(begin(wanted("https://a.example/m"), "consumer")), "identity.role_missing");
}

TEST_P(ImporterTest, AnUploadComesInPiecesInOrder) {
    NewImport request = wanted("upload:m.gguf");
    const std::string file = weights();
    request.bytes = static_cast<std::int64_t>(file.size());
    const ImportId id = begin(request).value().id;
    const auto put = [&](std::int64_t offset, std::string bytes) {
        return run(service_->append(as("admin"), id, offset, std::move(bytes)));
    };
    EXPECT_EQ(put(0, file.substr(0, 1'000)).value().received, 1'000);
    EXPECT_EQ(code_of(put(0, file.substr(0, 1'000))), "models.wrong_offset");
    EXPECT_EQ(code_of(put(2'000, "x")), "models.wrong_offset");
    EXPECT_EQ(code_of(put(1'000, file)), "models.too_much");
    EXPECT_EQ(code_of(run(service_->append(as("rivalboss"), id, 1'000, "x"))), "models.no_import");
    restart();
    EXPECT_EQ(put(1'000, file.substr(1'000)).value().state, ImportState::Checking);
    const Import done = finish(id);
    EXPECT_EQ(done.state, ImportState::Done) << done.problem_code;
    EXPECT_EQ(done.sha256, sha256_of(file));
    EXPECT_EQ(code_of(put(0, "x")), "models.import_state");
}

TEST_P(ImporterTest, AFileOfTheInboxIsCopiedAndLeftAlone) {
    const auto inbox = folder_.path() / "models/inbox";
    std::filesystem::create_directories(inbox / "sub");
    std::ofstream(inbox / "sub/m.gguf", std::ios::binary) << weights();
    const Import done = import(wanted("file:sub/m.gguf"));
    EXPECT_EQ(done.state, ImportState::Done) << done.problem_code << done.problem_parameters;
    EXPECT_EQ(std::filesystem::file_size(inbox / "sub/m.gguf"), weights().size());
    EXPECT_EQ(import(wanted("file:none.gguf", "none")).problem_code, "objects.not_found");
    EXPECT_FALSE(import(wanted("file:sub", "folder")).problem_code.empty());
    std::filesystem::create_symlink("/etc/passwd", inbox / "link");
    EXPECT_FALSE(import(wanted("file:link", "link")).problem_code.empty());
}

TEST_P(ImporterTest, CancellingThrowsItAway) {
    files_.put("m.gguf", {weights(), "\"one\"", 1'200'000});
    restart(std::chrono::hours(1));
    const auto begun = begin(wanted(files_.url("m.gguf")));
    work(begun->id, [](const Import& i) { return i.received > 0; });
    EXPECT_EQ(code_of(run(service_->cancel(as("rivalboss"), begun->id))), "models.no_import");
    EXPECT_EQ(run(service_->cancel(as("admin"), begun->id)).value().state, ImportState::Cancelled);
    EXPECT_EQ(run(service_->cancel(as("admin"), begun->id)).value().state, ImportState::Cancelled);
    EXPECT_EQ(partials(), 0U);
    EXPECT_TRUE(run(service_->list(as("rivalboss"), {}, {})).value().items.empty());
    EXPECT_EQ(run(service_->list(as("admin"), {}, {})).value().items.size(), 1U);
}

INSTANTIATE_KAPOK_DATABASES(ImporterTest);

}  // namespace
}  // namespace kapok::models
