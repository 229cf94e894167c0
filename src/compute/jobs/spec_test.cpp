// Goal: what is right is read exactly, and what is wrong is refused at its line with what would be
// right. Method: one good file, each field broken in each way; hostile and random bytes.

#include "compute/jobs/spec.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "compute/errors.h"
#include "compute/jobs/tree.h"
#include "compute/limits.h"
#include "core/random.h"

namespace kapok::compute {
namespace {

constexpr std::string_view kGood = R"(# Counts words.
name: 词频统计
command: [python3, main.py, --all]
inputs:
  - path: main.py
    artifact: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
  - {path: texts/a.txt, source: ./a.txt}
outputs:
  - out/result.json
cpu: 1.5
memory: 512MiB
disk: 2GB
accelerators:
  count: 2
  models: [910B4, H100]
time_limit: 1h30m
environment:
  LANG: C.UTF-8
  ANSWER: 42
retry:
  when: never
  attempts: 1
network: outbound
priority: 70
)";

std::string with(std::string_view from, std::string_view to) {
    std::string text(kGood);
    const auto at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return text.replace(at, from.size(), to);
}

core::Error error_of(const std::string& yaml) {
    const auto spec = parse_job_yaml(yaml);
    EXPECT_FALSE(spec.has_value()) << yaml;
    return spec ? core::Error(kBadYaml, {}, {}) : spec.error();
}

TEST(JobYaml, ReadsEveryFieldExactly) {
    const auto spec = parse_job_yaml(kGood);
    ASSERT_TRUE(spec.has_value()) << core::render(spec.error(), core::Language::En);
    EXPECT_EQ(spec->name, "词频统计");
    EXPECT_EQ(spec->command, (std::vector<std::string>{"python3", "main.py", "--all"}));
    ASSERT_EQ(spec->inputs.size(), 2);
    EXPECT_EQ(spec->inputs[1].source, "./a.txt");
    EXPECT_EQ(spec->outputs, (std::vector<std::string>{"out/result.json"}));
    EXPECT_EQ(spec->demand, (Demand{1'500, 512LL << 20, 2}));
    EXPECT_EQ(spec->disk_bytes, 2'000'000'000);
    EXPECT_EQ(spec->time_limit, std::chrono::minutes(90));
    EXPECT_EQ(spec->environment.at("ANSWER"), "42");
    EXPECT_EQ(spec->retry, Retry::Never);
    EXPECT_EQ(spec->network, Network::Outbound);
    EXPECT_EQ(spec->priority, 70);
}

TEST(JobYaml, NeedsOnlyNameCommandAndLimit) {
    const auto spec = parse_job_yaml("name: a\ncommand: ['true']\ntime_limit: 1s\n");
    ASSERT_TRUE(spec.has_value());
    EXPECT_EQ(spec->demand, (Demand{1'000, 512LL << 20, 0}));
    EXPECT_EQ(spec->retry, Retry::Infrastructure);
    EXPECT_EQ(spec->network, Network::None);
}

struct Case {
    std::string from;
    std::string to;
    const core::ErrorCode* code;
    std::string pointer;
};

const std::vector<Case> kCases{
    {"name: 词频统计", "title: a", &kUnknownJobField, "/title"},
    {"name: 词频统计\n", "", &kMissingJobField, ""},
    {"[python3, main.py, --all]", "python3 main.py", &kJobNotAList, "/command"},
    {"[python3, main.py, --all]", "[]", &kMissingJobField, "/command"},
    {"[python3, main.py, --all]", "[python3, [main.py]]", &kJobNotText, "/command/1"},
    {"[python3, main.py, --all]", "[python3, ]x", &kBadYaml, ""},
    {"memory: 512MiB", "memory: 512", &kBadBytes, "/memory"},
    {"memory: 512MiB", "memory: 512M", &kBadBytes, "/memory"},
    {"memory: 512MiB", "memory: 512mib", &kBadBytes, "/memory"},
    {"memory: 512MiB", "memory: -1GiB", &kBadBytes, "/memory"},
    {"memory: 512MiB", "memory: 1MiB", &kJobOutOfRange, "/memory"},
    {"memory: 512MiB", "memory: 99999TiB", &kJobOutOfRange, "/memory"},
    {"memory: 512MiB", "memory: [512MiB]", &kBadBytes, "/memory"},
    {"cpu: 1.5", "cpu: two", &kBadCpu, "/cpu"},
    {"cpu: 1.5", "cpu: 0", &kJobOutOfRange, "/cpu"},
    {"cpu: 1.5", "cpu: 1.0005", &kBadCpu, "/cpu"},
    {"cpu: 1.5", "cpu: 1e3", &kBadCpu, "/cpu"},
    {"time_limit: 1h30m", "time_limit: 90", &kBadDuration, "/time_limit"},
    {"time_limit: 1h30m", "time_limit: 30m1h", &kBadDuration, "/time_limit"},
    {"time_limit: 1h30m", "time_limit: 0s", &kJobOutOfRange, "/time_limit"},
    {"time_limit: 1h30m", "time_limit: 31d", &kJobOutOfRange, "/time_limit"},
    {"path: main.py", "path: /etc/passwd", &kBadJobPath, "/inputs/0/path"},
    {"path: main.py", "path: a/../../b", &kBadJobPath, "/inputs/0/path"},
    {"out/result.json", "out/../x", &kBadJobPath, "/outputs/0"},
    {"out/result.json", "./x", &kBadJobPath, "/outputs/0"},
    {"source: ./a.txt", "content: hello", &kUnknownJobField, "/inputs/1/content"},
    {", source: ./a.txt", "", &kJobInputSource, "/inputs/1"},
    {"path: texts/a.txt", "path: main.py", &kJobPathTwice, "/inputs/1"},
    {"sha256:e3b0", "sha256:E3B0", &kBadArtifact, "/inputs/0/artifact"},
    {"sha256:e3b0", "md5:e3b0", &kBadArtifact, "/inputs/0/artifact"},
    {"LANG: C.UTF-8", "LA-NG: x", &kBadEnvironmentName, "/environment/LA-NG"},
    {"LANG: C.UTF-8", "LANG: [x]", &kJobNotText, "/environment/LANG"},
    {"LANG: C.UTF-8", "LANG:", &kJobNotText, "/environment/LANG"},
    {"when: never", "when: sometimes", &kBadJobChoice, "/retry/when"},
    {"attempts: 1", "attempts: 0", &kJobOutOfRange, "/retry/attempts"},
    {"attempts: 1", "attempts: 1.0", &kJobNotAnInteger, "/retry/attempts"},
    {"count: 2", "count: all", &kJobNotAnInteger, "/accelerators/count"},
    {"network: outbound", "network: yes", &kBadJobChoice, "/network"},
    {"priority: 70", "priority: 101", &kJobOutOfRange, "/priority"},
    {"priority: 70", "site: site_1", &kBadSite, "/site"},
    {"priority: 70", "name: again", &kYamlRepeated, ""},
    {"priority: 70", "priority: &a 70", &kYamlAnchor, ""},
    {"priority: 70", "priority: *a", &kBadYaml, ""},
    {"priority: 70", "priority: !!int 70", &kYamlTag, ""},
    {"priority: 70", "? [a]\n: b", &kYamlKey, ""},
    {"priority: 70", "priority: 70\n---\nname: b", &kYamlSecondDocument, ""},
    {"priority: 70", "priority: \"7\x01\"", &kYamlNotText, ""},
    {"priority: 70", "priority: \"\xff\"", &kYamlNotText, ""},
};

TEST(JobYaml, SaysTheLineAndWhatWouldBeRight) {
    for (const Case& each : kCases) {
        const core::Error error = error_of(with(each.from, each.to));
        EXPECT_EQ(error.code().name, each.code->name) << each.to;
        EXPECT_EQ(error.pointer(), each.pointer) << each.to;
        for (const auto language : {core::Language::En, core::Language::Zh}) {
            const std::string sentence = core::render(error, language);
            EXPECT_FALSE(sentence.contains('{') && !sentence.contains("{…}")) << sentence;
        }
    }
    EXPECT_EQ(
        core::render(error_of(with("memory: 512MiB", "memory: 512")), core::Language::En),
        "job.yaml:11: memory must be a size with its unit such as 512MiB or 4GiB, not \"512\"");
    EXPECT_EQ(core::render(error_of(with("memory: 512MiB", "memory: 512")), core::Language::Zh),
              "job.yaml:11：memory 应为带单位的大小，如 512MiB 或 4GiB，不能是 \"512\"");
}

TEST(JobYaml, RefusesWhatIsEmptyHugeOrDeep) {
    EXPECT_EQ(error_of("").code(), kYamlEmpty);
    EXPECT_EQ(error_of("# nothing\n").code(), kYamlEmpty);
    EXPECT_EQ(error_of("just text").code(), kJobNotAMapping);
    EXPECT_EQ(error_of("# a\n, b: c\n").code(), kYamlUnexpected);  // The parser never passes it.
    EXPECT_EQ(error_of("[]").code(), kJobNotAMapping);
    EXPECT_EQ(error_of(std::string(kJobFileBytesMax + 1, ' ')).code(), kJobFileTooLarge);
    EXPECT_FALSE(parse_job_yaml(std::string(60'000, '[')).has_value());
    EXPECT_FALSE(parse_job_yaml(std::string(60'000, '{')).has_value());
    std::string dashes = "a: ";
    for (int i = 0; i < 30'000; ++i) {
        dashes += "- ";
    }
    EXPECT_FALSE(parse_job_yaml(dashes).has_value());
    std::string many = "name: a\ncommand: [a]\ntime_limit: 1s\noutputs:\n";
    for (int i = 0; i < 1'001; ++i) {
        many += "- o" + std::to_string(i) + "\n";
    }
    EXPECT_EQ(error_of(many).code(), kJobTooMany);
    std::string bomb = "a: &a [x, x, x, x]\n";
    for (char letter = 'b'; letter < 'k'; ++letter) {
        const char before = static_cast<char>(letter - 1);
        bomb += std::string(1, letter) + ": &" + letter + " [*" + before + ", *" + before + "]\n";
    }
    EXPECT_EQ(error_of(bomb).code(), kYamlAnchor);
}

// Property: whatever the bytes are, parsing ends with a spec or an error, and a spec reads back.
TEST(JobYaml, SurvivesDamagedFiles) {
    core::SeededRandom random(20'261'123);
    constexpr std::string_view kSpice = "{}[]:-&*!?|>'\"%@`#, \n\t~<=";
    int accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string yaml(kGood);
        const auto edits = 1 + random.below(6);
        for (std::uint64_t i = 0; i < edits; ++i) {
            const auto at = random.below(yaml.size());
            switch (random.below(4)) {
                case 0: yaml.erase(at, 1 + random.below(20)); break;
                case 1: yaml.insert(at, 1, kSpice[random.below(kSpice.size())]); break;
                case 2: yaml[at] = static_cast<char>(random.below(256)); break;
                default: yaml.insert(at, yaml.substr(random.below(yaml.size()), 30)); break;
            }
            if (yaml.empty()) {
                yaml = "x";
            }
        }
        if (const auto spec = parse_job_yaml(yaml)) {
            ++accepted;
            ASSERT_EQ(job_spec_from_json(to_json(*spec)), *spec) << yaml;
        }
    }
    EXPECT_GT(accepted, 100);
}

TEST(JobJson, HasTheSameFieldsAsTheFile) {
    const auto from_yaml = parse_job_yaml(kGood);
    ASSERT_TRUE(from_yaml.has_value());
    EXPECT_EQ(job_spec_from_json(to_json(*from_yaml)), *from_yaml);
    auto object = boost::json::parse(
                      R"({"name": "a", "command": ["true"], "cpu": 0.25, "time_limit": "1m",
                          "priority": 7, "memory": "64MiB"})")
                      .as_object();
    EXPECT_EQ(job_spec_from_json(object)->demand, (Demand{250, 64LL << 20, 0}));
    EXPECT_EQ(job_spec_from_json(object)->priority, 7);
    object["cpu"] = 0.0001;
    EXPECT_EQ(job_spec_from_json(object).error().code(), kBadCpu);
    object["cpu"] = 1e300;
    EXPECT_EQ(job_spec_from_json(object).error().code(), kBadCpu);
    object["cpu"] = -0.5;
    EXPECT_EQ(job_spec_from_json(object).error().code(), kBadCpu);
    object["cpu"] = true;
    EXPECT_EQ(job_spec_from_json(object).error().pointer(), "/cpu");
    object["cpu"] = 2;
    object["command"] = "true";
    EXPECT_EQ(core::render(job_spec_from_json(object).error(), core::Language::En),
              "/command: command must be a list such as [a, b], not \"true\"");
}

TEST(JobSpec, IsSubmittedWithUploadedInputsOnly) {
    const auto spec = parse_job_yaml(kGood);
    EXPECT_EQ(require_artifacts(*spec).error().pointer(), "/inputs/1/source");
}

TEST(Quantities, AreExactAndReadBack) {
    EXPECT_EQ(parse_cpu_milli("2"), 2'000);
    EXPECT_EQ(parse_cpu_milli("0.001"), 1);
    EXPECT_EQ(parse_cpu_milli("500m"), 500);
    for (const std::string_view bad : {"", ".", ".5", "1.", "-1", "+1", "1 ", " 1", "0.5m", "1,5",
                                       "0x1", "999999999999999999999", "m", "1.0001"}) {
        EXPECT_EQ(parse_cpu_milli(bad), std::nullopt) << bad;
    }
    EXPECT_EQ(parse_bytes("1.5GiB"), 3LL << 29);
    EXPECT_EQ(parse_bytes("10kB"), 10'000);
    EXPECT_EQ(parse_bytes("7B"), 7);
    for (const std::string_view bad : {"", "GiB", "1", "1 GiB", "0.3B", "1GIB", "1Gi", "-1B"}) {
        EXPECT_EQ(parse_bytes(bad), std::nullopt) << bad;
    }
    EXPECT_EQ(parse_duration("1d2h3m4s5ms"), std::chrono::milliseconds(93'784'005));
    EXPECT_EQ(parse_duration("0.5h"), std::chrono::minutes(30));
    for (const std::string_view bad : {"", "5", "s", "1s1s", "1s2m", "1x", "1m 2s", "-1s"}) {
        EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
    }
    core::SeededRandom random(5);
    for (int round = 0; round < 10'000; ++round) {
        const auto number =
            static_cast<std::int64_t>(random.below(std::uint64_t{1} << (1 + random.below(49))));
        ASSERT_EQ(parse_cpu_milli(cpu_text(number)), number);
        ASSERT_EQ(parse_bytes(bytes_text(number)), number);
        ASSERT_EQ(parse_duration(duration_text(std::chrono::milliseconds(number))),
                  std::chrono::milliseconds(number));
    }
}

}  // namespace
}  // namespace kapok::compute
