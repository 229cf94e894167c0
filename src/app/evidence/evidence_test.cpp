// Goal: what real modules did becomes a bundle that holds; whoever may not see the bill gets none;
// and nobody learns of others by it.

#include <cstdlib>
#include <fstream>

#include "app/evidence/bundle_json.h"
#include "app/evidence/errors.h"
#include "app/evidence/evidence_world.h"
#include "audit/canonical.h"

namespace kapok::app::evidence {
namespace {

using identity::code_of;

class EvidenceTest : public EvidenceWorld {
protected:
    explicit EvidenceTest(Suite suite = Suite::Intl) : EvidenceWorld(suite) {}

    void expect_whole() {
        live();
        const auto file = fetch("auditor");
        ASSERT_TRUE(file) << core::render(file.error(), core::Language::En);
        const Report report = verify(*file, signer_.public_key());
        EXPECT_TRUE(report.passed()) << failed_checks(report);
        EXPECT_TRUE(report.signer_checked);
        EXPECT_EQ(report.checks.size(), kChecks.size());
        EXPECT_EQ(count_of(report, CheckName::Measurements), 1U);
        EXPECT_EQ(count_of(report, CheckName::Grades), 1U);
        EXPECT_EQ(count_of(report, CheckName::Decisions), 2U);  // It waits, then starts.
        EXPECT_EQ(count_of(report, CheckName::Rating), 6U);
        EXPECT_EQ(count_of(report, CheckName::Settlements), 4U);
        EXPECT_EQ(count_of(report, CheckName::Transfers), 7U);
        EXPECT_EQ(count_of(report, CheckName::Statement), 1U);
        EXPECT_GE(count_of(report, CheckName::Inclusion), 15U);
        keep_as_fixture(*file);
    }

