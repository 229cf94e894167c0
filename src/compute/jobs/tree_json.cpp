#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "compute/errors.h"
#include "compute/jobs/tree.h"
#include "compute/limits.h"

namespace kapok::compute {

namespace {

class Converter {
public:
    [[nodiscard]] Tree convert(const boost::json::value& value, const std::string& pointer,
                               std::size_t depth) {
        Tree tree;
        tree.pointer = pointer;
        if (depth > kYamlDepthMax || ++nodes_ > kYamlNodesMax) {
            too_large_ = true;
        } else if (const auto* object = value.if_object()) {
            tree.kind = Tree::Kind::Mapping;
            for (const auto& member : *object) {
                const std::string name(member.key().data(), member.key().size());
                std::string inner = pointer;
                inner.append("/").append(name);
                tree.members.push_back({name, convert(member.value(), inner, depth + 1)});
            }
        } else if (const auto* array = value.if_array()) {
            tree.kind = Tree::Kind::List;
            for (std::size_t i = 0; i < array->size(); ++i) {
                tree.items.push_back(
                    convert((*array)[i], pointer + "/" + std::to_string(i), depth + 1));
            }
        } else if (const auto* text = value.if_string()) {
            tree.kind = Tree::Kind::Text;
            tree.text.assign(text->data(), text->size());
        } else if (!value.is_null()) {
            tree.kind = Tree::Kind::Text;
            tree.text = number_text(value);
        }
        return tree;
    }
    [[nodiscard]] bool too_large() const { return too_large_; }

private:
    // 0.5 is printed as 5E-1; a job's numbers have at most three decimals, so that is enough.
    static std::string number_text(const boost::json::value& value) {
        const auto* number = value.if_double();
        if (number == nullptr) {
            return boost::json::serialize(value);
        }
        const double milli = *number * 1'000.0;
        const auto whole = static_cast<std::int64_t>(
            milli > 9e15 || milli < -9e15 ? 0.0 : milli + (milli < 0.0 ? -0.5 : 0.5));
        if (static_cast<double>(whole) / 1'000.0 != *number) {
            return boost::json::serialize(value);
        }
        std::string text = std::to_string(whole / 1'000);
        std::string rest = std::to_string(1'000 + (whole < 0 ? -whole : whole) % 1'000).substr(1);
        return (whole < 0 && whole > -1'000 ? "-" + text : text) + "." + rest;
    }

    std::size_t nodes_ = 0;
    bool too_large_ = false;
};

}  // namespace

core::Result<Tree> tree_from_json(const boost::json::object& object) {
    Converter converter;
    Tree tree = converter.convert(object, "", 1);
    if (converter.too_large()) {
        return core::fail(kJobTooManyNodes, {{"limit", std::to_string(kYamlNodesMax)},
                                             {"depth", std::to_string(kYamlDepthMax)}});
    }
    return tree;
}

}  // namespace kapok::compute
