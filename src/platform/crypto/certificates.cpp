#include "platform/crypto/certificates.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/pem.h>

#include "core/timestamp.h"
#include "platform/crypto/ec_key.h"
#include "platform/crypto/encoding.h"
#include "platform/crypto/errors.h"
#include "platform/crypto/hash.h"
#include "platform/crypto/limits.h"

namespace kapok::platform::crypto {
namespace {

using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Request = std::unique_ptr<X509_REQ, Freer<X509_REQ_free>>;
using Name = std::unique_ptr<X509_NAME, Freer<X509_NAME_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>>;
using Store = std::unique_ptr<X509_STORE, Freer<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freer<X509_STORE_CTX_free>>;
using AlternativeNames = std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES_free>>;
using OctetString = std::unique_ptr<ASN1_OCTET_STRING, Freer<ASN1_OCTET_STRING_free>>;

std::unexpected<core::Error> bad_name(std::string_view name) {
    return core::fail(kBadName, {{"name", std::string(name.substr(0, kCommonNameBytesMax))},
                                 {"limit", std::to_string(kCommonNameBytesMax)}});
}

bool is_common_name(std::string_view name) {
    return !name.empty() && name.size() <= kCommonNameBytesMax &&
           std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~'; });
}

// RFC 1123 host names; a wildcard may stand for the first label.
bool is_dns_name(std::string_view name) {
    if (name.starts_with("*.")) {
        name.remove_prefix(2);
    }
    if (name.empty() || name.size() > 253) {
        return false;
    }
    std::size_t label = 0;
    char last = '.';
    for (const char c : name) {
        const bool alphanumeric = std::isalnum(static_cast<unsigned char>(c)) != 0;
        const bool fits = c == '.' ? label > 0 && last != '-'
                                   : label < 63 && (alphanumeric || (c == '-' && label > 0));
        if (!fits) {
            return false;
        }
        label = c == '.' ? 0 : label + 1;
        last = c;
    }
    return label > 0 && last != '-';
}

Bytes address_of(const std::string& text) {
    Bytes bytes(16);
    if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) {
        return bytes;
    }
    bytes.resize(4);
    if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
        return bytes;
    }
    return {};
}

EvpKey make_key(core::Random& random) {
    return ensured(key_of_scalar(Curve::P256, draw_scalar(Curve::P256, random)), "P-256");
}

core::Secret private_pem(const EvpKey& key) {
    const Bio bio = writer();
    ensure(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                         nullptr) == 1,
           "PEM");
    return core::Secret(written(bio));
}

std::string to_pem(const Certificate& certificate) {
    const Bio bio = writer();
    ensure(PEM_write_bio_X509(bio.get(), certificate.get()) == 1, "PEM");
    return written(bio);
}

Name name_of(std::string_view common_name) {
    Name name(X509_NAME_new());
    ensure(name && X509_NAME_add_entry_by_txt(
                       name.get(), "CN", MBSTRING_UTF8,
                       reinterpret_cast<const unsigned char*>(common_name.data()),
                       static_cast<int>(common_name.size()), -1, 0) == 1,
           "name");
    return name;
}

