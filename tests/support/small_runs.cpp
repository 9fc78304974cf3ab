#include "support/small_runs.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace trama::test {

core::Result<learn::Trained> SmallTrainer::train(const learn::TrainTask& task) {
    const auto& before = task.model->params;
    core::ParameterBuffer after(before.shared_layout());
    const auto from = before.floats();
    const auto to = after.floats();
    const auto chance =
        task.shuffle == nullptr ? 0.0F : static_cast<float>(task.shuffle->bits32()) * 0x1p-32F;
    const auto move = 0.001F * (static_cast<float>(task.part.front() % 7) + chance);
    bool finite = true;
    for (std::size_t i = 0; i < to.size(); ++i) {
        to[i] = 0.9F * from[i] + move;
        finite = finite && to[i] - to[i] == 0;
    }
    learn::Trained trained;
    trained.params = std::move(after).freeze();
    trained.buffers = task.model->buffers;
    trained.loss = 1 + static_cast<double>(chance);
    trained.samples = static_cast<double>(task.part.size());
    trained.steps = 1;
    trained.rates = 0.1;
    trained.finite = finite;
    return trained;
}

core::Result<learn::Evaluated> SmallTrainer::evaluate(const learn::EvaluateTask& task) {
    const auto first = static_cast<double>(task.model->params.floats().front());
    // That a model has diverged is for others to find.
    return learn::Evaluated{first - first == 0 ? 1 + first * first : 1, 0.5, 10};
}

core::Result<void> SmallTrainer::save_script(const core::Model& /*model*/, const learn::Net& /*net*/,
                                             const learn::Dataset* /*data*/,
                                             const std::filesystem::path& /*path*/) {
    return {};
}

core::Result<core::ParameterSet> SmallTrainer::load_script(const std::filesystem::path& path) {
    return core::fail(core::ErrorKind::data, "no script", path.string());
}

std::optional<core::Result<engine::Outcome>> run_in_time(engine::Engine& engine,
                                                         const network::Network& network,
                                                         learn::Resources& resources,
                                                         measure::Observer& observer,
                                                         const engine::RunOptions& how) {
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
    auto outcome = engine.run(network, resources, observer, how, stop.get_token());
    {
        const std::lock_guard lock(mutex);
        over = true;
    }
    done.notify_all();
    watch.join();
    if (late) return std::nullopt;
    return outcome;
}

}  // namespace trama::test
