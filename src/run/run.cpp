#include "trama/run/run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <set>

#include "run/checkpoints.hpp"
#include "run/folder.hpp"
#include "run/load.hpp"
#include "run/machine.hpp"
#include "run/models.hpp"
#include "run/paths.hpp"
#include "run/recorder.hpp"
#include "run/records.hpp"
#include "run/scheme_copy.hpp"
#include "run/usage.hpp"
#include "trama/core/hash.hpp"
#include "trama/core/safetensors.hpp"
#include "trama/engine/engine.hpp"
#include "trama/measure/metrics_log.hpp"
#include "trama/measure/totals.hpp"
#include "trama/measure/trace.hpp"

namespace trama::run {
namespace {

using core::Error;
using core::ErrorKind;
using measure::Clock;
using measure::seconds_between;

/// One run on its way; what a run that fails half-way leaves behind is in `report`.
class Run {
  public:
    Run(const lang::Scheme& scheme, const learn::Library& library, const Options& options,
        measure::Observer* observer)
        : scheme_(scheme),
          library_(library),
          registry_(library.registry()),
          options_(options),
          threads_(options.threads > 0 ? options.threads : usable_cores()),
          forward_stop_(options.stop, [this] { stop_.request_stop(); }) {
        if (observer != nullptr) observers_.add(*observer);
        report_.scheme = scheme.name;
    }

    core::Result<Report> operator()() {
        const auto begin = Clock::now();
        auto result = prepare();
        if (result) result = execute();
        const bool kept = !report_.folder.empty();
        report_.rounds = report_.resumed_from + recorder_.rounds();
        report_.seconds = seconds_between(begin, Clock::now());
        report_.peak_memory = peak_memory();
        if (!kept) return result ? core::Result<Report>(std::move(report_)) : tl::unexpected(result.error());
        if (!result) return failed(result.error());
        if (auto written = write_summary(report_, std::nullopt); !written) return failed(written.error());
        return std::move(report_);
    }

  private:
    template <class F>
    auto timed(const char* name, F&& work) {
        const auto start = Clock::now();
        auto result = work();
        const auto end = Clock::now();
        report_.phases.push_back({name, seconds_between(start, end)});
        observers_.phase(name, start, end);
        return result;
    }

    /// All that can be refused before anything is computed; makes the folder when nothing speaks against the
    /// run.
    core::Result<void> prepare() {
        if (!scheme_.missing_runtimes.empty()) return missing();
        auto engine = engine::make_engine(options_.engine);
        if (!engine) return tl::unexpected(engine.error());
        engine_ = std::move(*engine);
        if (auto fit = options_fit(); !fit) return fit;
        auto network = timed("expand", [&] { return network::expand(scheme_, {options_.max_actors}); });
        if (!network) return tl::unexpected(network.error());
        network_ = std::move(*network);
        if (auto hit = faults_hit(); !hit) return hit;
        if (!options_.resume.empty()) return hold_resumed();
        return options_.keep ? make_folder() : core::Result<void>{};
    }

    bool simulates() const { return engine_->name() == "simulated"; }

    /// Refuses what the engine has no use for, and reads the devices.
    core::Result<void> options_fit() {
        const auto refused = [&](std::string_view what, const char* engine) {
            const bool there = std::ranges::count(engine::engine_names(), engine) > 0;
            return core::fail(
                ErrorKind::usage,
                fmt::format("{} is for the {} engine, and this is `{}`", what, engine, engine_->name()), {},
                there ? fmt::format("add --engine {}", engine)
                      : fmt::format("this build has no engine {}: it was configured without its library",
                                    engine));
        };
        if (engine_->name() != "fastflow") {
            if (options_.spin) return refused("--fastflow spin", "fastflow");
            if (options_.pin) return refused("--fastflow pin", "fastflow");
        }
        if (!simulates()) {
            if (!options_.devices.empty()) return refused("--devices", "simulated");
            if (!options_.training) return refused("--no-training", "simulated");
            return {};
        }
        if (!options_.training && !options_.resume.empty())
            return core::fail(ErrorKind::usage, "--no-training has no models that a run could go on with", {},
                              "leave --resume or --no-training out");
        if (options_.devices.empty()) return {};
        auto devices = engine::Devices::find(options_.devices);
        if (!devices) return tl::unexpected(devices.error());
        devices_ = std::make_shared<const engine::Devices>(std::move(*devices));
        return {};
    }

