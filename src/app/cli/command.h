#pragma once

// The command line as data: one table of commands, from which parsing, help in both languages and
// shell completion are made. A command's function gets what was typed, already checked for form,
// and returns the exit code.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace kapok::app::cli {

enum class Output : std::uint8_t { Table, Json, Yaml };

struct Text {
    std::string en;
    std::string zh;

    [[nodiscard]] const std::string& in(core::Language language) const {
        return language == core::Language::Zh ? zh : en;
    }
};

struct Option {
    std::string name;   // "data": typed as --data
    std::string value;  // "DIR", shown in help; empty if it is a switch.
    Text help;
    bool required = false;
    std::vector<std::string> choices;
    bool repeated = false;  // May be typed several times; all are kept, in their order.
};

struct Argument {
    std::string name;  // "FILE"
    Text help;
    bool required = true;
};

struct Invocation {
    std::map<std::string, std::string, std::less<>> options;  // Those typed; a switch has "true".
    std::map<std::string, std::vector<std::string>, std::less<>> lists;  // Of repeated options.
    std::map<std::string, std::string, std::less<>> arguments;
    Output output = Output::Table;
    core::Language language = core::Language::En;
    std::string get;  // JSON pointer of the one value to print; empty: the whole answer.

    [[nodiscard]] std::optional<std::string> option(std::string_view name) const {
        const auto found = options.find(name);
        return found == options.end() ? std::nullopt : std::optional(found->second);
    }
    [[nodiscard]] std::string option_or(std::string_view name, std::string_view fallback) const {
        return option(name).value_or(std::string(fallback));
    }
    [[nodiscard]] std::vector<std::string> all(std::string_view name) const {
        const auto found = lists.find(name);
        return found == lists.end() ? std::vector<std::string>() : found->second;
    }
    [[nodiscard]] bool has(std::string_view name) const { return options.contains(name); }
    [[nodiscard]] std::string argument(std::string_view name) const {
        const auto found = arguments.find(name);
        return found == arguments.end() ? std::string() : found->second;
    }
};

struct Command {
    std::string noun;  // "job", or the whole command: "serve"
    std::string verb;  // "list"; empty if the noun is the command.
    Text help;
    std::vector<Option> options;
    std::vector<Argument> arguments;
    std::function<int(const Invocation&)> run;
};

// The kinds of things that the CLI speaks of, with a sentence each for `kapok --help`.
struct Noun {
    std::string name;
    Text help;
};

// What a shell needs to see where a command failed: the sentence on stderr, the code as exit
// status.
int report(const core::Error& error, const Invocation& invocation);

// The language of the terminal: KAPOK_LANG, else LC_ALL, LC_MESSAGES, LANG; zh… is Chinese.
[[nodiscard]] core::Language terminal_language();

// Parses and runs; 2 if what was typed makes no sense, with a sentence about what would.
int run_program(int argc, const char* const* argv, const std::vector<Noun>& nouns,
                const std::vector<Command>& commands);

// A script for bash or zsh that completes nouns, verbs and options.
[[nodiscard]] std::string completion_script(const std::vector<Command>& commands,
                                            std::string_view shell);

}  // namespace kapok::app::cli
