#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/help.hpp"
#include "cli/scheme.hpp"
#include "trama/version.hpp"

namespace trama::cli {
namespace {

/// Text for troff: backslashes and minus signs mean themselves, a line does not begin with a control
/// character.
std::string roff(const std::string& text) {
    std::string out;
    bool line_start = true;
    for (const char c : text) {
        if (line_start && (c == '.' || c == '\'')) out += "\\&";
        line_start = c == '\n';
        if (c == '\\')
            out += "\\e";
        else if (c == '-')
            out += "\\-";
        else
            out += c;
    }
    return out;
}

std::string paragraphs(const std::string& text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find("\n\n", at), text.size());
        out += ".PP\n" + roff(text.substr(at, end - at)) + "\n";
        at = end + 2;
    }
    return out;
}

std::string term(const std::string& head, const std::string& text) {
    return fmt::format(".TP\n.B {}\n{}\n", roff(head), roff(text));
}

std::string section(const Command& command) {
    std::string out = fmt::format(".SS {}\n{}.\n", roff(usage(command)), roff(command.summary));
    out += paragraphs(command.details);
    for (const auto& operand : command.operands)
        out += term(operand.name, operand.doc);
    for (const auto& option : command.options)
        if (!option.hidden) out += term(option_head(option), option.doc);
    for (const auto& [doc, line] : command.examples)
        out += fmt::format(".PP\n{}:\n.PP\n.EX\n    {}\n.EE\n", roff(doc), roff(line));
    return out;
}

std::string manual() {
    std::string out = fmt::format(
        ".TH TRAMA 1 \"\" \"trama {}\" \"User Commands\"\n.SH NAME\ntrama \\- decentralised machine learning "
        "from a scheme\n",
        version);
    out += ".SH SYNOPSIS\n.B trama\n.I COMMAND\n[OPTIONS] ...\n.SH DESCRIPTION\n" + roff(tagline()) +
           "\n.SH COMMANDS\n";
    for (const Command& command : commands())
        if (!command.hidden) out += section(command);
    out += ".SH EXIT STATUS\n";
    for (const auto& [code, meaning, command] : exit_codes())
        out += term(std::to_string(code), meaning);
    out += ".SH ENVIRONMENT\n";
    out += term("NO_COLOR", "when set and not empty, no colours");
    out += term("COLUMNS", "the width of the terminal, where it is not what the terminal says");
    out += term("LC_ALL, LC_CTYPE, LANG", "say whether output may be UTF-8; otherwise it is ASCII");
    out += term("TRAMA_MODULES",
                "the folder of the modules that a run loads, where it is not beside the libraries");
    return out;
}

int run_man(const Arguments& /*arguments*/) {
    print(manual());
    return 0;
}

}  // namespace

Command man_command() {
    return {.name = "man",
            .summary = "the manual page, for man(1)",
            .details = {},
            .operands = {},
            .options = {},
            .examples = {{"read it", "trama man | man -l -"}},
            .run = run_man,
            .hidden = true};
}

}  // namespace trama::cli
