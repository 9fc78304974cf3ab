#include "method.hpp"

namespace trama::learn {

namespace {

constexpr const char* parameters = "personal";
constexpr const char* buffers = "personal buffers";
constexpr const char* memory = "personal optimizer ";

class Ditto final : public LocalMethod {
  public:
    Ditto(double lambda, bool keep) : lambda_(lambda), keep_(keep) {}

    core::Result<void> after(LocalRun& run) const override {
        auto own = *run.received;
        if (const auto found = run.state.sets.find(parameters); found != run.state.sets.end()) {
            own.params = found->second;
            own.buffers = run.state.sets.at(buffers);
        }
        auto shuffle = run.context.stream("personal shuffle");
        auto remembered = taken_out(run.state, memory);
        auto task = run.task;
        task.model = &own;
        task.shuffle = &shuffle;
        task.adjustment = {{}, lambda_, run.received->params.floats()};
        task.memory = keep_ ? &remembered : nullptr;
        auto trained = run.backend.train(task);
        if (!trained) return tl::unexpected(trained.error());
        run.trained.finite = run.trained.finite && trained->finite;
        put_back(run.state, memory, std::move(remembered));
        run.state.sets.insert_or_assign(parameters, trained->params);
        run.state.sets.insert_or_assign(buffers, trained->buffers);
        run.personal.params = std::move(trained->params);
        run.personal.buffers = std::move(trained->buffers);
        return {};
    }

  private:
    double lambda_;
    bool keep_;
};

}  // namespace

Method ditto(double lambda, bool keep) {
    return std::make_unique<const Ditto>(lambda, keep);
}

}  // namespace trama::learn
