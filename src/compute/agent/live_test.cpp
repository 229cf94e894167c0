// Goal: what is ordered on the platform happens on the node, once, whoever is killed meanwhile.
// Method: nothing is played. A real platform, agent, supervisors, sandboxes, and where an engine is
// given (KAPOK_ENGINE, KAPOK_TINY_MODEL) a real model that serves.

#include <csignal>
#include <cstdlib>
#include <fstream>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "compute/agent/engines.h"
#include "compute/agent/model_speed.h"
#include "compute/agent/testing/live_platform.h"
#include "compute/api.h"
#include "platform/http/client.h"
#include "platform/process/adoption.h"
#include "platform/process/supervisor.h"

namespace kapok::compute::agent {
namespace {

namespace fs = std::filesystem;
namespace http = platform::http;
namespace process = platform::process;

using LiveJobs = LivePlatform;

TEST_F(LiveJobs, RunFromSubmitToOutput) {
    const auto input = run(compute_->jobs().upload(admin_, std::nullopt, "算力 互联\n")).value();
    const JobId id = submit("cat data/in.txt; echo warned >&2; wc -m < data/in.txt > count.txt",
                            {{"data/in.txt", input.digest, ""}}, {"count.txt"});
    ASSERT_TRUE(reaches(id, JobState::Succeeded));
    const JobView done = view(id);
    EXPECT_EQ(done.job.status.attempt, 1);
    EXPECT_EQ(done.job.exit_code, 0);
    const std::string log = log_of(id);
    EXPECT_NE(log.find("算力 互联\n"), log.npos) << log;
    EXPECT_NE(log.find("warned\n"), log.npos) << log;
    ASSERT_EQ(done.outputs.size(), 1);
    EXPECT_EQ(run(compute_->jobs().download(admin_, std::nullopt, done.outputs[0].digest)).value(),
              "6\n");
    // Taken in and forgotten: nothing of it is left on the node.
    EXPECT_TRUE(eventually([&] { return !fs::exists(work_of(id, 1).parent_path()); }));
}

TEST_F(LiveJobs, AreTakenOverByTheNextAgent) {
    const JobId id =
        submit("echo began; while [ ! -e go ]; do sleep 0.02; done; echo went; exit 4");
    ASSERT_TRUE(reaches(id, JobState::Running));
    kill_agent();
    EXPECT_TRUE(fs::exists(work_of(id, 1)));
    start_agent();
    std::ofstream(work_of(id, 1) / "go") << "";
    ASSERT_TRUE(reaches(id, JobState::UserError));
    const JobView done = view(id);
    EXPECT_EQ(done.job.exit_code, 4);
    EXPECT_EQ(done.attempts.size(), 1);  // It went on: it was not run again.
    EXPECT_EQ(log_of(id), "began\nwent\n");
}

TEST_F(LiveJobs, EndWhileNobodyWatchesAndAreReportedOnce) {
    const JobId id = submit("while [ ! -e go ]; do sleep 0.02; done; echo went", {}, {});
    ASSERT_TRUE(reaches(id, JobState::Running));
    kill_agent();
    std::ofstream(work_of(id, 1) / "go") << "";
    ASSERT_TRUE(eventually(
        [&] { return fs::exists(work_of(id, 1).parent_path() / process::kResultFile); }));
    stop_server();
    start_agent();  // Into the void.
    start_server();
    ASSERT_TRUE(reaches(id, JobState::Succeeded));
    EXPECT_EQ(view(id).attempts.size(), 1);
    EXPECT_EQ(log_of(id), "went\n");
}

TEST_F(LiveJobs, GoOnWithoutTheirServer) {
    const JobId id = submit("echo one; while [ ! -e go ]; do sleep 0.02; done; echo two");
    ASSERT_TRUE(reaches(id, JobState::Running));
    stop_server();
    std::ofstream(work_of(id, 1) / "go") << "";
    start_server();
    ASSERT_TRUE(reaches(id, JobState::Succeeded));
    EXPECT_EQ(log_of(id), "one\ntwo\n");
}

TEST_F(LiveJobs, AreCancelledOnTheirNode) {
    const JobId id = submit("trap 'echo bye; exit 0' TERM; echo ready; sleep 1000 & wait");
    ASSERT_TRUE(eventually([&] { return view(id).job.status.state == JobState::Running; }));
    ASSERT_TRUE(run(compute_->jobs().cancel(admin_, id)));
    ASSERT_TRUE(eventually([&] { return is_final(view(id).job.status.state); }));
    EXPECT_TRUE(eventually([&] { return !fs::exists(work_of(id, 1).parent_path()); }));
}

class LiveServices : public LivePlatform {
protected:
    void SetUp() override {
        const char* model = std::getenv("KAPOK_TINY_MODEL");
        if (std::getenv("KAPOK_ENGINE") == nullptr || model == nullptr) {
            GTEST_SKIP() << "KAPOK_ENGINE and KAPOK_TINY_MODEL are not set; see tools/engine";
        }
        LivePlatform::SetUp();
        std::ifstream file(model, std::ios::binary);
        weights_.assign(std::istreambuf_iterator<char>(file), {});
        ASSERT_FALSE(weights_.empty());
        ASSERT_TRUE(objects_->put(model_object_name(digest_of(weights_)),
                                  std::as_bytes(std::span(weights_))));
    }

