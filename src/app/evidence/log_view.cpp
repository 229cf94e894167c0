#include "app/evidence/log_view.h"

#include <algorithm>

#include <boost/json/parse.hpp>

#include "app/evidence/errors.h"

namespace kapok::app::evidence {
namespace {

namespace json = boost::json;

bool has_all(const json::object& event, const Facts& facts) {
    const auto* data = event.if_contains("data");
    if (data == nullptr || !data->is_object()) {
        return false;
    }
    return std::ranges::all_of(facts, [&](const json::key_value_pair& fact) {
        const auto* value = data->get_object().if_contains(fact.key());
        return value != nullptr && *value == fact.value();
    });
}

}  // namespace

std::string_view text_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                  : std::string_view();
}

LogView::LogView(const Log& log) {
    for (const ProvenEvent& proven : log.events) {
        boost::system::error_code fault;
        json::value value = json::parse(proven.body, fault);
        if (fault || !value.is_object()) {
            continue;
        }
        json::object& event = value.get_object();
        std::pair key{std::string(text_of(event, "type")), std::string(text_of(event, "subject"))};
        events_.emplace(std::move(key), std::move(event));
    }
}

const json::object* LogView::find(std::string_view type, std::string_view subject,
                                  const Facts& facts) const {
    const auto [begin, end] =
        events_.equal_range(std::pair(std::string(type), std::string(subject)));
    const auto found =
        std::find_if(begin, end, [&](const auto& entry) { return has_all(entry.second, facts); });
    return found == end ? nullptr : &found->second;
}

core::Result<const json::object*> LogView::demand(std::string_view type, std::string_view subject,
                                                  const Facts& facts) const {
    const json::object* event = find(type, subject, facts);
    if (event == nullptr) {
        return core::fail(kNotInLog,
                          {{"type", std::string(type)}, {"subject", std::string(subject)}});
    }
    return event;
}

}  // namespace kapok::app::evidence
