#include "region.h"

#include <algorithm>
#include <chrono>
#include <set>

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <sched.h>

#include "audit/inspection.h"
#include "compute/errors.h"
#include "compute/work_store.h"
#include "exchange/exchange_store.h"
#include "ledger/book_check.h"
#include "ledger/ledger_store.h"

namespace kapok::sim {

namespace db = platform::db;
namespace fs = std::filesystem;
namespace protocol = compute::protocol;

using compute::Job;
using compute::JobState;
using std::chrono::seconds;

namespace {

constexpr int kSteps = 120;
constexpr int kRestRounds = 400;
constexpr std::int64_t kNodeCpuMilli = 4'000;

template <class T>
std::string text_of(const core::Result<T>& result) {
    return std::string(result.error().code().name) + ": " +
           core::render(result.error(), core::Language::En);
}

// Its threads only ever wait for each other: on one core they hand over in half the time.
void stay_on_this_core() {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(::sched_getcpu(), &one);
    ::sched_setaffinity(0, sizeof one, &one);
}

}  // namespace

void Region::SetUp() {
    stay_on_this_core();
    EvidenceWorld::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
        return;
    }
    make_template();
}

void Region::TearDown() {
    close_world();
    fs::remove(template_);
    EvidenceWorld::TearDown();
}

// Everything that worlds have in common: people, two nodes that were measured and are sold.
void Region::make_template() {
    core::SeededRandom ids(7);
    for (std::size_t i = 0; i < node_ids_.size(); ++i) {
        join_node();
        agents_[i] = agent_;
        node_ids_[i] = compute::NodeId::make(clock(), ids);
        node_ = node_ids_[i];
        node_key_ = keys_[i];
        reports_ = 0;
        report({}, true);
        measure_node();
    }
    cover();
    service_.reset();
    sequencer_.reset();
    compute_.reset();
    const std::string file = options().url.substr(std::string_view("sqlite:").size());
    template_ = file + ".template";
    close();
    fs::copy_file(file, template_);
    reopen();
}

void Region::open_world(std::uint64_t seed) {
    chance_.emplace(seed);
    const std::string file = options().url.substr(std::string_view("sqlite:").size());
    close();
    for (const char* rest : {"-wal", "-shm"}) {
        fs::remove(file + rest);
    }
    fs::copy_file(template_, file, fs::copy_options::overwrite_existing);
    options().group_time = std::chrono::microseconds(0);  // Nobody else writes.
    reopen();
    start();
    clock().advance(std::chrono::minutes(1));
    start_server(0);
    start_server(1);
    fs::remove_all(folder_ / "nodes");
    for (std::size_t i = 0; i < node_ids_.size(); ++i) {
        nodes_.push_back(std::make_unique<SimNode>(
            SimNode::Setting{node_ids_[i], agents_[i], keys_[i].public_key().text(),
                             folder_ / "nodes" / fmt::format("n{}", i), 1, clock(), *chance_},
            agent_bug_));
    }
    if (!planted_.sql.empty()) {
        ASSERT_TRUE(write([&](db::Transaction& t) { return t.execute(planted_.sql, {}); }));
    }
    funds_ = seed % 3 == 0 ? 60'000 : 10'000'000;
    pay(project_, company_, funds_);
}

void Region::close_world() {
    servers_ = {};
    nodes_.clear();
    late_.clear();
    jobs_.clear();
    given_up_.clear();
    cut_until_ = {};
    wrong_.reset();
}

void Region::start_server(std::size_t number) {
    Server& server = servers_[number];
    server = {};
    const std::string holder = fmt::format("server-{}#{}", number, ++servers_started_);
    server.compute = std::make_unique<compute::Compute>(
        compute::Dependencies{database(), clock(), *chance_,
                              [this] { return identity().directory().tree(); }, billing_, *objects_,
                              pool_},
        compute::Settings{{}, compute::default_grade_rules(), holder});
    server.sequencer = std::make_unique<audit::Sequencer>(
        database(), audit::SequencerSettings{std::string(app::evidence::kTestOrigin), holder},
        signer_, clock(), log_);
}

std::optional<std::string> Region::live_through(std::uint64_t seed) {
    close_world();
    open_world(seed);
    for (int i = 0; i < kSteps && !wrong_; ++i) {
        step();
        check_step();
    }
    if (!wrong_) {
        come_to_rest();
    }
    if (!wrong_) {
        check_end();
    }
    return wrong_;
}