    NewService wanted() {
        NewService service;
        service.id = JobId::make(clock_, random_);
        service.organization = admin_.organization;
        service.project = project_;
        service.name = "tiny";
        service.engine = kLlamaServer;
        service.arguments = {"-m", "{model}", "--host", "{host}", "--port", "{port}",
                             "-c", "1024",    "-np",    "1",      "-t",     "1"};
        service.model_digest = digest_of(weights_);
        service.model_file = "tiny.gguf";
        service.model_bytes = std::ssize(weights_);
        service.demand = {500, std::int64_t{512} << 20, 0};
        service.warm_up_path = "/v1/completions";
        service.warm_up_body = R"({"prompt":"Hello","max_tokens":8})";
        return service;
    }
    void start(const NewService& service) {
        ASSERT_TRUE(database_->write_blocking(
            [&](Transaction& t) { return start_service(t, admin_, service); }));
    }
    void stop(JobId id) {
        ASSERT_TRUE(
            database_->write_blocking([&](Transaction& t) { return stop_service(t, admin_, id); }));
    }
    ServiceView look(JobId id) {
        return database_->read_blocking([&](Reader& r) { return compute::find_service(r, id); })
            .value()
            .value();
    }
    bool is_ready(JobId id, std::int64_t attempt) {
        return eventually([&] {
            const ServiceView now = look(id);
            return now.phase == ServicePhase::Ready && now.attempt == attempt;
        });
    }
    bool has_ended(JobId id) {
        return eventually([&] { return look(id).phase == ServicePhase::Ended; });
    }
    // How many tokens it made, or nothing if it does not answer.
    std::optional<std::int64_t> complete(const std::string& url) {
        auto client = http::Client::create(http::parse_url(url).value(), {}).value();
        http::Call call;
        call.method = http::Method::Post;
        call.path = "/v1/completions";
        call.headers["content-type"] = "application/json";
        call.body = R"({"prompt":"Once upon a time","max_tokens":5})";
        const auto answer = run(client->send(std::move(call)));
        if (!answer || answer->status != 200) {
            return std::nullopt;
        }
        const auto body = boost::json::parse(answer->body).as_object();
        return body.at("usage").as_object().at("completion_tokens").to_number<std::int64_t>();
    }
    // The engine of this test, by the port that only it was given.
    static std::vector<pid_t> engines_at(const std::string& url) {
        const std::string port = url.substr(url.rfind(':') + 1);
        std::vector<pid_t> found;
        for (const auto& entry : fs::directory_iterator("/proc")) {
            std::ifstream file(entry.path() / "cmdline", std::ios::binary);
            const std::string line(std::istreambuf_iterator<char>(file), {});
            const bool engine = line.starts_with("/engine/llama-server") ||
                                line.find("/llama-server") < line.find('\0');
            const std::string argument = std::string("--port") + '\0' + port + '\0';
            if (engine && line.find(argument) != line.npos) {
                found.push_back(std::atoi(entry.path().filename().c_str()));
            }
        }
        return found;
    }

