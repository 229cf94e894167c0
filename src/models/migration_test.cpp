// The tables of models come from every version that ever landed, on both databases, and what old
// versions wrote is read by the present one as it was meant.

#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "models/batch/batch_store.h"
#include "models/deployments_store.h"
#include "models/imports_store.h"
#include "models/migrations.h"
#include "models/models_store.h"
#include "platform/db/testing/database_test.h"

namespace kapok::models {
namespace {

namespace db = platform::db;

using platform::db_test::OldRow;

class ModelsMigrationTest : public platform::db_test::BackendTest {};
INSTANTIATE_KAPOK_DATABASES(ModelsMigrationTest);

constexpr core::Timestamp kThen = core::from_micros(1'795'000'000'000'000);

core::Uuid uuid(std::uint8_t last) {
    core::Uuid made{};
    made.bytes.back() = last;
    return made;
}
const core::OrganizationId kLab(uuid(1));
const core::ProjectId kProject(uuid(2));
const ModelId kModel(uuid(3));
const DeploymentId kReady(uuid(4));
const DeploymentId kStopped(uuid(5));
const exchange::HoldId kCall(uuid(6));
const exchange::ProductId kProduct(uuid(7));
const FileId kFile(uuid(8));
const BatchId kBatch(uuid(9));
const ModelId kImported(uuid(10));
const ImportId kImport(uuid(11));
const DeploymentId kHosted(uuid(12));

// A model that somebody's server answers for, one of its two deployments stopped, and a call that
// was under way when the server ended.
std::vector<OldRow> rows_of_version_1() {
    return {
        {1,
         "insert into models_model (id, provider_id, name, description, license, source, revision, "
         "context_window, embedding_dimension, created_at) values (?, ?, 'tiny', '小', "
         "'Apache-2.0', 'https://example.org/tiny', '', 2048, 64, ?)",
         {kModel, kLab, kThen}},
        {1,
         "insert into models_deployment (id, model_id, organization_id, upstream, url, state, "
         "detail, created_at) values (?, ?, ?, 'llama.cpp', 'http://127.0.0.1:8500', 'ready', '', "
         "?)",
         {kReady, kModel, kLab, kThen}},
        {1,
         "insert into models_deployment (id, model_id, organization_id, upstream, url, state, "
         "detail, created_at) values (?, ?, ?, 'openai', 'http://127.0.0.1:8501', 'stopped', "
         "'asked', ?)",
         {kStopped, kModel, kLab, kThen}},
        {1,
         "insert into models_call (id, server, model_id, product_id, organization_id, project_id, "
         "request, prompt_tokens, completion_tokens, started_at, progressed_at) "
         "values (?, 'server-1', ?, ?, ?, ?, 'req_1', 12, 34, ?, ?)",
         {kCall, kModel, kProduct, kLab, kProject, kThen, kThen}},
    };
}

// A file, a batch of it under a key, and one of its lines.
std::vector<OldRow> rows_of_version_2() {
    return {
        {2,
         "insert into models_file (id, organization_id, project_id, purpose, name, bytes, state, "
         "created_at, expires_at) values (?, ?, ?, 'batch', 'lines.jsonl', 77, 'ready', ?, ?)",
         {kFile, kLab, kProject, kThen, nullptr}},
        {2,
         "insert into models_batch (id, organization_id, project_id, creator, endpoint, "
         "input_file_id, metadata, language, state, outcome, total, completed, failed, errors, "
         "output_lifetime_s, created_at, expires_at, idempotency_key) values (?, ?, ?, 'key one', "
         "'/v1/chat/completions', ?, '{\"name\":\"测试\"}', 'zh', 'in_progress', 'completed', 2, "
         "1, 0, '[]', ?, ?, ?, 'one')",
         {kBatch, kLab, kProject, kFile, nullptr, kThen, kThen}},
        {2,
         "insert into models_batch_line (batch_id, line, custom_id, place, bytes, state, attempt, "
         "ready_at, status, answer, error) values (?, 2, 'b', 38, 39, 'running', 1, ?, 0, '', '')",
         {kBatch, kThen}},
    };
}

// An imported model with its file, and an import that had come half way.
std::vector<OldRow> rows_of_version_3() {
    return {
        {3,
         "insert into models_model (id, provider_id, name, description, license, source, revision, "
         "context_window, embedding_dimension, created_at, file, bytes, quality) values (?, ?, "
         "'vectors', '', 'MIT', 'upload:v.gguf', 'ab', 512, 384, ?, 'v.gguf', 1000, "
         "'demonstration')",
         {kImported, kLab, kThen}},
        {3,
         "insert into models_import (id, organization_id, server, model_id, name, description, "
         "license, source, expected_sha256, capability, context_window, private_network, state, "
         "received, total, etag, sha256, problem_code, problem_parameters, created_at, "
         "updated_at) values (?, ?, 'server-1', ?, 'half', '', '', 'https://example.org/h.gguf', "
         "'', 'chat', 0, 1, 'fetching', 500, 1000, '\"one\"', '', '', '{}', ?, ?)",
         {kImport, kLab, kModel, kThen, kThen}},
    };
}

// A deployment on own compute that serves.
std::vector<OldRow> rows_of_version_4() {
    return {
        {4,
         "insert into models_deployment (id, model_id, organization_id, upstream, url, state, "
         "detail, created_at, wanted, project_id, context_tokens, slots, cpu_milli, memory_bytes, "
         "accelerators, idle_stop_s, service_id, phase, node_id, warm_up_ms, tokens_per_s_milli, "
         "restarts, called_at, changed_at) values (?, ?, ?, 'llama.cpp', 'http://127.0.0.1:8502', "
         "'ready', '', ?, 'serving', ?, 512, 4, 2000, 1073741824, 0, 600, ?, 'ready', ?, 900, "
         "55000, 1, ?, ?)",
         {kHosted, kImported, kLab, kThen, kProject, uuid(13), uuid(14), kThen, kThen}},
    };
}

core::Result<void> fill(db::Transaction& transaction, int version) {
    for (const auto& rows :
         {rows_of_version_1(), rows_of_version_2(), rows_of_version_3(), rows_of_version_4()}) {
        const auto done = platform::db_test::insert_old(transaction, rows, version);
        if (!done) {
            return done;
        }
    }
    return {};
}

void expect_version_1(db::Reader& reader) {
    const auto model = find_model(reader, "tiny").value();
    ASSERT_TRUE(model);
    EXPECT_EQ(model->id, kModel);
    EXPECT_EQ(model->context_window, 2048);
    EXPECT_EQ(model->file, "");
    EXPECT_EQ(model->bytes, 0);
    const auto ready = find_deployment(reader, kReady).value();
    ASSERT_TRUE(ready);
    EXPECT_EQ(ready->state, DeploymentState::Ready);
    EXPECT_FALSE(ready->hosting);  // A server that was there is not taken for one of ours.
    const auto callable = ready_deployments(reader, kModel).value();
    ASSERT_EQ(callable.size(), 1);
    EXPECT_EQ(callable.front().id, kReady);
    EXPECT_EQ(find_deployment(reader, kStopped).value()->upstream, UpstreamKind::OpenAi);
    EXPECT_TRUE(hosted_deployments(reader, kModel).value().empty());
    const auto left = calls_of_server(reader, "server-1").value();
    ASSERT_EQ(left.size(), 1);
    EXPECT_EQ(left.front().id, kCall);
    EXPECT_EQ(left.front().product, kProduct);
    EXPECT_EQ(left.front().count.prompt, 12);
    EXPECT_EQ(left.front().count.completion, 34);
    EXPECT_FALSE(left.front().deployment);
}

void expect_version_2(db::Reader& reader) {
    const auto file = find_file(reader, kFile).value();
    ASSERT_TRUE(file);
    EXPECT_EQ(file->state, FileState::Ready);
    EXPECT_EQ(file->bytes, 77);
    EXPECT_FALSE(file->expires_at);
    const auto batch = find_batch(reader, kProject, "one").value();
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->id, kBatch);
    EXPECT_EQ(batch->state, BatchState::InProgress);
    EXPECT_EQ(batch->language, core::Language::Zh);
    EXPECT_EQ(live_batches(reader).value().size(), 1);
    const auto line = find_line(reader, kBatch, 2).value();
    ASSERT_TRUE(line);
    EXPECT_EQ(line->custom_id, "b");
    EXPECT_EQ(line->offset, 38);
    EXPECT_EQ(line->state, LineState::Running);
}

void expect_version_3(db::Reader& reader) {
    const auto model = find_model(reader, kImported).value();
    ASSERT_TRUE(model);
    EXPECT_EQ(model->file, "v.gguf");
    EXPECT_EQ(model->quality, kDemonstration);
    EXPECT_TRUE(has_weights(reader, kLab, "ab").value());
    const auto open = open_imports(reader, "server-1").value();
    ASSERT_EQ(open.size(), 1);
    EXPECT_EQ(open.front().id, kImport);
    EXPECT_EQ(open.front().received, 500);
    EXPECT_EQ(open.front().total, 1000);
    EXPECT_TRUE(open.front().private_network);
}

void expect_version_4(db::Reader& reader) {
    const auto hosted = find_deployment(reader, kHosted).value();
    ASSERT_TRUE(hosted);
    ASSERT_TRUE(hosted->hosting);
    EXPECT_EQ(hosted->hosting->slots, 4);
    EXPECT_EQ(hosted->hosting->wanted, Wanted::Serving);
    EXPECT_EQ(hosted->hosting->phase, compute::ServicePhase::Ready);
    EXPECT_EQ(hosted->hosting->tokens_per_s_milli, 55'000);
    EXPECT_EQ(live_deployments(reader).value().size(), 1);
}

core::Result<void> check(db::Reader& reader, int version) {
    if (version == 0) {
        EXPECT_FALSE(find_model(reader, kModel).value());
    }
    if (version >= 1) {
        expect_version_1(reader);
    }
    if (version >= 2) {
        expect_version_2(reader);
    }
    if (version >= 3) {
        expect_version_3(reader);
    }
    if (version >= 4) {
        expect_version_4(reader);
    }
    return {};
}

TEST_P(ModelsMigrationTest, UpgradesFromEveryVersion) {
    platform::db_test::expect_upgrades(GetParam(), migrations(), fill, check);
}

}  // namespace
}  // namespace kapok::models
