#pragma once

// The agent's line to the platform: outward only, TLS with the agent's certificate. An answer of
// the platform that is an error comes as that error, so that the agent can act on its code.

#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "compute/agent/files.h"
#include "compute/protocol.h"
#include "platform/crypto/certificates.h"
#include "platform/http/client.h"

namespace kapok::compute::agent {

class Link {
public:
    template <class T>
    using Answer = boost::asio::awaitable<core::Result<T>>;

    // `authority_pem` is whom to trust before the agent has joined; empty: whom the system trusts.
    Link(platform::http::Url url, std::string authority_pem)
        : url_(std::move(url)), authority_pem_(std::move(authority_pem)) {}

    // Joins with a one-time token; `request_pem` is the certificate request.
    Answer<Membership> enroll(core::Secret token, platform::crypto::KeyRequest request);
    Answer<Membership> renew(platform::crypto::KeyRequest request);
    // From now on calls show this certificate.
    [[nodiscard]] core::Result<void> use(const Membership& membership);

    Answer<protocol::ReportAnswer> report(protocol::ReportBatch batch);
    // Orders from behind number `after`.
    Answer<std::unique_ptr<platform::http::EventReader>> orders(NodeId node, std::int64_t after);
    Answer<std::string> fetch(protocol::AttemptRef attempt, std::string digest);
    // The same from byte `offset` on, as it comes.
    Answer<std::unique_ptr<platform::http::AnswerStream>> open(protocol::AttemptRef attempt,
                                                               std::string digest,
                                                               std::int64_t offset);
    // The digest under which the platform keeps the bytes.
    Answer<std::string> bring(protocol::AttemptRef attempt, std::string bytes);

private:
    Answer<platform::http::CallAnswer> send(platform::http::Call call);
    Answer<std::unique_ptr<platform::http::AnswerStream>> start(platform::http::Call call);
    Answer<Membership> certify(std::shared_ptr<platform::http::Client> client,
                               platform::http::Call call, core::Secret key_pem);

    platform::http::Url url_;
    std::string authority_pem_;
    // Replaced when the certificate is renewed; calls under way keep the one they began with.
    std::shared_ptr<platform::http::Client> client_;
};

// The error that a problem document tells, as far as its code is known here.
[[nodiscard]] core::Error error_of(const platform::http::CallAnswer& answer);

}  // namespace kapok::compute::agent
