#pragma once

// Reads a JSON object that Kapok itself wrote (a report, a stored snapshot, a rule file) into a
// struct: each member is asked for once, the first fault is kept, and finish() tells it, or names a
// member that nobody asked for. Requests of users are checked by their route's table instead.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "compute/errors.h"
#include "core/id.h"
#include "core/result.h"

namespace kapok::compute {

class JsonFields {
public:
    // `where` is the JSON pointer of the object within its document.
    JsonFields(const boost::json::value& value, std::string where)
        : object_(value.if_object()), where_(std::move(where)) {
        if (object_ == nullptr) {
            blame("", "object");
        }
    }
    JsonFields(const boost::json::object& object, std::string where)
        : object_(&object), where_(std::move(where)) {}

    [[nodiscard]] std::int64_t integer(std::string_view name) {
        const auto* value = member(name, "integer");
        if (value == nullptr) {
            return 0;
        }
        if (const auto* number = value->if_int64()) {
            return *number;
        }
        blame(name, "integer");
        return 0;
    }
    [[nodiscard]] std::string text(std::string_view name) {
        const auto* value = member(name, "string");
        if (value == nullptr) {
            return {};
        }
        if (const auto* string = value->if_string()) {
            return std::string(string->data(), string->size());
        }
        blame(name, "string");
        return {};
    }
    [[nodiscard]] bool boolean(std::string_view name) {
        const auto* value = member(name, "boolean");
        if (value == nullptr) {
            return false;
        }
        if (const auto* flag = value->if_bool()) {
            return *flag;
        }
        blame(name, "boolean");
        return false;
    }
    [[nodiscard]] const boost::json::object& object(std::string_view name) {
        static const boost::json::object kEmpty;
        const auto* value = member(name, "object");
        if (value == nullptr) {
            return kEmpty;
        }
        if (const auto* found = value->if_object()) {
            return *found;
        }
        blame(name, "object");
        return kEmpty;
    }
    [[nodiscard]] const boost::json::array& list(std::string_view name) {
        static const boost::json::array kEmpty;
        const auto* value = member(name, "array");
        if (value == nullptr) {
            return kEmpty;
        }
        if (const auto* found = value->if_array()) {
            return *found;
        }
        blame(name, "array");
        return kEmpty;
    }
    [[nodiscard]] std::vector<std::string> texts(std::string_view name) {
        std::vector<std::string> found;
        for (const auto& item : list(name)) {
            if (const auto* string = item.if_string()) {
                found.emplace_back(string->data(), string->size());
            } else {
                blame(name, "array of strings");
            }
        }
        return found;
    }
    template <class Id>
    [[nodiscard]] Id id(std::string_view name) {
        const auto parsed = Id::parse(text(name));
        if (!parsed) {
            blame(name, "id");
        }
        return parsed.value_or(Id());
    }
    // Whether a member that may be absent is there; ask before reading it.
    [[nodiscard]] bool has(std::string_view name) const {
        return object_ != nullptr && object_->contains(name);
    }

    // Each item of a list of objects, read by `read(JsonFields&) -> T`.
    template <class Read>
    [[nodiscard]] auto objects(std::string_view name, Read read) {
        std::vector<std::invoke_result_t<Read, JsonFields&>> found;
        const auto& items = list(name);
        for (std::size_t i = 0; i < items.size(); ++i) {
            JsonFields item(items[i], pointer(name) + "/" + std::to_string(i));
            found.push_back(read(item));
            adopt(item);
        }
        return found;
    }
    template <class Read>
    [[nodiscard]] auto nested(std::string_view name, Read read) {
        JsonFields inner(object(name), pointer(name));
        auto found = read(inner);
        adopt(inner);
        return found;
    }

    void blame(std::string_view name, std::string_view expected) {
        if (!fault_) {
            fault_.emplace(core::Error(
                kBadDocument, {{"field", pointer(name)}, {"expected", std::string(expected)}},
                pointer(name)));
        }
    }
    [[nodiscard]] core::Result<void> finish() {
        if (object_ != nullptr && !fault_) {
            for (const auto& item : *object_) {
                const std::string_view name(item.key().data(), item.key().size());
                if (!asked_.contains(name)) {
                    blame(name, "absent");
                    break;
                }
            }
        }
        if (fault_) {
            return std::unexpected(*fault_);
        }
        return {};
    }

private:
    const boost::json::value* member(std::string_view name, std::string_view expected) {
        asked_.emplace(name);
        const auto* value = object_ == nullptr ? nullptr : object_->if_contains(name);
        if (value == nullptr) {
            blame(name, expected);
        }
        return value;
    }
    void adopt(JsonFields& inner) {
        if (auto done = inner.finish(); !done && !fault_) {
            fault_ = done.error();
        }
    }
    [[nodiscard]] std::string pointer(std::string_view name) const {
        return name.empty() ? where_ : where_ + "/" + std::string(name);
    }

    const boost::json::object* object_;
    std::string where_;
    std::set<std::string, std::less<>> asked_;
    std::optional<core::Error> fault_;
};

// The whole document: `read` fills a T, and what it didn't ask for is a fault.
template <class Read>
[[nodiscard]] auto read_document(const boost::json::value& value, Read read)
    -> core::Result<std::invoke_result_t<Read, JsonFields&>> {
    JsonFields fields(value, "");
    auto found = read(fields);
    if (auto done = fields.finish(); !done) {
        return std::unexpected(done.error());
    }
    return found;
}

}  // namespace kapok::compute
