#pragma once

// What TLS needs to know, as PEM text in memory: where certificates and keys are kept is decided
// elsewhere.

#include <cstdint>
#include <string>

#include "core/secret.h"

namespace kapok::platform::http {

enum class ClientCertificates : std::uint8_t { None, Optional, Required };

struct ServerTls {
    std::string certificate_pem = {};  // The server's own, followed by the chain up to its CA.
    core::Secret key_pem = {};
    ClientCertificates client_certificates = ClientCertificates::None;
    std::string client_ca_pem = {};  // Who may have issued them.
    // Lets clients in whose certificate has ended, and says so: who asks for what decides then.
    bool take_ended_certificates = false;
};

struct ClientTls {
    std::string ca_pem = {};           // Whom to trust; empty: whom the system trusts.
    std::string certificate_pem = {};  // Our own, if the server wants one.
    core::Secret key_pem = {};
    std::string server_name = {};  // That the certificate must be for; empty: the host asked.
};

}  // namespace kapok::platform::http
