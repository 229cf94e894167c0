#include "identity/authorizer.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "identity/errors.h"
#include "identity/scopes.h"
#include "platform/crypto/hash.h"

namespace kapok::identity {

namespace http = platform::http;
using core::Principal;
using core::Result;

namespace {

constexpr std::string_view kBearer = "bearer ";
constexpr std::size_t kCookieBytesMax = 256;

// What a user whose password must be changed may still do.
constexpr std::array<std::string_view, 3> kBeforePasswordChange{"get_me", "change_my_password",
                                                                "sign_out"};

bool starts_with_bearer(std::string_view header) {
    return header.size() >= kBearer.size() &&
           std::ranges::equal(header.substr(0, kBearer.size()), kBearer, [](char a, char b) {
               return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
           });
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) {
        text.remove_prefix(1);
    }
    while (text.ends_with(' ')) {
        text.remove_suffix(1);
    }
    return text;
}

bool is_public(const http::Route& route) {
    return route.scope == http::kPublic;
}

}  // namespace

core::Secret find_cookie(const http::Request& request, std::string_view name) {
    const auto header = request.headers.find("cookie");
    std::string_view rest = header == request.headers.end() ? std::string_view() : header->second;
    while (!rest.empty()) {
        const auto end = std::min(rest.find(';'), rest.size());
        const std::string_view pair = trimmed(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
            return core::Secret(std::string(pair.substr(name.size() + 1, kCookieBytesMax)));
        }
    }
    return {};
}

std::string session_cookie(const core::Secret& token, const Settings& settings) {
    const auto age = token.empty()
                         ? std::chrono::seconds(0)
                         : std::chrono::floor<std::chrono::seconds>(settings.session_absolute);
    return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}",
                       session_cookie_name(settings), token.reveal(), age.count(),
                       settings.secure_cookies ? "; Secure" : "");
}

boost::asio::awaitable<Result<Principal>> Authorizer::authorize(const http::Request& request,
                                                                const http::Route& route) {
    auto principal = co_await identify(request, route);
    if (!principal || is_public(route)) {
        co_return principal;
    }
    if (principal->kind == core::PrincipalKind::Anonymous) {
        co_return core::fail(kSignInRequired);
    }
    if (route.scope != http::kSignedIn && !holds_scope(principal->scopes, route.scope)) {
        co_return core::fail(kScopeMissing, {{"scope", std::string(route.scope)}});
    }
    co_return principal;
}

Authorizer::Caller Authorizer::identify(const http::Request& request, const http::Route& route) {
    if (!request.client_certificate_id.empty()) {
        if (request.client_certificate_ended_at && !route.takes_ended_certificates) {
            co_return core::fail(kAgentCertificateEnded);
        }
        auto agent = co_await of_agent(request.client_certificate_id);
        co_return agent;
    }
    const auto header = request.headers.find("authorization");
    if (header != request.headers.end()) {
        auto key = co_await of_bearer(header->second);
        co_return key;
    }
    const auto plain = request.headers.find("x-api-key");
    if (plain != request.headers.end()) {
        auto key = co_await of_key(core::Secret(plain->second));
        co_return key;
    }
    core::Secret token = find_cookie(request, session_cookie_name(context_.settings));
    // A browser cannot help sending the cookie of a session that has ended, and must be able to
    // sign in; on public routes the cookie means nothing.
    if (token.empty() || is_public(route)) {
        // For whoever signs in or enrolls; what is only read, such as whether the process lives,
        // must be answered without the database too, and while it is silent.
        if (request.method != http::Method::Get) {
            static_cast<void>(co_await context_.directory.refresh());
        }
        co_return Principal();
    }
    auto person = co_await of_session(request, route, std::move(token));
    co_return person;
}

Authorizer::Caller Authorizer::of_agent(std::string certificate_id) {
    const auto id = AgentId::parse(certificate_id);
    if (!id) {
        co_return core::fail(kBadAgentCertificate);
    }
    const auto agent = co_await credentials_.of_agent(*id);
    co_return agent ? Result<Principal>(**agent) : std::unexpected(agent.error());
}

Authorizer::Caller Authorizer::of_bearer(std::string header) {
    if (!starts_with_bearer(header)) {
        co_return core::fail(kSignInRequired);
    }
    core::Secret text{std::string(trimmed(std::string_view(header).substr(kBearer.size())))};
    auto key = co_await of_key(std::move(text));
    co_return key;
}

Authorizer::Caller Authorizer::of_key(core::Secret text) {
    const auto key = co_await credentials_.of_key(std::move(text));
    co_return key ? Result<Principal>(**key) : std::unexpected(key.error());
}

Authorizer::Caller Authorizer::of_session(const http::Request& request, const http::Route& route,
                                          core::Secret token) {
    const auto session = co_await credentials_.of_session(token);
    if (!session) {
        co_return std::unexpected(session.error());
    }
    if (request.method != http::Method::Get) {
        if (const auto checked = check_csrf(request, token); !checked) {
            co_return std::unexpected(checked.error());
        }
    }
    const bool allowed =
        !session->must_change_password ||
        std::ranges::find(kBeforePasswordChange, route.id) != kBeforePasswordChange.end();
    co_return allowed ? Result<Principal>(session->principal) : core::fail(kMustChangePassword);
}

Result<void> Authorizer::check_csrf(const http::Request& request, const core::Secret& token) const {
    const auto header = request.headers.find("x-csrf-token");
    const std::string expected = context_.hasher.csrf_token(token.reveal());
    const bool right =
        header != request.headers.end() &&
        platform::crypto::equal_constant_time(platform::crypto::bytes_of(header->second),
                                              platform::crypto::bytes_of(expected));
    return right ? Result<void>() : core::fail(kCsrfToken);
}

}  // namespace kapok::identity
