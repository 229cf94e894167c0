#include "app/program.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/cli/command.h"
#include "app/errors.h"
#include "core/nearest.h"

namespace kapok::app::cli {
namespace {

using core::Language;

struct Strings {
    Language language;

    [[nodiscard]] std::string operator()(const char* en, const char* zh) const {
        return language == Language::Zh ? zh : en;
    }
};

// CLI11's help with its fixed words in the reader's language.
class Formatter final : public CLI::Formatter {
public:
    explicit Formatter(Language language) {
        column_width(34);
        if (language == Language::Zh) {
            label("REQUIRED", "（必填）");
            label("TEXT", "");
            label("OPTIONS", "选项");
            label("SUBCOMMANDS", "命令");
        } else {
            label("TEXT", "");
        }
    }
};

// Where the values of one command land while it is parsed.
struct Binding {
    const Command* command;
    CLI::App* app;
    std::map<std::string, std::string, std::less<>> values;
    std::map<std::string, std::vector<std::string>, std::less<>> lists;
    std::map<std::string, bool, std::less<>> switches;
    std::map<std::string, CLI::Option*, std::less<>> options;
    std::map<std::string, std::string, std::less<>> arguments;
};

void bind_options(Binding& binding, Language language) {
    for (const Option& option : binding.command->options) {
        const std::string flag = "--" + option.name;
        if (option.value.empty()) {
            binding.options[option.name] = binding.app->add_flag(
                flag, binding.switches[option.name], option.help.in(language));
            continue;
        }
        const std::string& help = option.help.in(language);
        CLI::Option* added = option.repeated
                                 ? binding.app->add_option(flag, binding.lists[option.name], help)
                                       ->allow_extra_args(false)
                                 : binding.app->add_option(flag, binding.values[option.name], help);
        added->type_name(option.value)->required(option.required);
        if (!option.choices.empty()) {
            added->check(CLI::IsMember(option.choices));
        }
        binding.options[option.name] = added;
    }
    for (const Argument& argument : binding.command->arguments) {
        binding.app
            ->add_option(argument.name, binding.arguments[argument.name],
                         argument.help.in(language))
            ->type_name("")
            ->required(argument.required);
    }
}

struct Common {
    std::string output = "table";
    std::string language;
    std::string get;
};

Output output_of(std::string_view name) {
    return name == "json" ? Output::Json : name == "yaml" ? Output::Yaml : Output::Table;
}

Invocation invocation_of(const Binding& binding, const Common& common, Language language) {
    Invocation invocation;
    invocation.output = output_of(common.output);
    invocation.get = common.get;
    invocation.language = language;
    for (const auto& [name, option] : binding.options) {
        if (option->count() == 0) {
            continue;
        }
        if (const auto list = binding.lists.find(name); list != binding.lists.end()) {
            invocation.lists[name] = list->second;
            continue;
        }
        const auto value = binding.values.find(name);
        invocation.options[name] = value == binding.values.end() ? "true" : value->second;
    }
    for (const auto& [name, value] : binding.arguments) {
        if (!value.empty()) {
            invocation.arguments[name] = value;
        }
    }
    return invocation;
}

void add_common(CLI::App& app, Common& common, const Strings& say) {
    app.add_option("-o,--output", common.output,
                   say("How to print: table, json or yaml", "输出格式：table、json 或 yaml"))
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"table", "json", "yaml"}));
    app.add_option("--get", common.get,
                   say("Print one value of the answer, by JSON pointer: --get /id",
                       "只输出答复中的一个值（JSON 指针），如 --get /id"))
        ->type_name("POINTER");
    app.add_option("--lang", common.language,
                   say("Language of messages: zh or en", "消息语言：zh 或 en"))
        ->type_name("LANG")
        ->check(CLI::IsMember({"zh", "en"}));
    app.set_help_flag("-h,--help", say("Show this help", "显示帮助"));
}

// A verb of two words, such as "journal replay", has its own level for the first.
CLI::App* add_verb(CLI::App& noun, const Command& command, const Strings& say) {
    CLI::App* above = &noun;
    const std::size_t space = command.verb.find(' ');
    if (space != std::string::npos) {
        const std::string first = command.verb.substr(0, space);
        above->require_subcommand(1);
        const auto named = [&](const CLI::App* app) { return app->get_name() == first; };
        const std::vector<CLI::App*> known = above->get_subcommands(named);
        above = known.empty() ? above->add_subcommand(first, command.help.in(say.language))
                              : known.front();
    }
    above->require_subcommand(1);
    return above->add_subcommand(
        space == std::string::npos ? command.verb : command.verb.substr(space + 1),
        command.help.in(say.language));
}