void Region::blame(std::string sentence) {
    wrong_ = wrong_.value_or(std::move(sentence));
}

// What happens.

void Region::step() {
    clock().advance(std::chrono::milliseconds(below(9'000)));
    const std::size_t node = below(2);
    switch (below(16)) {
        case 0:
        case 1: submit_job(); break;
        case 2: cancel_job(); break;
        case 3:
        case 4:
        case 5: plan_round(below(2)); break;
        case 6:
        case 7:
        case 8: fetch_orders(node); break;
        case 9:
        case 10:
        case 11:
        case 12: send_reports(node); break;
        case 13: deliver_late(); break;
        case 14: break_something(); break;
        default:
            if (const auto done = servers_[below(2)].sequencer->round_blocking(); !done) {
                blame("the sequencer stopped: " + text_of(done));
            }
            break;
    }
    nodes_[below(2)]->live();
}

// Sent once or, when the answer was lost, again.
void Region::submit_job() {
    compute::NewJob request;
    request.naming.id = compute::JobId::make(clock(), *chance_);
    request.project = project_;
    request.spec.name = "count";
    request.spec.command = {"/bin/echo", "hello"};
    request.spec.time_limit = std::chrono::minutes(1);
    request.spec.demand.cpu_milli = static_cast<std::int64_t>(1 + below(4)) * 1'000;
    request.spec.priority = static_cast<std::int64_t>(below(3)) * 10;
    bool acknowledged = false;
    for (std::size_t sent = 0; sent <= below(2); ++sent) {
        const auto made = run(servers_[below(2)].compute->jobs().submit(as("consumer"), request));
        if (!made && made.error().code().name != exchange::kInsufficientFunds.name) {
            blame("a job was refused: " + text_of(made));
        }
        acknowledged = acknowledged || made.has_value();
    }
    if (acknowledged) {
        jobs_.push_back(*request.naming.id);
    }
}

void Region::cancel_job() {
    if (!jobs_.empty()) {
        // One that is over already is refused, which changes nothing.
        static_cast<void>(
            run(servers_[below(2)].compute->jobs().cancel(as("boss"), jobs_[below(jobs_.size())])));
    }
}

void Region::plan_round(std::size_t server) {
    const auto done = run(servers_[server].compute->planner().round());
    if (!done) {
        blame("a round of the planner failed: " + text_of(done));
    }
}

void Region::fetch_orders(std::size_t number) {
    SimNode& node = *nodes_[number];
    const auto after = node.wants_orders();
    if (!after || clock().now() < cut_until_[number]) {
        return;
    }
    const auto commands = database().read_blocking([&](db::Reader& reader) {
        return compute::store::open_commands(reader, node.id(), {*after, 100});
    });
    const std::size_t arriving = below(commands.value().size() + 1);
    for (std::size_t i = 0; i < arriving && node.wants_orders(); ++i) {  // Until it dies.
        const auto& command = commands.value()[i];
        const auto order =
            protocol::order_from_json(command.kind, boost::json::parse(command.body).as_object());
        node.take_order(command.number, order.value());
    }
}

void Region::send_reports(std::size_t number) {
    SimNode& node = *nodes_[number];
    const auto batch = node.next_batch();
    const std::size_t fate = below(10);
    if (fate == 0 || clock().now() < cut_until_[number]) {
        return;  // It never arrives.
    }
    if (fate == 1) {
        late_.push_back({number, batch});
    }
    const auto answer = run(servers_[below(2)].compute->gate().report(node.agent(), batch));
    if (!answer && answer.error().code() != compute::kNodeUnknown) {
        blame("reports were refused: " + text_of(answer));
    }
    if (fate != 2) {  // Else the answer is lost.
        node.hear(answer, batch.hello.has_value());
    }
}

// A doubled message, long after what came behind it. Nobody waits for its answer.
void Region::deliver_late() {
    if (!late_.empty()) {
        const Late message = std::move(late_.front());
        late_.pop_front();
        static_cast<void>(run(servers_[below(2)].compute->gate().report(
            nodes_[message.node]->agent(), message.batch)));
    }
}

void Region::declare_lost(std::size_t number) {
    const auto live = database().read_blocking([&](db::Reader& reader) {
        return compute::store::live_attempts(reader, node_ids_[number]);
    });
    const auto done =
        run(servers_[below(2)].compute->sites().declare_lost(as("boss"), node_ids_[number]));
    if (!done) {
        return;  // It answers.
    }
    for (const compute::Attempt& attempt : live.value()) {
        given_up_[{attempt.job, attempt.number}] = true;
    }
    if (below(2) == 0) {
        nodes_[number]->reboot();  // Else its operator was wrong, and it runs on.
    }
    static_cast<void>(run(servers_[0].compute->sites().set_wish(
        as("boss"), node_ids_[number], compute::NodeWish::Up, std::nullopt)));
}

void Region::break_something() {
    const std::size_t node = below(2);
    switch (below(8)) {
        case 0: nodes_[node]->crash(); break;
        case 1:
        case 2: nodes_[node]->crash_soon(); break;
        case 3: nodes_[node]->reboot(); break;
        case 4: start_server(below(2)); break;
        case 5: cut_until_[node] = clock().now() + seconds(10 + below(300)); break;
        case 6: declare_lost(node); break;
        default: clock().advance(seconds(below(7'200))); break;
    }
}

// Nothing breaks any more: everything must come to its end by itself.
void Region::come_to_rest() {
    late_.clear();
    cut_until_ = {};
    pay(project_, company_, 10'000'000);
    funds_ += 10'000'000;
    for (int i = 0; i < kRestRounds && !wrong_; ++i) {
        clock().advance(seconds(2));
        plan_round(0);
        plan_round(1);
        for (std::size_t node = 0; node < nodes_.size(); ++node) {
            fetch_orders(node);
            nodes_[node]->live();
            send_reports(node);
        }
        const auto busy = database().read_blocking([&](db::Reader& reader) {
            const auto live = compute::store::live_attempts(reader, std::nullopt);
            const auto queued = compute::store::queued_jobs(reader, clock().now(), 10);
            std::size_t open = 0;
            for (const compute::NodeId& node : node_ids_) {
                open += compute::store::open_commands(reader, node, {0, 10}).value().size();
            }
            return core::Result<std::size_t>(live.value().size() + queued.value().size() + open);
        });
        if (busy.value() == 0 && nodes_[0]->idle() && nodes_[1]->idle()) {
            return;
        }
    }
    blame("it never comes to rest: " + what_is_left());
}

std::string Region::what_is_left() {
    std::string text;
    const auto look = [&](db::Reader& reader) -> core::Result<void> {
        for (const auto& attempt : compute::store::live_attempts(reader, std::nullopt).value()) {
            text += fmt::format("attempt {}/{}; ", attempt.job.text(), attempt.number);
        }
        for (const compute::NodeId& node : node_ids_) {
            for (const auto& command :
                 compute::store::open_commands(reader, node, {0, 10}).value()) {
                text += fmt::format("order {}: {}; ", command.kind, command.body);
            }
        }
        return {};
    };
    static_cast<void>(database().read_blocking(look));
    return text;
}

// What must hold.

void Region::check_step() {
    const auto look = [&](db::Reader& reader) -> core::Result<void> {
        for (const auto& line : ledger::trial_balance(reader).value()) {
            if (!line.balances()) {
                blame("the trial balance is not zero");
            }
        }
        std::set<compute::JobId> alive;
        std::map<compute::NodeId, std::int64_t> given;
        for (const auto& attempt : compute::store::live_attempts(reader, std::nullopt).value()) {
            given[attempt.node] += attempt.demand.cpu_milli;
            if (!alive.insert(attempt.job).second) {
                blame("a job has two attempts alive: " + attempt.job.text());
            }
            if (given[attempt.node] > kNodeCpuMilli) {
                blame("a node was given more than it has");
            }
        }
        return {};
    };
    static_cast<void>(database().read_blocking(look));
    check_charges();
    for (const auto& node : nodes_) {
        // What was given up by mistake may run beside what came after it.
        if (given_up_.empty() && node->cpu_milli_in_use() > kNodeCpuMilli) {
            blame("a node runs more than it has");
        }
        for (const auto& [name, deed] : node->deeds()) {
            if (deed.starts > 1) {
                blame(fmt::format("an attempt ran twice: {}/{}", name.job.text(), name.attempt));
            }
        }
    }
}

// Each attempt is charged once at the most, for what its node said and at the node's price; what
// left the wallet is the sum of it.
void Region::check_charges() {
    const auto look = [&](db::Reader& reader) -> core::Result<void> {
        std::map<core::Uuid, const protocol::AttemptEnded*> said;
        for (const auto& node : nodes_) {
            for (const auto& [name, deed] : node->deeds()) {
                if (deed.end && !deed.end->uses.empty()) {
                    said[deed.end->uses.front().id] = &*deed.end;
                }
            }
        }
        exchange::ChargeFilter filter;
        filter.project = project_;
        std::int64_t sum = 0;
        std::set<std::string> subjects;
        const auto charges =
            exchange::list_charges(reader, core::Scope::all(), filter, {.limit = 1'000}).value();
        for (const exchange::Charge& charge : charges.items) {
            sum += charge.amount.micros();
            const auto found = said.find(charge.usage.id.uuid());
            if (found == said.end()) {
                blame("a charge that no node has asked for: " + charge.usage.subject);
            } else if (charge.usage.quantity != found->second->uses.front().quantity) {
                blame("not what the node said: " + charge.usage.subject);
            }
            const auto price = exchange::find_price(reader, charge.price).value().value();
            if (charge.amount != core::charge(price.price, charge.usage.quantity).value()) {
                blame("not at the node's price: " + charge.usage.subject);
            }
            if (!subjects.insert(charge.usage.subject).second) {
                blame("charged twice: " + charge.usage.subject);
            }
        }
        const auto wallet = exchange::find_wallet(reader, project_, core::Currency::Cny).value();
        if (wallet.balance.micros() != funds_ - sum) {
            blame(fmt::format("{} left the wallet, {} was charged",
                              funds_ - wallet.balance.micros(), sum));
        }
        return {};
    };
    static_cast<void>(database().read_blocking(look));
}

void Region::check_attempts(const Job& job) {
    const auto attempts = database()
                              .read_blocking([&](db::Reader& reader) {
                                  return compute::store::attempts_of(reader, job.id);
                              })
                              .value();
    const auto charged =
        database()
            .read_blocking([&](db::Reader& reader) {
                exchange::ChargeFilter filter;
                filter.project = project_;
                return exchange::list_charges(reader, core::Scope::all(), filter, {.limit = 1'000});
            })
            .value()
            .items;
    for (const compute::Attempt& attempt : attempts) {
        const AttemptRef name{job.id, attempt.number};
        const Deed* deed = nullptr;
        for (const auto& node : nodes_) {
            const auto found = node->deeds().find(name);
            deed = found != node->deeds().end() ? &found->second : deed;
        }
        const std::string subject = fmt::format("{}/{}", job.id.text(), attempt.number);
        const bool succeeded = attempt.exit == compute::ExitClass::Succeeded;
        if (!attempt.ended_at) {
            blame("an attempt has no end: " + subject);
        } else if (succeeded && (deed == nullptr || deed->starts == 0 || !deed->end ||
                                 deed->end->exit != compute::ExitClass::Succeeded)) {
            blame("succeeded without having run: " + subject);
        } else if (deed != nullptr && deed->end && attempt.exit == deed->end->exit &&
                   !given_up_.contains(name) && !deed->end->uses.empty() &&
                   deed->end->uses.front().quantity.count > 0 &&
                   std::ranges::none_of(charged, [&](const exchange::Charge& charge) {
                       return charge.usage.subject == subject;
                   })) {
            blame("nobody was charged for it: " + subject);
        }
        if (succeeded &&
            (job.status.state != JobState::Succeeded || attempt.number != job.status.attempt)) {
            blame("went on after it had succeeded: " + subject);
        }
    }
}

void Region::check_end() {
    for (const compute::JobId id : jobs_) {
        const auto job = database()
                             .read_blocking([&](db::Reader& reader) {
                                 return compute::store::find_job(reader, core::Scope::all(), id);
                             })
                             .value();
        if (!job) {
            blame("a job that was acknowledged is gone: " + id.text());
        } else if (!is_final(job->status.state)) {
            blame("a job never ended: " + id.text());
        } else {
            check_attempts(*job);
        }
    }
    for (int i = 0; i < 4; ++i) {
        clock().advance(seconds(30));
        const auto done = servers_[below(2)].sequencer->round_blocking();
        if (!done) {
            blame("the sequencer stopped: " + text_of(done));
        }
    }
    const auto look = [&](db::Reader& reader) -> core::Result<void> {
        if (const auto book = ledger::check_book(reader); !book) {
            blame("the book: " + text_of(book));
        } else if (book->open_holds != 0) {
            blame(fmt::format("{} holds are open for nothing", book->open_holds));
        }
        if (const auto log = audit::inspect_log(reader, signer_.public_key()); !log) {
            blame("the audit log: " + text_of(log));
        }
        return {};
    };
    static_cast<void>(database().read_blocking(look));
}

}  // namespace kapok::sim
