// Goal: nothing in a bundle can be changed unnoticed. Whoever has not the key cannot change a byte;
// whoever has it, the platform itself, can sign what it likes, and then each lie is found by the
// check that is made for it.

#include <cstdint>
#include <functional>

#include <boost/json/parse.hpp>

#include "app/evidence/errors.h"
#include "app/evidence/evidence_world.h"
#include "audit/canonical.h"
#include "audit/limits.h"
#include "compute/canonical_json.h"
#include "compute/scheduler/plan.h"
#include "exchange/digest.h"
#include "exchange/rating.h"

namespace kapok::app::evidence {
namespace {

namespace json = boost::json;

class ForgeryTest : public EvidenceWorld {
protected:
    explicit ForgeryTest(Suite suite = Suite::Intl) : EvidenceWorld(suite) {}

    void SetUp() override {
        EvidenceWorld::SetUp();
        if (IsSkipped() || HasFatalFailure()) {
            return;
        }
        live();
        file_ = fetch("admin").value();
        ASSERT_TRUE(verify(file_, signer_.public_key()).passed());
    }

    void expect_refused(const std::string& changed, const std::string& how) {
        if (changed == file_) {
            return;
        }
        EXPECT_FALSE(verify(changed, signer_.public_key()).passed()) << how;
        ++refused_;
    }

    // The bundle with a lie in it, signed by the platform itself. `check` finds it.
    using Lie = std::function<void(Bundle&)>;
    void expect_found(const Lie& lie, CheckName check) {
        Bundle bundle = open_sealed(file_).value().bundle;
        lie(bundle);
        const auto forged = seal(bundle, signer_);
        ASSERT_TRUE(forged);
        ASSERT_TRUE(*forged != file_) << "the lie changes nothing";
        const Report report = verify(*forged, signer_.public_key());
        EXPECT_FALSE(has_failed(report, CheckName::Signature));
        EXPECT_TRUE(has_failed(report, check))
            << info(check).name << " did not find it; failed: " << failed_checks(report);
    }

    void change_bytes(int times);
    void sign_anew();

