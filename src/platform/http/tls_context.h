#pragma once

// TLS 1.2 and 1.3 by OpenSSL, set up from PEM.

#include <optional>
#include <string>

#include "core/clock.h"
#include "core/result.h"
#include "platform/http/tls.h"
#include "platform/http/transport.h"

namespace kapok::platform::http {

[[nodiscard]] core::Result<TlsContext> make_context(const ServerTls& tls);
[[nodiscard]] core::Result<TlsContext> make_context(const ClientTls& tls);

// The subject's common name in the peer's verified certificate. Empty if it sent none, or if its
// subject has not exactly one common name that is plain text: a name that can be read in two ways
// is nobody's.
[[nodiscard]] std::string peer_name(SSL* tls);

// When the peer's certificate ended, if it has.
[[nodiscard]] std::optional<core::Timestamp> peer_ended_at(SSL* tls);

// Sends the name that is asked for and accepts a certificate for that name only. An address counts
// as a name that certificates list as an address.
[[nodiscard]] bool expect_server(SSL* tls, const std::string& host);

}  // namespace kapok::platform::http
