#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "trama/core/error.hpp"
#include "trama/core/model.hpp"
#include "trama/engine/faults.hpp"
#include "trama/lang/scheme.hpp"
#include "trama/learn/library.hpp"
#include "trama/measure/observer.hpp"

/// One run, whole: text → check → expand → engine → models and, if asked for, a run folder. What `trama run`
/// does, for programs that embed it:
///
///     learn::Library library;
///     run::add_builtins(library);
///     library.add_rule(my_signature, my_factory);
///     const auto report = run::run(run::text(R"(scheme = ...)"), library);
///     if (!report) return fail(report.error());
///     std::cout << report->metrics.at("accuracy").value << "\n";
namespace trama::run {

/// The built-in functions, rules, data sets and nets, and the communication blocks that this build's engines
/// run.
void add_builtins(learn::Library& library);

/// A scheme that is not in a file. Relative paths in it start at the working directory.
lang::SourcePtr text(std::string scheme);

/// Where a run is kept. A run folder holds `scheme.trama`, `config.json`, `metrics.jsonl`, `summary.json` and
/// a model per stream of the result: `model.safetensors` and `model.pt`, or `model-<i>` where there are
/// several.
struct Keep {
    std::filesystem::path folder;  ///< empty: `<parent>/<scheme>-<n>` with the next n that is free
    std::filesystem::path parent = "runs";
    bool overwrite = false;  ///< an existing run folder is written anew; nothing else is ever removed
    std::vector<std::string> command_line;  ///< noted in config.json
};

struct Options {
    std::vector<std::pair<std::string, std::string>>
        set;  ///< top-level constants to replace: {"rounds", "5"}
    std::string engine = "threads";
    unsigned threads = 0;  ///< compute threads in all; 0: as many as this process may use
    std::uint64_t seed = 0;
    std::int64_t max_actors = 1'000'000;
    std::stop_token stop;      ///< ends the run at the next token, with the models of the last complete round
    std::optional<Keep> keep;  ///< absent: nothing is written
    /// A run folder whose run goes on behind its newest checkpoints, instead of a new one; `keep->folder` and
    /// `overwrite` do not count. The scheme must be that run's, but for what ends its feedbacks; so must the
    /// seed (see `seed_of`) and the data.
    std::filesystem::path resume = {};
    /// Of the simulated engine: a devices file, or a class that comes with Trama. Empty: machines that take
    /// no time.
    std::string devices = {};
    bool spin = false;     ///< fastflow only: threads that wait do not sleep
    bool pin = false;      ///< fastflow only: a core for each thread
    bool training = true;  ///< false, simulated only: time, bytes and energy; models stay as they were
    std::vector<engine::Fault> faults = {};  ///< what goes wrong on purpose
    std::filesystem::path trace = {};        ///< a timeline for Perfetto is written there; empty: none
};

struct Phase {
    std::string name;  ///< "expand", "load", "run", "save"
    double seconds = 0;
};

/// What the copies of one actor did together.
struct Use {
    std::string actor;  ///< "scheme/feedback/[*]/client"
    std::uint64_t copies = 1;
    std::uint64_t firings = 0;
    double seconds = 0;      ///< busy, by the engine's clock
    double utilisation = 0;  ///< share of the run, in the mean over the copies
    std::uint64_t bytes_sent = 0, bytes_received = 0;
    std::uint64_t dropped = 0;  ///< tokens
};

/// What a run would have taken on the machines of a devices file.
struct Simulated {
    double seconds = 0;
    std::optional<std::string> reached;  ///< the `until:` that ended it: then `seconds` is the time to it
    std::optional<double> joules;        ///< of all machines; estimated; absent without devices
};

struct Report {
    bool interrupted = false;
    std::string scheme;  ///< its name
    std::vector<core::Model>
        models;  ///< one per stream of the result; empty when interrupted before the first round
    std::vector<core::Event> events;  ///< where the result is Events: the last of each stream
    std::vector<std::string> hashes;  ///< `core::model_hash` of each
    core::Metrics metrics;            ///< of all models, merged
    std::int64_t rounds = 0;          ///< of the outermost feedback
    std::int64_t resumed_from = 0;    ///< how many of them an earlier process did
    std::uint64_t tokens = 0;
    std::uint64_t bytes_moved = 0;  ///< tensor data that the tokens stood for
    std::uint64_t peak_memory = 0;  ///< bytes, of the whole process
    std::vector<Phase> phases;
    double seconds = 0;                    ///< all of it
    std::vector<Use> uses;                 ///< the busiest first
    std::optional<Simulated> simulated;    ///< absent on engines that take the time they take
    std::map<std::int64_t, std::uint64_t>  ///< how many mixed updates were so many versions old
        staleness;
    std::string fingerprint;       ///< libraries and kernels that computed; empty when none was loaded
    std::filesystem::path folder;  ///< empty: nothing was written
};

/// Of a histogram: at least half of the updates were at most that old.
std::int64_t median_staleness(const std::map<std::int64_t, std::uint64_t>& counts);

/// One JSON object: what summary.json says, and the folder. `trama run --json` prints it.
std::string to_json(const Report& report);

/// Parses and checks with what `library` knows.
lang::CheckResult check(const lang::SourcePtr& source, const learn::Library& library,
                        const Options& options = {});

/// Runs a checked scheme. Data sets and the tensor library are loaded side by side. Errors: `usage` (no such
/// engine, an option that it has no use for, a fault that hits nobody, the folder exists), `scheme` (a block
/// without a runtime, too many actors), `data` (files), `run` (an actor failed, with its path and round). A
/// run that failed leaves its folder with the metrics until then and the error in `summary.json`. `observer`
/// may be null.
core::Result<Report> run(const lang::Scheme& scheme, const learn::Library& library,
                         const Options& options = {}, measure::Observer* observer = nullptr);

/// Checks, then runs. The error of a wrong scheme has all findings as its message; other findings are
/// warnings to `observer`.
core::Result<Report> run(const lang::SourcePtr& source, const learn::Library& library,
                         const Options& options = {}, measure::Observer* observer = nullptr);

/// A run that was kept, as far as `trama test` needs it.
struct Kept {
    std::filesystem::path folder;
    std::string scheme;  ///< its name
    std::string data;    ///< the data set as an expression, paths absolute; may be empty
    std::vector<std::filesystem::path> models;  ///< safetensors files, one per stream
    std::vector<std::string> architectures;     ///< of each: "mlp(64, 32, 10)"
};

/// Opens a run folder. Errors: `data` (there is none, or it holds no model).
core::Result<Kept> open(const std::filesystem::path& folder);

/// The seed of a run. Errors: `data` (there is no such run folder).
core::Result<std::uint64_t> seed_of(const std::filesystem::path& folder);

/// The scheme that tests one of the models: `init(<net>, from: "<file>") >> test(<data>)`.
std::string test_scheme(const Kept& kept, std::size_t model, std::string_view data);

/// The expression of the data set that a scheme tests on or, if it tests nothing, trains on, with absolute
/// paths; empty when it has none.
std::string data_of(const lang::Scheme& scheme, const learn::Library& library);

}  // namespace trama::run
