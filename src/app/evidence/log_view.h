#pragma once

// The events of a bundle, found by what they are about.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "app/evidence/bundle.h"
#include "core/result.h"

namespace kapok::app::evidence {

// Members that an event must have within its `data`.
using Facts = boost::json::object;

class LogView {
public:
    // Bodies that are no events are left out; the check of inclusion names them.
    explicit LogView(const Log& log);

    // An event of this type and subject whose data has all of `facts`, alike.
    [[nodiscard]] const boost::json::object* find(std::string_view type, std::string_view subject,
                                                  const Facts& facts) const;
    // The same, or kNotInLog.
    [[nodiscard]] core::Result<const boost::json::object*> demand(std::string_view type,
                                                                  std::string_view subject,
                                                                  const Facts& facts) const;

private:
    std::multimap<std::pair<std::string, std::string>, boost::json::object> events_;
};

// A text member of an event, or "".
[[nodiscard]] std::string_view text_of(const boost::json::object& object, std::string_view name);

}  // namespace kapok::app::evidence