    core::Result<void> faults_hit() const {
        for (const auto& fault : options_.faults) {
            const auto meant = [&](const network::Actor& actor) {
                return actor.name == fault.actor && actor.copy.size() >= fault.copy.size() &&
                       std::equal(fault.copy.begin(), fault.copy.end(), actor.copy.begin());
            };
            if (std::ranges::any_of(network_.actors, meant)) continue;
            std::set<std::string> names;
            for (const auto& actor : network_.actors)
                if (actor.kind == network::Kind::function) names.insert(actor.name);
            const bool named = names.contains(fault.actor);
            return core::fail(
                ErrorKind::usage, fmt::format("--inject {}: nobody is there to be hit", to_text(fault)), {},
                named ? fmt::format("there is `{}`, but no such copy: copies count from 0", fault.actor)
                      : fmt::format("there is {}", fmt::join(names, ", ")));
        }
        return {};
    }

    tl::unexpected<Error> missing() const {
        std::string names;
        for (const auto& name : scheme_.missing_runtimes)
            names += fmt::format("{}`{}`", names.empty() ? "" : ", ", name);
        return core::fail(ErrorKind::scheme, fmt::format("no engine in this build runs {}", names),
                          scheme_.sources.empty() ? "" : scheme_.sources.front()->path(),
                          "`trama check` and `trama show` work with it; `trama blocks` lists what runs");
    }

    /// Nothing in the folder changes before its checkpoints turn out to be of this scheme.
    core::Result<void> hold_resumed() {
        const bool saves = std::ranges::any_of(network_.loops, [](const network::Loop& loop) {
            return loop.call && loop.call->find("checkpoint") != nullptr;
        });
        if (!saves)
            return core::fail(
                ErrorKind::scheme,
                "no feedback of this scheme saves checkpoints, so there is nothing to go on from", "",
                "say `feedback(..., checkpoint: 5)` when the run begins");
        return hold(options_.resume);
    }

    core::Result<void> make_folder() {
        const auto paths = paths_in(network_, registry_, scheme_folder());
        if (!options_.keep->folder.empty()) {
            // Making room for this run must not remove what it starts from.
            const auto target = std::filesystem::absolute(options_.keep->folder).lexically_normal();
            for (const auto& path : paths) {
                const auto read = path.lexically_relative(target);
                if (read.empty() || *read.begin() == "..") continue;
                return core::fail(
                    ErrorKind::usage,
                    fmt::format("the scheme reads {} from the folder that it would write to", read.string()),
                    options_.keep->folder.string(), "choose another --out");
            }
        }
        auto folder = claim_folder(*options_.keep, scheme_.name);
        if (!folder) return tl::unexpected(folder.error());
        if (auto held = hold(*folder); !held) return held;
        return take_folder(*folder, paths);
    }

    core::Result<void> hold(const std::filesystem::path& folder) {
        auto lock = lock_folder(folder);
        if (!lock) return tl::unexpected(lock.error());
        lock_.emplace(std::move(*lock));
        return {};
    }

    core::Result<void> take_folder(const std::filesystem::path& folder,
                                   const std::set<std::filesystem::path>& paths) {
        report_.folder = folder;
        for (const auto& file : copy_scheme(scheme_, registry_, options_.set, paths)) {
            std::error_code failed;
            if (file.name.has_parent_path())
                std::filesystem::create_directory(folder / file.name.parent_path(), failed);
            if (auto written = core::write_file_atomically(folder / file.name, file.text); !written)
                return written;
        }
        started_ = std::chrono::system_clock::now();
        return note_config();
    }

    core::Result<void> note_config() {
        const auto* data = main_data(network_, registry_);
        return write_config(
            report_.folder,
            {&scheme_, &options_, threads_,
             data == nullptr ? "" : core::to_text(with_absolute_paths(*data, registry_, scheme_folder())),
             report_.fingerprint, started_});
    }

