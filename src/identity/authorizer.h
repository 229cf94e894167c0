#pragma once

// Tells the router who asks: the agent of a client certificate, else the API key of "Authorization:
// Bearer kpk_…" (or of "x-api-key", as some clients send it), else the person of the session
// cookie. A session's change must carry the session's token in x-csrf-token, since browsers send
// cookies on other sites' behalf too.

#include <string>
#include <string_view>

#include "core/secret.h"
#include "identity/credentials.h"
#include "identity/settings.h"
#include "platform/http/authorizer.h"

namespace kapok::identity {

// The session's cookie; under TLS with the prefix that keeps other hosts of the same domain and
// plain HTTP from setting it (RFC 6265bis section 4.1.3.2).
[[nodiscard]] constexpr std::string_view session_cookie_name(const Settings& settings) noexcept {
    return settings.secure_cookies ? "__Host-kapok_session" : "kapok_session";
}

// The value of a cookie; empty if there is none.
[[nodiscard]] core::Secret find_cookie(const platform::http::Request& request,
                                       std::string_view name);

// The value of Set-Cookie that opens, or with an empty token ends, a session.
[[nodiscard]] std::string session_cookie(const core::Secret& token, const Settings& settings);

class Authorizer final : public platform::http::Authorizer {
public:
    Authorizer(const Context& context, Credentials& credentials) noexcept
        : context_(context), credentials_(credentials) {}

    boost::asio::awaitable<core::Result<core::Principal>> authorize(
        const platform::http::Request& request, const platform::http::Route& route) override;

private:
    using Caller = boost::asio::awaitable<core::Result<core::Principal>>;

    Caller identify(const platform::http::Request& request, const platform::http::Route& route);
    Caller of_agent(std::string certificate_id);
    Caller of_bearer(std::string header);
    Caller of_key(core::Secret text);
    Caller of_session(const platform::http::Request& request, const platform::http::Route& route,
                      core::Secret token);
    [[nodiscard]] core::Result<void> check_csrf(const platform::http::Request& request,
                                                const core::Secret& token) const;

    Context context_;
    Credentials& credentials_;
};

}  // namespace kapok::identity
