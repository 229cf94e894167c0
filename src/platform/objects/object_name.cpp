#include "platform/objects/object_name.h"

#include <algorithm>
#include <string>

#include <simdjson.h>

#include "platform/objects/errors.h"
#include "platform/objects/limits.h"

namespace kapok::platform::objects {
namespace {

// C0 and C1 controls, DEL, and the characters that turn the direction of text or cannot be seen:
// with them a name could look like another one.
bool has_hidden_characters(std::string_view name) {
    for (std::size_t at = 0; at < name.size(); ++at) {
        const auto byte = static_cast<unsigned char>(name[at]);
        if (byte < 0x20 || byte == 0x7F) {
            return true;
        }
        const std::string_view rest = name.substr(at);
        if (rest.size() >= 2 && byte == 0xC2 && static_cast<unsigned char>(rest[1]) < 0xA0) {
            return true;
        }
        for (const std::string_view hidden :
             {"\xE2\x80\x8B", "\xE2\x80\x8C", "\xE2\x80\x8D", "\xE2\x80\x8E", "\xE2\x80\x8F",
              "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAA", "\xE2\x80\xAB", "\xE2\x80\xAC",
              "\xE2\x80\xAD", "\xE2\x80\xAE", "\xE2\x81\xA6", "\xE2\x81\xA7", "\xE2\x81\xA8",
              "\xE2\x81\xA9", "\xEF\xBB\xBF"}) {
            if (rest.starts_with(hidden)) {
                return true;
            }
        }
    }
    return false;
}

bool is_good_part(std::string_view part) {
    return !part.empty() && part.size() <= kNamePartBytesMax && part != "." && part != "..";
}

bool is_good_name(std::string_view name) {
    if (name.size() > kNameBytesMax || !simdjson::validate_utf8(name.data(), name.size()) ||
        has_hidden_characters(name) || name.find('\\') != name.npos) {
        return false;
    }
    std::size_t parts = 0;
    for (std::string_view rest = name;; ++parts) {
        const auto slash = rest.find('/');
        if (!is_good_part(rest.substr(0, slash))) {
            return false;
        }
        if (slash == rest.npos) {
            return parts < kNamePartsMax;
        }
        rest.remove_prefix(slash + 1);
    }
}

// Safe to show and to log, whatever was sent.
std::string shown(std::string_view name) {
    std::string text(name.substr(0, 80));
    std::ranges::replace_if(text, [](unsigned char c) { return c < 0x20 || c >= 0x7F; }, '?');
    return text;
}

}  // namespace

core::Result<void> check_name(std::string_view name) {
    if (is_good_name(name)) {
        return {};
    }
    return core::fail(kBadName,
                      {{"limit", std::to_string(kNameBytesMax)}, {"actual", shown(name)}});
}

}  // namespace kapok::platform::objects
