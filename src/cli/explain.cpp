#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "cli/command.hpp"
#include "cli/scheme.hpp"
#include "trama/core/words.hpp"
#include "trama/report/terminal.hpp"
#include "trama/report/text.hpp"

namespace trama::cli {
namespace {

std::string indented(const std::string& text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        out += end == at ? "\n" : "    " + text.substr(at, end - at) + "\n";
        at = end + 1;
    }
    return out;
}

std::string list_of_codes(std::size_t width) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& explanation : lang::explanations())
        rows.push_back({explanation.code, explanation.title});
    return report::table(rows, width);
}

int run_explain(const Arguments& arguments) {
    const auto terminal = report::detect_terminal(STDOUT_FILENO);
    if (!arguments.has("CODE")) {
        print(for_stdout(list_of_codes(terminal.width)));
        return 0;
    }
    std::string code = arguments.get("CODE");
    std::transform(code.begin(), code.end(), code.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    const auto* found = lang::explain(code);
    if (found == nullptr) {
        const std::string meant = core::nearest(code, words_for(Takes::code, {}));
        return print_error(
            {core::ErrorKind::usage,
             fmt::format("there is no diagnostic `{}`", code),
             {},
             meant.empty() ? "`trama explain` lists them" : fmt::format("did you mean {}?", meant)});
    }
    std::string text =
        fmt::format("{}: {}\n\n{}\n", found->code, report::Style(terminal.color).bold(found->title),
                    report::wrap(found->text, std::min<std::size_t>(terminal.width, 100)));
    if (!found->example.empty()) text += fmt::format("\nwrong:\n{}", indented(found->example));
    if (!found->mended.empty()) text += fmt::format("\nright:\n{}", indented(found->mended));
    print(for_stdout(text));
    return 0;
}

}  // namespace

Command explain_command() {
    return {
        .name = "explain",
        .summary = "say more about a diagnostic, with an example",
        .details = "Without CODE, lists all of them.",
        .operands = {{.name = "CODE",
                      .doc = "what stands in brackets behind `error`, such as T0203",
                      .takes = Takes::code,
                      .optional = true}},
        .options = {},
        .examples = {{"what does T0203 mean?", "trama explain T0203"}},
        .run = run_explain,
    };
}

}  // namespace trama::cli
