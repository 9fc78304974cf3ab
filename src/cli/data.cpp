#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/parts.hpp"
#include "cli/scheme.hpp"
#include "trama/core/safetensors.hpp"
#include "trama/report/heat_map.hpp"
#include "trama/report/terminal.hpp"

namespace trama::cli {
namespace {

report::HeatMap heat_map(const PartsOf& parts, std::uint64_t seed) {
    report::HeatMap map;
    map.title = parts.name;
    map.row_label = "label";
    map.column_label = "part";
    map.rows = parts.classes;
    std::int64_t total = 0;
    for (const auto& part : parts.train) {
        map.counts.push_back(part.labels);
        total += part.size;
    }
    map.subtitle = fmt::format("training samples of each label: {} in {} parts, seed {}", total,
                               parts.train.size(), seed);
    return map;
}

core::Result<void> draw(const std::string& file, const std::vector<PartsOf>& all, std::uint64_t seed) {
    std::vector<report::HeatMap> maps;
    for (const auto& parts : all) {
        if (!parts.classes.empty()) maps.push_back(heat_map(parts, seed));
    }
    if (maps.empty())
        return core::fail(core::ErrorKind::usage, "the heat map shows labels: a regression has none", {},
                          "leave --svg out");
    return core::write_file_atomically(file, report::draw_svg(maps));
}

int run_data(const Arguments& arguments) {
    const auto options = scheme_options(arguments);
    if (!options) return print_error(options.error());
    const auto loaded = load(arguments.get("FILE"), *options);
    if (!loaded) return print_error(loaded.error());
    print_findings(loaded->checked.diagnostics, false);
    if (!loaded->checked.scheme) return exit_code_of(loaded->checked.diagnostics);
    const auto network = network::expand(*loaded->checked.scheme, {options->max_actors});
    if (!network) return print_error(network.error());

    auto uses = data_uses(*network);
    if (const auto parts = arguments.count("--parts")) {
        std::vector<DataUse> once;
        for (auto& use : uses) {
            use.parts = static_cast<std::int64_t>(std::min(*parts, 1ULL << 32U));
            const auto same = [&](const DataUse& other) { return other.call == use.call; };
            if (std::none_of(once.begin(), once.end(), same)) once.push_back(use);
        }
        uses = std::move(once);
    }
    const std::uint64_t seed = arguments.count("--seed").value_or(0);
    const std::filesystem::path file(loaded->source->path());
    learn::Resources resources(*loaded->library, seed, {},
                               file.string().starts_with('<') ? std::filesystem::path() : file.parent_path());
    std::vector<PartsOf> all;
    for (const auto& use : uses) {
        auto parts = parts_of(use, resources);
        if (!parts) return print_error(parts.error());
        all.push_back(std::move(*parts));
    }
    if (arguments.has("--svg")) {
        if (const auto drawn = draw(arguments.get("--svg"), all, seed); !drawn)
            return print_error(drawn.error());
    }
    if (arguments.has("--json")) {
        print(to_json(loaded->source->path(), seed, all));
        return 0;
    }
    const auto terminal = report::detect_terminal(STDOUT_FILENO);
    std::string out;
    for (const auto& parts : all)
        out += (out.empty() ? "" : "\n") + to_text(parts, terminal);
    if (out.empty()) out = fmt::format("{}: no block of it works on data\n", loaded->source->path());
    print(for_stdout(out));
    return 0;
}

}  // namespace

Command data_command() {
    return {
        .name = "data",
        .summary = "show how the data of a scheme are dealt to its clients",
        .details =
            "For each data set of the scheme, cut into as many parts as copies work on it: the samples of "
            "every part, and how many of each label it has for training. Parts are numbered as the copies "
            "are. What it shows is what `trama run` trains on with the same seed.\n\nMore than 40 parts are "
            "summarised; --json has them all. The heat map has a column per part and a row per label, the "
            "darker the more.",
        .operands = {{.name = "FILE",
                      .doc = "the scheme (*.trama); `-` is standard input",
                      .takes = Takes::scheme}},
        .options =
            {{.name = "--parts",
              .value = "N",
              .doc = "cut into N parts, whatever the scheme says",
              .takes = Takes::positive},
             {.name = "--seed", .value = "S", .doc = "that of the run (default 0)", .takes = Takes::count},
             {.name = "--svg", .value = "FILE", .doc = "draw the heat map there, too", .takes = Takes::file},
             {.name = "--json", .doc = "all numbers as JSON"},
             set_option(),
             max_actors_option()},
        .examples = {{"who has what?", "trama data examples/dirichlet.trama"},
                     {"how much worse is a smaller alpha?",
                      "trama data --set alpha=0.1 examples/dirichlet.trama"},
                     {"a picture for a paper", "trama data --svg parts.svg examples/shards.trama"}},
        .run = run_data,
    };
}

}  // namespace trama::cli
