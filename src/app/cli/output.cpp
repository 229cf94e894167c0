#include "app/cli/output.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iostream>
#include <utility>

#include <boost/json.hpp>

#include "app/cli/json_text.h"
#include "app/errors.h"

namespace kapok::app::cli {
namespace {

namespace json = boost::json;

// The wide ranges of Unicode's East Asian Width (UAX #11) that occur in text.
constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 7> kWide{{{0x1100, 0x115F},
                                                                        {0x2E80, 0xA4CF},
                                                                        {0xAC00, 0xD7A3},
                                                                        {0xF900, 0xFAFF},
                                                                        {0xFE30, 0xFE6F},
                                                                        {0xFF00, 0xFF60},
                                                                        {0x1F300, 0x3FFFD}}};

constexpr std::size_t kCellWidthMax = 60;

bool is_money(const json::object& object) {
    return object.size() == 2 && object.contains("amount") && object.contains("currency");
}

std::string cell(const json::value* value) {
    if (value == nullptr || value->is_null()) {
        return "-";
    }
    if (const auto* text = value->if_string()) {
        std::string line(*text);
        std::ranges::replace_if(line, [](char c) { return c == '\n' || c == '\t'; }, ' ');
        return line;
    }
    if (const auto* object = value->if_object(); object != nullptr && is_money(*object)) {
        return std::string(object->at("amount").as_string()) + " " +
               std::string(object->at("currency").as_string());
    }
    return json::serialize(*value);
}

// The first columns of a long text: a table is to be looked over, -o json has the whole.
std::string shortened(std::string text) {
    if (display_width(text) <= kCellWidthMax) {
        return text;
    }
    const auto continues = [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
    };
    while (display_width(text) > kCellWidthMax - 1) {
        while (text.size() > 1 && continues(text.back())) {
            text.pop_back();
        }
        text.pop_back();
    }
    return text + "…";
}

std::string padded(const std::string& text, std::size_t width) {
    const std::size_t taken = display_width(text);
    return text + std::string(taken < width ? width - taken : 0, ' ');
}

std::string rows_of(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], display_width(row[i]));
        }
    }
    std::string text;
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            text += i + 1 == row.size() ? row[i] : padded(row[i], widths[i] + 2);
        }
        text += '\n';
    }
    return text;
}

std::string upper(std::string_view name) {
    std::string text(name);
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return text;
}

std::string table_of_list(const json::array& list, std::vector<std::string> columns) {
    if (columns.empty() && !list.empty() && list.front().is_object()) {
        for (const auto& member : list.front().get_object()) {
            columns.emplace_back(member.key());
        }
    }
    std::vector<std::vector<std::string>> rows(1);
    std::ranges::transform(columns, std::back_inserter(rows[0]), upper);
    for (const json::value& item : list) {
        auto& row = rows.emplace_back();
        if (const auto* object = item.if_object()) {
            for (const std::string& column : columns) {
                row.push_back(shortened(cell(object->if_contains(column))));
            }
        } else {
            row.push_back(cell(&item));
        }
    }
    return rows_of(rows);
}

std::string table(const json::value& value, const std::vector<std::string>& columns) {
    if (const auto* list = value.if_array()) {
        return table_of_list(*list, columns);
    }
    const auto* object = value.if_object();
    if (object == nullptr) {
        return cell(&value) + "\n";
    }
    if (const auto* items = object->if_contains("items"); items != nullptr && items->is_array()) {
        return table_of_list(items->get_array(), columns);
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& member : *object) {
        rows.push_back({std::string(member.key()), cell(&member.value())});
    }
    return rows_of(rows);
}

void pretty(std::string& text, const json::value& value, std::size_t indent) {
    const std::string inner(indent + 2, ' ');
    const std::string outer(indent, ' ');
    if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
        text += "{\n";
        for (auto member = object->begin(); member != object->end(); ++member) {
            text += inner + json::serialize(json::string(member->key())) + ": ";
            pretty(text, member->value(), indent + 2);
            text += member + 1 == object->end() ? "\n" : ",\n";
        }
        text += outer + "}";
    } else if (const auto* list = value.if_array(); list != nullptr && !list->empty()) {
        text += "[\n";
        for (auto item = list->begin(); item != list->end(); ++item) {
            text += inner;
            pretty(text, *item, indent + 2);
            text += item + 1 == list->end() ? "\n" : ",\n";
        }
        text += outer + "]";
    } else {
        text += json::serialize(value);
    }
}

// A JSON text is valid YAML for every scalar, so only the nesting is written in YAML's own way.
void yaml(std::string& text, const json::value& value, std::size_t indent) {
    const std::string margin(indent, ' ');
    const auto nested = [](const json::value& inner) {
        return (inner.is_object() && !inner.get_object().empty()) ||
               (inner.is_array() && !inner.get_array().empty());
    };
    const auto put = [&](const json::value& inner) {
        if (nested(inner)) {
            text += '\n';
            yaml(text, inner, indent + 2);
        } else {
            text += ' ' + json::serialize(inner) + '\n';
        }
    };
    if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
        for (const auto& member : *object) {
            text += margin + std::string(member.key()) + ":";
            put(member.value());
        }
    } else if (const auto* list = value.if_array(); list != nullptr && !list->empty()) {
        for (const json::value& item : *list) {
            text += margin + "-";
            put(item);
        }
    } else {
        text += margin + json::serialize(value) + "\n";
    }
}

}  // namespace

std::size_t display_width(std::string_view utf8) {
    std::size_t width = 0;
    for (std::size_t i = 0; i < utf8.size();) {
        const auto lead = static_cast<unsigned char>(utf8[i]);
        const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        std::uint32_t point = size == 1 ? lead : lead & (0xFFU >> (size + 1));
        for (std::size_t k = 1; k < size && i + k < utf8.size(); ++k) {
            point = point << 6U | (static_cast<unsigned char>(utf8[i + k]) & 0x3FU);
        }
        width += std::ranges::any_of(kWide,
                                     [&](const auto& range) {
                                         return range.first <= point && point <= range.second;
                                     })
                     ? 2
                     : 1;
        i += size;
    }
    return width;
}

std::string format(const json::value& value, Output output,
                   const std::vector<std::string>& columns) {
    std::string text;
    switch (output) {
        case Output::Table: return table(value, columns);
        case Output::Json:
            pretty(text, value, 0);
            text += '\n';
            return text;
        case Output::Yaml: yaml(text, value, 0); return text;
    }
    std::unreachable();
}

int print(const boost::json::value& value, const Invocation& invocation,
          const std::vector<std::string>& columns) {
    if (invocation.get.empty()) {
        std::cout << format(value, invocation.output, columns);
        return 0;
    }
    const boost::json::value* found = find_at(value, invocation.get);
    if (found == nullptr) {
        const core::Error error(
            kNoValue, {{"pointer", invocation.get}, {"answer", boost::json::serialize(value)}}, {});
        return report(error, invocation);
    }
    const bool text = found->is_string();
    std::cout << (text ? std::string(found->get_string()) : boost::json::serialize(*found)) << "\n";
    return 0;
}

}  // namespace kapok::app::cli
