#include "method.hpp"

namespace trama::learn {

namespace {

class QFedavg final : public LocalMethod {
  public:
    core::Result<void> after(LocalRun& run) const override {
        EvaluateTask task;
        task.model = run.received.get();
        task.net = run.net.get();
        task.data = &run.data;
        task.split = Split::train;
        task.part = run.task.part;
        task.shards = run.task.shards;
        task.stop = run.context.stop;
        auto evaluated = run.backend.evaluate(task);
        if (!evaluated) return tl::unexpected(evaluated.error());
        run.result.facts["start_loss"] = evaluated->loss;
        return {};
    }
};

}  // namespace

Method q_fedavg() {
    return std::make_unique<const QFedavg>();
}

}  // namespace trama::learn
