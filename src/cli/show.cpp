#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/graphviz.hpp"
#include "cli/scheme.hpp"
#include "trama/core/safetensors.hpp"
#include "trama/engine/engine.hpp"
#include "trama/network/network.hpp"
#include "trama/network/topology.hpp"
#include "trama/report/terminal.hpp"
#include "trama/report/text.hpp"

namespace trama::cli {
namespace {

const char* const forms[] = {"--algebra", "--network", "--dot",      "--svg",
                             "--json",    "--passes",  "--topology", "--engine"};

std::string list_of_passes() {
    std::vector<std::vector<std::string>> rows;
    for (const auto& pass : network::passes())
        rows.push_back({pass.name, pass.doc});
    return report::table(rows, report::detect_terminal(STDOUT_FILENO).width);
}

core::Result<std::string> drawn(const lang::Scheme& scheme, const std::string& form,
                                const run::Options& options, const std::string& engine, bool unfold,
                                bool svg) {
    if (form == "--algebra")
        return lang::print_algebra(scheme, report::detect_terminal(STDOUT_FILENO).utf8) + "\n";
    const auto network = network::expand(scheme, {options.max_actors});
    if (!network) return tl::unexpected(network.error());
    if (form == "--engine") {
        auto plan = engine::plan(engine, *network);
        return plan ? for_stdout(*plan) : plan;
    }
    if (form == "--network") return network::print_text(*network);
    if (form == "--topology")
        return svg ? network::draw_topologies(*network) : network::print_topologies(*network);
    if (form == "--json")
        return fmt::format("{{\"scheme\": {},\n\"network\": {}}}\n", lang::print_json(scheme),
                           network::print_json(*network));
    network::DrawOptions draw;
    draw.unfold = unfold;
    const std::string dot = network::print_dot(*network, draw);
    return form == "--svg" ? draw_svg(dot) : core::Result<std::string>(dot);
}

int run_show(const Arguments& arguments) {
    std::string form;
    for (const char* candidate : forms) {
        if (!arguments.has(candidate)) continue;
        const std::string_view one = candidate;
        if (one == "--topology" && form == "--svg") form.clear();  // the picture of the graphs
        if (!form.empty())
            return print_error({core::ErrorKind::usage,
                                fmt::format("{} and {} ask for two pictures: choose one", form, candidate),
                                {},
                                {}});
        form = candidate;
    }
    if (form == "--passes" && !arguments.has("FILE")) {
        print(list_of_passes());
        return 0;
    }
    if (!arguments.has("FILE"))
        return print_error({core::ErrorKind::usage,
                            "FILE is missing: trama show [OPTIONS] FILE",
                            {},
                            "`trama show --help` explains it with examples"});
    const auto options = scheme_options(arguments);
    if (!options) return print_error(options.error());
    const auto loaded = load(arguments.get("FILE"), *options);
    if (!loaded) return print_error(loaded.error());
    print_findings(loaded->checked.diagnostics, false);
    if (!loaded->checked.scheme) return exit_code_of(loaded->checked.diagnostics);

    const auto& scheme = *loaded->checked.scheme;
    core::Result<std::string> text;
    if (form == "--passes")
        text = list_of_passes();
    else if (form.empty())
        text = for_stdout(lang::print_typed(scheme));
    else
        text = drawn(scheme, form, *options, arguments.get("--engine"), arguments.has("--unfold"),
                     arguments.has("--svg"));
    if (!text) return print_error(text.error());
    if (!arguments.has("--out")) {
        print(*text);
        return 0;
    }
    const auto written = core::write_file_atomically(arguments.get("--out"), *text);
    return written ? 0 : print_error(written.error());
}

}  // namespace

Command show_command() {
    return {
        .name = "show",
        .summary = "show what a scheme means: its typed tree, the algebra, the network, a picture",
        .details =
            "Without options, prints the tree with the type of what flows after each stage. The network is "
            "what runs: one "
            "process per copy of a block, joined by channels. In pictures a bundle of equal copies is one "
            "box unless "
            "--unfold asks for all.",
        .operands = {{.name = "FILE",
                      .doc = "the scheme (*.trama); `-` is standard input",
                      .takes = Takes::scheme,
                      .optional = true}},
        .options = {{.name = "--algebra",
                     .doc = "the notation of the RISC-pb2l algebra, to quote in a paper"},
                    {.name = "--network", .doc = "processes and channels, one per line"},
                    {.name = "--dot", .doc = "the picture for Graphviz"},
                    {.name = "--svg", .doc = "the picture, drawn by Graphviz (the program `dot`)"},
                    {.name = "--json", .doc = "tree and network for other programs"},
                    {.name = "--topology",
                     .doc = "figures of the graph of each exchange: degree, diameter, spectral gap; with "
                            "--svg their pictures"},
                    {.name = "--engine",
                     .value = "NAME",
                     .doc = "what this engine makes of the network: of fastflow, the expression that runs",
                     .takes = Takes::word,
                     .words = engine::engine_names()},
                    {.name = "--passes", .doc = "the steps from tree to network; needs no FILE"},
                    {.name = "--unfold", .doc = "draw every copy of a bundle"},
                    {.name = "--out",
                     .value = "FILE",
                     .doc = "write there, not to standard output",
                     .takes = Takes::file},
                    set_option(),
                    max_actors_option()},
        .examples = {{"types along every arrow", "trama show examples/fedavg.trama"},
                     {"for a paper", "trama show --algebra examples/tree.trama"},
                     {"how fast does a graph mix?", "trama show --topology examples/gossip_ring.trama"},
                     {"a picture", "trama show --svg --out fedavg.svg examples/fedavg.trama"}},
        .run = run_show,
    };
}

}  // namespace trama::cli
