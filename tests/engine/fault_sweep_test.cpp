// Every example with everything that can go wrong: the run goes on as its scheme says, or ends with one
// error.
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "trama/core/hash.hpp"
#include "trama/engine/engine.hpp"
#include "trama/lang/diagnostic.hpp"
#include "trama/run/run.hpp"

namespace trama::engine {
namespace {

namespace fs = std::filesystem;

/// A trainer without libtorch: every parameter moves a little.
class SmallTrainer final : public learn::Backend {
  public:
    core::Result<learn::Trained> train(const learn::TrainTask& task) override {
        const auto& before = task.model->params;
        core::ParameterBuffer after(before.shared_layout());
        const auto from = before.floats();
        const auto to = after.floats();
        bool finite = true;
        for (std::size_t i = 0; i < to.size(); ++i) {
            to[i] = 0.9F * from[i] + 0.001F * static_cast<float>(task.part.front() % 7);
            finite = finite && to[i] - to[i] == 0;
        }
        learn::Trained trained;
        trained.params = std::move(after).freeze();
        trained.buffers = task.model->buffers;
        trained.loss = 1;
        trained.samples = static_cast<double>(task.part.size());
        trained.steps = 1;
        trained.rates = 0.1;
        trained.finite = finite;
        return trained;
    }
    core::Result<learn::Evaluated> evaluate(const learn::EvaluateTask& /*task*/) override {
        return learn::Evaluated{1, 0.5, 10};
    }
    core::Result<void> save_script(const core::Model& /*model*/, const learn::Net& /*net*/,
                                   const learn::Dataset* /*data*/, const fs::path& /*path*/) override {
        return {};
    }
    core::Result<core::ParameterSet> load_script(const fs::path& path) override {
        return core::fail(core::ErrorKind::data, "no script", path.string());
    }
    std::string fingerprint() const override { return "small"; }
    bool fast_blas() const override { return true; }
};

/// Runs it; false when it had to be stopped.
bool ends(Engine& engine, const network::Network& network, learn::Resources& resources, const RunOptions& how,
          std::optional<core::Error>& error) {
    std::stop_source stop;
    std::mutex mutex;
    std::condition_variable done;
    bool over = false;
    bool late = false;
    std::thread watch([&] {
        std::unique_lock lock(mutex);
        if (done.wait_for(lock, std::chrono::seconds(60), [&] { return over; })) return;
        late = true;
        stop.request_stop();
    });
    measure::Observer nobody;
    const auto outcome = engine.run(network, resources, nobody, how, stop.get_token());
    {
        const std::lock_guard lock(mutex);
        over = true;
    }
    done.notify_all();
    watch.join();
    if (!outcome) error = outcome.error();
    return !late;
}

/// Names of functions that have data: whom faults are for.
std::string client_of(const network::Network& network) {
    for (const auto& actor : network.actors)
        if (actor.kind == network::Kind::function && actor.data && !actor.copy.empty()) return actor.name;
    return {};
}

TEST(SlowFaults, EveryExampleWithEveryFault) {
    const auto* wanted = std::getenv("TRAMA_SWEEP_SEEDS");
    const std::uint64_t seeds = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 1;
    learn::Library library;
    run::add_builtins(library);
    SmallTrainer trainer;
    int runs = 0;
    int went_on = 0;
    for (const auto& entry : fs::directory_iterator(fs::path(TRAMA_SOURCE_DIR) / "examples")) {
        if (entry.path().extension() != ".trama" || entry.path().stem() == "mnist") continue;
        auto source = lang::read_source(entry.path().string());
        ASSERT_TRUE(source);
        run::Options options;
        const auto checked = run::check(*source, library, options);
        ASSERT_TRUE(checked.scheme) << lang::render(checked.diagnostics);
        const auto network = network::expand(*checked.scheme);
        ASSERT_TRUE(network) << network.error().message;
        const auto client = client_of(*network);
        const bool waits = checked.scheme->canonical.find("timeout:") != std::string::npos;
        if (client.empty()) continue;
        learn::Resources resources(
            library, 0, [&] { return core::Result<learn::Backend*>(&trainer); }, entry.path().parent_path());
        for (const auto* fault :
             {"crash:%[1]@round=2", "crash:%", "delay:%[0]@round=1,seconds=0.01", "drop:%[1]@round=2",
              "drop:%", "nan:%[0]@round=2", "duplicate:%[1]@round=1", "reorder:%[0]@round=1"}) {
            std::string text = fault;
            text.replace(text.find('%'), 1, client);
            const auto parsed = parse_fault(text);
            ASSERT_TRUE(parsed) << parsed.error().message;
            for (std::uint64_t seed = 0; seed < seeds; ++seed) {
                for (const auto* name : {"threads", "simulated"}) {
                    // What is lost there is waited for by the clock.
                    if (name == std::string("threads") && waits) continue;
                    RunOptions how;
                    how.seed = seed;
                    how.threads = 2;
                    how.faults = {*parsed};
                    std::optional<core::Error> error;
                    ASSERT_TRUE(ends(**make_engine(name), *network, resources, how, error))
                        << entry.path().filename() << " with " << text << " hangs on " << name;
                    ++runs;
                    if (!error) ++went_on;
                    if (error) {
                        EXPECT_NE(error->message.find_first_not_of(' '), std::string::npos);
                        EXPECT_EQ(error->message.find("internal error"), std::string::npos)
                            << entry.path().filename() << " with " << text << ": " << error->message;
                    }
                }
            }
        }
    }
    std::printf("%d runs, %d went on to the end\n", runs, went_on);
    EXPECT_GT(runs, 500);
    EXPECT_GT(went_on, runs / 10);
}

}  // namespace
}  // namespace trama::engine