    std::string weights_;
};

TEST_F(LiveServices, AnswerUntilTheyAreStopped) {
    const NewService service = wanted();
    start(service);
    ASSERT_TRUE(is_ready(service.id, 1)) << look(service.id).problem;
    const ServiceView ready = look(service.id);
    EXPECT_TRUE(ready.node.has_value());
    EXPECT_GT(ready.warm_up_ms, 0);
    EXPECT_GT(ready.tokens_per_s_milli, 1'000);
    // Its speed was measured before its first call, and the node has signed that.
    const auto measured =
        run(compute_->sites().list_measurements(admin_, ready.node.value(), {})).value();
    ASSERT_EQ(measured.items.size(), 1);
    const auto document = boost::json::parse(measured.items[0].document).as_object();
    const auto reading = document.at("readings").as_array().at(0).as_object();
    EXPECT_EQ(reading.at("metric").as_string(), "model_tokens");
    EXPECT_GE(reading.at("samples").as_array().size(), kSpeedSamplesMin);
    EXPECT_EQ(complete(ready.url), 5);
    EXPECT_EQ(engines_at(ready.url).size(), 1);
    stop(service.id);
    ASSERT_TRUE(has_ended(service.id));
    EXPECT_EQ(complete(ready.url), std::nullopt);
    EXPECT_TRUE(engines_at(ready.url).empty());
    EXPECT_TRUE(eventually([&] { return !fs::exists(work_of(service.id, 1).parent_path()); }));
    EXPECT_EQ(look(service.id).restarts, 0);
}

TEST_F(LiveServices, GoOnThroughTheEndOfTheirAgentAndTheirServer) {
    const NewService service = wanted();
    start(service);
    ASSERT_TRUE(is_ready(service.id, 1)) << look(service.id).problem;
    const std::string url = look(service.id).url;
    const auto engine = engines_at(url);
    ASSERT_EQ(engine.size(), 1);
    kill_agent();
    EXPECT_EQ(complete(url), 5);
    start_agent();
    stop_server();
    start_server();
    // A job is run by the new agent, so it has looked at all that it had.
    ASSERT_TRUE(reaches(submit("true"), JobState::Succeeded));
    EXPECT_EQ(look(service.id).phase, ServicePhase::Ready);
    EXPECT_EQ(look(service.id).attempt, 1);
    EXPECT_EQ(look(service.id).url, url);
    EXPECT_EQ(engines_at(url), engine);
    EXPECT_EQ(complete(url), 5);
    stop(service.id);
    ASSERT_TRUE(has_ended(service.id));
    EXPECT_TRUE(engines_at(url).empty());
}

TEST_F(LiveServices, AreStartedAgainWhenTheirEngineDiesOrHangs) {
    const NewService service = wanted();
    start(service);
    ASSERT_TRUE(is_ready(service.id, 1)) << look(service.id).problem;
    for (const pid_t engine : engines_at(look(service.id).url)) {
        ASSERT_EQ(::kill(engine, SIGKILL), 0);
    }
    ASSERT_TRUE(is_ready(service.id, 2)) << look(service.id).problem;
    EXPECT_EQ(look(service.id).restarts, 1);
    const std::string url = look(service.id).url;
    EXPECT_EQ(complete(url), 5);
    for (const pid_t engine : engines_at(url)) {
        ASSERT_EQ(::kill(engine, SIGSTOP), 0);
    }
    ASSERT_TRUE(is_ready(service.id, 3)) << look(service.id).problem;
    EXPECT_EQ(look(service.id).restarts, 2);
    EXPECT_TRUE(engines_at(url).empty() || look(service.id).url == url);
    const JobView job = view(service.id);
    ASSERT_EQ(job.attempts.size(), 3);
    EXPECT_EQ(job.attempts[1].exit, ExitClass::Infrastructure);
    EXPECT_NE(job.attempts[1].problem.find("did not answer /health"), std::string::npos);
}

TEST_F(LiveServices, SayWhatKeepsThemFromServing) {
    NewService nothing = wanted();
    nothing.engine = "vllm";
    start(nothing);
    NewService strange = wanted();
    strange.model_digest = "sha256:" + std::string(64, 'e');
    start(strange);
    NewService wrong = wanted();
    wrong.arguments = {"--no-such-option"};
    start(wrong);
    const auto says = [&](const NewService& service, std::string_view text) {
        return eventually([&] { return look(service.id).problem.find(text) != std::string::npos; });
    };
    EXPECT_TRUE(says(nothing, "no engine vllm")) << look(nothing.id).problem;
    EXPECT_TRUE(says(strange, "objects.not_found")) << look(strange.id).problem;
    EXPECT_TRUE(says(wrong, "user_error")) << look(wrong.id).problem;
    for (const NewService* service : {&nothing, &strange, &wrong}) {
        stop(service->id);
        EXPECT_TRUE(has_ended(service->id));
    }
}

}  // namespace
}  // namespace kapok::compute::agent

int main(int count, char** arguments) {
    const std::string_view role = count == 3 ? arguments[1] : "";
    if (role == "supervise") {
        const auto done =
            kapok::platform::process::supervise(arguments[2], kapok::core::SystemClock());
        return done ? 0 : 1;
    }
    if (role == "agent") {
        return kapok::compute::agent::play_agent(arguments[2]);
    }
    testing::InitGoogleTest(&count, arguments);
    return RUN_ALL_TESTS();
}
