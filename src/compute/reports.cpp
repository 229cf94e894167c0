#include "compute/reports.h"

#include <algorithm>
#include <set>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "audit/api.h"
#include "compute/api.h"
#include "compute/artifacts.h"
#include "compute/canonical_json.h"
#include "compute/errors.h"
#include "compute/jobs_change.h"
#include "compute/limits.h"
#include "compute/services_store.h"
#include "compute/sites_store.h"
#include "compute/work_store.h"
#include "core/timestamp.h"
#include "identity/store.h"
#include "platform/crypto/encoding.h"
#include "platform/crypto/keys.h"

namespace kapok::compute {

using platform::db::Transaction;
using protocol::AttemptRef;
using protocol::ReportAnswer;
using protocol::ReportBatch;

namespace {

namespace crypto = platform::crypto;

const core::Scope kAll = core::Scope::all();

// Errors that will be the same whenever the report is sent again.
bool is_final_refusal(const core::Error& error) {
    constexpr std::array kRefusals{&kUnknownAttempt,     &kForeignAttempt, &kBadSignature,
                                   &kForeignMeasurement, &kNotCanonical,   &kBadDocument};
    return std::ranges::any_of(kRefusals,
                               [&](const core::ErrorCode* code) { return error.code() == *code; });
}

bool is_plain_text(std::string_view text, std::size_t bytes_max) {
    return !text.empty() && text.size() <= bytes_max &&
           std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

core::Result<void> check_hello(const protocol::Hello& hello) {
    if (!is_plain_text(hello.name, kNodeNameBytesMax)) {
        return core::fail(kBadNode, {{"field", "name"}, {"expected", "text, 1..128 byte"}});
    }
    if (!crypto::PublicKey::parse(hello.public_key)) {
        return core::fail(kBadNode, {{"field", "public_key"}, {"expected", "ed25519:…, sm2:…"}});
    }
    if (hello.inventory.usable_cpu_milli <= 0 || hello.inventory.usable_memory_bytes <= 0) {
        return core::fail(kBadNode, {{"field", "inventory"}, {"expected", "cpu, memory > 0"}});
    }
    return {};
}

// A node's clock may be wrong, and ours may have been set back: then `latest` lies before
// `earliest`.
core::Timestamp within(core::Timestamp at, core::Timestamp earliest, core::Timestamp latest) {
    return std::max(earliest, std::min(at, latest));
}

// One batch of one node, within its transaction.
class Intake {
public:
    Intake(Transaction& transaction, const ReportContext& context, const ReportBatch& batch)
        : transaction_(transaction), context_(context), batch_(batch) {}

    core::Result<ReportAnswer> run() {
        auto done = find_node();
        if (done) {
            done = take_all_reports();
        }
        if (done) {
            done = take_logs();
        }
        if (done) {
            done = compare_attempts();
        }
        if (done) {
            node_.last_seen_at = transaction_.now();
            done = changed_ ? store::update_node(transaction_, node_)
                            : store::touch_node(transaction_, node_.id, node_.last_seen_at,
                                                node_.report_sequence);
        }
        if (!done) {
            return std::unexpected(done.error());
        }
        answer_.sequence = node_.report_sequence;
        return std::move(answer_);
    }

private:
    core::Result<void> publish(std::string type, boost::json::object data) {
        audit::Event event{
            "compute." + std::move(type), node_.id.text(), node_.organization, {}, std::move(data)};
        return audit::publish(transaction_, context_.agent, event);
    }

    core::Result<void> find_node() {
        auto found = store::find_node(transaction_, kAll, batch_.node);
        if (!found) {
            return std::unexpected(found.error());
        }
        auto& known = *found;
        if (known && known->organization != context_.agent.organization) {
            return core::fail(kIdTaken);
        }
        if (const auto& hello = batch_.hello) {
            return welcome(*hello, std::move(known));
        }
        if (!known || known->agent != context_.agent.id || known->boot_id != batch_.boot_id) {
            return core::fail(kNodeUnknown);
        }
        node_ = *std::move(known);
        return {};
    }

    // A node that has joined, or whose agent has started again.
    core::Result<void> welcome(const protocol::Hello& hello, std::optional<Node> known) {
        if (auto checked = check_hello(hello); !checked) {
            return checked;
        }
        const bool is_new = !known;
        if (known && known->public_key != hello.public_key) {
            return core::fail(kIdTaken);  // Another machine that says it is this one.
        }
        if (known) {
            node_ = *std::move(known);
        } else if (auto made = make_node(hello); !made) {
            return made;
        }
        node_.agent = context_.agent.id;
        node_.name = hello.name;
        node_.inventory = hello.inventory;
        node_.isolation = hello.isolation;
        node_.missing_isolation = hello.missing_isolation;
        node_.cpu_milli = hello.inventory.usable_cpu_milli;
        node_.memory_bytes = offered_memory(hello.inventory);
        node_.accelerators = pools_of(hello.inventory);
        node_.boot_id = batch_.boot_id;
        changed_ = true;
        if (is_new) {
            const auto inserted = store::insert_node(transaction_, node_);
            if (!inserted) {
                return std::unexpected(inserted.error());
            }
        }
        transaction_.ring(kQueueBell);
        return publish(is_new ? "node_joined" : "node_returned", {{"name", node_.name},
                                                                  {"public_key", node_.public_key},
                                                                  {"boot_id", node_.boot_id},
                                                                  {"isolation", node_.isolation},
                                                                  {"program", hello.program}});
    }

    // The system and the agent need some for themselves.
    static std::int64_t offered_memory(const Inventory& inventory) {
        return inventory.usable_memory_bytes - inventory.usable_memory_bytes / 10;
    }

    core::Result<void> make_node(const protocol::Hello& hello) {
        const auto found_agent =
            identity::store::find_agent(transaction_, kAll, identity::AgentId(context_.agent.id));
        if (!found_agent) {
            return std::unexpected(found_agent.error());
        }
        const auto& agent = *found_agent;
        if (!agent) {
            return core::fail(kNodeUnknown);
        }
        auto found_site =
            store::find_site(transaction_, context_.agent.organization, agent->site_name);
        if (!found_site) {
            return std::unexpected(found_site.error());
        }
        auto& site = *found_site;
        if (!site) {
            site = Site{context_.new_site,  context_.agent.organization,
                        agent->site_name,   "",
                        transaction_.now(), 1};
            const auto inserted = store::insert_site(transaction_, *site);
            if (!inserted) {
                return std::unexpected(inserted.error());
            }
        }
        node_.id = batch_.node;
        node_.site = site->id;
        node_.organization = context_.agent.organization;
        node_.public_key = hello.public_key;
        node_.created_at = transaction_.now();
        return {};
    }

    core::Result<void> take_all_reports() {
        for (const protocol::Report& report : batch_.reports) {
            if (report.sequence <= node_.report_sequence) {
                continue;  // Taken in before; its answer was lost.
            }
            if (report.sequence != node_.report_sequence + 1) {
                return core::fail(kReportGap,
                                  {{"expected", std::to_string(node_.report_sequence + 1)},
                                   {"actual", std::to_string(report.sequence)}});
            }
            auto done = std::visit([&](const auto& body) { return take(body); }, report.body);
            if (!done && is_final_refusal(done.error())) {
                done = publish("report_refused",
                               {{"sequence", report.sequence}, {"code", done.error().code().name}});
            }
            if (!done) {
                return done;
            }
            node_.report_sequence = report.sequence;
        }
        return {};
    }

    // The job and its attempt, if the attempt is this node's.
    core::Result<std::pair<Job, Attempt>> load(const AttemptRef& reference) {
        auto found_attempt = store::find_attempt(transaction_, reference.job, reference.attempt);
        if (!found_attempt) {
            return std::unexpected(found_attempt.error());
        }
        auto found_job = store::find_job(transaction_, kAll, reference.job);
        if (!found_job) {
            return std::unexpected(found_job.error());
        }
        auto& attempt = *found_attempt;
        auto& job = *found_job;
        if (!attempt || !job) {
            return core::fail(kUnknownAttempt,
                              {{"actual", std::to_string(reference.attempt)}, {"attempt", "0"}});
        }
        if (attempt->node != node_.id) {
            return core::fail(kForeignAttempt,
                              {{"attempt", attempt_name(reference.job, reference.attempt)}});
        }
        return std::pair(*std::move(job), *std::move(attempt));
    }

    core::Result<void> take(const protocol::AttemptStarted& started) {
        auto loaded = load(started.attempt);
        if (!loaded) {
            return std::unexpected(loaded.error());
        }
        auto& [job, attempt] = *loaded;
        const auto effect = change_job(transaction_, context_.agent, job, Started{attempt.number});
        if (!effect) {
            return std::unexpected(effect.error());
        }
        if (*effect == Effect::Nothing) {
            return {};
        }
        attempt.started_at = within(started.at, attempt.dispatched_at, transaction_.now());
        attempt.ends_by = *attempt.started_at + job.spec.time_limit + kAttemptGrace;
        return store::update_attempt(transaction_, attempt);
    }

    core::Result<void> take(const protocol::AttemptEnded& ended) {
        auto loaded = load(ended.attempt);
        if (!loaded) {
            return std::unexpected(loaded.error());
        }
        auto& [job, attempt] = *loaded;
        const auto started = within(ended.started_at, attempt.dispatched_at, transaction_.now());
        AttemptEnd end{ended.exit,
                       ended.exit_code,
                       ended.problem.substr(0, kProblemBytesMax),
                       started,
                       within(ended.ended_at, started, transaction_.now()),
                       ended.consumption,
                       bounded_uses(ended, job, attempt),
                       ended.outputs};
        const auto effect =
            end_attempt(transaction_, context_.agent, context_.billing, {job, attempt}, end);
        return effect ? core::Result<void>() : std::unexpected(effect.error());
    }

    core::Result<void> take(const protocol::ServiceReady& ready) {
        const auto loaded = load(ready.attempt);
        if (!loaded) {
            return std::unexpected(loaded.error());
        }
        const auto& [job, attempt] = *loaded;
        const auto found = store::find_service(transaction_, job.id);
        if (!found) {
            return std::unexpected(found.error());
        }
        const auto& service = *found;
        if (!service) {
            return core::fail(kForeignAttempt, {{"attempt", attempt_name(job.id, attempt.number)}});
        }
        const bool old = attempt.ended_at || attempt.number != job.status.attempt ||
                         service->ready_attempt == attempt.number;
        if (old || is_final(job.status.state)) {
            return {};
        }
        auto done = store::update_service(
            transaction_, after_ready(*service, attempt.number, ready.warmth, transaction_.now()));
        transaction_.ring(kServicesBell);
        return done ? publish_ready(job, attempt, ready.warmth) : done;
    }

    core::Result<void> publish_ready(const Job& job, const Attempt& attempt, const Warmth& warmth) {
        audit::Event event{"compute.service_ready",
                           job.id.text(),
                           job.organization,
                           job.project,
                           {{"attempt", attempt.number},
                            {"node", attempt.node.text()},
                            {"warm_up_ms", warmth.warm_up_ms},
                            {"tokens_per_s_milli", warmth.tokens_per_s_milli}}};
        return audit::publish(transaction_, context_.agent, event);
    }

    // No attempt can have used more than it was given for as long as it was allowed.
    static std::vector<protocol::Use> bounded_uses(const protocol::AttemptEnded& ended,
                                                   const Job& job, const Attempt& attempt) {
        const std::int64_t wall_ms =
            std::chrono::milliseconds(job.spec.time_limit + kAttemptGrace).count();
        std::vector<protocol::Use> uses;
        for (protocol::Use use : ended.uses) {
            const std::int64_t most = use.quantity.unit == core::Unit::CoreMs
                                          ? attempt.demand.cpu_milli * wall_ms / 1'000
                                          : attempt.demand.accelerators * wall_ms;
            const bool known =
                (use.meter == kCoreMeter && use.quantity.unit == core::Unit::CoreMs) ||
                (use.meter == kCardMeter && use.quantity.unit == core::Unit::CardMs);
            use.quantity.count = std::min(use.quantity.count, most);
            if (known && use.quantity.count > 0) {
                uses.push_back(use);
            }
        }
        return uses;
    }

    core::Result<void> take(const protocol::AgentStarted& /*started*/) {
        agent_started_ = true;
        return {};
    }

    core::Result<void> take(const protocol::OrderDone& done) {
        return store::finish_command(transaction_, node_.id, done.number);
    }

    core::Result<void> take(const protocol::Measured& measured) {
        auto verified = verify(measured);
        if (!verified) {
            return std::unexpected(verified.error());
        }
        const Measurement& measurement = *verified;
        const bool of_node = is_of_node(measurement);
        const Grade found = grade(measurement, context_.rules);
        const StoredMeasurement stored{measurement.id,
                                       node_.id,
                                       node_.organization,
                                       measured.document,
                                       node_.public_key,
                                       measured.signature,
                                       boost::json::serialize(to_json(found)),
                                       measurement.ended_at,
                                       transaction_.now()};
        const auto inserted = store::insert_measurement(transaction_, stored);
        if (!inserted) {
            return std::unexpected(inserted.error());
        }
        if (!*inserted) {
            return core::fail(kForeignMeasurement);
        }
        if (of_node) {
            node_.measurement = measurement.id;
            node_.grade_class = found.class_name;
            node_.standard_unit_ppm = found.standard_unit_ppm;
            changed_ = true;
        }
        if (of_node && !found.class_name.empty()) {
            const NodeOffer offer{node_.id, node_.organization, node_.name, found.class_name,
                                  found.standard_unit_ppm};
            auto offered = context_.billing.offer(transaction_, context_.agent, offer);
            if (!offered) {
                return offered;
            }
        }
        transaction_.ring(kJobsBell);
        const auto rules = to_canonical(to_json(context_.rules));
        if (!rules) {
            return std::unexpected(rules.error());
        }
        return publish("node_measured", {{"measurement", measurement.id.text()},
                                         {"document", digest_of(measured.document)},
                                         {"class", found.class_name},
                                         {"standard_unit_ppm", found.standard_unit_ppm},
                                         {"rules", found.rules_version},
                                         {"rules_digest", digest_of(*rules)}});
    }

    core::Result<Measurement> verify(const protocol::Measured& measured) const {
        const auto key = crypto::PublicKey::parse(node_.public_key);
        const auto signature = crypto::from_base64url(measured.signature);
        const std::string message = std::string(protocol::kMeasurementLabel) + measured.document;
        if (!key || !signature || !key->verify(std::as_bytes(std::span(message)), *signature)) {
            return core::fail(kBadSignature);
        }
        const auto value = parse_canonical(measured.document);
        if (!value) {
            return std::unexpected(value.error());
        }
        if (!value->is_object()) {
            return core::fail(kNotCanonical);
        }
        auto measurement = measurement_from_json(value->get_object());
        if (!measurement) {
            return measurement;
        }
        const bool in_time = measurement->ended_at <= transaction_.now() + kClockSkewMax &&
                             measurement->ended_at >= transaction_.now() - kMeasurementAgeMax;
        if (measurement->node != node_.id || !in_time) {
            return core::fail(kForeignMeasurement);
        }
        return measurement;
    }

    core::Result<void> take_logs() {
        for (const LogChunk& chunk : batch_.logs) {
            auto loaded = load({chunk.job, chunk.attempt});
            if (!loaded && is_final_refusal(loaded.error())) {
                continue;
            }
            if (!loaded) {
                return std::unexpected(loaded.error());
            }
            const std::int64_t end =
                chunk.position + static_cast<std::int64_t>(chunk.content.size());
            if (end > kLogBytesMax) {  // The rest of such a log is not kept.
                answer_.logs.push_back({{chunk.job, chunk.attempt}, chunk.stream, end});
                continue;
            }
            if (auto done = store::append_log(transaction_, chunk); !done) {
                return done;
            }
            const auto length =
                store::log_length(transaction_, chunk.job, chunk.attempt, chunk.stream);
            if (!length) {
                return std::unexpected(length.error());
            }
            answer_.logs.push_back({{chunk.job, chunk.attempt}, chunk.stream, *length});
            transaction_.ring(kJobsBell);
        }
        return {};
    }

    core::Result<void> compare_attempts() {
        const std::set<AttemptRef> has(batch_.attempts.begin(), batch_.attempts.end());
        auto live = store::live_attempts(transaction_, node_.id);
        if (!live) {
            return std::unexpected(live.error());
        }
        for (const AttemptRef& reference : has) {
            const bool wanted = std::ranges::any_of(*live, [&](const Attempt& attempt) {
                return attempt.job == reference.job && attempt.number == reference.attempt;
            });
            if (!wanted) {
                answer_.unknown.push_back(reference);
            }
        }
        return agent_started_ ? give_up_lost(*live, has) : core::Result<void>();
    }

    // The agent has looked at all that it has, and nothing that it said later was heard before. An
    // attempt that it was given before the machine started anew, and that it knows nothing of,
    // cannot run any more. Whatever else is missing is left as it is: nothing proves that it is
    // dead.
    core::Result<void> give_up_lost(const std::vector<Attempt>& live,
                                    const std::set<AttemptRef>& has) {
        const auto open = store::open_commands(transaction_, node_.id, {0, kOrdersMax});
        if (!open) {
            return std::unexpected(open.error());
        }
        std::set<AttemptRef> to_come;
        for (const NodeCommand& command : *open) {
            const auto order = protocol::order_from_json(
                command.kind, boost::json::parse(command.body).as_object());
            if (const auto* run = order ? std::get_if<protocol::Run>(&*order) : nullptr) {
                to_come.insert(run->attempt);
            }
        }
        for (const Attempt& attempt : live) {
            const AttemptRef reference{attempt.job, attempt.number};
            if (has.contains(reference) || to_come.contains(reference) ||
                attempt.boot_id == node_.boot_id) {
                continue;
            }
            auto found = store::find_job(transaction_, kAll, attempt.job);
            if (!found) {
                return std::unexpected(found.error());
            }
            const auto& job = *found;
            if (!job) {
                return {};
            }
            const auto began = attempt.started_at.value_or(attempt.dispatched_at);
            const AttemptEnd end{ExitClass::Lost, {}, "", began, began, {}, {}, {}};
            const auto effect =
                end_attempt(transaction_, context_.agent, context_.billing, {*job, attempt}, end);
            if (!effect) {
                return std::unexpected(effect.error());
            }
        }
        return {};
    }

    Transaction& transaction_;
    const ReportContext& context_;
    const ReportBatch& batch_;
    Node node_;
    bool changed_ = false;
    bool agent_started_ = false;
    ReportAnswer answer_;
};

}  // namespace

core::Result<ReportAnswer> take_reports(Transaction& transaction, const ReportContext& context,
                                        const ReportBatch& batch) {
    return Intake(transaction, context, batch).run();
}

}  // namespace kapok::compute