// Each noun is a subcommand and each verb one below it; a command without a verb is the noun
// itself.
std::list<Binding> build(CLI::App& app, const std::vector<Noun>& nouns,
                         const std::vector<Command>& commands, Common& common, const Strings& say) {
    std::list<Binding> bindings;
    for (const Noun& noun : nouns) {
        CLI::App* above = app.add_subcommand(noun.name, noun.help.in(say.language));
        above->footer("");
        above->set_help_flag("-h,--help", say("Show this help", "显示帮助"));
        for (const Command& command : commands) {
            if (command.noun != noun.name) {
                continue;
            }
            CLI::App* below = above;
            if (command.verb.empty()) {
                below->description(command.help.in(say.language));
            } else {
                below = add_verb(*above, command, say);
            }
            below->footer("");
            add_common(*below, common, say);
            Binding& binding = bindings.emplace_back();
            binding.command = &command;
            binding.app = below;
            bind_options(binding, say.language);
        }
    }
    return bindings;
}

// --lang decides the language of the help, so it is looked for before anything is parsed.
Language wanted_language(int argc, const char* const* argv) {
    for (int i = 1; i + 1 < argc; ++i) {
        if (std::string_view(argv[i]) == "--lang") {
            return std::string_view(argv[i + 1]) == "zh" ? Language::Zh : Language::En;
        }
    }
    return terminal_language();
}

// The first word that is no noun, or after a noun with verbs the first that is no verb of it, with
// what is nearest to it.
std::optional<core::Error> unknown_word(int argc, const char* const* argv,
                                        const std::vector<Command>& commands) {
    const auto word = [&](int i) { return std::string(i < argc ? argv[i] : "-"); };
    std::set<std::string> nouns;
    std::set<std::string> verbs;
    for (const Command& command : commands) {
        nouns.insert(command.noun);
        if (command.noun == word(1)) {
            verbs.insert(command.verb.substr(0, command.verb.find(' ')));
        }
    }
    const auto unknown = [](const std::string& wrong, const std::set<std::string>& names,
                            std::string help) {
        return core::Error(kNoCommand,
                           {{"command", wrong},
                            {"nearest", std::string(core::nearest(wrong, names))},
                            {"help", std::move(help)}},
                           {});
    };
    if (!word(1).starts_with('-') && !nouns.contains(word(1))) {
        return unknown(word(1), nouns, "kapok --help");
    }
    const bool chooses = !verbs.empty() && !verbs.contains("");
    if (chooses && !word(2).starts_with('-') && !verbs.contains(word(2))) {
        return unknown(word(2), verbs, fmt::format("kapok {} --help", word(1)));
    }
    return std::nullopt;
}

std::string footer(const Strings& say) {
    return say(
        "\nStart here:\n"
        "  kapok serve                    start the platform on this host\n"
        "  kapok login --url URL          sign in and keep a profile\n"
        "  kapok NOUN --help              what can be done with a thing\n"
        "  kapok explain CODE             what an error code means and what to do\n",
        "\n从这里开始：\n"
        "  kapok serve                    在本机启动平台\n"
        "  kapok login --url URL          登录并保存配置\n"
        "  kapok 名词 --help              查看某类对象可做的操作\n"
        "  kapok explain CODE             解释错误代码及处理办法\n");
}

// What is wrong with the words. The library that reads them says so in English only.
std::string wrong_words(const CLI::Error& error, const Strings& say) {
    constexpr std::string_view kRequired = " is required";
    std::string text = error.what();
    const bool zh = say.language == Language::Zh;
    const auto is = [&](CLI::ExitCodes kind) {
        return error.get_exit_code() == static_cast<int>(kind);
    };
    if (is(CLI::ExitCodes::RequiredError) && text.ends_with(kRequired)) {
        text.resize(text.size() - kRequired.size());
        return zh ? "缺少 " + text : text + " is missing";
    }
    const std::size_t colon = text.rfind(": ");
    if (is(CLI::ExitCodes::ExtrasError) && colon != text.npos) {
        return (zh ? "多余的参数：" : "nothing takes ") + text.substr(colon + 2);
    }
    return text;
}

}  // namespace

