#include "identity/http/views.h"

#include "platform/http/json.h"

namespace kapok::identity {

namespace json = boost::json;
using platform::http::to_json;

json::array to_json(const std::vector<core::Grant>& grants) {
    json::array array;
    for (const core::Grant& grant : grants) {
        array.emplace_back(json::object{{"organization_id", to_json(grant.organization)},
                                        {"role", to_text(grant.role)}});
    }
    return array;
}

json::array to_json(const std::vector<std::string>& words) {
    json::array array;
    for (const std::string& word : words) {
        array.emplace_back(word);
    }
    return array;
}

json::object to_json(const Organization& organization) {
    return {{"id", to_json(organization.id)},
            {"parent_id", to_json(organization.parent)},
            {"name", organization.name},
            {"kind", to_text(organization.kind)},
            {"status", to_text(organization.status)},
            {"version", organization.version},
            {"created_at", to_json(organization.created_at)},
            {"updated_at", to_json(organization.updated_at)}};
}

json::object to_json(const Project& project) {
    return {{"id", to_json(project.id)},
            {"organization_id", to_json(project.organization)},
            {"name", project.name},
            {"description", project.description},
            {"status", to_text(project.status)},
            {"version", project.version},
            {"created_at", to_json(project.created_at)},
            {"updated_at", to_json(project.updated_at)}};
}

json::object to_json(const User& user) {
    return {{"id", to_json(user.id)},
            {"organization_id", to_json(user.organization)},
            {"name", user.name},
            {"display_name", user.display_name},
            {"status", to_text(user.status)},
            {"must_change_password", user.must_change_password},
            {"roles", to_json(user.grants)},
            {"version", user.version},
            {"created_at", to_json(user.created_at)},
            {"updated_at", to_json(user.updated_at)},
            {"last_sign_in_at", to_json(user.last_sign_in_at)}};
}

json::object to_json(const Session& session) {
    return {{"id", to_json(session.id)},
            {"user_id", to_json(session.user)},
            {"organization_id", to_json(session.organization)},
            {"peer", session.peer},
            {"created_at", to_json(session.created_at)},
            {"last_seen_at", to_json(session.last_seen_at)},
            {"expires_at", to_json(session.expires_at)}};
}

json::object to_json(const ApiKey& key) {
    return {{"id", to_json(key.id)},
            {"organization_id", to_json(key.organization)},
            {"project_id", to_json(key.project)},
            {"name", key.name},
            {"role", to_text(key.role)},
            {"scopes", to_json(key.scopes)},
            {"made_by", to_json(key.made_by)},
            {"replaces", to_json(key.replaces)},
            {"created_at", to_json(key.created_at)},
            {"expires_at", to_json(key.expires_at)},
            {"revoked_at", to_json(key.revoked_at)},
            {"last_used_at", to_json(key.last_used_at)},
            {"version", key.version}};
}

json::object to_json(const EnrollmentToken& token) {
    return {{"id", to_json(token.id)},
            {"organization_id", to_json(token.organization)},
            {"site_name", token.site_name},
            {"made_by", to_json(token.made_by)},
            {"created_at", to_json(token.created_at)},
            {"expires_at", to_json(token.expires_at)},
            {"revoked_at", to_json(token.revoked_at)},
            {"used_at", to_json(token.used_at)},
            {"agent_id", to_json(token.agent)}};
}

json::object to_json(const Agent& agent) {
    return {{"id", to_json(agent.id)},
            {"organization_id", to_json(agent.organization)},
            {"site_name", agent.site_name},
            {"enrolled_at", to_json(agent.enrolled_at)},
            {"certificate_expires_at", to_json(agent.certificate_expires_at)},
            {"revoked_at", to_json(agent.revoked_at)},
            {"version", agent.version}};
}

}  // namespace kapok::identity
