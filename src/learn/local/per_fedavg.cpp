#include "method.hpp"

namespace trama::learn {

namespace {

class PerFedavg final : public LocalMethod {
  public:
    explicit PerFedavg(double alpha) : alpha_(alpha) {}

    core::Result<void> before(LocalRun& run) const override {
        run.task.inner_rate = alpha_;
        return {};
    }

    core::Result<void> after(LocalRun& run) const override {
        const core::Call descent{"sgd", {}, {}};
        TrainTask step;
        step.model = run.received.get();
        step.net = run.net.get();
        step.data = &run.data;
        step.part = run.task.part;
        step.optimizer = &descent;
        step.lr = alpha_;
        step.batch = static_cast<std::int64_t>(step.part.size());
        step.label_smoothing = run.task.label_smoothing;
        step.flip_labels = run.task.flip_labels;
        step.shards = run.task.shards;
        step.stop = run.task.stop;
        auto adapted = run.backend.train(step);
        if (!adapted) return tl::unexpected(adapted.error());
        run.personal.params = std::move(adapted->params);
        run.personal.buffers = std::move(adapted->buffers);
        return {};
    }

  private:
    double alpha_;
};

}  // namespace

Method per_fedavg(double alpha) {
    return std::make_unique<const PerFedavg>(alpha);
}

}  // namespace trama::learn
