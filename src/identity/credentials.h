#pragma once

// Who shows this credential? API keys and agents are remembered, so that a request in the hot path
// costs one keyed hash and no query; what is remembered holds as long as the directory's counters
// stand (directory.h). Sessions are few and are read each time.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "core/principal.h"
#include "core/result.h"
#include "core/secret.h"
#include "identity/context.h"
#include "identity/types.h"

namespace kapok::identity {

using SharedPrincipal = std::shared_ptr<const core::Principal>;

struct SessionPrincipal {
    core::Principal principal;
    bool must_change_password = false;
};

class Credentials {
public:
    template <class T>
    using Answer = boost::asio::awaitable<core::Result<T>>;

    explicit Credentials(const Context& context);
    ~Credentials();
    Credentials(const Credentials&) = delete;
    Credentials& operator=(const Credentials&) = delete;

    // The caller behind "kpk_…". Errors: kBadKey, kSuspended, kNotFresh. Also counts the use.
    Answer<SharedPrincipal> of_key(core::Secret text);
    // The same without waiting, for data planes with threads of their own; nothing if the database
    // must be asked, which of_key() does.
    std::optional<core::Result<SharedPrincipal>> of_known_key(std::string_view text);

    Answer<SharedPrincipal> of_agent(AgentId id);
    Answer<SessionPrincipal> of_session(core::Secret token);

    // Writes down when keys were last used. Call it every few seconds; a use is written at most
    // once in kLastUseFlush.
    Answer<void> flush();

private:
    struct Entry;
    struct Memory;
    using SharedEntry = std::shared_ptr<Entry>;

    [[nodiscard]] SharedEntry known(const core::Uuid& id, core::PrincipalKind kind) const;
    void keep(const core::Uuid& id, SharedEntry entry);
    [[nodiscard]] core::Result<SharedPrincipal> judge(Entry& entry, std::string_view text) const;
    [[nodiscard]] core::Result<SharedPrincipal> check_end(Entry& entry) const;
    [[nodiscard]] SharedEntry make_entry(store::Counters read) const;
    Answer<SharedEntry> load_key(ApiKeyId id);
    Answer<SharedEntry> load_agent(AgentId id);
    [[nodiscard]] const core::ErrorCode* suspension(core::OrganizationId organization,
                                                    bool project_active) const;

    Context context_;
    std::unique_ptr<Memory> memory_;
};

}  // namespace kapok::identity
