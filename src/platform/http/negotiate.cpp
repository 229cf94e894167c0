#include "platform/http/negotiate.h"

#include <charconv>
#include <vector>

namespace kapok::platform::http {
namespace {

struct Preference {
    std::string name;
    double weight = 1;
};

// "zh-CN,zh;q=0.9, en;q=0.8" in the order given. What cannot be read has the weight 0.
std::vector<Preference> preferences_of(std::string_view header) {
    std::vector<Preference> preferences;
    while (!header.empty()) {
        const auto comma = header.find(',');
        const std::string_view item = header.substr(0, comma);
        header.remove_prefix(comma == header.npos ? header.size() : comma + 1);
        const auto semicolon = item.find(';');
        Preference preference{to_lower(trim(item.substr(0, semicolon))), 1};
        if (semicolon != item.npos) {
            const std::string_view weight = trim(item.substr(semicolon + 1));
            preference.weight = 0;
            if (weight.starts_with("q=") || weight.starts_with("Q=")) {
                std::from_chars(weight.data() + 2, weight.data() + weight.size(),
                                preference.weight);
            }
        }
        preferences.push_back(std::move(preference));
    }
    return preferences;
}

bool is_language(std::string_view name, std::string_view language) {
    return name == language || (name.starts_with(language) && name.size() > language.size() &&
                                name[language.size()] == '-');
}

}  // namespace

std::string to_lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    }
    return lower;
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    const auto last = text.find_last_not_of(" \t");
    return first == text.npos ? std::string_view() : text.substr(first, last - first + 1);
}

core::Language language_of(std::string_view accept_language) {
    double zh = 0;
    double en = 0;
    for (const auto& [name, weight] : preferences_of(accept_language)) {
        // The first of two that weigh the same is the preferred one, hence the strict comparison.
        if (is_language(name, "zh") && weight > zh && weight > en) {
            zh = weight;
        } else if (is_language(name, "en") && weight > en && weight > zh) {
            en = weight;
        }
    }
    return zh > en ? core::Language::Zh : core::Language::En;
}

bool admits_coding(std::string_view accept_encoding, std::string_view coding) {
    bool by_star = false;
    for (const auto& [name, weight] : preferences_of(accept_encoding)) {
        if (name == coding) {
            return weight > 0;
        }
        by_star = by_star || (name == "*" && weight > 0);
    }
    return by_star;
}

std::string media_type_of(std::string_view content_type) {
    return to_lower(trim(content_type.substr(0, content_type.find(';'))));
}

}  // namespace kapok::platform::http
