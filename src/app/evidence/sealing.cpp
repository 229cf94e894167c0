#include "app/evidence/sealing.h"

#include <algorithm>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "app/evidence/bundle_json.h"
#include "app/evidence/errors.h"
#include "app/evidence/limits.h"
#include "audit/canonical.h"
#include "compute/json_fields.h"
#include "platform/crypto/encoding.h"

namespace kapok::app::evidence {
namespace {

namespace crypto = platform::crypto;
namespace json = boost::json;

constexpr std::string_view kLabel = "kapok evidence v1\n";

std::unexpected<core::Error> bad(std::string reason) {
    return core::fail(kBadFile, {{"reason", std::move(reason)}});
}

std::unexpected<core::Error> bad(const core::Error& error) {
    return bad(core::render(error, core::Language::En));
}

struct Envelope {
    json::object bundle;
    std::string signature;
};

core::Result<Envelope> parse_envelope(std::string_view file) {
    if (file.size() > kBundleBytesMax) {
        return core::fail(kTooMuch,
                          {{"expected", std::to_string(kBundleBytesMax)}, {"what", "byte"}});
    }
    boost::system::error_code fault;
    json::value value = json::parse(file, fault);
    if (fault) {
        return bad(fault.message());
    }
    const auto again = audit::canonical_json(value);
    if (!again) {
        return bad(again.error());
    }
    if (*again != file) {
        return bad("not canonical");
    }
    return compute::read_document(value, [](compute::JsonFields& fields) {
        return Envelope{fields.object("bundle"), fields.text("signature")};
    });
}

}  // namespace

core::Result<std::string> seal(const Bundle& bundle, const crypto::PrivateKey& key) {
    const auto body = audit::canonical_json(to_json(bundle));
    if (!body) {
        return std::unexpected(body.error());
    }
    const std::string message = std::string(kLabel) + *body;
    const std::string signature = crypto::to_base64url(key.sign(crypto::bytes_of(message)));
    std::string file = R"({"bundle":)" + *body + R"(,"signature":")" + signature + R"("})";
    if (file.size() > kBundleBytesMax) {
        return core::fail(kTooMuch,
                          {{"expected", std::to_string(kBundleBytesMax)}, {"what", "byte"}});
    }
    return file;
}

core::Result<Sealed> open_sealed(std::string_view file) {
    const auto envelope = parse_envelope(file);
    if (!envelope) {
        return envelope.error().code() == kBadFile || envelope.error().code() == kTooMuch
                   ? std::unexpected(envelope.error())
                   : bad(envelope.error());
    }
    auto bundle = bundle_from_json(envelope->bundle);
    if (!bundle) {
        return bad(bundle.error());
    }
    const auto signature = crypto::from_base64url(envelope->signature);
    Sealed sealed{*std::move(bundle), std::string(kLabel), {}};
    if (!signature || signature->size() != sealed.signature.size()) {
        return bad("/signature");
    }
    std::ranges::copy(*signature, sealed.signature.begin());
    const auto body = audit::canonical_json(envelope->bundle);
    if (!body) {
        return bad(body.error());
    }
    sealed.message += *body;
    return sealed;
}

core::Result<crypto::PublicKey> verify_seal(const Sealed& sealed) {
    const std::string& name = sealed.bundle.header.public_key;
    auto key = crypto::PublicKey::parse(name);
    if (!key || key->text() != name ||
        !key->verify(crypto::bytes_of(sealed.message), sealed.signature)) {
        return core::fail(kBadSignature, {{"key", name.substr(0, 128)}});
    }
    return key;
}

}  // namespace kapok::app::evidence
