#pragma once

// API keys: made, listed, rotated, revoked. A key is shown once, when it is made; what is kept is a
// keyed hash. Nobody makes a key that can do more than they can.

#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/secret.h"
#include "identity/context.h"
#include "identity/store.h"
#include "identity/types.h"

namespace kapok::identity {

struct NewKey {
    Naming<ApiKeyId> naming;
    core::OrganizationId organization;
    std::optional<core::ProjectId> project;
    std::string name;
    core::Role role = core::Role::Consumer;
    std::vector<std::string> scopes;
    std::optional<core::Timestamp> expires_at;
};

// A key and its text; no text when a creation is repeated, for it was shown then.
struct KeyWithText {
    ApiKey key;
    std::optional<core::Secret> text;
};

class KeyService {
public:
    template <class T>
    using Answer = boost::asio::awaitable<core::Result<T>>;

    explicit KeyService(const Context& context) noexcept : context_(context) {}

    Answer<KeyWithText> create(core::Principal caller, NewKey request);
    Answer<ApiKey> get(core::Principal caller, ApiKeyId id);
    Answer<store::Page<ApiKey>> list(core::Principal caller, store::KeyFilter filter,
                                     store::Window window);
    // A new key in place of an old one, which works until `old_valid_until`, or ends at once.
    Answer<KeyWithText> rotate(core::Principal caller, ApiKeyId id, Naming<ApiKeyId> naming,
                               std::optional<core::Timestamp> old_valid_until);
    // Nothing happens if it has ended already.
    Answer<ApiKey> revoke(core::Principal caller, ApiKeyId id);

private:
    core::Result<void> check_new(const core::Principal& caller, const NewKey& request) const;
    core::Result<void> check_project(platform::db::Transaction& transaction,
                                     const core::Principal& caller, const NewKey& request) const;
    core::Result<KeyWithText> insert(platform::db::Transaction& transaction,
                                     const core::Principal& caller, const NewKey& request);
    core::Result<ApiKey> insert_as(platform::db::Transaction& transaction,
                                   const core::Principal& caller, ApiKey key,
                                   const core::Secret& text, std::string_view event);
    core::Result<KeyWithText> replace(platform::db::Transaction& transaction,
                                      const core::Principal& caller, ApiKeyId id,
                                      const Naming<ApiKeyId>& naming, core::Timestamp old_end);
    core::Result<void> check_takeover(platform::db::Transaction& transaction,
                                      const core::Principal& caller, const ApiKey& key) const;
    core::Result<ApiKey> end(platform::db::Transaction& transaction, const core::Principal& caller,
                             ApiKeyId id);
    core::Result<ApiKey> find_to(platform::db::Reader& reader, const core::Principal& caller,
                                 Action action, ApiKeyId id) const;
    core::Secret make_text(ApiKeyId id) const;

    Context context_;
};

[[nodiscard]] bool is_active(const ApiKey& key, core::Timestamp now) noexcept;

}  // namespace kapok::identity
