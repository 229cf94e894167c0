#include "identity/credentials.h"

#include <atomic>
#include <limits>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "identity/agent_service.h"
#include "identity/errors.h"
#include "identity/limits.h"
#include "identity/sign_in_service.h"
#include "identity/store.h"
#include "identity/token_format.h"

namespace kapok::identity {

using core::Result;
using platform::crypto::Digest;
using platform::db::Reader;
using platform::db::Transaction;

namespace {

core::Principal principal_of(const ApiKey& key) {
    core::Principal principal;
    principal.kind = core::PrincipalKind::ApiKey;
    principal.id = key.id.uuid();
    principal.name = "key " + key.id.text();
    principal.organization = key.organization;
    principal.project = key.project;
    principal.grants = {{key.organization, key.role}};
    principal.scopes = key.scopes;
    return principal;
}

template <class Found>
struct Counted {
    store::Counters counters;
    std::optional<Found> found;
};

// The counters first: if a change is committed in between, what is found is newer than they say and
// is read once more than needed.
template <class Found, class Find>
Result<Counted<Found>> find_counted(Reader& reader, Find find) {
    const auto counters = store::system_read_counters(reader);
    if (!counters) {
        return std::unexpected(counters.error());
    }
    auto found = find(reader);
    if (!found) {
        return std::unexpected(found.error());
    }
    return Counted<Found>{*counters, *std::move(found)};
}

}  // namespace

// Immutable but for when it was used.
struct Credentials::Entry {
    store::Counters counters;
    Digest hash{};
    SharedPrincipal principal;
    const core::ErrorCode* refusal = nullptr;  // Why it is not let in, if that is known.
    std::optional<core::Timestamp> ends_at;
    std::atomic<std::int64_t> used_at_us{0};
    std::atomic<std::int64_t> written_at_us{0};
};

struct Credentials::Memory {
    mutable std::shared_mutex mutex;
    std::unordered_map<core::Uuid, SharedEntry> entries;
    std::vector<store::LastUse> forgotten;  // Uses of entries that had to go.
};

Credentials::Credentials(const Context& context)
    : context_(context), memory_(std::make_unique<Memory>()) {}

Credentials::~Credentials() = default;

Credentials::SharedEntry Credentials::known(const core::Uuid& id, core::PrincipalKind kind) const {
    const std::shared_lock lock(memory_->mutex);
    const auto entry = memory_->entries.find(id);
    const bool holds = entry != memory_->entries.end() && entry->second->principal->kind == kind &&
                       entry->second->counters == context_.directory.counters();
    return holds ? entry->second : nullptr;
}

void Credentials::keep(const core::Uuid& id, SharedEntry entry) {
    const std::scoped_lock lock(memory_->mutex);
    if (memory_->entries.size() >= kCachedCredentialsMax) {
        for (const auto& [key, old] : memory_->entries) {
            if (old->used_at_us > old->written_at_us) {
                memory_->forgotten.push_back(
                    {ApiKeyId(key), core::from_micros(old->used_at_us.load())});
            }
        }
        memory_->entries.clear();
    }
    SharedEntry& place = memory_->entries[id];
    if (place) {
        entry->used_at_us.store(place->used_at_us.load());
        entry->written_at_us.store(place->written_at_us.load());
    }
    place = std::move(entry);
}

Result<SharedPrincipal> Credentials::judge(Entry& entry, std::string_view text) const {
    const Digest hash = context_.hasher.of_api_key(text);
    if (!platform::crypto::equal_constant_time(hash, entry.hash)) {
        return core::fail(kBadKey);
    }
    return check_end(entry);
}

Result<SharedPrincipal> Credentials::check_end(Entry& entry) const {
    const core::Timestamp now = context_.clock.now();
    const bool agent = entry.principal->kind == core::PrincipalKind::Agent;
    if (entry.ends_at && now >= *entry.ends_at) {
        return core::fail(agent ? kBadAgentCertificate : kBadKey);
    }
    if (entry.refusal) {
        return core::fail(*entry.refusal, {{"organization", entry.principal->organization.text()}});
    }
    entry.used_at_us.store(core::to_micros(now), std::memory_order_relaxed);
    return entry.principal;
}

// What it says of organizations comes from the directory's tree, which may be older than what was
// just read: then it must not pass for newer.
Credentials::SharedEntry Credentials::make_entry(store::Counters read) const {
    auto entry = std::make_shared<Entry>();
    entry->counters = {read.credentials, context_.directory.counters().tree};
    return entry;
}

const core::ErrorCode* Credentials::suspension(core::OrganizationId organization,
                                               bool project_active) const {
    return project_active && context_.directory.tree()->is_active(organization) ? nullptr
                                                                                : &kSuspended;
}

std::optional<Result<SharedPrincipal>> Credentials::of_known_key(std::string_view text) {
    const auto parts = parse_token(kApiKeyPrefix, text);
    if (!parts) {
        return core::fail(kBadKey);
    }
    if (!context_.directory.is_fresh()) {
        return std::nullopt;
    }
    const SharedEntry entry = known(parts->id, core::PrincipalKind::ApiKey);
    return entry ? std::optional(judge(*entry, text)) : std::nullopt;
}

Credentials::Answer<SharedPrincipal> Credentials::of_key(core::Secret text) {
    const auto parts = parse_token(kApiKeyPrefix, text.reveal());
    if (!parts) {
        co_return core::fail(kBadKey);
    }
    const ApiKeyId id(parts->id);
    if (const auto fresh = co_await context_.directory.refresh(); !fresh) {
        co_return std::unexpected(fresh.error());
    }
    SharedEntry entry = known(id.uuid(), core::PrincipalKind::ApiKey);
    if (!entry) {
        auto loaded = co_await load_key(id);
        if (!loaded) {
            co_return std::unexpected(loaded.error());
        }
        entry = *std::move(loaded);
    }
    if (!entry) {
        co_return core::fail(kBadKey);
    }
    co_return judge(*entry, text.reveal());
}

Credentials::Answer<Credentials::SharedEntry> Credentials::load_key(ApiKeyId id) {
    const auto read = [id](Reader& reader) {
        return find_counted<store::StoredKey>(
            reader, [id](Reader& inner) { return store::system_find_key(inner, id); });
    };
    const auto loaded = co_await context_.database.read(read);
    if (!loaded) {
        co_return std::unexpected(loaded.error());
    }
    const auto& found = loaded->found;
    if (!found) {
        co_return SharedEntry();  // Not remembered: an attacker could name any number of them.
    }
    const store::StoredKey& stored = *found;
    auto entry = make_entry(loaded->counters);
    entry->hash = stored.hash;
    entry->principal = std::make_shared<const core::Principal>(principal_of(stored.key));
    entry->ends_at = stored.key.revoked_at ? stored.key.revoked_at : stored.key.expires_at;
    entry->refusal = suspension(stored.key.organization, stored.project_active);
    keep(id.uuid(), entry);
    co_return entry;
}

Credentials::Answer<SharedPrincipal> Credentials::of_agent(AgentId id) {
    if (const auto fresh = co_await context_.directory.refresh(); !fresh) {
        co_return std::unexpected(fresh.error());
    }
    SharedEntry entry = known(id.uuid(), core::PrincipalKind::Agent);
    if (!entry) {
        auto loaded = co_await load_agent(id);
        if (!loaded) {
            co_return std::unexpected(loaded.error());
        }
        entry = *std::move(loaded);
    }
    if (!entry) {
        co_return core::fail(kBadAgentCertificate);
    }
    co_return check_end(*entry);
}

Credentials::Answer<Credentials::SharedEntry> Credentials::load_agent(AgentId id) {
    const auto read = [id](Reader& reader) {
        return find_counted<Agent>(
            reader, [id](Reader& inner) { return store::system_find_agent(inner, id); });
    };
    const auto loaded = co_await context_.database.read(read);
    if (!loaded) {
        co_return std::unexpected(loaded.error());
    }
    const auto& found = loaded->found;
    if (!found) {
        co_return SharedEntry();
    }
    const Agent& agent = *found;
    auto entry = make_entry(loaded->counters);
    entry->principal = std::make_shared<const core::Principal>(identity::principal_of(agent));
    entry->ends_at = agent.revoked_at;
    entry->refusal = suspension(agent.organization, true);
    entry->written_at_us.store(std::numeric_limits<std::int64_t>::max());  // Agents have no such.
    keep(id.uuid(), entry);
    co_return entry;
}

Credentials::Answer<SessionPrincipal> Credentials::of_session(core::Secret token) {
    if (const auto fresh = co_await context_.directory.refresh(); !fresh) {
        co_return std::unexpected(fresh.error());
    }
    const Digest hash = context_.hasher.of_session(token.reveal());
    const auto read = [hash](Reader& reader) { return store::system_find_session(reader, hash); };
    const auto found = co_await context_.database.read(read);
    if (!found) {
        co_return std::unexpected(found.error());
    }
    const auto& open = *found;
    const core::Timestamp now = context_.clock.now();
    const bool lasts = open && now < open->session.expires_at &&
                       now < open->session.last_seen_at + context_.settings.session_idle;
    if (!lasts || open->user.status != Status::Active) {
        co_return core::fail(kSessionEnded);
    }
    const auto& [session, user] = *open;
    if (suspension(user.organization, true)) {
        co_return core::fail(kSuspended, {{"organization", user.organization.text()}});
    }
    if (now >= session.last_seen_at + kSessionTouch) {
        const auto touch = [id = session.id, now](Transaction& transaction) {
            return store::system_touch_sessions(transaction, std::span(&id, 1), now);
        };
        if (const auto touched = co_await context_.database.write(touch); !touched) {
            co_return std::unexpected(touched.error());
        }
    }
    SessionPrincipal answer{identity::principal_of(user), user.must_change_password};
    std::erase_if(answer.principal.grants, [&](const core::Grant& grant) {
        return suspension(grant.organization, true) != nullptr;
    });
    co_return answer;
}

Credentials::Answer<void> Credentials::flush() {
    const std::int64_t now = core::to_micros(context_.clock.now());
    const std::int64_t due =
        now - std::chrono::duration_cast<std::chrono::microseconds>(kLastUseFlush).count();
    std::vector<store::LastUse> uses;
    {
        const std::scoped_lock lock(memory_->mutex);
        uses = std::exchange(memory_->forgotten, {});
        for (const auto& [id, entry] : memory_->entries) {
            const std::int64_t used = entry->used_at_us.load();
            if (used > entry->written_at_us.load() && entry->written_at_us.load() <= due) {
                entry->written_at_us.store(used);
                uses.push_back({ApiKeyId(id), core::from_micros(used)});
            }
        }
    }
    if (uses.empty()) {
        co_return Result<void>();
    }
    const auto record = [uses](Transaction& transaction) {
        return store::system_record_last_use(transaction, uses);
    };
    auto recorded = co_await context_.database.write(record);
    if (!recorded) {
        const std::scoped_lock lock(memory_->mutex);
        auto& forgotten = memory_->forgotten;
        forgotten.insert(forgotten.end(), uses.begin(), uses.end());  // For the next time.
    }
    co_return recorded;
}

}  // namespace kapok::identity
