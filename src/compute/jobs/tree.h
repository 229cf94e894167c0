#pragma once

// What a job description is before it has a meaning: mappings, lists and texts, each with its
// place. YAML and JSON both become one, so that one reader checks both.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "core/result.h"

namespace kapok::compute {

struct Tree {
    enum class Kind : std::uint8_t { Null, Text, List, Mapping };

    Kind kind = Kind::Null;
    std::string text;
    std::vector<Tree> items;
    struct Member;
    std::vector<Member> members;  // In order; names are unique.
    std::size_t line = 0;         // From 1; 0 in JSON.
    std::string pointer;          // RFC 6901, in both.

    [[nodiscard]] const Tree* find(std::string_view name) const;
    // "job.yaml:7" or "/retry/attempts": the same in every language.
    [[nodiscard]] std::string place() const {
        return line > 0 ? "job.yaml:" + std::to_string(line) : pointer.empty() ? "/" : pointer;
    }
};

struct Tree::Member {
    std::string name;
    Tree value;
};

inline const Tree* Tree::find(std::string_view name) const {
    for (const Member& member : members) {
        if (member.name == name) {
            return &member.value;
        }
    }
    return nullptr;
}

// Plain YAML of one document: no anchors, aliases or tags, limited in size, depth and nodes.
[[nodiscard]] core::Result<Tree> tree_from_yaml(std::string_view yaml);
[[nodiscard]] core::Result<Tree> tree_from_json(const boost::json::object& object);

}  // namespace kapok::compute
