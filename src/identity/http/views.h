#pragma once

// How the things of identity look in JSON. The schemas beside the routes say the same.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "identity/types.h"

namespace kapok::identity {

[[nodiscard]] boost::json::object to_json(const Organization& organization);
[[nodiscard]] boost::json::object to_json(const Project& project);
[[nodiscard]] boost::json::object to_json(const User& user);
[[nodiscard]] boost::json::object to_json(const Session& session);
[[nodiscard]] boost::json::object to_json(const ApiKey& key);
[[nodiscard]] boost::json::object to_json(const EnrollmentToken& token);
[[nodiscard]] boost::json::object to_json(const Agent& agent);
[[nodiscard]] boost::json::array to_json(const std::vector<core::Grant>& grants);
[[nodiscard]] boost::json::array to_json(const std::vector<std::string>& words);

}  // namespace kapok::identity
