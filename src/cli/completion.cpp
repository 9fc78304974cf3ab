#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/command.hpp"
#include "cli/help.hpp"
#include "cli/scheme.hpp"

namespace trama::cli {
namespace {

std::vector<const Command*> visible() {
    std::vector<const Command*> out;
    for (const Command& command : commands())
        if (!command.hidden) out.push_back(&command);
    return out;
}

std::vector<std::string> option_names(const Command& command) {
    std::vector<std::string> names{"--help"};
    for (const auto& option : command.options)
        if (!option.hidden) names.push_back(option.name);
    return names;
}

std::vector<std::string> command_names() {
    std::vector<std::string> names;
    for (const auto* command : visible())
        names.push_back(command->name);
    return names;
}

/// Text inside single quotes of a shell.
std::string shell_quoted(const std::string& text) {
    std::string out = "'";
    for (const char c : text)
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

// --- bash ---

std::string bash_words(Takes takes, const std::vector<std::string>& words) {
    switch (takes) {
        case Takes::scheme:
            return "COMPREPLY=($(compgen -f -X '!*.trama' -- \"$cur\") $(compgen -d -- \"$cur\"))";
        case Takes::file:
            return "COMPREPLY=($(compgen -f -- \"$cur\"))";
        case Takes::folder:
            return "COMPREPLY=($(compgen -d -- \"$cur\"))";
        case Takes::word:
        case Takes::block:
        case Takes::code:
            return fmt::format("COMPREPLY=($(compgen -W {} -- \"$cur\"))",
                               shell_quoted(fmt::format("{}", fmt::join(words_for(takes, words), " "))));
        default:
            return "COMPREPLY=()";
    }
}

std::string bash() {
    std::string out = fmt::format(
        "# bash completion for trama\n_trama() {{\n    local cur=${{COMP_WORDS[COMP_CWORD]}} "
        "prev=${{COMP_WORDS[COMP_CWORD-1]}} command=${{COMP_WORDS[1]}}\n"
        "    compopt -o filenames 2>/dev/null\n    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        "
        "COMPREPLY=($(compgen -W {} -- \"$cur\"))\n        return\n    fi\n    case \"$command $prev\" in\n",
        shell_quoted(fmt::format("{} --help --version", fmt::join(command_names(), " "))));
    for (const auto* command : visible())
        for (const auto& option : command->options)
            if (option.takes != Takes::nothing)
                out += fmt::format("        {}) {}; return ;;\n",
                                   shell_quoted(command->name + " " + option.name),
                                   bash_words(option.takes, option.words));
    out += "    esac\n    case \"$command\" in\n";
    for (const auto* command : visible()) {
        out += fmt::format(
            "        {})\n            if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W {} -- \"$cur\"))\n",
            command->name, shell_quoted(fmt::format("{}", fmt::join(option_names(*command), " "))));
        if (!command->operands.empty())
            out += fmt::format("            else {}\n",
                               bash_words(command->operands.front().takes, command->operands.front().words));
        out += "            fi ;;\n";
    }
    return out + "    esac\n}\ncomplete -F _trama trama\n";
}

// --- zsh ---

std::string zsh_action(Takes takes, const std::vector<std::string>& words) {
    switch (takes) {
        case Takes::scheme:
            return "_files -g \"*.trama\"";
        case Takes::file:
            return "_files";
        case Takes::folder:
            return "_files -/";
        case Takes::word:
        case Takes::block:
        case Takes::code:
            return fmt::format("({})", fmt::join(words_for(takes, words), " "));
        default:
            return " ";
    }
}

/// Text inside `[...]` of an _arguments specification.
std::string zsh_text(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::string zsh() {
    std::string out =
        "#compdef trama\n# zsh completion for trama\n_trama() {\n    if (( CURRENT == 2 )); then\n        "
        "local -a commands=(\n";
    for (const auto* command : visible())
        out +=
            fmt::format("            {}\n", shell_quoted(command->name + ":" + zsh_text(command->summary)));
    out +=
        "        )\n        _describe command commands\n        _arguments '--help[what trama is and does]' "
        "'--version[version and fingerprint]'\n        return\n    fi\n    local command=$words[2]\n    "
        "shift words\n    (( CURRENT-- ))\n    case $command in\n";
    for (const auto* command : visible()) {
        out +=
            fmt::format("        {})\n            _arguments '--help[explain this command]'", command->name);
        for (const auto& option : command->options) {
            std::string spec = (option.repeats ? "*" : "") + option.name + "[" + zsh_text(option.doc) + "]";
            if (option.takes != Takes::nothing)
                spec += ":" + zsh_text(option.value) + ":" + zsh_action(option.takes, option.words);
            out += " \\\n                " + shell_quoted(spec);
        }
        for (const auto& operand : command->operands)
            out += " \\\n                " +
                   shell_quoted(fmt::format("{}:{}:{}", operand.repeats ? "*" : "", zsh_text(operand.name),
                                            zsh_action(operand.takes, operand.words)));
        out += " ;;\n";
    }
    return out + "    esac\n}\n_trama \"$@\"\n";
}

// --- fish ---

std::string fish_quoted(const std::string& text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

std::string fish_words(Takes takes, const std::vector<std::string>& words) {
    switch (takes) {
        case Takes::scheme:
            return " -k -a '(__fish_complete_suffix .trama)'";
        case Takes::file:
            return " -F";
        case Takes::folder:
            return " -a '(__fish_complete_directories)'";
        case Takes::word:
        case Takes::block:
        case Takes::code:
            return " -a " + fish_quoted(fmt::format("{}", fmt::join(words_for(takes, words), " ")));
        default:
            return {};
    }
}

std::string fish() {
    std::string out =
        "# fish completion for trama\ncomplete -c trama -f\ncomplete -c trama -n __fish_use_subcommand -l "
        "version -d 'version and fingerprint'\ncomplete -c trama -l help -d 'explain'\n";
    for (const auto* command : visible()) {
        out += fmt::format("complete -c trama -n __fish_use_subcommand -a {} -d {}\n", command->name,
                           fish_quoted(command->summary));
        const std::string inside =
            fmt::format("complete -c trama -n '__fish_seen_subcommand_from {}'", command->name);
        for (const auto& option : command->options)
            out += fmt::format(
                "{} -l {}{} -d {}\n", inside, option.name.substr(2),
                option.takes == Takes::nothing ? "" : " -x" + fish_words(option.takes, option.words),
                fish_quoted(option.doc));
        for (const auto& operand : command->operands)
            if (const auto action = fish_words(operand.takes, operand.words); !action.empty())
                out += inside + action + "\n";
    }
    return out;
}

int run_completion(const Arguments& arguments) {
    const std::string shell = arguments.get("SHELL");
    print(shell == "bash" ? bash() : shell == "zsh" ? zsh() : fish());
    return 0;
}

}  // namespace

Command completion_command() {
    return {.name = "completion",
            .summary = "completion for a shell",
            .details = {},
            .operands = {{.name = "SHELL",
                          .doc = "bash, zsh or fish",
                          .takes = Takes::word,
                          .words = {"bash", "zsh", "fish"}}},
            .options = {},
            .examples = {{"in bash, now", "source <(trama completion bash)"}},
            .run = run_completion,
            .hidden = true};
}

}  // namespace trama::cli