    core::Result<void> execute() {
        learn::Resources resources(
            library_, options_.seed, [this] { return backend_.get(); }, scheme_folder());
        if (auto loaded = timed("load", [&] { return load(resources); }); !loaded) return loaded;
        engine::RunOptions how{.seed = options_.seed,
                               .threads = threads_,
                               .faults = options_.faults,
                               .devices = devices_,
                               .spin = options_.spin,
                               .pin = options_.pin,
                               .training = options_.training};
        std::optional<Checkpoints> checkpoints;
        std::unique_ptr<measure::MetricsLog> log;
        const auto folder = options_.resume.empty() ? report_.folder : options_.resume;
        if (!folder.empty()) {
            checkpoints.emplace(folder, network_, belongs(resources));
            how.save = [&](const engine::Checkpoint& checkpoint) {
                return checkpoints->save(checkpoint, log->position());
            };
            const auto metrics = folder / "metrics.jsonl";
            std::vector<measure::MetricsLog::Line> held;
            if (!options_.resume.empty()) {
                auto read = read_checkpoints(*checkpoints, metrics, how.resume);
                if (!read) return tl::unexpected(read.error());
                held = std::move(*read);
                auto taken = take_folder(folder, paths_in(network_, registry_, scheme_folder()));
                if (!taken) return taken;
            }
            auto opened = measure::MetricsLog::open(metrics, !options_.resume.empty());
            if (!opened) return tl::unexpected(opened.error());
            log = std::move(*opened);
            log->hold(std::move(held));
            observers_.add(*log);
            recorder_.watch(*log, stop_);
        }
        observers_.add(recorder_);
        measure::Totals totals;
        observers_.add(totals);
        std::unique_ptr<measure::Trace> trace;
        if (!options_.trace.empty()) {
            auto opened =
                measure::Trace::open(options_.trace, simulates() ? Clock::time_point{} : Clock::now());
            if (!opened) return tl::unexpected(opened.error());
            trace = std::move(*opened);
            observers_.add(*trace);
        }
        auto outcome = timed(
            "run", [&] { return engine_->run(network_, resources, observers_, how, stop_.get_token()); });
        if (log) {
            if (auto written = log->close(); !written) return written;
        }
        if (trace) {
            if (auto written = trace->close(); !written) return written;
            if (trace->left_out() > 0)
                observers_.warn(fmt::format("the timeline has the first {} events, {} were left out",
                                            measure::Trace::default_most, trace->left_out()),
                                options_.trace.string());
        }
        if (!outcome) return tl::unexpected(outcome.error());
        note_use(*outcome, totals);
        report_.interrupted = outcome->status == engine::Outcome::Status::interrupted;
        report_.tokens = outcome->tokens;
        report_.bytes_moved = outcome->bytes_moved;
        report_.models = models_in(outcome->results);
        report_.events = events_in(outcome->results);
        return timed("save", [&] { return save(resources); });
    }

    void note_use(const engine::Outcome& outcome, const measure::Totals& totals) {
        const auto all = totals.snapshot();
        // What was counted is from this process on.
        const auto seconds = outcome.seconds - clock_began_;
        report_.uses = uses(all, seconds);
        report_.staleness = all.staleness;
        if (simulates())
            report_.simulated =
                Simulated{outcome.seconds, reached(network_, outcome.results), outcome.joules};
    }

    Belongs belongs(learn::Resources& resources) const {
        Belongs belongs{scheme_hash(network_, registry_, scheme_folder()), options_.seed, {}, {}};
        if (simulates()) belongs.clock = clock_of(options_.devices);
        for (const auto& call : data_calls(network_, registry_)) {
            if (const auto data = resources.data(call))
                belongs.data.emplace(core::to_text(with_absolute_paths(call, registry_, scheme_folder())),
                                     (*data)->fingerprint);
        }
        return belongs;
    }

    /// Gives the lines of metrics that were held back then.
    core::Result<std::vector<measure::MetricsLog::Line>> read_checkpoints(
        const Checkpoints& checkpoints, const std::filesystem::path& metrics,
        std::vector<engine::Checkpoint>& resume) {
        auto newest =
            checkpoints.newest([&](const Error& error) { observers_.warn(error.message, error.where); });
        if (!newest) return tl::unexpected(newest.error());
        if (newest->empty())
            observers_.warn("there is no checkpoint yet: the run begins anew", options_.resume.string());
        auto held = cut_metrics(metrics, network_, *newest);
        std::vector<std::string> loops;
        for (auto& one : *newest) {
            report_.resumed_from += one.checkpoint.round;
            loops.push_back(one.checkpoint.loop);
            resume.push_back(std::move(one.checkpoint));
        }
        const auto left = engine::work_left(network_, loops);
        for (const auto& one : resume) {
            const auto loop = std::ranges::find(network_.loops, one.loop, &network::Loop::path);
            if (one.circulation && one.circulation->moment && left[loop->streams.front()])
                clock_began_ = one.circulation->moment->now;
        }
        return held;
    }

