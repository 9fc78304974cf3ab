#include <fmt/format.h>

#include <filesystem>

#include "cli/command.hpp"
#include "cli/scheme.hpp"
#include "trama/core/safetensors.hpp"
#include "trama/lang/ast.hpp"

namespace trama::cli {
namespace {

constexpr int not_formatted = 1;

/// The more serious of two exit codes: an error before a file that is merely not formatted.
int worse(int a, int b) {
    return a == 0 || a == not_formatted ? (b == 0 ? a : b) : a;
}

int format_one(const std::string& path, bool only_check) {
    const auto source = lang::read_source(path);
    if (!source) return print_error(source.error());
    const auto parsed = lang::parse(*source);
    print_findings(parsed.diagnostics);
    if (lang::has_errors(parsed.diagnostics)) return exit_code_of(parsed.diagnostics);
    const std::string text = lang::format(parsed.file);
    if (only_check) {
        if (text == (*source)->text()) return 0;
        print(fmt::format("{} is not formatted\n", (*source)->path()));
        return not_formatted;
    }
    if (path == "-") {
        print(text);
        return 0;
    }
    if (text == (*source)->text()) return 0;
    // The file is replaced by a new one: it keeps who may read and write it.
    std::error_code ignored;
    const auto permissions = std::filesystem::status(path, ignored).permissions();
    const auto written = core::write_file_atomically(path, text);
    if (!written) return print_error(written.error());
    std::filesystem::permissions(path, permissions, ignored);
    return 0;
}

int run_fmt(const Arguments& arguments) {
    int code = 0;
    for (const auto& path : arguments.all("FILE"))
        code = worse(code, format_one(path, arguments.has("--check")));
    return code;
}

}  // namespace

Command fmt_command() {
    return {
        .name = "fmt",
        .summary = "lay a scheme out in the usual way, in place",
        .details = "Keeps comments and single empty lines. A file with a syntax error stays as it is.",
        .operands = {{.name = "FILE",
                      .doc = "schemes (*.trama); `-` is standard input, to standard output",
                      .takes = Takes::scheme,
                      .repeats = true}},
        .options = {{.name = "--check", .doc = "change nothing; exit with 1 when a file is not formatted"}},
        .examples = {{"format a file", "trama fmt my.trama"},
                     {"in CI", "trama fmt --check examples/*.trama"},
                     {"from an editor's buffer", "trama fmt - < my.trama"}},
        .run = run_fmt,
    };
}

}  // namespace trama::cli