std::time_t seconds_of(core::Timestamp time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// 127 random bits: positive, and as unpredictable as RFC 5280 and the CA/Browser Forum ask for.
void set_serial(X509* certificate, core::Random& random) {
    std::array<std::byte, 16> bytes;
    random.fill(bytes);
    bytes[0] = (bytes[0] & std::byte{0x7F}) | std::byte{0x40};
    const BigNumber number(BN_bin2bn(octets(ByteView(bytes)), bytes.size(), nullptr));
    ensure(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)),
           "serial number");
}

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    ensure(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

void add_alternative_names(X509* certificate, const std::vector<std::string>& names) {
    const AlternativeNames list(GENERAL_NAMES_new());
    ensure(list != nullptr, "names");
    for (const std::string& name : names) {
        const Bytes address = address_of(name);
        const OctetString value(address.empty() ? ASN1_IA5STRING_new() : ASN1_OCTET_STRING_new());
        const ByteView bytes = address.empty() ? bytes_of(name) : ByteView(address);
        GENERAL_NAME* const entry = GENERAL_NAME_new();
        ensure(value && entry &&
                   ASN1_STRING_set(value.get(), bytes.data(), static_cast<int>(bytes.size())) &&
                   sk_GENERAL_NAME_push(list.get(), entry) > 0,
               "names");
        GENERAL_NAME_set0_value(entry, address.empty() ? GEN_DNS : GEN_IPADD,
                                ASN1_STRING_dup(value.get()));
    }
    ensure(X509_add1_ext_i2d(certificate, NID_subject_alt_name, list.get(), 0,
                             X509V3_ADD_DEFAULT) == 1,
           "names");
}

struct Draft {
    std::string_view common_name;
    EVP_PKEY* key;
    std::chrono::seconds validity;
};

// A certificate without extensions and signature. `issuer` is null for one that signs itself.
Certificate start(const Draft& draft, X509* issuer, const core::Clock& clock,
                  core::Random& random) {
    Certificate certificate(X509_new());
    const Name subject = name_of(draft.common_name);
    X509* const raw = certificate.get();
    const core::Timestamp now = clock.now();
    ensure(raw && X509_set_version(raw, X509_VERSION_3) == 1, "certificate");
    set_serial(raw, random);
    ensure(X509_set_subject_name(raw, subject.get()) == 1 &&
               X509_set_issuer_name(
                   raw, issuer == nullptr ? subject.get() : X509_get_subject_name(issuer)) == 1 &&
               ASN1_TIME_set(X509_getm_notBefore(raw), seconds_of(now - kClockSkew)) &&
               ASN1_TIME_set(X509_getm_notAfter(raw), seconds_of(now + draft.validity)) &&
               X509_set_pubkey(raw, draft.key) == 1,
           "certificate");
    return certificate;
}

void sign(X509* certificate, EVP_PKEY* key) {
    ensure(X509_sign(certificate, key, EVP_sha256()) > 0, "certificate signature");
}

Certificate read_certificate(std::string_view pem) {
    Certificate certificate(
        pem.size() <= kPemBytesMax
            ? PEM_read_bio_X509(reader_of(pem).get(), nullptr, no_passphrase, nullptr)
            : nullptr);
    ERR_clear_error();
    return certificate;
}

// The request's own signature proves that its sender has the key.
std::optional<EvpKey> key_of_request(std::string_view pem) {
    const Request request(
        pem.size() <= kPemBytesMax
            ? PEM_read_bio_X509_REQ(reader_of(pem).get(), nullptr, no_passphrase, nullptr)
            : nullptr);
    EvpKey key(request ? X509_REQ_get_pubkey(request.get()) : nullptr);
    const bool valid =
        key && is_on(Curve::P256, key.get()) && X509_REQ_verify(request.get(), key.get()) == 1;
    ERR_clear_error();
    return valid ? std::optional(std::move(key)) : std::nullopt;
}

std::string common_name_of(const X509_NAME* name) {
    const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (index < 0) {
        return {};
    }
    unsigned char* text = nullptr;
    const int size =
        ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
    std::string common_name(reinterpret_cast<char*>(text),
                            static_cast<std::size_t>(std::max(size, 0)));
    OPENSSL_free(text);
    return common_name;
}

core::Timestamp time_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) {
        ERR_clear_error();
        return {};
    }
    return core::Timestamp(std::chrono::seconds(::timegm(&parts)));
}

void read_alternative_names(const X509* certificate, CertificateInfo& info) {
    const AlternativeNames names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        int type = 0;
        const auto* value = static_cast<const ASN1_STRING*>(
            GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type));
        if (type == GEN_DNS) {
            info.dns_names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                                        static_cast<std::size_t>(ASN1_STRING_length(value)));
        }
        if (type == GEN_IPADD) {
            char text[INET6_ADDRSTRLEN] = {};
            const int family = ASN1_STRING_length(value) == 4 ? AF_INET : AF_INET6;
            ::inet_ntop(family, ASN1_STRING_get0_data(value), text, sizeof text);
            info.ip_addresses.emplace_back(text);
        }
    }
}