    // Bundles that people keep must hold for ever, so some are kept here too; golden_test.cpp
    // checks them. A new version of the format adds files, and changes none.
    void keep_as_fixture(const std::string& file) {
        if (const char* folder = std::getenv("KAPOK_EVIDENCE_FIXTURES")) {
            const std::string name =
                std::string(platform::crypto::to_text(signer_.public_key().suite())) + "-" +
                std::to_string(Bundle::kVersion);
            std::ofstream(std::filesystem::path(folder) / (name + ".json")) << file;
            std::ofstream(std::filesystem::path(folder) / (name + ".key"))
                << signer_.public_key().text() << '\n';
        }
    }
};

class EvidenceSmTest : public EvidenceTest {
protected:
    EvidenceSmTest() : EvidenceTest(Suite::Sm) {}
};

TEST_P(EvidenceTest, HoldsForAllThatHappened) {
    expect_whole();
}
TEST_P(EvidenceSmTest, HoldsForAllThatHappened) {
    expect_whole();
}

TEST_P(EvidenceTest, HoldsForEachPeriodAndTheBillsGoOnFromEachOther) {
    live();
    const auto first = fetch("boss", core::Timestamp(), middle_);
    const auto second = fetch("boss", middle_);
    ASSERT_TRUE(first && second);
    for (const auto& file : {*first, *second}) {
        const Report report = verify(file, signer_.public_key());
        EXPECT_TRUE(report.passed()) << failed_checks(report);
    }
    const Bundle one = open_sealed(*first)->bundle;
    const Bundle two = open_sealed(*second)->bundle;
    EXPECT_EQ(one.bills.at(0).closing, two.bills.at(0).opening);
    EXPECT_EQ(one.bills.at(0).statement.closing, two.bills.at(0).statement.opening);
    EXPECT_EQ(one.bills.at(0).statement.paid_in, cny(50'000'000));
    EXPECT_EQ(one.bills.at(0).statement.credit, cny(7'000'000));
    EXPECT_EQ(two.bills.at(0).statement.paid_in, cny(0));
    EXPECT_EQ(two.bills.at(0).statement.credit, cny(-4'000'000));
    EXPECT_EQ(one.bills.at(0).charges.size() + two.bills.at(0).charges.size(), 6U);
    EXPECT_EQ(one.decisions.size() + two.decisions.size(), 2U);
    EXPECT_TRUE(two.log.earlier.has_value());
}

TEST_P(EvidenceTest, HoldsBeforeAnythingHappened) {
    cover();
    const auto file = fetch("boss");
    ASSERT_TRUE(file);
    const Report report = verify(*file, signer_.public_key());
    EXPECT_TRUE(report.passed()) << failed_checks(report);
    EXPECT_EQ(count_of(report, CheckName::Rating), 0U);
}

TEST_P(EvidenceTest, IsForThoseWhoMaySeeTheBill) {
    live();
    EXPECT_EQ(code_of(fetch("rivalboss")), "identity.not_found");
    EXPECT_TRUE(fetch("consumer"));
    EXPECT_TRUE(fetch("admin"));
    EXPECT_EQ(code_of(fetch("boss", clock().now(), middle_)), "exchange.bad_period");
    project_ = make_id<core::ProjectId>();
    EXPECT_EQ(code_of(fetch("admin")), "identity.not_found");
}

TEST_P(EvidenceTest, SaysNothingOfOthersButTotals) {
    live();
    const std::string file = fetch("auditor").value();
    for (const std::string& secret :
         {rival_.text(), rivals_.text(), theirs_.text(), std::string("rivalboss")}) {
        EXPECT_EQ(file.find(secret), file.npos) << secret;
    }
    EXPECT_NE(file.find(mine_.text()), file.npos);
    EXPECT_FALSE(open_sealed(file)->bundle.trial_balance.accounts.has_value());
    const auto whole = open_sealed(fetch("admin").value());
    EXPECT_GE(whole->bundle.trial_balance.accounts->size(), 4U);
}

TEST_P(EvidenceTest, WaitsForTheLogOrSaysSo) {
    live();
    pay(project_, company_, 1'000'000);  // Its event has no number yet.
    clock().advance(std::chrono::seconds(1));
    const auto file = fetch("boss");  // In the end without it.
    ASSERT_TRUE(file);
    EXPECT_TRUE(has_failed(verify(*file, {}), CheckName::Transfers));
    cover();
    EXPECT_TRUE(verify(fetch("boss").value(), signer_.public_key()).passed());
}

TEST_P(EvidenceTest, GoesOnFromACheckpointThatTheAskerHasKept) {
    cover();
    const auto kept = database().read_blocking(
        [](platform::db::Reader& reader) { return audit::newest_checkpoint(reader); });
    const std::uint64_t size = kept.value()->head.size;
    live();
    EvidenceRequest request{project_, {}, clock().now(), size};
    const auto file = run(service_->export_bundle(as("boss"), request));
    ASSERT_TRUE(file);
    EXPECT_EQ(open_sealed(*file)->bundle.log.earlier->note, kept.value()->note);
    EXPECT_TRUE(verify(*file, signer_.public_key()).passed());
    request.kept = size + 1'000'000;
    EXPECT_EQ(code_of(run(service_->export_bundle(as("boss"), request))),
              "audit.unknown_checkpoint");
}

TEST_P(EvidenceTest, IsReadAsItWasWritten) {
    live();
    const std::string file = fetch("admin").value();
    const Sealed sealed = open_sealed(file).value();
    const std::string again = audit::canonical_json(to_json(sealed.bundle)).value();
    EXPECT_EQ(sealed.message, "kapok evidence v1\n" + again);
}

// As bundles were before a statement had a line for credit.
TEST_P(EvidenceTest, ABundleOfVersionOneCountsCreditInWhatWasPaidIn) {
    live();
    Bundle bundle = open_sealed(fetch("boss").value()).value().bundle;
    bundle.version = 1;
    EXPECT_TRUE(has_failed(verify(seal(bundle, signer_).value(), signer_.public_key()),
                           CheckName::Statement));
    exchange::Statement& statement = bundle.bills.at(0).statement;
    statement.paid_in = core::add(statement.paid_in, statement.credit).value();
    const std::string file = seal(bundle, signer_).value();
    EXPECT_EQ(file.find("\"credit\":\"3"), file.npos);
    const Report report = verify(file, signer_.public_key());
    EXPECT_TRUE(report.passed()) << failed_checks(report);
    for (const std::int64_t version : {0, 3}) {
        bundle.version = version;
        EXPECT_TRUE(has_failed(verify(seal(bundle, signer_).value(), signer_.public_key()),
                               CheckName::Format))
            << version;
    }
}

INSTANTIATE_KAPOK_DATABASES(EvidenceTest);
INSTANTIATE_KAPOK_DATABASES(EvidenceSmTest);

}  // namespace
}  // namespace kapok::app::evidence