    /// Data and the tensor library, side by side. A network that uses no data may do without a tensor
    /// library: then it is loaded when a function asks for it.
    core::Result<void> load(learn::Resources& resources) {
        const auto calls = data_calls(network_, registry_);
        if (!calls.empty() && options_.training) backend_.start();
        auto loaded = load_data(calls, resources);
        if (!backend_.started()) return loaded;
        const auto backend = backend_.get();
        if (!loaded) return loaded;
        if (!backend) return tl::unexpected(backend.error());
        report_.fingerprint = (*backend)->fingerprint();
        if (!(*backend)->fast_blas())
            observers_.warn(
                "libtorch runs on the reference BLAS, which is about 10 times slower: install "
                "libopenblas0-pthread",
                "");
        return report_.folder.empty() ? core::Result<void>{} : note_config();
    }

    core::Result<void> save(learn::Resources& resources) {
        std::vector<const core::Metrics*> metrics;
        for (const auto& model : report_.models) {
            metrics.push_back(&model.metrics);
            report_.hashes.push_back(core::model_hash(model));
        }
        report_.metrics = core::merge(metrics);
        if (report_.folder.empty() || report_.models.empty()) return {};
        learn::Backend* backend = nullptr;
        std::shared_ptr<const learn::Dataset> data;
        if (backend_.started()) {
            backend = backend_.get().value_or(nullptr);
            if (const auto* call = main_data(network_, registry_))
                data = resources.data(*call).value_or(nullptr);
        }
        return save_models(report_.folder, report_.models, resources, backend, data.get());
    }

    tl::unexpected<Error> failed(Error error) {
        // The summary is the last thing that can be told; when it cannot be written either, the first error
        // counts.
        (void)write_summary(report_, error);
        if (!error.hint.empty()) error.hint += "; ";
        error.hint += fmt::format("what was measured until then is in {}", report_.folder.string());
        return tl::unexpected(std::move(error));
    }

    std::filesystem::path scheme_folder() const {
        return scheme_.sources.empty() ? std::filesystem::path() : folder_of(*scheme_.sources.front());
    }

    const lang::Scheme& scheme_;
    const learn::Library& library_;
    const lang::Registry& registry_;
    const Options& options_;
    const unsigned threads_;
    measure::Observers observers_;
    Recorder recorder_;
    std::stop_source stop_;
    std::stop_callback<std::function<void()>> forward_stop_;
    BackendLoader backend_;
    std::optional<core::FileDescriptor> lock_;  ///< of the run folder
    std::unique_ptr<engine::Engine> engine_;
    std::shared_ptr<const engine::Devices> devices_;
    network::Network network_;
    double clock_began_ = 0;  ///< where a virtual clock goes on, in seconds
    std::chrono::system_clock::time_point started_;
    Report report_;
};

}  // namespace

core::Result<Report> run(const lang::Scheme& scheme, const learn::Library& library, const Options& options,
                         measure::Observer* observer) {
    return Run(scheme, library, options, observer)();
}

core::Result<Report> run(const lang::SourcePtr& source, const learn::Library& library, const Options& options,
                         measure::Observer* observer) {
    const auto checked = check(source, library, options);
    if (!checked.scheme) {
        const auto& all = checked.diagnostics;
        const bool only_data = std::all_of(all.begin(), all.end(), [](const auto& d) {
            return d.severity != lang::Severity::error || d.data;
        });
        return core::fail(only_data ? ErrorKind::data : ErrorKind::scheme, lang::render(all), source->path());
    }
    for (const auto& finding : checked.diagnostics)
        if (observer != nullptr && finding.severity == lang::Severity::warning)
            observer->warn(finding.message, source->path());
    return run(*checked.scheme, library, options, observer);
}

}  // namespace trama::run