CertificateInfo info_of(X509* certificate) {
    CertificateInfo info;
    info.common_name = common_name_of(X509_get_subject_name(certificate));
    info.issuer_common_name = common_name_of(X509_get_issuer_name(certificate));
    const BigNumber serial(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
    ensure(serial != nullptr, "serial number");
    Bytes digits(static_cast<std::size_t>(BN_num_bytes(serial.get())));
    BN_bn2bin(serial.get(), writable(digits));
    info.serial = to_hex(digits);
    Digest digest;
    unsigned int size = digest.size();
    ensure(X509_digest(certificate, EVP_sha256(), writable(digest), &size) == 1, "digest");
    info.fingerprint = to_hex(digest);
    info.not_before = time_of(X509_get0_notBefore(certificate));
    info.not_after = time_of(X509_get0_notAfter(certificate));
    info.is_authority = X509_check_ca(certificate) == 1;
    read_alternative_names(certificate, info);
    ERR_clear_error();
    return info;
}

}  // namespace

struct CertificateAuthority::Parts {
    std::string pem;
    Certificate certificate;
    EvpKey key;
};

CertificateAuthority::CertificateAuthority(std::unique_ptr<const Parts> parts)
    : parts_(std::move(parts)) {}
CertificateAuthority::CertificateAuthority(CertificateAuthority&&) noexcept = default;
CertificateAuthority& CertificateAuthority::operator=(CertificateAuthority&&) noexcept = default;
CertificateAuthority::~CertificateAuthority() = default;

