#include "identity/events.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "core/timestamp.h"

namespace kapok::identity {
namespace {

namespace json = boost::json;
using core::Principal;
using core::Result;
using platform::db::Transaction;

template <class Id>
json::value text_or_null(const std::optional<Id>& id) {
    return id ? json::value(json::string(id->text())) : json::value(nullptr);
}

json::value time_or_null(const std::optional<core::Timestamp>& time) {
    return time ? json::value(json::string(core::to_rfc3339(*time))) : json::value(nullptr);
}

json::array to_array(const std::vector<std::string>& words) {
    json::array array;
    for (const std::string& word : words) {
        array.emplace_back(word);
    }
    return array;
}

json::array to_array(const std::vector<core::Grant>& grants) {
    json::array array;
    for (const core::Grant& grant : grants) {
        array.emplace_back(json::object{{"organization_id", grant.organization.text()},
                                        {"role", to_text(grant.role)}});
    }
    return array;
}

}  // namespace

Result<void> publish(Transaction& transaction, const Principal& actor, std::string_view type,
                     const Organization& organization) {
    const audit::Event event{std::string(type),
                             organization.id.text(),
                             organization.id,
                             {},
                             {{"parent_id", text_or_null(organization.parent)},
                              {"name", organization.name},
                              {"kind", to_text(organization.kind)},
                              {"status", to_text(organization.status)},
                              {"version", organization.version}}};
    return audit::publish(transaction, actor, event);
}

Result<void> publish(Transaction& transaction, const Principal& actor, std::string_view type,
                     const Project& project) {
    const audit::Event event{std::string(type),
                             project.id.text(),
                             project.organization,
                             project.id,
                             {{"name", project.name},
                              {"status", to_text(project.status)},
                              {"version", project.version}}};
    return audit::publish(transaction, actor, event);
}

Result<void> publish(Transaction& transaction, const Principal& actor, std::string_view type,
                     const User& user) {
    const audit::Event event{std::string(type),
                             user.id.text(),
                             user.organization,
                             {},
                             {{"name", user.name},
                              {"status", to_text(user.status)},
                              {"roles", to_array(user.grants)},
                              {"version", user.version}}};
    return audit::publish(transaction, actor, event);
}

Result<void> publish(Transaction& transaction, const Principal& actor, std::string_view type,
                     const Session& session) {
    const audit::Event event{std::string(type),
                             session.id.text(),
                             session.organization,
                             {},
                             {{"user_id", session.user.text()}, {"peer", session.peer}}};
    return audit::publish(transaction, actor, event);
}

Result<void> publish(Transaction& transaction, const Principal& actor, std::string_view type,
                     const ApiKey& key) {
    const audit::Event event{std::string(type),
                             key.id.text(),
                             key.organization,
                             key.project,
                             {{"name", key.name},
                              {"role", to_text(key.role)},
                              {"scopes", to_array(key.scopes)},
                              {"made_by", text_or_null(key.made_by)},
                              {"replaces", text_or_null(key.replaces)},
                              {"expires_at", time_or_null(key.expires_at)},
                              {"revoked_at", time_or_null(key.revoked_at)}}};
    return audit::publish(transaction, actor, event);
}

Result<void> publish(Transaction& transaction, const Principal& actor, std::string_view type,
                     const EnrollmentToken& token) {
    const audit::Event event{std::string(type),
                             token.id.text(),
                             token.organization,
                             {},
                             {{"site_name", token.site_name},
                              {"expires_at", time_or_null(token.expires_at)},
                              {"agent_id", text_or_null(token.agent)}}};
    return audit::publish(transaction, actor, event);
}

Result<void> publish(Transaction& transaction, const Principal& actor, std::string_view type,
                     const Agent& agent) {
    const audit::Event event{
        std::string(type),
        agent.id.text(),
        agent.organization,
        {},
        {{"site_name", agent.site_name},
         {"certificate_expires_at", time_or_null(agent.certificate_expires_at)},
         {"revoked_at", time_or_null(agent.revoked_at)}}};
    return audit::publish(transaction, actor, event);
}

}  // namespace kapok::identity
