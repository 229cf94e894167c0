#include "platform/http/tls_context.h"

#include <memory>
#include <string_view>

#include <boost/asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "platform/errors.h"
#include "platform/http/utf8.h"

namespace kapok::platform::http {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

// Of TLS 1.2: what has forward secrecy and authenticated encryption. All of TLS 1.3 has both.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

core::Result<void> outcome(std::string_view part, const error_code& failure) {
    if (failure) {
        return core::fail(kBadCertificate,
                          {{"part", std::string(part)}, {"reason", failure.message()}});
    }
    return {};
}

core::Result<TlsContext> base_context(ssl::context::method method) {
    auto context = std::make_shared<ssl::context>(method);
    SSL_CTX* native = context->native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    // A resumed session would carry an identity past the check of its certificate.
    SSL_CTX_set_options(native, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    return context;
}

core::Result<void> use_identity(ssl::context& context, const std::string& certificate,
                                const core::Secret& key) {
    error_code failure;
    context.use_certificate_chain(boost::asio::buffer(certificate), failure);
    if (auto used = outcome("certificate_pem", failure); !used) {
        return used;
    }
    const std::string_view text = key.reveal();
    context.use_private_key(boost::asio::buffer(text.data(), text.size()), ssl::context::pem,
                            failure);
    if (auto used = outcome("key_pem", failure); !used) {
        return used;
    }
    if (SSL_CTX_check_private_key(context.native_handle()) != 1) {
        return core::fail(kBadCertificate,
                          {{"part", "key_pem"}, {"reason", "it is not the certificate's key"}});
    }
    return {};
}

core::Result<void> trust(ssl::context& context, const std::string& ca, std::string_view part) {
    error_code failure;
    context.add_certificate_authority(boost::asio::buffer(ca), failure);
    return outcome(part, failure);
}

// What OpenSSL left in this thread's queue would be taken for the next operation's error.
class CleanErrors {
public:
    CleanErrors() { ERR_clear_error(); }
    ~CleanErrors() { ERR_clear_error(); }
    CleanErrors(const CleanErrors&) = delete;
    CleanErrors& operator=(const CleanErrors&) = delete;
};

// Of the client's own certificate only: its issuer's must hold.
bool is_good_but_for_its_end(bool good, ssl::verify_context& verification) {
    X509_STORE_CTX* chain = verification.native_handle();
    if (good || X509_STORE_CTX_get_error_depth(chain) != 0 ||
        X509_STORE_CTX_get_error(chain) != X509_V_ERR_CERT_HAS_EXPIRED) {
        return good;
    }
    X509_STORE_CTX_set_error(chain, X509_V_OK);
    return true;
}

}  // namespace

core::Result<TlsContext> make_context(const ServerTls& tls) {
    const CleanErrors clean;
    auto context = base_context(ssl::context::tls_server);
    if (SSL_CTX_set_cipher_list((*context)->native_handle(), kCiphers) != 1) {
        return core::fail(kBadCertificate, {{"part", "ciphers"}, {"reason", "OpenSSL has none"}});
    }
    if (auto used = use_identity(**context, tls.certificate_pem, tls.key_pem); !used) {
        return std::unexpected(used.error());
    }
    if (tls.client_certificates == ClientCertificates::None) {
        (*context)->set_verify_mode(ssl::verify_none);
        return context;
    }
    if (auto used = trust(**context, tls.client_ca_pem, "client_ca_pem"); !used) {
        return std::unexpected(used.error());
    }
    if (tls.take_ended_certificates) {
        (*context)->set_verify_callback(is_good_but_for_its_end);
    }
    const bool required = tls.client_certificates == ClientCertificates::Required;
    (*context)->set_verify_mode(required ? ssl::verify_peer | ssl::verify_fail_if_no_peer_cert
                                         : ssl::verify_peer);
    return context;
}

core::Result<TlsContext> make_context(const ClientTls& tls) {
    const CleanErrors clean;
    auto context = base_context(ssl::context::tls_client);
    (*context)->set_verify_mode(ssl::verify_peer);
    if (tls.ca_pem.empty()) {
        error_code failure;
        (*context)->set_default_verify_paths(failure);
        if (auto used = outcome("the system's store", failure); !used) {
            return std::unexpected(used.error());
        }
    } else if (auto used = trust(**context, tls.ca_pem, "ca_pem"); !used) {
        return std::unexpected(used.error());
    }
    if (!tls.certificate_pem.empty()) {
        if (auto used = use_identity(**context, tls.certificate_pem, tls.key_pem); !used) {
            return std::unexpected(used.error());
        }
    }
    return context;
}

std::string peer_name(SSL* tls) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(tls),
                                                                  &X509_free);
    if (!certificate || SSL_get_verify_result(tls) != X509_V_OK) {
        return {};
    }
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    const int place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (place < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, place) >= 0) {
        return {};
    }
    unsigned char* bytes = nullptr;
    const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place));
    const int size = ASN1_STRING_to_UTF8(&bytes, value);
    if (size < 0) {
        return {};
    }
    std::string name(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return printable(name) == name ? name : std::string();
}

std::optional<core::Timestamp> peer_ended_at(SSL* tls) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(tls),
                                                                  &X509_free);
    if (!certificate || X509_cmp_current_time(X509_get0_notAfter(certificate.get())) > 0) {
        return std::nullopt;
    }
    std::tm parts{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &parts) != 1) {
        return core::Timestamp();
    }
    return core::Timestamp(std::chrono::seconds(::timegm(&parts)));
}

bool expect_server(SSL* tls, const std::string& host) {
    error_code not_an_address;
    boost::asio::ip::make_address(host, not_an_address);
    if (!not_an_address) {
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host.c_str()) == 1;
    }
    SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set_tlsext_host_name(tls, host.c_str()) == 1 &&
           SSL_set1_host(tls, host.c_str()) == 1;
}

}  // namespace kapok::platform::http
