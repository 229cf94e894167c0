#include "platform/config/config.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <ranges>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include "core/nearest.h"
#include "platform/config/errors.h"

namespace kapok::platform::config {
namespace {

using Texts = std::map<std::string, std::string, std::less<>>;

core::Result<void> refuse_unknown(const Texts& texts, std::span<const Setting> settings,
                                  std::string_view source) {
    for (const auto& [name, value] : texts) {
        if (std::ranges::find(settings, name, &Setting::name) != settings.end()) {
            continue;
        }
        const auto names = std::views::transform(settings, &Setting::name);
        return core::fail(kUnknownSetting, {{"source", std::string(source)},
                                            {"name", name},
                                            {"nearest", std::string(core::nearest(name, names))}});
    }
    return {};
}

// Only names that begin like those of a section: KAPOK_TOKEN and others' variables are not ours to
// judge.
core::Result<void> refuse_unknown_variables(const Texts& environment,
                                            std::span<const Setting> settings) {
    std::vector<std::string> known;
    std::vector<std::string> sections;
    for (const Setting& setting : settings) {
        known.push_back(environment_name(setting.name));
        sections.push_back(environment_name(setting.name.substr(0, setting.name.find('.') + 1)));
    }
    for (const auto& [name, value] : environment) {
        const bool ours = std::ranges::any_of(
            sections, [&](const std::string& section) { return name.starts_with(section); });
        if (ours && std::ranges::find(known, name) == known.end()) {
            return core::fail(kUnknownSetting,
                              {{"source", "environment"},
                               {"name", name},
                               {"nearest", std::string(core::nearest(name, known))}});
        }
    }
    return {};
}

// Tables become dotted names; other values become the text that a flag would have.
void flatten(const toml::table& table, const std::string& prefix, Texts& texts) {
    for (const auto& [key, node] : table) {
        const std::string name = prefix + std::string(key.str());
        if (const auto* inner = node.as_table()) {
            flatten(*inner, name + ".", texts);
        } else if (const auto text = node.value_exact<std::string>()) {
            texts[name] = *text;
        } else {
            std::ostringstream written;
            node.visit([&](const auto& value) { written << value; });
            texts[name] = written.str();
        }
    }
}

core::Result<Texts> read_file(const Inputs& inputs) {
    const toml::parse_result parsed = toml::parse(inputs.file_text, inputs.file_name);
    if (!parsed) {
        const toml::parse_error& error = parsed.error();
        return core::fail(kBadFile, {{"file", inputs.file_name},
                                     {"line", std::to_string(error.source().begin.line)},
                                     {"reason", std::string(error.description())}});
    }
    Texts texts;
    flatten(parsed.table(), "", texts);
    return texts;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = fault == std::errc() && end == text.data() + text.size();
    return whole ? std::optional(number) : std::nullopt;
}

core::Result<void> check(const Config::Entry& entry) {
    const Setting& setting = *entry.setting;
    std::string expected;
    if (setting.kind == Kind::Integer) {
        const auto number = parse_integer(entry.value);
        if (number && setting.min <= *number && *number <= setting.max) {
            return {};
        }
        expected = fmt::format("integer {}..{} {}", setting.min, setting.max, setting.unit);
    } else if (setting.kind == Kind::Boolean) {
        if (entry.value == "true" || entry.value == "false") {
            return {};
        }
        expected = "true | false";
    } else if (!setting.choices.empty()) {
        if (std::ranges::find(setting.choices, entry.value) != setting.choices.end()) {
            return {};
        }
        expected = fmt::format("{}", fmt::join(setting.choices, " | "));
    } else if (!entry.value.contains('\0')) {
        return {};
    } else {
        expected = "text";
    }
    return core::fail(kBadSetting,
                      {{"name", std::string(setting.name)},
                       {"source", std::string(kSourceNames[std::to_underlying(entry.source)])},
                       {"expected", expected},
                       {"actual", entry.value.substr(0, 64)}});
}

}  // namespace

std::string environment_name(std::string_view setting) {
    std::string name = "KAPOK_";
    for (const char c : setting) {
        name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c == '.' ? '_' : c;
    }
    return name;
}

core::Result<Config> Config::load(const Inputs& inputs) {
    const auto file = read_file(inputs);
    if (!file) {
        return std::unexpected(file.error());
    }
    for (const auto& [texts, source] :
         {std::pair<const Texts&, std::string>(*file, inputs.file_name),
          std::pair<const Texts&, std::string>(inputs.flags, "flags")}) {
        if (const auto known = refuse_unknown(texts, inputs.settings, source); !known) {
            return std::unexpected(known.error());
        }
    }
    if (const auto known = refuse_unknown_variables(inputs.environment, inputs.settings); !known) {
        return std::unexpected(known.error());
    }
    Config config;
    for (const Setting& setting : inputs.settings) {
        Entry entry{&setting, std::string(setting.fallback), Source::Default};
        if (const auto found = file->find(setting.name); found != file->end()) {
            entry.value = found->second;
            entry.source = Source::File;
        }
        if (const auto found = inputs.environment.find(environment_name(setting.name));
            found != inputs.environment.end()) {
            entry.value = found->second;
            entry.source = Source::Environment;
        }
        if (const auto found = inputs.flags.find(setting.name); found != inputs.flags.end()) {
            entry.value = found->second;
            entry.source = Source::Flag;
        }
        if (const auto right = check(entry); !right) {
            return std::unexpected(right.error());
        }
        config.entries_.push_back(std::move(entry));
    }
    return config;
}

const Config::Entry& Config::entry(std::string_view name, Kind kind) const {
    const auto found =
        std::ranges::find(entries_, name, [](const Entry& e) { return e.setting->name; });
    assert(found != entries_.end() && found->setting->kind == kind);
    (void)kind;
    return *found;
}

const std::string& Config::text(std::string_view name) const {
    return entry(name, Kind::Text).value;
}

std::int64_t Config::integer(std::string_view name) const {
    const auto number = parse_integer(entry(name, Kind::Integer).value);
    assert(number.has_value());  // Or load() had refused it.
    return *number;
}

bool Config::boolean(std::string_view name) const {
    return entry(name, Kind::Boolean).value == "true";
}

}  // namespace kapok::platform::config
