#include <algorithm>
#include <stdexcept>

#include "method.hpp"

namespace trama::learn {

namespace {

constexpr const char* pull = "pull";

class Feddyn final : public LocalMethod {
  public:
    explicit Feddyn(double alpha) : alpha_(alpha) {}

    core::Result<void> before(LocalRun& run) const override {
        run.task.adjustment.pull += alpha_;
        const auto found = run.state.sets.find(pull);
        if (found == run.state.sets.end()) return {};
        if (!(found->second.layout() == run.start.params.layout()))
            throw std::invalid_argument("feddyn's memory is that of another net");
        const auto remembered = found->second.floats();
        run.correction.resize(remembered.size());
        std::ranges::transform(remembered, run.correction.begin(), [](float g) { return -g; });
        run.task.adjustment.correction = run.correction;
        return {};
    }

    core::Result<void> after(LocalRun& run) const override {
        const auto found = run.state.sets.find(pull);
        const auto from = run.start.params.floats(), to = run.trained.params.floats();
        core::ParameterBuffer renewed(run.start.params.shared_layout());
        auto values = renewed.floats();
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double before = found == run.state.sets.end() ? 0 : found->second.floats()[i];
            values[i] = static_cast<float>(before - alpha_ * (static_cast<double>(to[i]) - from[i]));
        }
        run.state.sets.insert_or_assign(pull, std::move(renewed).freeze());
        return {};
    }

  private:
    double alpha_;
};

}  // namespace

Method feddyn(double alpha) {
    return std::make_unique<const Feddyn>(alpha);
}

}  // namespace trama::learn
