#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/result.hpp"
#include "cli/scheme.hpp"
#include "cli/signals.hpp"
#include "trama/report/progress.hpp"
#include "trama/report/terminal.hpp"
#include "trama/report/text.hpp"

namespace trama::cli {
namespace {

/// The data set to test on: the run's own, another scheme's, or an expression.
core::Result<std::string> data_expression(const run::Kept& kept, const std::string& given) {
    if (given.empty()) {
        if (!kept.data.empty()) return kept.data;
        return core::fail(core::ErrorKind::usage, "this run used no data set: name one", kept.folder.string(),
                          fmt::format("for example `trama test {} 'digits()'`", kept.folder.string()));
    }
    if (!given.ends_with(".trama")) return given;
    const auto loaded = load(given, {});
    if (!loaded) return tl::unexpected(loaded.error());
    if (!loaded->checked.scheme) {
        print_findings(loaded->checked.diagnostics, false);
        return core::fail(
            exit_code_of(loaded->checked.diagnostics) == 4 ? core::ErrorKind::data : core::ErrorKind::scheme,
            "the scheme whose data set was asked for is wrong", given);
    }
    auto data = run::data_of(*loaded->checked.scheme, *loaded->library);
    if (data.empty()) return core::fail(core::ErrorKind::usage, "this scheme uses no data set", given);
    return data;
}

struct Tested {
    std::string model;
    core::Metrics metrics;
};

std::string as_json(const run::Kept& kept, const std::string& data, const std::vector<Tested>& all) {
    using Json = nlohmann::ordered_json;
    Json json{{"folder", kept.folder.string()}, {"data", data}};
    Json models = Json::array();
    for (const auto& tested : all) {
        Json metrics = Json::object();
        for (const auto& [name, metric] : tested.metrics)
            metrics[name] = metric.value;
        models.push_back({{"model", tested.model}, {"metrics", metrics}});
    }
    json["models"] = models;
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

int run_test(const Arguments& arguments) {
    const auto kept = run::open(arguments.get("RUN"));
    if (!kept) return print_error(kept.error());
    const auto data = data_expression(*kept, arguments.get("DATA"));
    if (!data) return print_error(data.error());

    run::Options options;
    options.threads = static_cast<unsigned>(std::min(arguments.count("--threads").value_or(0), 4096ULL));
    learn::Library library;
    run::add_builtins(library);
    report::Progress progress(
        report::detect_terminal(STDERR_FILENO),
        [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); },
        arguments.has("--quiet"));
    const StopOnSignal stop([&progress] { progress.note("stopping"); });
    options.stop = stop.token();
    progress.begin(fmt::format("{}: loading libtorch and data", kept->folder.string()));
    std::vector<Tested> all;
    for (std::size_t i = 0; i < kept->models.size(); ++i) {
        if (kept->architectures[i].empty())
            return print_error({core::ErrorKind::data,
                                "this model does not say what its architecture is",
                                kept->models[i].string(),
                                {}});
        const auto source = std::make_shared<const lang::Source>("<test>", run::test_scheme(*kept, i, *data));
        const auto checked = run::check(source, library, options);
        if (!checked.scheme) {
            progress.end();
            print_findings(checked.diagnostics, false);
            return exit_code_of(checked.diagnostics);
        }
        const auto report = run::run(*checked.scheme, library, options, &progress);
        if (!report) {
            progress.end();
            return print_error(report.error());
        }
        if (report->interrupted) return core::exit_code(core::ErrorKind::interrupted);
        all.push_back({kept->models[i].filename().string(), report->metrics});
    }
    progress.end();
    if (arguments.has("--json")) {
        print(as_json(*kept, *data, all));
        return 0;
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& tested : all)
        rows.push_back({tested.model, metrics_line(tested.metrics)});
    print(report::table(rows, 1000));
    return 0;
}

}  // namespace

Command test_command() {
    return {
        .name = "test",
        .summary = "test the model of a run, on its own data set or on another",
        .details =
            "Loads the model that `trama run` kept and measures loss and accuracy on the test split of a "
            "data set: the one "
            "that the run's scheme tests on, that of another scheme file, or one that is written out.",
        .operands = {{.name = "RUN", .doc = "a run folder, such as runs/fedavg-1", .takes = Takes::folder},
                     {.name = "DATA",
                      .doc = "a scheme (*.trama) whose data set is meant, or a data set as schemes write it",
                      .takes = Takes::scheme,
                      .optional = true}},
        .options = {{.name = "--json", .doc = "the result as one JSON object"},
                    {.name = "--quiet", .doc = "no progress"},
                    {.name = "--threads",
                     .value = "N",
                     .doc = "compute threads in all (default: one per core)",
                     .takes = Takes::positive}},
        .examples = {{"the model of a run again", "trama test runs/fedavg-1"},
                     {"on another data set", "trama test runs/mnist-1 'mnist(dir: \"other/mnist\")'"},
                     {"on the data set of another scheme", "trama test runs/fedavg-1 examples/tree.trama"}},
        .run = run_test,
    };
}

}  // namespace trama::cli
