#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "cli/command.hpp"
#include "cli/result.hpp"
#include "cli/scheme.hpp"
#include "cli/signals.hpp"
#include "trama/engine/engine.hpp"
#include "trama/engine/faults.hpp"
#include "trama/report/log.hpp"
#include "trama/report/progress.hpp"

namespace trama::cli {
namespace {

core::Result<run::Options> run_options(const Arguments& arguments) {
    auto options = scheme_options(arguments);
    if (!options) return options;
    if (arguments.has("--engine")) options->engine = arguments.get("--engine");
    options->threads = static_cast<unsigned>(std::min(arguments.count("--threads").value_or(0), 4096ULL));
    options->seed = arguments.count("--seed").value_or(0);
    if (arguments.has("--resume")) {
        if (arguments.has("--out") || arguments.has("--overwrite"))
            return core::fail(core::ErrorKind::usage, "--resume goes on in the run's own folder", {},
                              "leave --out and --overwrite out");
        options->resume = arguments.get("--resume");
        const auto seed = run::seed_of(options->resume);
        if (!seed) return tl::unexpected(seed.error());
        if (!arguments.has("--seed")) options->seed = *seed;
    }
    options->devices = arguments.get("--devices");
    options->training = !arguments.has("--no-training");
    for (const auto& how : arguments.all("--fastflow"))
        (how == "spin" ? options->spin : options->pin) = true;
    options->trace = arguments.get("--trace");
    for (const auto& text : arguments.all("--inject")) {
        auto fault = engine::parse_fault(text);
        if (!fault) return tl::unexpected(fault.error());
        options->faults.push_back(std::move(*fault));
    }
    run::Keep keep;
    keep.folder = arguments.get("--out");
    keep.overwrite = arguments.has("--overwrite");
    keep.command_line = arguments.line;
    if (keep.overwrite && keep.folder.empty())
        return core::fail(core::ErrorKind::usage,
                          "--overwrite needs --out: without it every run gets a folder of its own");
    options->keep = std::move(keep);
    return options;
}

int run_run(const Arguments& arguments) {
    // A reader that goes away (`2>&1 | head`) or a file that may not grow must not end the run without a
    // word.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    auto options = run_options(arguments);
    if (!options) return print_error(options.error());
    const bool quiet = arguments.has("--quiet");
    const std::string level = arguments.has("--log-level") ? arguments.get("--log-level") : "warn";
    auto log = report::make_log(level);
    if (!log) return print_error(log.error());

    const auto loaded = load(arguments.get("FILE"), *options);
    if (!loaded) return print_error(loaded.error());
    print_findings(loaded->checked.diagnostics, false);
    if (!loaded->checked.scheme) return exit_code_of(loaded->checked.diagnostics);
    const auto& scheme = *loaded->checked.scheme;

    auto terminal = report::detect_terminal(STDERR_FILENO);
    // Log lines and a bar would write over each other.
    if (level != "warn" && level != "error" && level != "off") terminal.interactive = false;
    report::Progress progress(
        terminal, [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }, quiet);
    measure::Observers observers;
    observers.add(progress);
    observers.add(**log);

    core::Result<run::Report> report;
    {
        const StopOnSignal stop(
            [&progress] { progress.note("stopping after this step (Ctrl-C again ends at once)"); });
        options->stop = stop.token();
        if (scheme.missing_runtimes.empty())
            progress.begin(fmt::format("{}: loading libtorch and data", scheme.name));
        report = run::run(scheme, *loaded->library, *options, &observers);
        progress.end();
    }
    if (!report) return print_error(report.error());
    if (arguments.has("--json")) {
        print(run::to_json(*report) + "\n");
    } else {
        print(describe(*report));
        if (!quiet) print(describe_next(*report, arguments.line.front(), arguments.get("FILE"), scheme));
    }
    return report->interrupted ? core::exit_code(core::ErrorKind::interrupted) : 0;
}

}  // namespace

Command run_command() {
    return {
        .name = "run",
        .summary = "train what a scheme describes, and keep the result in a run folder",
        .details =
            "Checks FILE, expands it, and runs it. Progress goes to standard error, a line per round; "
            "results go to standard "
            "output.\n\nThe run folder holds a copy of the scheme that runs again, config.json (versions, "
            "seed, threads, "
            "machine), metrics.jsonl (one object per measurement), summary.json, and the model as "
            "safetensors "
            "(model.safetensors) and TorchScript (model.pt, for torch.jit.load in Python; it takes raw "
            "samples).\n\nA "
            "deterministic scheme gives the same model, bit for bit, with any number of threads; `trama "
            "check` says whether "
            "a scheme is.\n\nCtrl-C stops after the current step and keeps the model of the last complete "
            "round; a second one "
            "ends at once. Trama computes on CPUs.\n\nWith `feedback(..., checkpoint: k)` every k-th round "
            "is saved "
            "in the run folder, the last two of them. `--resume RUN` goes on behind the newest, after a "
            "crash or "
            "with more rounds, and ends with the model of a run that never stopped, bit for bit. FILE must "
            "be "
            "the run's scheme; only what ends its feedbacks may have changed. Work that was under way in an "
            "asynchronous feedback begins anew, and the end is not bitwise the same; with --engine simulated "
            "and "
            "the same --devices it is.",
        .operands = {{.name = "FILE",
                      .doc = "the scheme (*.trama); `-` is standard input",
                      .takes = Takes::scheme}},
        .options = {set_option(),
                    {.name = "--seed",
                     .value = "S",
                     .doc = "all random numbers follow from it (default 0)",
                     .takes = Takes::count},
                    {.name = "--threads",
                     .value = "N",
                     .doc = "compute threads in all (default: one per core)",
                     .takes = Takes::positive},
                    {.name = "--engine",
                     .value = "NAME",
                     .doc = "what runs the network (default threads)",
                     .takes = Takes::word,
                     .words = engine::engine_names()},
                    {.name = "--devices",
                     .value = "FILE",
                     .doc = "with --engine simulated: what machines there are (TOML), or one class for all "
                            "clients, such as raspberry-pi-4",
                     .takes = Takes::file},
                    {.name = "--no-training",
                     .doc = "with --engine simulated: time, bytes and energy only; models stay as they were"},
                    {.name = "--fastflow",
                     .value = "HOW",
                     .doc = "with --engine fastflow: spin (threads that wait do not sleep: for machines with "
                            "a core per node), pin (a core for each thread)",
                     .takes = Takes::word,
                     .repeats = true,
                     .words = {"spin", "pin"}},
                    {.name = "--inject",
                     .value = "FAULT",
                     .doc = "something that goes wrong on purpose: crash:client[2]@round=3, "
                            "delay:client@seconds=5, drop, nan, duplicate, reorder",
                     .takes = Takes::text,
                     .repeats = true},
                    {.name = "--trace",
                     .value = "FILE",
                     .doc = "write a timeline as JSON, for https://ui.perfetto.dev",
                     .takes = Takes::file},
                    {.name = "--out",
                     .value = "DIR",
                     .doc = "the run folder (default runs/<scheme>-<n>, the next n)",
                     .takes = Takes::folder},
                    {.name = "--overwrite",
                     .doc = "with --out: replace the run that is there; other files are left alone"},
                    {.name = "--resume",
                     .value = "RUN",
                     .doc = "go on with the run in this folder, behind its last checkpoint (see below)",
                     .takes = Takes::folder},
                    {.name = "--quiet", .doc = "no progress, only warnings and the result"},
                    {.name = "--json", .doc = "the result as one JSON object"},
                    {.name = "--log-level",
                     .value = "LEVEL",
                     .doc = "what happens inside, to standard error: " +
                            fmt::format("{}", fmt::join(report::log_levels(), ", ")) + " (default warn)",
                     .takes = Takes::word,
                     .words = report::log_levels()},
                    max_actors_option()},
        .examples = {{"federated averaging on real handwritten digits, a few seconds",
                      "trama run examples/fedavg.trama"},
                     {"fewer rounds, another seed",
                      "trama run --set rounds=5 --seed 1 examples/fedavg.trama"},
                     {"the accuracy, for a script",
                      "trama run --quiet --json examples/fedavg.trama | jq .metrics.accuracy"},
                     {"go on with a run that was killed",
                      "trama run --resume runs/fedavg-1 examples/fedavg.trama"},
                     {"exactly the same again", "trama run runs/fedavg-1/scheme.trama"}},
        .run = run_run,
    };
}

}  // namespace trama::cli
