#pragma once

// Examples that compute's own tests share.

#include "compute/service.h"
#include "compute/sites.h"
#include "compute/work.h"

namespace kapok::compute::test {

[[nodiscard]] inline JobSpec example_spec() {
    JobSpec spec;
    spec.name = "count";
    spec.command = {"/bin/echo", "hello"};
    spec.time_limit = std::chrono::minutes(1);
    return spec;
}

[[nodiscard]] inline Serving example_serving() {
    Serving serving;
    serving.engine = "llama-server";
    serving.arguments = {"-m", "{model}", "--host", "{host}", "--port", "{port}"};
    serving.model_digest = "sha256:" + std::string(64, 'a');
    serving.model_file = "tiny.gguf";
    serving.model_bytes = 2'765'856;
    serving.probe_path = "/health";
    serving.warm_up_path = "/v1/chat/completions";
    serving.warm_up_body = "{}";
    return serving;
}

[[nodiscard]] inline Node example_node(NodeId id, const Site& site, const core::Uuid& agent,
                                       core::Timestamp now) {
    Node node;
    node.id = id;
    node.site = site.id;
    node.organization = site.organization;
    node.agent = agent;
    node.name = "n1";
    node.public_key = "ed25519:AAAA";
    node.inventory.hostname = "n1";
    node.inventory.accelerators = {{"nvidia", "H100", 0, "GPU-1", "0000:3b:00.0", 1, "550", true}};
    node.isolation = "full";
    node.cpu_milli = 4'000;
    node.memory_bytes = std::int64_t{8} << 30;
    node.accelerators = {{"H100", 1}};
    node.boot_id = "boot-1";
    node.last_seen_at = now;
    node.created_at = now;
    return node;
}

}  // namespace kapok::compute::test
