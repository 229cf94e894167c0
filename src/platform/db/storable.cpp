#include "platform/db/storable.h"

#include <cmath>
#include <string>
#include <variant>

#include <simdjson.h>

#include "platform/db/errors.h"

namespace kapok::platform::db {

core::Result<void> check_storable(std::span<const Value> values) {
    for (const Value& value : values) {
        const auto* text = std::get_if<std::string>(&value.variant());
        if (text != nullptr && (text->find('\0') != text->npos ||
                                !simdjson::validate_utf8(text->data(), text->size()))) {
            return core::fail(kBadText);
        }
        const auto* number = std::get_if<double>(&value.variant());
        if (number != nullptr && std::isnan(*number)) {
            return core::fail(kBadNumber);
        }
    }
    return {};
}

}  // namespace kapok::platform::db
