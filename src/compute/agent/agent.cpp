#include "compute/agent/agent.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>

#include "compute/agent/attempts.h"
#include "compute/agent/journal.h"
#include "compute/agent/link.h"
#include "compute/agent/worker.h"
#include "compute/errors.h"
#include "core/known.h"
#include "platform/crypto/certificates.h"
#include "platform/crypto/encoding.h"
#include "platform/db/bell.h"
#include "platform/objects/blocking_pool.h"

namespace kapok::compute::agent {

namespace asio = boost::asio;
namespace crypto = platform::crypto;
namespace db = platform::db;
namespace http = platform::http;

namespace {

constexpr std::size_t kReportsAtOnce = 200;
constexpr std::chrono::minutes kRenewalCheck{1};
constexpr std::chrono::milliseconds kMoreToSay{20};

// Waits twice as long after each failure, and a little more or less, so that many agents that lost
// the same platform do not come back all at once.
class BackOff {
public:
    BackOff(const Options& options, core::Random& random)
        : least_(options.back_off_min),
          most_(options.back_off_max),
          next_(least_),
          random_(random) {}

    void succeeded() { next_ = least_; }
    [[nodiscard]] std::chrono::milliseconds failed() {
        const auto wait = next_;
        next_ = std::min(next_ * 2, most_);
        const auto jitter = random_.below(static_cast<std::uint64_t>(wait.count()) / 2 + 1);
        return wait * 3 / 4 + std::chrono::milliseconds(jitter);
    }

private:
    std::chrono::milliseconds least_;
    std::chrono::milliseconds most_;
    std::chrono::milliseconds next_;
    core::Random& random_;
};

std::string missing_features(const platform::process::Isolation& isolation) {
    std::string missing;
    for (const auto& feature : isolation.features) {
        if (feature.missing) {
            missing += (missing.empty() ? "" : ", ") +
                       std::string(platform::process::to_text(feature.feature));
        }
    }
    return missing;
}

}  // namespace

// Everything belongs to the one thread of `io`, except what the pool's functions were given. The
// pool is last: its threads end first, and what they leave on `io` is dropped with the coroutines
// that waited for it, before what those coroutines used goes.
struct Agent::Parts {
    Parts(Options given, AgentFiles opened, Journal loaded, const core::Clock& given_clock,
          core::Random& given_random)
        : options(std::move(given)),
          files(std::move(opened)),
          journal(std::move(loaded)),
          clock(given_clock),
          random(given_random),
          link(options.url, options.authority_pem) {}

    void tell(std::string_view what, const core::Error* error = nullptr) const {
        if (options.tell) {
            options.tell(what, error);
        }
    }
    core::Result<void> note(protocol::ReportBody body) {
        const auto appended = journal.append(std::move(body));
        if (!appended) {
            tell("the journal cannot be written", &appended.error());
            return std::unexpected(appended.error());
        }
        wake.ring();
        return {};
    }

    // Whether it has joined, and its certificate has not ended.
    [[nodiscard]] core::Result<void> check_membership() const;
    asio::awaitable<core::Result<void>> join();
    using Ask = std::function<asio::awaitable<core::Result<void>>()>;
    asio::awaitable<core::Result<void>> ask_until_answered(Ask ask);
    asio::awaitable<core::Result<void>> enroll(crypto::KeyRequest request);
    asio::awaitable<void> work();
    asio::awaitable<void> follow_orders();
    asio::awaitable<void> take_order(http::ServerEvent event);
    asio::awaitable<bool> carry_out(std::int64_t number, protocol::Order order);
    asio::awaitable<void> report_for_ever();
    asio::awaitable<void> measure(protocol::Measure order);
    void note_measured(const Measurement& measurement);
    void note_speed(const ModelSpeed& speed, const Serving& serving);
    asio::awaitable<void> renew_for_ever();
    asio::awaitable<core::Result<void>> renew();

    protocol::ReportBatch next_batch();
    void take_answer(const protocol::ReportAnswer& answer);
    void take_refusal(const core::Error& error);