core::Result<CertifiedKey> CertificateAuthority::create(std::string_view common_name,
                                                        std::chrono::seconds validity,
                                                        const core::Clock& clock,
                                                        core::Random& random) {
    if (!is_common_name(common_name)) {
        return bad_name(common_name);
    }
    const EvpKey key = make_key(random);
    const Certificate certificate =
        start({common_name, key.get(), validity}, nullptr, clock, random);
    X509* const raw = certificate.get();
    add_extension(raw, raw, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(raw, raw, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(raw, raw, NID_subject_key_identifier, "hash");
    sign(raw, key.get());
    return CertifiedKey{private_pem(key), to_pem(certificate)};
}

core::Result<CertificateAuthority> CertificateAuthority::load(const CertifiedKey& authority) {
    Certificate certificate = read_certificate(authority.certificate_pem);
    if (!certificate || X509_check_ca(certificate.get()) != 1) {
        return core::fail(kBadCertificate);
    }
    const auto pem = authority.private_key_pem.reveal();
    EvpKey key(pem.size() <= kPemBytesMax
                   ? PEM_read_bio_PrivateKey(reader_of(pem).get(), nullptr, no_passphrase, nullptr)
                   : nullptr);
    const bool belongs = key && X509_check_private_key(certificate.get(), key.get()) == 1;
    ERR_clear_error();
    if (!belongs) {
        return core::fail(kBadKey, {{"expected", "PEM PRIVATE KEY (P-256)"}});
    }
    return CertificateAuthority(std::make_unique<const Parts>(
        Parts{authority.certificate_pem, std::move(certificate), std::move(key)}));
}

const std::string& CertificateAuthority::certificate_pem() const noexcept {
    return parts_->pem;
}

core::Result<CertifiedKey> CertificateAuthority::issue_server(const std::vector<std::string>& names,
                                                              std::chrono::seconds validity,
                                                              const core::Clock& clock,
                                                              core::Random& random) const {
    if (names.empty() || names.size() > kSubjectNamesMax) {
        return bad_name("");
    }
    for (const std::string& name : names) {
        if (name.find('\0') != std::string::npos ||
            (address_of(name).empty() && !is_dns_name(name))) {
            return bad_name(name);
        }
    }
    const EvpKey key = make_key(random);
    // A long DNS name does not fit a common name; clients look at the alternative names only.
    const std::string common_name = is_common_name(names.front()) ? names.front() : "server";
    const Certificate certificate =
        start({common_name, key.get(), validity}, parts_->certificate.get(), clock, random);
    X509* const raw = certificate.get();
    X509* const issuer = parts_->certificate.get();
    add_extension(raw, issuer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(raw, issuer, NID_key_usage, "critical,digitalSignature");
    add_extension(raw, issuer, NID_ext_key_usage, "serverAuth");
    add_extension(raw, issuer, NID_subject_key_identifier, "hash");
    add_extension(raw, issuer, NID_authority_key_identifier, "keyid:always");
    add_alternative_names(raw, names);
    sign(raw, parts_->key.get());
    return CertifiedKey{private_pem(key), to_pem(certificate)};
}

core::Result<std::string> CertificateAuthority::issue_agent(std::string_view request_pem,
                                                            std::string_view agent_id,
                                                            std::chrono::seconds validity,
                                                            const core::Clock& clock,
                                                            core::Random& random) const {
    if (!is_common_name(agent_id)) {
        return bad_name(agent_id);
    }
    const auto key = key_of_request(request_pem);
    if (!key) {
        return core::fail(kBadRequest);
    }
    X509* const issuer = parts_->certificate.get();
    const Certificate certificate = start({agent_id, key->get(), validity}, issuer, clock, random);
    X509* const raw = certificate.get();
    add_extension(raw, issuer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(raw, issuer, NID_key_usage, "critical,digitalSignature");
    add_extension(raw, issuer, NID_ext_key_usage, "clientAuth");
    add_extension(raw, issuer, NID_subject_key_identifier, "hash");
    add_extension(raw, issuer, NID_authority_key_identifier, "keyid:always");
    sign(raw, parts_->key.get());
    return to_pem(certificate);
}

core::Result<KeyRequest> make_key_request(std::string_view common_name, core::Random& random) {
    if (!is_common_name(common_name)) {
        return bad_name(common_name);
    }
    const EvpKey key = make_key(random);
    const Request request(X509_REQ_new());
    const Name name = name_of(common_name);
    const Bio bio = writer();
    ensure(request && X509_REQ_set_subject_name(request.get(), name.get()) == 1 &&
               X509_REQ_set_pubkey(request.get(), key.get()) == 1 &&
               X509_REQ_sign(request.get(), key.get(), EVP_sha256()) > 0 &&
               PEM_write_bio_X509_REQ(bio.get(), request.get()) == 1,
           "certificate request");
    return KeyRequest{private_pem(key), written(bio)};
}

core::Result<CertificateInfo> parse_certificate(std::string_view pem) {
    const Certificate certificate = read_certificate(pem);
    if (!certificate) {
        return core::fail(kBadCertificate);
    }
    return info_of(certificate.get());
}

core::Result<std::string> certificate_pem_of_der(ByteView der) {
    const unsigned char* cursor = octets(der);
    const Certificate certificate(der.size() <= kPemBytesMax
                                      ? d2i_X509(nullptr, &cursor, static_cast<long>(der.size()))
                                      : nullptr);
    ERR_clear_error();
    if (!certificate || cursor != octets(der) + der.size()) {
        return core::fail(kBadCertificate);
    }
    return to_pem(certificate);
}

core::Result<CertificateInfo> verify_certificate(std::string_view authority_pem,
                                                 std::string_view certificate_pem,
                                                 CertificateUse use, core::Timestamp now) {
    const Certificate authority = read_certificate(authority_pem);
    const Certificate certificate = read_certificate(certificate_pem);
    if (!authority || !certificate) {
        return core::fail(kBadCertificate);
    }
    const Store store(X509_STORE_new());
    const StoreContext context(X509_STORE_CTX_new());
    ensure(store && context && X509_STORE_add_cert(store.get(), authority.get()) == 1 &&
               X509_STORE_CTX_init(context.get(), store.get(), certificate.get(), nullptr) == 1,
           "certificate store");
    X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_time(parameters, seconds_of(now));
    X509_VERIFY_PARAM_set_purpose(parameters, use == CertificateUse::Server
                                                  ? X509_PURPOSE_SSL_SERVER
                                                  : X509_PURPOSE_SSL_CLIENT);
    const bool valid = X509_verify_cert(context.get()) == 1;
    const int reason = X509_STORE_CTX_get_error(context.get());
    ERR_clear_error();
    CertificateInfo info = info_of(certificate.get());
    if (reason == X509_V_ERR_CERT_HAS_EXPIRED || reason == X509_V_ERR_CERT_NOT_YET_VALID) {
        return core::fail(kExpiredCertificate, {{"from", core::to_rfc3339(info.not_before)},
                                                {"until", core::to_rfc3339(info.not_after)},
                                                {"now", core::to_rfc3339(now)}});
    }
    // A trusted certificate in the leaf's place, as the authority itself, proves no agent.
    if (!valid || info.is_authority) {
        return core::fail(kUntrustedCertificate,
                          {{"reason", X509_verify_cert_error_string(reason)}});
    }
    return info;
}

}  // namespace kapok::platform::crypto
