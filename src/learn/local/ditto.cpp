#include "method.hpp"

namespace trama::learn {

namespace {

constexpr const char* own_parameters = "personal";
constexpr const char* own_buffers = "personal buffers";
constexpr const char* optimizer_memory = "personal optimizer ";

class Ditto final : public LocalMethod {
  public:
    Ditto(double lambda, bool keep) : lambda_(lambda), keep_(keep) {}

    core::Result<void> after(LocalRun& run) const override {
        auto own = *run.received;
        if (const auto found = run.state.sets.find(own_parameters); found != run.state.sets.end()) {
            own.params = found->second;
            own.buffers = run.state.sets.at(own_buffers);
        }
        auto shuffle = run.context.stream("personal shuffle");
        auto remembered = taken_out(run.state, optimizer_memory);
        auto task = run.task;
        task.model = &own;
        task.shuffle = &shuffle;
        task.adjustment = {{}, lambda_, run.received->params.floats()};
        task.memory = keep_ ? &remembered : nullptr;
        auto trained = run.backend.train(task);
        if (!trained) return tl::unexpected(trained.error());
        run.trained.finite = run.trained.finite && trained->finite;
        put_back(run.state, optimizer_memory, std::move(remembered));
        run.state.sets.insert_or_assign(own_parameters, trained->params);
        run.state.sets.insert_or_assign(own_buffers, trained->buffers);
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
