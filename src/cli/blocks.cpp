#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>

#include "cli/command.hpp"
#include "cli/reference.hpp"
#include "cli/scheme.hpp"
#include "trama/core/words.hpp"
#include "trama/report/terminal.hpp"
#include "trama/report/text.hpp"

namespace trama::cli {
namespace {

std::string overview(const lang::Registry& registry, const report::Terminal& terminal) {
    const report::Style style(terminal.color);
    const auto all = registry.all();
    std::string out;
    for (std::size_t begin = 0; begin < all.size();) {
        std::size_t end = begin;
        std::vector<std::vector<std::string>> rows;
        for (; end < all.size() && all[end]->group == all[begin]->group; ++end) {
            const auto& signature = *all[end];
            rows.push_back(
                {signature.name, signature.type.empty() ? signature.sort : signature.type,
                 first_sentence(signature.doc) + (signature.runs ? "" : " (no engine runs it yet)")});
        }
        out += (out.empty() ? "" : "\n") + style.bold(all[begin]->group) + "\n" +
               report::table(rows, terminal.width, 2);
        begin = end;
    }
    return out + "\n`trama blocks NAME` says more about one.\n";
}

std::string detail(const lang::Signature& signature, const report::Terminal& terminal) {
    const report::Style style(terminal.color);
    const std::size_t width = std::min<std::size_t>(terminal.width, 100);
    std::string out =
        fmt::format("{}\n\n{}\n", style.bold(heading(signature)), report::wrap(signature.doc, width));
    std::vector<std::vector<std::string>> rows;
    for (const auto& parameter : signature.parameters)
        rows.push_back({parameter.name, parameter.doc + " (" + describe(parameter) + ")"});
    if (!rows.empty()) out += "\narguments:\n" + report::table(rows, width, 2);
    rows.clear();
    if (!signature.metrics.empty())
        rows.push_back({"metrics", fmt::format("{}", fmt::join(signature.metrics, ", "))});
    if (!signature.algebra.empty()) rows.push_back({"algebra", signature.algebra});
    if (!signature.nondeterministic.empty())
        rows.push_back({"not deterministic",
                        signature.nondeterministic +
                            (signature.nondeterministic_if.empty()
                                 ? ""
                                 : fmt::format(" ({})", fmt::join(signature.nondeterministic_if, ", ")))});
    if (!signature.example.empty()) rows.push_back({"example", signature.example});
    if (!signature.paper.empty()) rows.push_back({"paper", signature.paper});
    rows.push_back({"runs", signature.runs ? "yes" : "not yet: checked and shown only"});
    return out + "\n" + report::table(rows, width);
}

int run_blocks(const Arguments& arguments) {
    learn::Library library;
    run::add_builtins(library);
    const auto& registry = library.registry();
    if (arguments.has("--markdown")) {
        print(reference_markdown(registry));
        return 0;
    }
    const auto terminal = report::detect_terminal(STDOUT_FILENO);
    if (!arguments.has("NAME")) {
        print(for_stdout(overview(registry, terminal)));
        return 0;
    }
    const std::string name = arguments.get("NAME");
    const auto named = registry.named(name);
    if (named.empty()) {
        const std::string meant = core::nearest(name, words_for(Takes::block, {}));
        return print_error({core::ErrorKind::usage,
                            fmt::format("there is no block `{}`", name),
                            {},
                            meant.empty() ? "`trama blocks` lists what there is"
                                          : fmt::format("did you mean `{}`?", meant)});
    }
    std::string out;
    for (const auto* signature : named)
        out += (out.empty() ? "" : "\n") + detail(*signature, terminal);
    print(for_stdout(out));
    return 0;
}

}  // namespace

Command blocks_command() {
    return {
        .name = "blocks",
        .summary = "list what a scheme can name: blocks, rules, data sets, models, ...",
        .details =
            "With NAME, says all about one: its arguments with types and defaults, its type, an example, the "
            "paper it is from.",
        .operands = {{.name = "NAME", .doc = "one of them", .takes = Takes::block, .optional = true}},
        .options = {{.name = "--markdown", .doc = "the whole reference as Markdown"}},
        .examples = {{"what is there?", "trama blocks"}, {"what does `train` take?", "trama blocks train"}},
        .run = run_blocks,
    };
}

}  // namespace trama::cli
