#include "platform/http/testing.h"

#include <array>
#include <cassert>
#include <cstdlib>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace kapok::platform::http::testing {

namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

template <class Write>
std::string to_pem(Write write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
    write(memory.get());
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    assert(extension != nullptr);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

Certificate make_certificate(EVP_PKEY* key, const std::vector<std::string>& names, long serial,
                             long lifetime_s) {
    Certificate certificate(X509_new(), &X509_free);
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -7'200);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), lifetime_s);
    X509_set_pubkey(certificate.get(), key);
    for (const std::string& name : names) {
        X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    }
    return certificate;
}

}  // namespace

struct TestCa::Parts {
    Key key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
    Certificate certificate{nullptr, &X509_free};
    long serial = 1;
};

TestCa::TestCa(const std::string& name) : parts_(std::make_unique<Parts>()) {
    parts_->certificate = make_certificate(parts_->key.get(), {name}, parts_->serial++, 3'600);
    X509* self = parts_->certificate.get();
    X509_set_issuer_name(self, X509_get_subject_name(self));
    add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(self, parts_->key.get(), EVP_sha256());
    pem_ = to_pem([&](BIO* out) { PEM_write_bio_X509(out, self); });
}

TestCa::~TestCa() = default;

TestCa::Identity TestCa::issue(const std::vector<std::string>& names,
                               const std::string& alternative, long lifetime_s) {
    const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const Certificate leaf = make_certificate(key.get(), names, parts_->serial++, lifetime_s);
    X509_set_issuer_name(leaf.get(), X509_get_subject_name(parts_->certificate.get()));
    if (!alternative.empty()) {
        add_extension(leaf.get(), parts_->certificate.get(), NID_subject_alt_name, alternative);
    }
    X509_sign(leaf.get(), parts_->key.get(), EVP_sha256());
    return {to_pem([&](BIO* out) { PEM_write_bio_X509(out, leaf.get()); }), to_pem([&](BIO* out) {
                PEM_write_bio_PKCS8PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr,
                                              nullptr);
            })};
}

ScriptedServer::ScriptedServer(std::vector<Turn> turns)
    : turns_(std::move(turns)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || ::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, generic, &size) != 0) {
        std::abort();
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
}

ScriptedServer::~ScriptedServer() {
    over_.update([](bool& over) { over = true; });
    ::shutdown(listener_, SHUT_RDWR);  // Ends accept().
    thread_.join();
    ::close(listener_);
}

bool ScriptedServer::take_request(int connection) {
    std::string request;
    std::array<char, 4'096> buffer{};
    while (!request.contains("\r\n\r\n")) {
        const ssize_t size = ::recv(connection, buffer.data(), buffer.size(), 0);
        if (size <= 0) {
            return false;
        }
        request.append(buffer.data(), static_cast<std::size_t>(size));
    }
    requests_.update([&](auto& requests) { requests.push_back(request); });
    return true;
}

void ScriptedServer::serve() {
    int connection = -1;
    for (const Turn& turn : turns_) {
        if (connection < 0) {
            connection = ::accept(listener_, nullptr, nullptr);
        }
        if (connection < 0) {
            return;
        }
        if (!turn.answer.empty() || turn.hang || turn.mute) {
            if (take_request(connection)) {
                ::send(connection, turn.answer.data(), turn.answer.size(), MSG_NOSIGNAL);
            }
        }
        if (turn.hang) {
            over_.wait([](bool over) { return over; });
        }
        if (!turn.keep_open) {
            ::close(std::exchange(connection, -1));
        }
    }
    if (connection >= 0) {
        over_.wait([](bool over) { return over; });
        ::close(connection);
    }
}

RawConnection::RawConnection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{.tv_sec = kPatience.count(), .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    [[maybe_unused]] const int connected =
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    assert(connected == 0);
}

RawConnection::~RawConnection() {
    close();
}

bool RawConnection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool RawConnection::receive() {
    std::array<char, 65'536> buffer{};
    const ssize_t size = ::recv(socket_, buffer.data(), buffer.size(), 0);
    input_.append(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    return size > 0;
}

std::optional<std::string> RawConnection::read_until(std::string_view end) {
    for (;;) {
        if (const auto place = input_.find(end); place != std::string::npos) {
            std::string text = input_.substr(0, place + end.size());
            input_.erase(0, text.size());
            return text;
        }
        if (!receive()) {
            return std::nullopt;
        }
    }
}

std::string RawConnection::read_all() {
    while (receive()) {
    }
    return std::exchange(input_, {});
}

void RawConnection::half_close() {
    ::shutdown(socket_, SHUT_WR);
}

void RawConnection::close() {
    if (socket_ >= 0) {
        ::close(std::exchange(socket_, -1));
    }
}

void RawConnection::reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
}

}  // namespace kapok::platform::http::testing
