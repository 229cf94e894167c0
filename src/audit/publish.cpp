#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/kind.hpp>
#include <fmt/format.h>

#include "audit/api.h"
#include "audit/canonical.h"
#include "audit/errors.h"
#include "audit/limits.h"
#include "audit/sql/statements.h"
#include "platform/http/utf8.h"

namespace kapok::audit {
namespace {

namespace json = boost::json;

std::unexpected<core::Error> bad(std::string_view field, std::string_view expected,
                                 std::string_view actual) {
    return core::fail(kBadEvent, {{"field", std::string(field)},
                                  {"expected", std::string(expected)},
                                  {"actual", std::string(actual)}});
}

// "<module>.<thing>_<past tense>", so that filters and readers can rely on it.
bool is_type(std::string_view type) {
    const auto dot = type.find('.');
    const auto is_word = [](std::string_view word) {
        return !word.empty() && word.front() >= 'a' && word.front() <= 'z' &&
               std::ranges::all_of(word, [](char c) {
                   return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
               });
    };
    return type.size() <= kTypeBytesMax && dot != type.npos && is_word(type.substr(0, dot)) &&
           is_word(type.substr(dot + 1));
}

bool is_subject(std::string_view subject) {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
    return !subject.empty() && subject.size() <= kSubjectBytesMax &&
           platform::http::is_utf8(subject) && std::ranges::none_of(subject, is_control);
}

// A change must not fail because a number in its record is large: it is recorded as text then, as
// RFC 8785 advises.
void spell_large_integers(json::value& value) {
    if (value.is_int64() &&
        (value.get_int64() > kExactIntegerMax || value.get_int64() < -kExactIntegerMax)) {
        value = fmt::to_string(value.get_int64());
    } else if (value.is_uint64() &&
               value.get_uint64() > static_cast<std::uint64_t>(kExactIntegerMax)) {
        value = fmt::to_string(value.get_uint64());
    } else if (value.is_array()) {
        std::ranges::for_each(value.get_array(), spell_large_integers);
    } else if (value.is_object()) {
        for (auto& member : value.get_object()) {
            spell_large_integers(member.value());
        }
    }
}

std::string_view kind_name(core::PrincipalKind kind) {
    switch (kind) {
        case core::PrincipalKind::Anonymous: return "anonymous";
        case core::PrincipalKind::User: return "user";
        case core::PrincipalKind::ApiKey: return "api_key";
        case core::PrincipalKind::Agent: return "agent";
        case core::PrincipalKind::System: return "system";
    }
    return "system";
}

core::Result<std::string> actor_json(const core::Principal& actor) {
    json::object object{{"kind", kind_name(actor.kind)}, {"name", actor.name}};
    object["id"] =
        actor.id.is_zero() ? json::value(nullptr) : json::value(core::to_base32(actor.id));
    return canonical_json(object);
}

template <class Id>
platform::db::Value id_or_null(const Id& id) {
    return id.is_zero() ? platform::db::Value(nullptr) : platform::db::Value(id);
}

}  // namespace

core::Result<void> publish(platform::db::Transaction& transaction, const core::Principal& actor,
                           const Event& event) {
    if (!is_type(event.type)) {
        return bad("type", "like identity.user_created", event.type);
    }
    if (!is_subject(event.subject)) {
        return bad("subject", fmt::format("UTF-8 of 1 to {} bytes", kSubjectBytesMax),
                   fmt::format("{} bytes", event.subject.size()));
    }
    json::value data(event.data);
    spell_large_integers(data);
    const auto data_text = canonical_json(data);
    if (!data_text) {
        return std::unexpected(data_text.error());
    }
    if (data_text->size() > kDataBytesMax) {
        return bad("data", fmt::format("at most {} bytes", kDataBytesMax),
                   fmt::format("{} bytes", data_text->size()));
    }
    const auto actor_text = actor_json(actor);
    if (!actor_text) {
        return std::unexpected(actor_text.error());
    }
    transaction.ring(kPublished);
    return transaction.queue(
        sql::kPublish, {event.type, event.subject, id_or_null(event.organization),
                        id_or_null(event.project.value_or(core::ProjectId())), transaction.now(),
                        *actor_text, *data_text});
}

}  // namespace kapok::audit