    Options options;
    AgentFiles files;
    Journal journal;
    const core::Clock& clock;
    core::Random& random;
    Link link;
    Inventory inventory;
    platform::process::Isolation isolation;
    db::Bell wake;
    bool must_say_hello = true;
    bool measuring = false;
    std::int64_t last_order = 0;
    std::set<std::int64_t> orders_taken;
    core::Result<void> outcome;
    std::unique_ptr<Attempts> attempts;
    asio::io_context io{1};
    platform::objects::BlockingPool pool{3};
};

core::Result<void> Agent::Parts::check_membership() const {
    const auto end = files.ends_at();
    if (!end) {
        return core::fail(kNotEnrolled);
    }
    return *end > clock.now() ? core::Result<void>()
                              : core::fail(kMembershipEnded, {{"time", core::to_rfc3339(*end)}});
}

asio::awaitable<core::Result<void>> Agent::Parts::join() {
    const auto holds = check_membership();
    if (const auto& membership = files.membership()) {
        const auto used = link.use(*membership);
        if (!used || holds) {
            co_return used;
        }
        // For some days after its end it can still be renewed.
        const Ask ask = [this] { return renew(); };
        const auto renewed = co_await ask_until_answered(ask);
        if (renewed || !options.token) {
            co_return renewed ? renewed : holds;
        }
    }
    if (!options.token) {
        co_return holds;
    }
    // The same one each time: a token is good for one request, whose answer may be lost.
    const auto request = crypto::make_key_request(files.node().text(), random);
    if (!request) {
        co_return std::unexpected(request.error());
    }
    const Ask ask = [this, &request] { return enroll(*request); };
    co_return co_await ask_until_answered(ask);
}

// A refusal stays one; a platform that is not there yet will be.
asio::awaitable<core::Result<void>> Agent::Parts::ask_until_answered(Ask ask) {
    BackOff back_off(options, random);
    for (;;) {
        const core::Result<void> answered = co_await ask();
        if (answered || answered.error().code() == kPlatformRefused) {
            co_return answered;
        }
        tell("the platform cannot be reached", &answered.error());
        co_await db::pause(back_off.failed());
    }
}

asio::awaitable<core::Result<void>> Agent::Parts::enroll(crypto::KeyRequest request) {
    auto membership = co_await link.enroll(core::known(options.token), std::move(request));
    if (!membership) {
        co_return std::unexpected(membership.error());
    }
    const auto saved = files.save(*membership);
    co_return saved ? link.use(*membership) : saved;
}

asio::awaitable<void> Agent::Parts::work() {
    auto look = [this]() -> core::Result<void> {
        inventory = options.inventory();
        isolation = options.isolation();
        return attempts->adopt();
    };
    outcome = co_await pool.run(std::move(look));
    if (outcome) {
        outcome = co_await join();
    }
    if (!outcome) {
        io.stop();
        co_return;
    }
    for (const std::int64_t number : attempts->orders()) {
        orders_taken.insert(number);
    }
    attempts->resume();
    asio::co_spawn(io, follow_orders(), asio::detached);
    asio::co_spawn(io, renew_for_ever(), asio::detached);
    co_await report_for_ever();
}

asio::awaitable<void> Agent::Parts::follow_orders() {
    BackOff back_off(options, random);
    for (;;) {
        if (must_say_hello) {  // Orders are given only to a node that is known.
            co_await db::pause(options.back_off_min);
            continue;
        }
        auto reader = co_await link.orders(files.node(), last_order);
        while (reader) {
            auto next = co_await (*reader)->next();
            auto event = std::move(next).value_or(std::nullopt);
            if (!event) {
                break;
            }
            back_off.succeeded();
            co_await take_order(*std::move(event));
        }
        // Orders that were seen but not noted as done are sent again from the beginning.
        last_order = 0;
        co_await db::pause(back_off.failed());
    }
}

asio::awaitable<void> Agent::Parts::take_order(http::ServerEvent event) {
    boost::system::error_code code;
    const auto number = event.id.empty() ? 0 : std::strtoll(event.id.c_str(), nullptr, 10);
    const auto body = boost::json::parse(event.data, code);
    if (number <= 0 || code || !body.is_object()) {
        tell("an order could not be read");
        co_return;
    }
    last_order = number;
    if (orders_taken.contains(number)) {
        co_return;
    }
    auto order = protocol::order_from_json(event.type, body.get_object());
    if (!order) {
        tell("an order could not be read", &order.error());
        co_return;
    }
    const bool taken = co_await carry_out(number, *std::move(order));
    if (taken) {
        orders_taken.insert(number);
    }
}

// False if the order is to come again.
asio::awaitable<bool> Agent::Parts::carry_out(std::int64_t number, protocol::Order order) {
    if (auto* run = std::get_if<protocol::Run>(&order)) {
        const bool taken = co_await attempts->take(number, std::move(*run), inventory);
        co_return taken;
    }
    if (const auto* stop = std::get_if<protocol::Stop>(&order)) {
        const bool stopped = co_await attempts->stop(stop->attempt);
        co_return stopped&& note(protocol::OrderDone{number});
    }
    if (options.measure && !measuring) {
        measuring = true;
        asio::co_spawn(io, measure(std::get<protocol::Measure>(std::move(order))), asio::detached);
    }
    co_return note(protocol::OrderDone{number}).has_value();
}

asio::awaitable<void> Agent::Parts::measure(protocol::Measure order) {
    auto run = [this, order]() { return options.measure(order.id, files.node(), order.effort); };
    const auto measured = co_await pool.run(std::move(run));
    measuring = false;
    if (!measured) {
        tell("the measurement failed", &measured.error());
        co_return;
    }
    note_measured(*measured);
}

void Agent::Parts::note_measured(const Measurement& measurement) {
    const std::string document = canonical_text(measurement);
    const std::string message = std::string(protocol::kMeasurementLabel) + document;
    const auto signature = files.key().sign(std::as_bytes(std::span(message)));
    static_cast<void>(note(protocol::Measured{document, crypto::to_base64url(signature)}));
}

void Agent::Parts::note_speed(const ModelSpeed& speed, const Serving& serving) {
    Measurement measurement =
        measurement_of(speed, serving, MeasurementId::make(clock, random), files.node(), inventory);
    measurement.conditions.program = options.program;
    note_measured(measurement);
}

protocol::ReportBatch Agent::Parts::next_batch() {
    protocol::ReportBatch batch;
    batch.node = files.node();
    batch.boot_id = inventory.boot_id;
    if (must_say_hello) {
        protocol::Hello hello;
        hello.name = options.name.empty() ? inventory.hostname : options.name;
        hello.public_key = files.key().public_key().text();
        hello.inventory = inventory;
        hello.isolation = platform::process::to_text(isolation.level());
        hello.missing_isolation = missing_features(isolation);
        hello.program = options.program;
        batch.hello = std::move(hello);
    }
    batch.reports = journal.pending(kReportsAtOnce);
    batch.attempts = attempts->unreported();
    batch.logs = attempts->log_pieces();
    return batch;
}

void Agent::Parts::take_answer(const protocol::ReportAnswer& answer) {
    if (const auto done = journal.acknowledge(answer.sequence); !done) {
        tell("the journal cannot be written", &done.error());
    }
    for (const protocol::LogPosition& position : answer.logs) {
        attempts->log_was_taken(position);
    }
    for (const protocol::AttemptRef& unknown : answer.unknown) {
        attempts->abandon(unknown);
    }
}

void Agent::Parts::take_refusal(const core::Error& error) {
    if (error.code() == kNodeUnknown) {
        must_say_hello = true;
        return;
    }
    if (error.code() == kReportGap) {
        // The platform is ahead: this journal was lost, and goes on behind what it once said.
        for (const auto& [name, value] : error.parameters()) {
            const std::int64_t expected = name == "expected" ? std::atoll(value.c_str()) : 0;
            if (expected > 1) {
                static_cast<void>(journal.acknowledge(expected - 1));
            }
        }
    }
    tell("the platform did not take the reports", &error);
}

asio::awaitable<void> Agent::Parts::report_for_ever() {
    BackOff back_off(options, random);
    for (;;) {
        const std::uint64_t seen = wake.count();
        auto batch = next_batch();
        const bool said_hello = batch.hello.has_value();
        const auto answer = co_await link.report(std::move(batch));
        if (!answer) {
            take_refusal(answer.error());
            co_await db::pause(back_off.failed());
            continue;
        }
        back_off.succeeded();
        if (said_hello) {
            must_say_hello = false;
            tell("connected");
        }
        take_answer(*answer);
        std::chrono::milliseconds pause = options.report_interval;
        if (!journal.empty() || attempts->has_log_pieces()) {
            pause = kMoreToSay;
        }
        co_await wake.wait(seen, pause);
    }
}

asio::awaitable<core::Result<void>> Agent::Parts::renew() {
    auto request = crypto::make_key_request(files.node().text(), random);
    if (!request) {
        co_return std::unexpected(request.error());
    }
    auto membership = co_await link.renew(*std::move(request));
    if (!membership) {
        co_return std::unexpected(membership.error());
    }
    const auto saved = files.save(*membership);
    co_return saved ? link.use(*membership) : saved;
}

// At half of its life, so that an outage of hours does not end the membership.
asio::awaitable<void> Agent::Parts::renew_for_ever() {
    for (;;) {
        // It has joined before it comes here.
        const auto certificate =
            crypto::parse_certificate(core::known(files.membership()).certificate_pem);
        if (certificate) {
            const auto half =
                certificate->not_before + (certificate->not_after - certificate->not_before) / 2;
            if (clock.now() >= half) {
                const auto renewed = co_await renew();
                if (!renewed) {
                    const auto holds = check_membership();
                    tell("the certificate could not be renewed",
                         holds ? &renewed.error() : &holds.error());
                }
            }
        }
        co_await db::pause(kRenewalCheck);
    }
}

Agent::Agent(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Agent::~Agent() = default;

core::Result<std::unique_ptr<Agent>> Agent::create(Options options, const core::Clock& clock,
                                                   core::Random& random) {
    auto files = AgentFiles::open(options.folder, clock, random);
    if (!files) {
        return std::unexpected(files.error());
    }
    auto journal = Journal::open(options.folder);
    if (!journal) {
        return std::unexpected(journal.error());
    }
    auto parts = std::make_unique<Parts>(std::move(options), *std::move(files), *std::move(journal),
                                         clock, random);
    Parts* raw = parts.get();
    auto attempts = Attempts::open(
        {raw->files.attempts(), raw->options.supervisor,
         raw->options.models.empty() ? raw->options.folder / "models" : raw->options.models,
         raw->options.engines, raw->options.engine_times, raw->io, raw->pool, raw->link,
         raw->journal, raw->isolation, clock, random,
         [raw](protocol::ReportBody body) { return raw->note(std::move(body)); },
         [raw](std::string_view what, const core::Error* error) { raw->tell(what, error); },
         [raw](const ModelSpeed& speed, const Serving& serving) {
             raw->note_speed(speed, serving);
         }});
    if (!attempts) {
        return std::unexpected(attempts.error());
    }
    parts->attempts = *std::move(attempts);
    return std::unique_ptr<Agent>(new Agent(std::move(parts)));
}

NodeId Agent::node() const noexcept {
    return parts_->files.node();
}

core::Result<void> Agent::join() {
    const auto attempt = [](Parts* parts) -> asio::awaitable<void> {
        parts->outcome = co_await parts->join();
    };
    asio::co_spawn(parts_->io, attempt(parts_.get()), asio::detached);
    parts_->io.run();
    parts_->io.restart();
    return parts_->outcome;
}

core::Result<void> Agent::run() {
    if (auto noted = parts_->note(protocol::AgentStarted{}); !noted) {
        return noted;
    }
    asio::co_spawn(parts_->io, parts_->work(), asio::detached);
    parts_->io.run();
    return parts_->outcome;
}

void Agent::stop() {
    parts_->io.stop();
}

}  // namespace kapok::compute::agent