Language terminal_language() {
    for (const char* name : {"KAPOK_LANG", "LC_ALL", "LC_MESSAGES", "LANG"}) {
        const char* value = std::getenv(name);
        if (value != nullptr && *value != '\0') {
            return std::string_view(value).starts_with("zh") ? Language::Zh : Language::En;
        }
    }
    return Language::En;
}

int report(const core::Error& error, const Invocation& invocation) {
    const bool zh = invocation.language == Language::Zh;
    const std::optional<std::string>& pointer = error.pointer();
    std::cerr << fmt::format(
        "{}: {}\n  {}: {}{}\n", zh ? "错误" : "error", core::render(error, invocation.language),
        zh ? "代码" : "code", error.code().name,
        pointer && !pointer->empty() ? fmt::format("  {}: {}", zh ? "位置" : "at", *pointer)
                                     : std::string());
    return core::exit_code(error.code().kind);
}

int run_program(int argc, const char* const* argv, const std::vector<Noun>& nouns,
                const std::vector<Command>& commands) {
    const Strings say{wanted_language(argc, argv)};
    CLI::App app(say("Kapok: one AI cloud out of the compute, models and data that a region has",
                     "木棉 Kapok：把一个地区已有的算力、模型与数据汇成一朵人工智能云"),
                 "kapok");
    app.formatter(std::make_shared<Formatter>(say.language));
    app.set_help_flag("-h,--help", say("Show this help", "显示帮助"));
    app.set_version_flag("--version", kProgram, say("Show the version", "显示版本"));
    app.footer(footer(say));
    app.require_subcommand(1);
    Common common;
    std::list<Binding> bindings = build(app, nouns, commands, common, say);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const bool wanted = error.get_exit_code() == 0;
        if (argc <= 1) {
            std::cerr << app.help();
            return 2;
        }
        if (const auto unknown = unknown_word(argc, argv, commands); unknown && !wanted) {
            Invocation invocation;
            invocation.language = say.language;
            report(*unknown, invocation);
            return 2;
        }
        if (wanted) {
            return app.exit(error, std::cout, std::cerr);
        }
        std::cerr << fmt::format("{}: {}\n", say("error", "错误"), wrong_words(error, say))
                  << say("Try the same with --help.\n", "请在命令后加 --help 查看用法。\n");
        return 2;
    }
    for (const Binding& binding : bindings) {
        if (binding.app->parsed()) {
            return binding.command->run(invocation_of(binding, common, say.language));
        }
    }
    return 2;
}

std::string completion_script(const std::vector<Command>& commands, std::string_view shell) {
    std::set<std::string> nouns;
    std::map<std::string, std::string> verbs;
    std::map<std::string, std::string> options;
    for (const Command& command : commands) {
        nouns.insert(command.noun);
        const std::string verb = command.verb.substr(0, command.verb.find(' '));
        verbs[command.noun] += verb.empty() ? "" : verb + " ";
        std::string& list = options[command.noun + " " + verb];
        for (const Option& option : command.options) {
            list += "--" + option.name + " ";
        }
        list += "--output --get --lang --help";
    }
    std::string script = shell == "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : "";
    script += "_kapok() {\n  local word=${COMP_WORDS[COMP_CWORD]} words=\n";
    script += "  case \"$COMP_CWORD:${COMP_WORDS[1]}:${COMP_WORDS[2]}\" in\n";
    script += fmt::format("    1:*) words='{}' ;;\n", fmt::join(nouns, " "));
    for (const auto& [noun, list] : verbs) {
        script += list.empty() ? "" : fmt::format("    2:{}:*) words='{}' ;;\n", noun, list);
    }
    for (const auto& [command, list] : options) {
        const auto space = command.find(' ');
        const std::string verb = command.substr(space + 1);
        script += fmt::format("    *:{}:{}) words='{}' ;;\n", command.substr(0, space),
                              verb.empty() ? "*" : verb, list);
    }
    script += "  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n";
    script += "complete -o default -F _kapok kapok\n";
    return script;
}

}  // namespace kapok::app::cli
