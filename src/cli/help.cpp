#include "cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "trama/report/text.hpp"

namespace trama::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string section(std::string_view title, const Rows& rows, std::size_t width) {
    return rows.empty() ? std::string() : fmt::format("\n{}:\n{}", title, report::table(rows, width, 2));
}

std::string paragraphs(const std::string& text, std::size_t width) {
    return report::wrap(text, width) + "\n";
}

std::string exit_code_section(std::size_t width, const std::string& of = {}) {
    Rows rows;
    for (const auto& [code, meaning, command] : exit_codes())
        if (of.empty() || command.empty() || command == of) rows.push_back({std::to_string(code), meaning});
    return section("exit codes", rows, width);
}

std::string examples_section(const std::vector<Example>& examples) {
    if (examples.empty()) return {};
    std::string out = "\nexamples:\n";
    for (const auto& [doc, line] : examples)
        out += fmt::format("  # {}\n  {}\n", doc, line);
    return out;
}

}  // namespace

std::string tagline() {
    return "Trama is a language and a runtime for decentralised machine learning: a few lines say who "
           "computes what and "
           "what flows between them; trama checks them, expands them to a network of processes, and trains.";
}

std::string option_head(const Option& option) {
    return option.value.empty() ? option.name : option.name + " " + option.value;
}

std::string usage(const Command& command) {
    std::string out = "trama " + command.name;
    const bool visible =
        std::any_of(command.options.begin(), command.options.end(), [](const auto& o) { return !o.hidden; });
    if (visible) out += " [OPTIONS]";
    for (const auto& operand : command.operands) {
        const std::string name = operand.name + (operand.repeats ? "..." : "");
        out += operand.optional ? " [" + name + "]" : " " + name;
    }
    return out;
}

std::string help(const Command& command, std::size_t width) {
    std::string out = paragraphs(fmt::format("trama {}: {}", command.name, command.summary), width) +
                      fmt::format("\nusage: {}\n", usage(command));
    if (!command.details.empty()) out += "\n" + paragraphs(command.details, width);
    Rows rows;
    for (const auto& operand : command.operands)
        rows.push_back({operand.name, operand.doc});
    out += section("arguments", rows, width);
    rows.clear();
    for (const auto& option : command.options)
        if (!option.hidden) rows.push_back({option_head(option), option.doc});
    rows.push_back({"--help", "this text"});
    out += section("options", rows, width);
    out += examples_section(command.examples);
    return out + exit_code_section(width, command.name);
}

std::string help(std::size_t width) {
    std::string out = paragraphs(tagline(), width) + "\nusage: trama COMMAND [OPTIONS] ...\n";
    Rows rows;
    for (const Command& command : commands())
        if (!command.hidden) rows.push_back({command.name, command.summary});
    out += section("commands", rows, width);
    out += section("options",
                   {{"--help", "this text; `trama COMMAND --help` says more about a command"},
                    {"--version", "version, compiler and libraries, and what they compute with"}},
                   width);
    out += examples_section(
        {{"federated averaging on real handwritten digits, a few seconds", "trama run examples/fedavg.trama"},
         {"the same with fewer rounds and another seed",
          "trama run --set rounds=5 --seed 1 examples/fedavg.trama"},
         {"what is wrong with a scheme, without running it", "trama check my.trama"},
         {"what the language has, and one block in detail", "trama blocks; trama blocks reduce"}});
    return out + exit_code_section(width);
}

}  // namespace trama::cli
