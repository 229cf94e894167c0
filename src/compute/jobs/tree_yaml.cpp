#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "compute/errors.h"
#include "compute/jobs/tree.h"
#include "compute/limits.h"

namespace kapok::compute {

namespace {

std::unexpected<core::Error> bad_yaml(const core::ErrorCode& code, std::size_t line,
                                      std::vector<core::Parameter> parameters = {}) {
    parameters.insert(parameters.begin(), {"line", std::to_string(line)});
    return core::fail(code, std::move(parameters), "");
}

// Builds the tree from the parser's events. Aliases are never followed, so a few bytes cannot
// become many nodes. After the first fault everything else is ignored.
class Builder final : public YAML::EventHandler {
public:
    explicit Builder(std::string_view text) : text_(text) {}

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) {
            const auto at = static_cast<std::size_t>(std::max(mark.pos, 0));
            const bool marked = at < text_.size() && text_.substr(0, at).ends_with("---");
            blame(marked || text_.substr(std::min(at, text_.size())).starts_with("---")
                      ? kYamlSecondDocument
                      : kYamlUnexpected,
                  mark);
        }
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        add(Tree::Kind::Null, {}, mark, anchor, "?");
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        blame(kYamlAnchor, mark);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        if (tag == "?" && (value == "~" || value == "null")) {
            add(Tree::Kind::Null, {}, mark, anchor, tag);
        } else {
            add(Tree::Kind::Text, value, mark, anchor, tag);
        }
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        open(Tree::Kind::List, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        open(Tree::Kind::Mapping, mark, tag, anchor);
    }
    void OnMapEnd() override { close(); }

    [[nodiscard]] bool failed() const { return fault_.has_value(); }
    [[nodiscard]] core::Result<Tree> finish() {
        if (fault_) {
            return std::unexpected(*fault_);
        }
        if (!root_) {
            return bad_yaml(kYamlEmpty, 1);
        }
        return *std::move(root_);
    }

private:
    struct Level {
        Tree tree;
        std::optional<std::string> key;  // Of a mapping, read before its value.
    };

    static std::size_t line_of(const YAML::Mark& mark) {
        return static_cast<std::size_t>(std::max(mark.line, 0)) + 1;
    }
    void blame(const core::ErrorCode& code, const YAML::Mark& mark,
               std::vector<core::Parameter> parameters = {}) {
        if (!fault_) {
            fault_ = bad_yaml(code, line_of(mark), std::move(parameters)).error();
        }
    }
    bool admit(const YAML::Mark& mark, YAML::anchor_t anchor, std::string_view tag) {
        if (anchor != 0) {
            blame(kYamlAnchor, mark);
        } else if (!tag.empty() && tag != "?" && tag != "!") {
            blame(kYamlTag, mark, {{"tag", std::string(tag)}});
        } else if (++nodes_ > kYamlNodesMax) {
            blame(kYamlTooManyNodes, mark, {{"limit", std::to_string(kYamlNodesMax)}});
        }
        return !fault_;
    }
    void add(Tree::Kind kind, const std::string& text, const YAML::Mark& mark,
             YAML::anchor_t anchor, std::string_view tag) {
        if (!admit(mark, anchor, tag)) {
            return;
        }
        if (!levels_.empty() && levels_.back().tree.kind == Tree::Kind::Mapping &&
            !levels_.back().key) {
            take_key(kind, text, mark);
            return;
        }
        Tree tree;
        tree.kind = kind;
        tree.text = text;
        tree.line = line_of(mark);
        put(std::move(tree));
    }
    void take_key(Tree::Kind kind, const std::string& text, const YAML::Mark& mark) {
        if (kind != Tree::Kind::Text) {
            blame(kYamlKey, mark);
        } else if (levels_.back().tree.find(text) != nullptr) {
            blame(kYamlRepeated, mark, {{"field", text}});
        } else {
            levels_.back().key = text;
        }
    }
    void open(Tree::Kind kind, const YAML::Mark& mark, std::string_view tag,
              YAML::anchor_t anchor) {
        if (!admit(mark, anchor, tag)) {
            return;
        }
        if (levels_.size() >= kYamlDepthMax) {
            blame(kYamlTooDeep, mark, {{"limit", std::to_string(kYamlDepthMax)}});
        } else if (!levels_.empty() && levels_.back().tree.kind == Tree::Kind::Mapping &&
                   !levels_.back().key) {
            blame(kYamlKey, mark);
        } else {
            Level level;
            level.tree.kind = kind;
            level.tree.line = line_of(mark);
            levels_.push_back(std::move(level));
        }
    }
    void close() {
        if (fault_) {
            return;
        }
        Tree tree = std::move(levels_.back().tree);
        levels_.pop_back();
        put(std::move(tree));
    }
    void put(Tree tree) {
        if (levels_.empty()) {
            root_ = std::move(tree);
        } else if (Level& parent = levels_.back(); parent.tree.kind == Tree::Kind::List) {
            parent.tree.items.push_back(std::move(tree));
        } else {
            parent.tree.members.push_back(
                {*std::exchange(parent.key, std::nullopt), std::move(tree)});
        }
    }

