#include "app/evidence/verify.h"

#include <algorithm>
#include <utility>

#include "app/evidence/errors.h"
#include "app/evidence/log_view.h"
#include "app/evidence/sealing.h"
#include "app/evidence/verify_bill.h"
#include "app/evidence/verify_compute.h"
#include "app/evidence/verify_log.h"

namespace kapok::app::evidence {
namespace {

namespace crypto = platform::crypto;

Check check_signer(const Header& header, const std::optional<crypto::PublicKey>& trusted) {
    Check check{.name = CheckName::Signer};
    if (!trusted) {
        check.outcome = Outcome::Skipped;
        return check;
    }
    if (header.public_key == trusted->text()) {
        check.judge({});
    } else {
        check.judge(core::fail(kOtherSigner, {{"actual", header.public_key.substr(0, 128)},
                                              {"expected", trusted->text()}}));
    }
    return check;
}

void check_content(const Bundle& bundle, const crypto::PublicKey& key, Report& report) {
    const LogView log(bundle.log);
    const auto add = [&](Check check) { report.checks.push_back(std::move(check)); };
    add(check_checkpoint(bundle, key));
    add(check_consistency(bundle, key));
    add(check_inclusion(bundle, key));
    add(check_measurements(bundle, log));
    add(check_grades(bundle, log));
    add(check_decisions(bundle, log));
    add(check_prices(bundle, log));
    add(check_usage(bundle, log));
    add(check_rating(bundle));
    add(check_settlements(bundle));
    add(check_transfers(bundle, log));
    add(check_balances(bundle));
    add(check_statement(bundle));
    add(check_trial_balance(bundle));
}

}  // namespace

bool Report::passed() const noexcept {
    return std::ranges::none_of(
        checks, [](const Check& check) { return check.outcome == Outcome::Failed; });
}

Report verify(std::string_view file, const std::optional<crypto::PublicKey>& trusted) {
    Report report;
    Check format{.name = CheckName::Format};
    const auto sealed = open_sealed(file);
    format.judge(sealed ? core::Result<void>() : std::unexpected(sealed.error()));
    report.checks.push_back(std::move(format));
    if (!sealed) {
        return report;
    }
    report.header = sealed->bundle.header;
    Check signature{.name = CheckName::Signature};
    const auto key = verify_seal(*sealed);
    signature.judge(key ? core::Result<void>() : std::unexpected(key.error()));
    report.checks.push_back(std::move(signature));
    report.checks.push_back(check_signer(sealed->bundle.header, trusted));
    report.signer_checked = trusted.has_value();
    if (key) {  // What nobody has signed is nobody's claim.
        check_content(sealed->bundle, *key, report);
    }
    return report;
}

}  // namespace kapok::app::evidence
