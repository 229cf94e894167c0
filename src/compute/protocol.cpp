#include "compute/protocol.h"

#include <utility>

#include <boost/json/array.hpp>

#include "compute/json_fields.h"
#include "core/timestamp.h"
#include "platform/crypto/encoding.h"

namespace kapok::compute::protocol {

namespace {

namespace json = boost::json;

// Sets `name` only if there is something, so that absent and zero stay two things.
void set(json::object& object, std::string_view name, const std::optional<std::int64_t>& value) {
    if (value) {
        object[name] = *value;
    }
}

std::optional<std::int64_t> maybe_integer(JsonFields& fields, std::string_view name) {
    return fields.has(name) ? std::optional(fields.integer(name)) : std::nullopt;
}

core::Timestamp read_time(JsonFields& fields, std::string_view name) {
    const auto time = core::parse_rfc3339(fields.text(name));
    if (!time) {
        fields.blame(name, "an RFC 3339 time");
    }
    return time.value_or(core::Timestamp{});
}

template <class Enum, std::size_t kCount>
Enum read_enum(JsonFields& fields, std::string_view name,
               const std::array<std::string_view, kCount>& names) {
    const std::string text = fields.text(name);
    const auto found = std::ranges::find(names, text);
    if (found == names.end()) {
        fields.blame(name, "a known name");
        return Enum{};
    }
    return static_cast<Enum>(found - names.begin());
}

std::int64_t read_count(JsonFields& fields, std::string_view name, std::int64_t least) {
    const std::int64_t value = fields.integer(name);
    if (value < least) {
        fields.blame(name, "at least " + std::to_string(least));
    }
    return value;
}

void put(json::object& object, const AttemptRef& attempt) {
    object["job"] = attempt.job.text();
    object["attempt"] = attempt.attempt;
}

AttemptRef read_attempt(JsonFields& fields) {
    return {fields.id<JobId>("job"), read_count(fields, "attempt", 1)};
}

json::array attempts_json(const std::vector<AttemptRef>& attempts) {
    json::array all;
    for (const AttemptRef& attempt : attempts) {
        json::object object;
        put(object, attempt);
        all.push_back(std::move(object));
    }
    return all;
}

Use read_use(JsonFields& fields) {
    Use use{{}, fields.text("meter"), {core::Unit::CoreMs, 0}};
    const auto id = core::from_base32(fields.text("id"));
    if (!id) {
        fields.blame("id", "26 base-32 characters");
    }
    use.id = id.value_or(core::Uuid{});
    use.quantity = {read_enum<core::Unit>(fields, "unit", core::kUnitNames),
                    read_count(fields, "count", 0)};
    return use;
}

json::object ended_json(const AttemptEnded& ended) {
    json::object object{{"kind", "attempt_ended"},
                        {"exit", kExitClassNames[std::to_underlying(ended.exit)]},
                        {"problem", ended.problem},
                        {"started_at", core::to_rfc3339(ended.started_at)},
                        {"ended_at", core::to_rfc3339(ended.ended_at)},
                        {"consumption", to_json(ended.consumption)}};
    put(object, ended.attempt);
    set(object, "exit_code", ended.exit_code);
    json::array outputs;
    for (const Output& output : ended.outputs) {
        outputs.push_back(
            {{"path", output.path}, {"digest", output.digest}, {"bytes", output.bytes}});
    }
    object["outputs"] = std::move(outputs);
    json::array uses;
    for (const Use& use : ended.uses) {
        uses.push_back({{"id", core::to_base32(use.id)},
                        {"meter", use.meter},
                        {"unit", core::to_text(use.quantity.unit)},
                        {"count", use.quantity.count}});
    }
    object["uses"] = std::move(uses);
    return object;
}

Consumption read_consumption(JsonFields& fields) {
    return {read_count(fields, "wall_us", 0), maybe_integer(fields, "cpu_us"),
            maybe_integer(fields, "memory_peak_bytes"), maybe_integer(fields, "read_bytes"),
            maybe_integer(fields, "written_bytes")};
}

AttemptEnded read_ended(JsonFields& fields) {
    AttemptEnded ended;
    ended.attempt = read_attempt(fields);
    ended.exit = read_enum<ExitClass>(fields, "exit", kExitClassNames);
    ended.exit_code = maybe_integer(fields, "exit_code");
    ended.problem = fields.text("problem");
    ended.started_at = read_time(fields, "started_at");
    ended.ended_at = read_time(fields, "ended_at");
    ended.outputs = fields.objects("outputs", [](JsonFields& item) {
        return Output{item.text("path"), item.text("digest"), read_count(item, "bytes", 0)};
    });
    ended.consumption = fields.nested("consumption", read_consumption);
    ended.uses = fields.objects("uses", read_use);
    return ended;
}

ReportBody read_body(JsonFields& fields) {
    const std::string kind = fields.text("kind");
    if (kind == "attempt_started") {
        AttemptStarted started{read_attempt(fields), {}};
        started.at = read_time(fields, "at");
        return started;
    }
    if (kind == "attempt_ended") {
        return read_ended(fields);
    }
    if (kind == "order_done") {
        return OrderDone{read_count(fields, "number", 1)};
    }
    if (kind == "measured") {
        return Measured{fields.text("document"), fields.text("signature")};
    }
    if (kind == "service_ready") {
        ServiceReady ready{read_attempt(fields), {}};
        ready.warmth = {fields.text("url"), read_count(fields, "warm_up_ms", 0),
                        read_count(fields, "tokens_per_s_milli", 0)};
        if (!check(ready.warmth)) {
            fields.blame("url", "http://127.0.0.1:PORT");
        }
        return ready;
    }
    if (kind == "agent_started") {
        return AgentStarted{};
    }
    fields.blame("kind",
                 "attempt_started, attempt_ended, service_ready, order_done, measured or "
                 "agent_started");
    return OrderDone{};
}

Report read_report(JsonFields& fields) {
    return {read_count(fields, "sequence", 1), read_body(fields)};
}

json::object body_json(const ReportBody& body) {
    if (const auto* started = std::get_if<AttemptStarted>(&body)) {
        json::object object{{"kind", "attempt_started"}, {"at", core::to_rfc3339(started->at)}};
        put(object, started->attempt);
        return object;
    }
    if (const auto* ended = std::get_if<AttemptEnded>(&body)) {
        return ended_json(*ended);
    }
    if (std::holds_alternative<AgentStarted>(body)) {
        return {{"kind", "agent_started"}};
    }
    if (const auto* done = std::get_if<OrderDone>(&body)) {
        return {{"kind", "order_done"}, {"number", done->number}};
    }
    if (const auto* ready = std::get_if<ServiceReady>(&body)) {
        json::object object{{"kind", "service_ready"},
                            {"url", ready->warmth.url},
                            {"warm_up_ms", ready->warmth.warm_up_ms},
                            {"tokens_per_s_milli", ready->warmth.tokens_per_s_milli}};
        put(object, ready->attempt);
        return object;
    }
    const auto& measured = std::get<Measured>(body);
    return {
        {"kind", "measured"}, {"document", measured.document}, {"signature", measured.signature}};
}

json::object log_json(const LogChunk& chunk) {
    json::object object{{"stream", kLogStreamNames[std::to_underlying(chunk.stream)]},
                        {"position", chunk.position},
                        {"content", platform::crypto::to_base64url(chunk.content)}};
    put(object, {chunk.job, chunk.attempt});
    return object;
}

LogChunk read_log(JsonFields& fields) {
    const AttemptRef attempt = read_attempt(fields);
    LogChunk chunk{attempt.job,
                   attempt.attempt,
                   read_enum<LogStream>(fields, "stream", kLogStreamNames),
                   read_count(fields, "position", 0),
                   {}};
    const auto content = platform::crypto::from_base64url(fields.text("content"));
    if (!content) {
        fields.blame("content", "base64url");
    } else {
        chunk.content = *content;
    }
    return chunk;
}

json::object hello_json(const Hello& hello) {
    return {{"name", hello.name},
            {"public_key", hello.public_key},
            {"inventory", to_json(hello.inventory)},
            {"isolation", hello.isolation},
            {"missing_isolation", hello.missing_isolation},
            {"program", hello.program}};
}

Hello read_hello(JsonFields& fields) {
    Hello hello;
    hello.name = fields.text("name");
    hello.public_key = fields.text("public_key");
    auto inventory = inventory_from_json(fields.object("inventory"));
    if (!inventory) {
        fields.blame("inventory" + inventory.error().pointer().value_or(""), "a whole inventory");
    } else {
        hello.inventory = *std::move(inventory);
    }
    hello.isolation = fields.text("isolation");
    hello.missing_isolation = fields.text("missing_isolation");
    hello.program = fields.text("program");
    return hello;
}

}  // namespace

std::string_view kind_of(const Order& order) {
    if (std::holds_alternative<Run>(order)) {
        return "run";
    }
    return std::holds_alternative<Stop>(order) ? "stop" : "measure";
}

json::object to_json(const Order& order) {
    json::object object;
    if (const auto* run = std::get_if<Run>(&order)) {
        put(object, run->attempt);
        object["organization"] = run->organization.text();
        object["project"] = run->project.text();
        object["spec"] = to_json(run->spec);
        object["accelerator_model"] = run->accelerator_model;
        object["own"] = run->own;
        if (run->serving) {
            object["serving"] = to_json(*run->serving);
        }
    } else if (const auto* stop = std::get_if<Stop>(&order)) {
        put(object, stop->attempt);
    } else {
        const auto& measure = std::get<Measure>(order);
        object = {{"id", measure.id.text()}, {"effort", measure.effort}};
    }
    return object;
}

core::Result<Order> order_from_json(std::string_view kind, const json::object& body) {
    return read_document(json::value(body), [&](JsonFields& fields) -> Order {
        if (kind == "run") {
            Run run;
            run.attempt = read_attempt(fields);
            run.organization = fields.id<core::OrganizationId>("organization");
            run.project = fields.id<core::ProjectId>("project");
            auto spec = job_spec_from_json(fields.object("spec"));
            if (!spec) {
                fields.blame("spec", "a job");
            } else {
                run.spec = *std::move(spec);
            }
            run.accelerator_model = fields.text("accelerator_model");
            run.own = fields.boolean("own");
            if (fields.has("serving")) {
                auto serving = serving_from_json(fields.object("serving"));
                if (!serving) {
                    fields.blame("serving", "a service");
                } else {
                    run.serving = *std::move(serving);
                }
            }
            return run;
        }
        if (kind == "stop") {
            return Stop{read_attempt(fields)};
        }
        if (kind != "measure") {
            fields.blame("kind", "run, stop or measure");
        }
        return Measure{fields.id<MeasurementId>("id"), fields.text("effort")};
    });
}

json::object to_json(const Consumption& consumption) {
    json::object object{{"wall_us", consumption.wall_us}};
    set(object, "cpu_us", consumption.cpu_us);
    set(object, "memory_peak_bytes", consumption.memory_peak_bytes);
    set(object, "read_bytes", consumption.read_bytes);
    set(object, "written_bytes", consumption.written_bytes);
    return object;
}

json::object to_json(const Report& report) {
    json::object object = body_json(report.body);
    object["sequence"] = report.sequence;
    return object;
}

core::Result<Report> report_from_json(const json::value& value) {
    return read_document(value, read_report);
}

json::object to_json(const ReportBatch& batch) {
    json::object object{{"node", batch.node.text()},
                        {"boot_id", batch.boot_id},
                        {"attempts", attempts_json(batch.attempts)}};
    if (batch.hello) {
        object["hello"] = hello_json(*batch.hello);
    }
    json::array reports;
    for (const Report& report : batch.reports) {
        reports.push_back(to_json(report));
    }
    object["reports"] = std::move(reports);
    json::array logs;
    for (const LogChunk& chunk : batch.logs) {
        logs.push_back(log_json(chunk));
    }
    object["logs"] = std::move(logs);
    return object;
}

core::Result<ReportBatch> batch_from_json(const json::object& object) {
    return read_document(json::value(object), [](JsonFields& fields) {
        ReportBatch batch;
        batch.node = fields.id<NodeId>("node");
        batch.boot_id = fields.text("boot_id");
        if (fields.has("hello")) {
            batch.hello = fields.nested("hello", read_hello);
        }
        batch.reports = fields.objects("reports", read_report);
        batch.attempts = fields.objects("attempts", read_attempt);
        batch.logs = fields.objects("logs", read_log);
        return batch;
    });
}

json::object to_json(const ReportAnswer& answer) {
    json::array logs;
    for (const LogPosition& log : answer.logs) {
        json::object object{{"stream", kLogStreamNames[std::to_underlying(log.stream)]},
                            {"position", log.position}};
        put(object, log.attempt);
        logs.push_back(std::move(object));
    }
    return {{"sequence", answer.sequence},
            {"logs", std::move(logs)},
            {"unknown", attempts_json(answer.unknown)}};
}

core::Result<ReportAnswer> answer_from_json(const json::object& object) {
    return read_document(json::value(object), [](JsonFields& fields) {
        ReportAnswer answer;
        answer.sequence = read_count(fields, "sequence", 0);
        answer.logs = fields.objects("logs", [](JsonFields& item) {
            LogPosition log{read_attempt(item),
                            read_enum<LogStream>(item, "stream", kLogStreamNames), 0};
            log.position = read_count(item, "position", 0);
            return log;
        });
        answer.unknown = fields.objects("unknown", read_attempt);
        return answer;
    });
}

}  // namespace kapok::compute::protocol
