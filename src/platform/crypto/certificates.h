#pragma once

// The built-in certificate authority: ECDSA P-256 certificates for the platform's listeners and for
// agents, so that an installation needs no other authority to have mutual TLS. Everything goes in
// and out as PEM. An agent makes its own key and sends a request (CSR); of that request only the
// key is taken, never the name: who the agent is was proved by its one-time token.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/random.h"
#include "core/result.h"
#include "core/secret.h"
#include "platform/crypto/bytes.h"

namespace kapok::platform::crypto {

struct CertifiedKey {
    core::Secret private_key_pem;
    std::string certificate_pem;
};

struct KeyRequest {
    core::Secret private_key_pem;
    std::string request_pem;
};

struct CertificateInfo {
    std::string common_name;
    std::string issuer_common_name;
    std::string serial;       // Hex.
    std::string fingerprint;  // SHA-256 of the certificate, hex.
    core::Timestamp not_before;
    core::Timestamp not_after;
    std::vector<std::string> dns_names;
    std::vector<std::string> ip_addresses;
    bool is_authority = false;
};

enum class CertificateUse : std::uint8_t { Server, Agent };

class CertificateAuthority {
public:
    // Issued times come from `clock`, serial numbers and keys from `random`.
    [[nodiscard]] static core::Result<CertifiedKey> create(std::string_view common_name,
                                                           std::chrono::seconds validity,
                                                           const core::Clock& clock,
                                                           core::Random& random);
    // Refuses a certificate that is no authority's or does not belong to the key.
    [[nodiscard]] static core::Result<CertificateAuthority> load(const CertifiedKey& authority);

    CertificateAuthority(CertificateAuthority&&) noexcept;
    CertificateAuthority& operator=(CertificateAuthority&&) noexcept;
    ~CertificateAuthority();

    [[nodiscard]] const std::string& certificate_pem() const noexcept;

    // `names` are DNS names and IP addresses that clients will call; the first is the common name.
    [[nodiscard]] core::Result<CertifiedKey> issue_server(const std::vector<std::string>& names,
                                                          std::chrono::seconds validity,
                                                          const core::Clock& clock,
                                                          core::Random& random) const;
    // The subject's common name is `agent_id`, whatever the request says.
    [[nodiscard]] core::Result<std::string> issue_agent(std::string_view request_pem,
                                                        std::string_view agent_id,
                                                        std::chrono::seconds validity,
                                                        const core::Clock& clock,
                                                        core::Random& random) const;

private:
    struct Parts;
    explicit CertificateAuthority(std::unique_ptr<const Parts> parts);

    std::unique_ptr<const Parts> parts_;
};

inline constexpr std::chrono::hours kAgentCertificateValidity{24};

// A new P-256 key and a request for it; `common_name` is a hint for people only.
[[nodiscard]] core::Result<KeyRequest> make_key_request(std::string_view common_name,
                                                        core::Random& random);

// The first certificate in the text.
[[nodiscard]] core::Result<CertificateInfo> parse_certificate(std::string_view pem);
// What TLS libraries hand over.
[[nodiscard]] core::Result<std::string> certificate_pem_of_der(ByteView der);

// Whether `certificate_pem` was issued by `authority_pem` for this use and is valid at `now`;
// what it says, if so.
[[nodiscard]] core::Result<CertificateInfo> verify_certificate(std::string_view authority_pem,
                                                               std::string_view certificate_pem,
                                                               CertificateUse use,
                                                               core::Timestamp now);

}  // namespace kapok::platform::crypto