    std::string_view text_;
    std::vector<Level> levels_;
    std::optional<Tree> root_;
    std::optional<core::Error> fault_;
    std::size_t nodes_ = 0;
    int documents_ = 0;
};

void set_pointers(Tree& tree, const std::string& pointer) {
    tree.pointer = pointer;
    for (std::size_t i = 0; i < tree.items.size(); ++i) {
        set_pointers(tree.items[i], pointer + "/" + std::to_string(i));
    }
    for (auto& [name, value] : tree.members) {
        std::string inner = pointer + "/";
        for (const char letter : name) {
            inner += letter == '~' ? "~0" : letter == '/' ? "~1" : std::string(1, letter);
        }
        set_pointers(value, inner);
    }
}

// The line of the first byte that is not part of UTF-8 text without control characters; 0 if all
// is.
std::size_t line_of_bad_byte(std::string_view text) {
    std::size_t line = 1;
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const std::size_t length = byte < 0x80   ? 1
                                   : byte < 0xC2 ? 0
                                   : byte < 0xE0 ? 2
                                   : byte < 0xF0 ? 3
                                   : byte < 0xF5 ? 4
                                                 : 0;
        const bool control = byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t';
        if (length == 0 || control || i + length > text.size()) {
            return line;
        }
        for (std::size_t k = 1; k < length; ++k) {
            if ((static_cast<unsigned char>(text[i + k]) & 0xC0U) != 0x80U) {
                return line;
            }
        }
        line += byte == '\n' ? 1 : 0;
        i += length;
    }
    return 0;
}

}  // namespace

core::Result<Tree> tree_from_yaml(std::string_view yaml) {
    if (yaml.size() > kJobFileBytesMax) {
        return core::fail(kJobFileTooLarge, {{"limit", std::to_string(kJobFileBytesMax)},
                                             {"actual", std::to_string(yaml.size())}});
    }
    if (const std::size_t line = line_of_bad_byte(yaml); line > 0) {
        return bad_yaml(kYamlNotText, line);
    }
    Builder builder(yaml);
    try {  // The library reports bad input by exceptions; they end here.
        std::istringstream input{std::string(yaml)};
        YAML::Parser parser(input);
        // A token that begins no document is never consumed: only the fault ends the loop then.
        while (!builder.failed() && parser.HandleNextDocument(builder)) {
        }
    } catch (const YAML::Exception& error) {
        return bad_yaml(kBadYaml, static_cast<std::size_t>(std::max(error.mark.line, 0)) + 1,
                        {{"fault", error.msg}});
    }
    auto tree = builder.finish();
    if (tree) {
        set_pointers(*tree, "");
    }
    return tree;
}

}  // namespace kapok::compute
