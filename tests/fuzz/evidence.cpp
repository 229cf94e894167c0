// Fuzzes `kapok verify` with bundles that somebody else wrote.
//
//     fuzz_evidence -max_total_time=60 tests/fixtures/evidence
//
// Each input is tried as a file, which must not hold, since the trusted key has signed none; and,
// if its `bundle` can be read, signed anew by that key, so that every check sees what it says.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <boost/json/parse.hpp>

#include "app/evidence/bundle_json.h"
#include "app/evidence/sealing.h"
#include "app/evidence/verify.h"
#include "core/random.h"

namespace {

namespace evidence = kapok::app::evidence;

const kapok::platform::crypto::PrivateKey& own_key() {
    static kapok::core::SeededRandom random(7);
    static const auto kKey =
        kapok::platform::crypto::PrivateKey::make(kapok::platform::crypto::Suite::Intl, random);
    return kKey;
}

void check_signed_anew(std::string_view input) {
    boost::system::error_code fault;
    const boost::json::value value = boost::json::parse(input, fault);
    const auto* envelope = fault ? nullptr : value.if_object();
    const auto* content = envelope == nullptr ? nullptr : envelope->if_contains("bundle");
    if (content == nullptr || !content->is_object()) {
        return;
    }
    auto bundle = evidence::bundle_from_json(content->get_object());
    if (!bundle) {
        return;
    }
    bundle->header.public_key = own_key().public_key().text();
    const auto file = evidence::seal(*bundle, own_key());
    if (file && evidence::verify(*file, own_key().public_key()).passed()) {
        std::abort();  // Its checkpoint is somebody else's.
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (evidence::verify(input, own_key().public_key()).passed()) {
        std::abort();  // We never signed any.
    }
    check_signed_anew(input);
    return 0;
}
