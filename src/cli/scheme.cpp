#include "cli/scheme.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "trama/report/terminal.hpp"
#include "trama/report/text.hpp"

namespace trama::cli {

Option set_option() {
    return {.name = "--set",
            .value = "NAME=VALUE",
            .doc = "replace a named constant of the file, such as rounds=5; may be given several times",
            .takes = Takes::text,
            .repeats = true};
}

Option max_actors_option() {
    return {.name = "--max-actors",
            .value = "N",
            .doc = "refuse schemes that expand to more processes than this (default 1000000)",
            .takes = Takes::positive};
}

core::Result<run::Options> scheme_options(const Arguments& arguments) {
    run::Options options;
    for (const auto& setting : arguments.all("--set")) {
        const auto equals = setting.find('=');
        if (equals == std::string::npos || equals == 0 || equals + 1 == setting.size())
            return core::fail(core::ErrorKind::usage,
                              fmt::format("--set takes NAME=VALUE, not `{}`", setting), {},
                              "for example --set rounds=5");
        options.set.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
    }
    if (const auto limit = arguments.count("--max-actors"))
        options.max_actors = static_cast<std::int64_t>(std::min(*limit, 1ULL << 62U));
    return options;
}

core::Result<Loaded> load(const std::string& path, const run::Options& options) {
    auto source = lang::read_source(path);
    if (!source) return tl::unexpected(source.error());
    Loaded loaded;
    loaded.source = *source;
    run::add_builtins(*loaded.library);
    loaded.checked = run::check(loaded.source, *loaded.library, options);
    return loaded;
}

void print_findings(const std::vector<lang::Diagnostic>& findings, bool notes) {
    std::vector<lang::Diagnostic> shown;
    std::copy_if(findings.begin(), findings.end(), std::back_inserter(shown),
                 [&](const auto& finding) { return notes || finding.severity != lang::Severity::note; });
    if (shown.empty()) return;
    const auto terminal = report::detect_terminal(STDERR_FILENO);
    const std::string text = lang::render(shown, {terminal.color, terminal.utf8, terminal.width});
    std::fputs(text.c_str(), stderr);
}

int exit_code_of(const std::vector<lang::Diagnostic>& findings) {
    if (!lang::has_errors(findings)) return 0;
    const bool only_data = std::all_of(findings.begin(), findings.end(), [](const auto& finding) {
        return finding.severity != lang::Severity::error || finding.data;
    });
    return core::exit_code(only_data ? core::ErrorKind::data : core::ErrorKind::scheme);
}

int print_error(const core::Error& error) {
    return print_error(error, core::exit_code(error.kind));
}

int print_error(const core::Error& error, int exit_code) {
    const auto terminal = report::detect_terminal(STDERR_FILENO);
    const report::Style style(terminal.color);
    // Many messages name their file themselves.
    const bool said = error.where.empty() || error.message.find(error.where) != std::string::npos;
    const std::string place = said ? std::string() : error.where + ": ";
    std::string text = fmt::format("{} {}{}\n", style.red("error:"), place, error.message);
    if (!error.hint.empty()) text += fmt::format("{} {}\n", style.cyan(" hint:"), error.hint);
    std::fputs((terminal.utf8 ? text : report::to_ascii(text)).c_str(), stderr);
    return exit_code;
}

void print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

std::string for_stdout(const std::string& text) {
    return report::detect_terminal(STDOUT_FILENO).utf8 ? text : report::to_ascii(text);
}

}  // namespace trama::cli