    std::string file_;
    int refused_ = 0;
    core::SeededRandom seeded_{20'261'123};
};

void ForgeryTest::change_bytes(int times) {
    for (int i = 0; i < times; ++i) {
        std::string changed = file_;
        const auto at = static_cast<std::size_t>(seeded_.below(changed.size()));
        const auto byte = static_cast<char>(seeded_.below(256));
        switch (i % 5) {
            case 0: changed[at] = static_cast<char>(changed[at] ^ (1 << seeded_.below(8))); break;
            case 1: changed.erase(at, 1); break;
            case 2: changed.insert(at, 1, byte); break;
            case 3: changed += byte; break;
            default: changed[at] = byte; break;
        }
        expect_refused(changed, "change " + std::to_string(i) + " at " + std::to_string(at));
    }
}

// Somebody else's key under the same words, with and without saying so.
void ForgeryTest::sign_anew() {
    const auto other = platform::crypto::PrivateKey::make(signer_.public_key().suite(), system_);
    Bundle bundle = open_sealed(file_).value().bundle;
    const std::string disguised = seal(bundle, other).value();
    EXPECT_TRUE(has_failed(verify(disguised, signer_.public_key()), CheckName::Signature));
    EXPECT_TRUE(has_failed(verify(disguised, {}), CheckName::Signature));
    bundle.header.public_key = other.public_key().text();
    const Report report = verify(seal(bundle, other).value(), signer_.public_key());
    EXPECT_FALSE(has_failed(report, CheckName::Signature));
    EXPECT_TRUE(has_failed(report, CheckName::Signer));
    EXPECT_TRUE(has_failed(report, CheckName::Checkpoint));
}

class ForgerySmTest : public ForgeryTest {
protected:
    ForgerySmTest() : ForgeryTest(Suite::Sm) {}
};

TEST_P(ForgeryTest, AThousandChangedBytesAreFound) {
    change_bytes(1'000);
    EXPECT_GE(refused_, 990);  // Now and then a byte is replaced by itself.
}
TEST_P(ForgerySmTest, AThousandChangedBytesAreFound) {
    change_bytes(1'000);
    EXPECT_GE(refused_, 990);
}

TEST_P(ForgeryTest, TheEndsAreFound) {
    for (const char* more : {"\n", " ", "\xEF\xBB\xBF", "{}", "\0"}) {
        expect_refused(file_ + more, "behind");
        expect_refused(more + file_, "before");
    }
    expect_refused(file_ + file_, "twice");
    expect_refused("", "nothing");
    for (std::size_t size = 1; size <= 128; ++size) {
        expect_refused(file_.substr(0, file_.size() - size), "cut");
        expect_refused(file_.substr(size), "cut in front");
    }
}

// Members in another order, spaces, another spelling of the same: the signed words are the same,
// the file is not.
TEST_P(ForgeryTest, AnotherSpellingOfTheSameIsFound) {
    const auto replaced = [this](const std::string& from, const std::string& to) {
        std::string changed = file_;
        const auto at = changed.find(from);
        EXPECT_NE(at, changed.npos) << from;
        return changed.replace(at, from.size(), to);
    };
    expect_refused(replaced("{\"bundle\":", "{ \"bundle\":"), "space");
    expect_refused(replaced("\"version\":2", "\"version\":2.0"), "fraction");
    expect_refused(replaced("\"version\":2", "\"version\":2e0"), "exponent");
    expect_refused(replaced("木棉", "\\u6728\\u68c9"), "escape");
    expect_refused(replaced("\"version\":2", "\"version\":2,\"version\":2"), "member twice");
    const auto signature = file_.rfind(",\"signature\":");
    const std::string swapped = "{" + file_.substr(signature + 1, file_.size() - signature - 2) +
                                "," + file_.substr(1, signature - 1) + "}";
    expect_refused(swapped, "members swapped");
    EXPECT_EQ(refused_, 6);
}

TEST_P(ForgeryTest, SwappedPartsAreFound) {
    expect_found([](Bundle& b) { std::swap(b.log.events[0], b.log.events[1]); },
                 CheckName::Inclusion);
    expect_found([](Bundle& b) { std::swap(b.bills[0].entries[0], b.bills[0].entries[1]); },
                 CheckName::Balances);
    expect_found([](Bundle& b) { std::swap(b.bills[0].charges[0], b.bills[0].charges[1]); },
                 CheckName::Usage);
    expect_found([](Bundle& b) { std::swap(b.bills[0].opening, b.bills[0].closing); },
                 CheckName::Balances);
    expect_found([](Bundle& b) { std::swap(b.header.from, b.header.to); }, CheckName::Statement);
}

TEST_P(ForgeryTest, AnotherSignerIsFound) {
    sign_anew();
}
TEST_P(ForgerySmTest, AnotherSignerIsFound) {
    sign_anew();
}

TEST_P(ForgeryTest, WithoutATrustedKeyASignerIsNotChecked) {
    const auto other = platform::crypto::PrivateKey::make(Suite::Intl, system_);
    const Report report = verify(file_, {});
    EXPECT_TRUE(report.passed());
    EXPECT_FALSE(report.signer_checked);
    EXPECT_TRUE(has_failed(verify(file_, other.public_key()), CheckName::Signer));
}

std::int64_t audit_max() {
    return audit::kExactIntegerMax;
}

core::UnitPrice dearer(const core::UnitPrice& price) {
    return core::UnitPrice::create(cny(price.amount().micros() + 1'000), price.per()).value();
}

TEST_P(ForgeryTest, AChangedPriceIsFound) {
    const Lie change = [](Bundle& b) {
        for (exchange::Price& price : b.prices) {
            price.price = dearer(price.price);
        }
    };
    expect_found(change, CheckName::Prices);
    expect_found(change, CheckName::Rating);
    expect_found([](Bundle& b) { b.prices[0].valid_from += std::chrono::seconds(1); },
                 CheckName::Prices);
    expect_found([](Bundle& b) { b.prices[0].created_at += std::chrono::seconds(1); },
                 CheckName::Prices);
    expect_found([](Bundle& b) { b.prices.clear(); }, CheckName::Rating);
    expect_found([](Bundle& b) { b.products[0].grade = "general-s"; }, CheckName::Prices);
}

// Another version was in force than the one that was charged: all sums would agree.
TEST_P(ForgeryTest, AnotherPriceVersionIsFound) {
    expect_found(
        [](Bundle& b) {
            exchange::Charge& last = b.bills[0].charges[b.bills[0].charges.size() - 3];
            const auto first =
                std::ranges::find(b.prices, last.usage.meter, &exchange::Price::meter);
            ASSERT_NE(first->id, last.price);
            last.price = first->id;
        },
        CheckName::Rating);
}

TEST_P(ForgeryTest, ChangedUsageIsFound) {
    const Lie more = [](Bundle& b) { b.bills[0].charges[0].usage.quantity.count += 1'000'000; };
    expect_found(more, CheckName::Rating);
    expect_found(more, CheckName::Usage);
    // Charged as it is said to have been used; only the log knows better.
    const Lie rated = [&](Bundle& b) {
        more(b);
        exchange::Charge& charge = b.bills[0].charges[0];
        charge.amount = exchange::rate(charge.usage, b.prices)->amount;
    };
    expect_found(rated, CheckName::Usage);
    expect_found(rated, CheckName::Settlements);
    expect_found([](Bundle& b) { b.bills[0].charges[0].usage.evidence = "{}"; }, CheckName::Usage);
    expect_found(
        [](Bundle& b) { b.bills[0].charges[0].usage.source = exchange::UsageSource::Estimated; },
        CheckName::Usage);
    expect_found([](Bundle& b) { b.bills[0].charges.push_back(b.bills[0].charges[0]); },
                 CheckName::Usage);
    expect_found([](Bundle& b) { b.bills[0].charges.erase(b.bills[0].charges.begin()); },
                 CheckName::Settlements);
    expect_found([](Bundle& b) { b.bills[0].charges[0].charged_at -= std::chrono::hours(1); },
                 CheckName::Usage);
}

TEST_P(ForgeryTest, AChangedSettlementIsFound) {
    expect_found(
        [](Bundle& b) {
            exchange::Settlement& one = b.bills[0].settlements[0];
            one.total = cny(one.total.micros() + 1);
        },
        CheckName::Settlements);
    expect_found(
        [](Bundle& b) {  // A part is said to have been forgiven that was taken.
            exchange::Coverage& parts = b.bills[0].settlements[0].parts;
            parts.written_off = cny(1'000);
            parts.captured = cny(parts.captured.micros() - 1'000);
        },
        CheckName::Settlements);
    expect_found([](Bundle& b) { b.bills[0].settlements.pop_back(); }, CheckName::Settlements);
}

TEST_P(ForgeryTest, AChangedOrRemovedTransferIsFound) {
    const auto first_capture = [](Bill& bill) {
        return std::ranges::find(bill.entries, ledger::TransferKind::Capture,
                                 [](const ledger::Entry& e) { return e.record.transfer.kind; });
    };
    const Lie remove = [&](Bundle& b) { b.bills[0].entries.erase(first_capture(b.bills[0])); };
    expect_found(remove, CheckName::Balances);
    expect_found(remove, CheckName::Settlements);
    const Lie change = [&](Bundle& b) { first_capture(b.bills[0])->record.transfer.amount += 1; };
    expect_found(change, CheckName::Transfers);
    expect_found(change, CheckName::Balances);
    expect_found(
        [&](Bundle& b) {
            first_capture(b.bills[0])->record.transfer.code = ledger::TransferCode::Fee;
        },
        CheckName::Transfers);
    expect_found(
        [](Bundle& b) { b.bills[0].entries[0].record.transfer.reference_text = "another bank"; },
        CheckName::Transfers);
}

TEST_P(ForgeryTest, ChangedBalancesAndTotalsAreFound) {
    expect_found([](Bundle& b) { b.bills[0].opening.credits_posted += 5; }, CheckName::Balances);
    expect_found([](Bundle& b) { b.bills[0].entries[1].after.debits_pending += 1; },
                 CheckName::Balances);
    const auto more = [](core::Money money) { return cny(money.micros() + 1); };
    expect_found(
        [&](Bundle& b) {
            auto& s = b.bills[0].statement;
            s.charged = more(s.charged);
        },
        CheckName::Statement);
    expect_found(
        [&](Bundle& b) {
            auto& s = b.bills[0].statement;
            s.paid_in = more(s.paid_in);
        },
        CheckName::Statement);
    expect_found(
        [&](Bundle& b) {  // What was lent is said to have been paid; the sum still is right.
            auto& s = b.bills[0].statement;
            s.paid_in = more(s.paid_in);
            s.credit = cny(s.credit.micros() - 1);
        },
        CheckName::Statement);
    expect_found(
        [&](Bundle& b) {
            auto& s = b.bills[0].statement;
            s.closing = more(s.closing);
        },
        CheckName::Statement);
    expect_found(
        [&](Bundle& b) {
            auto& line = b.bills[0].statement.lines[0];
            line.amount = more(line.amount);
        },
        CheckName::Statement);
    expect_found([](Bundle& b) { b.bills[0].statement.lines.pop_back(); }, CheckName::Statement);
    expect_found([](Bundle& b) { b.bills[0].statement.lines[0].product_name = "Large model"; },
                 CheckName::Statement);
    expect_found([](Bundle& b) { b.trial_balance.lines[0].sums.debits_posted += 1; },
                 CheckName::TrialBalance);
    expect_found([](Bundle& b) { b.trial_balance.accounts->pop_back(); }, CheckName::TrialBalance);
    expect_found([](Bundle& b) { b.trial_balance.lines.clear(); }, CheckName::TrialBalance);
}

// Changes one number in a document that is text.
std::string with_number(const std::string& document, const std::string& name) {
    const auto at = document.find("\"" + name + "\":") + name.size() + 3;
    std::string changed = document;
    changed[at] = changed[at] == '9' ? '8' : static_cast<char>(changed[at] + 1);
    return changed;
}

TEST_P(ForgeryTest, AChangedMeasurementIsFound) {
    expect_found(
        [](Bundle& b) {
            Measured& measured = b.measurements[0];
            const auto at = measured.document.find("\"samples\":[") + 11;
            measured.document[at] = measured.document[at] == '9' ? '8' : '9';
        },
        CheckName::Measurements);
    expect_found(
        [](Bundle& b) {
            b.measurements[0].document = with_number(b.measurements[0].document, "cores");
        },
        CheckName::Measurements);
    // Measured by another key, that signs right: the log knows the node's.
    expect_found(
        [this](Bundle& b) {
            const auto other = platform::crypto::PrivateKey::make(Suite::Intl, system_);
            Measured& measured = b.measurements[0];
            const std::string message =
                std::string(compute::protocol::kMeasurementLabel) + measured.document;
            measured.public_key = other.public_key().text();
            measured.signature =
                platform::crypto::to_base64url(other.sign(platform::crypto::bytes_of(message)));
        },
        CheckName::Measurements);
}

TEST_P(ForgeryTest, AChangedGradeOrRuleIsFound) {
    const auto replace = [](std::string& document, const std::string& from, const std::string& to) {
        const auto at = document.find(from);
        ASSERT_NE(at, document.npos) << from;
        document.replace(at, from.size(), to);
    };
    expect_found(
        [&](Bundle& b) {
            replace(b.measurements[0].grade, "\"class\":\"general-a\"", "\"class\":\"general-s\"");
        },
        CheckName::Grades);
    expect_found(
        [](Bundle& b) {
            b.measurements[0].grade = with_number(b.measurements[0].grade, "standard_unit_ppm");
        },
        CheckName::Grades);
    // Easier rules under the same name: the grade is as before, and the log has other rules.
    expect_found([&](Bundle& b) { replace(b.grade_rules[0], "150000000000", "140000000000"); },
                 CheckName::Grades);
    expect_found([](Bundle& b) { b.grade_rules.clear(); }, CheckName::Grades);
}

TEST_P(ForgeryTest, AChangedDecisionIsFound) {
    const auto of = [](Bundle& b, std::string_view verdict) -> Decided& {
        return *std::ranges::find(b.decisions, verdict, &Decided::verdict);
    };
    expect_found(
        [&](Bundle& b) { of(b, "start").body = with_number(of(b, "start").body, "score"); },
        CheckName::Decisions);
    expect_found([&](Bundle& b) { of(b, "start").attempt += 1; }, CheckName::Decisions);
    expect_found([&](Bundle& b) { of(b, "start").decided_at += std::chrono::seconds(1); },
                 CheckName::Decisions);
    expect_found([](Bundle& b) { b.decisions[0].job = compute::JobId(b.header.project.uuid()); },
                 CheckName::Decisions);
    expect_found([](Bundle& b) { b.rounds[0].openings.clear(); }, CheckName::Decisions);
    expect_found([](Bundle& b) { b.rounds.clear(); }, CheckName::Decisions);
    // The snapshot is bent until another decision would be right.
    expect_found(
        [](Bundle& b) {
            Round& round = b.rounds[0];
            json::object snapshot = json::parse(round.snapshot).as_object();
            snapshot.at("queue").as_array().at(0).as_object()["priority"] = 7;
            round.snapshot = audit::canonical_json(snapshot).value();
        },
        CheckName::Decisions);
    expect_found(
        [](Bundle& b) { b.rounds[0].policy = with_number(b.rounds[0].policy, "weight_fit"); },
        CheckName::Decisions);
}

TEST_P(ForgeryTest, AWrongProofIsFound) {
    expect_found([](Bundle& b) { std::swap(b.log.events[0].hashes, b.log.events[1].hashes); },
                 CheckName::Inclusion);
    expect_found([](Bundle& b) { b.log.events[0].hashes.pop_back(); }, CheckName::Inclusion);
    expect_found(
        [](Bundle& b) {  // The proof of one event under another.
            ProvenEvent& event = b.log.events[0];
            event.body = b.log.events[1].body;
        },
        CheckName::Inclusion);
    expect_found(
        [](Bundle& b) {
            auto event = std::ranges::find_if(b.log.events, [](const ProvenEvent& e) {
                return e.body.find("exchange.price_posted") != e.body.npos;
            });
            const auto at = event->body.find("0.500000");
            ASSERT_NE(at, event->body.npos);
            event->body.replace(at, 8, "0.400000");
        },
        CheckName::Inclusion);
    expect_found([](Bundle& b) { b.log.events.clear(); }, CheckName::Usage);
    expect_found([](Bundle& b) { b.log.earlier->hashes.push_back({}); }, CheckName::Consistency);
    expect_found([](Bundle& b) { b.log.earlier->note = b.log.checkpoint; }, CheckName::Consistency);
    expect_found([](Bundle& b) { b.log.checkpoint += "— kapok.example/log AAAAAAAA\n"; },
                 CheckName::Checkpoint);
    expect_found([](Bundle& b) { b.header.origin = "other.example/log"; }, CheckName::Checkpoint);
}

// A node's numbers may be absurd, since a stranger can sign anything: then they are refused, and
// nothing overflows on the way.
TEST_P(ForgeryTest, AbsurdNumbersAreRefused) {
    expect_found(
        [](Bundle& b) {
            json::object snapshot = json::parse(b.rounds[0].snapshot).as_object();
            for (auto& item : snapshot.at("queue").as_array()) {
                item.as_object()["cpu_milli"] = audit_max();
                item.as_object()["time_limit_ms"] = audit_max();
            }
            b.rounds[0].snapshot = audit::canonical_json(snapshot).value();
        },
        CheckName::Decisions);
    expect_found(
        [](Bundle& b) {
            json::object policy = json::parse(b.rounds[0].policy).as_object();
            policy["weight_fit"] = audit_max();
            b.rounds[0].policy = audit::canonical_json(policy).value();
        },
        CheckName::Decisions);
    expect_found([](Bundle& b) { b.bills[0].closing.credits_posted = INT64_MAX; },
                 CheckName::Balances);
    expect_found(
        [](Bundle& b) {
            for (exchange::Charge& charge : b.bills[0].charges) {
                charge.amount = cny(INT64_MAX);
            }
        },
        CheckName::Settlements);
    expect_found(
        [](Bundle& b) {
            for (ledger::Entry& entry : b.bills[0].entries) {
                entry.record.transfer.amount = INT64_MAX;
            }
        },
        CheckName::Balances);
}

INSTANTIATE_KAPOK_DATABASES(ForgeryTest);
INSTANTIATE_KAPOK_DATABASES(ForgerySmTest);

}  // namespace
}  // namespace kapok::app::evidence
