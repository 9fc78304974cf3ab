#include <stdexcept>

#include "method.hpp"

namespace trama::learn {

namespace {

constexpr const char* control = "control";

/// Zeros where there is no control yet.
float at(const core::ParameterSet* set, std::size_t i) {
    return set == nullptr ? 0.0F : set->floats()[i];
}

class Scaffold final : public LocalMethod {
  public:
    core::Result<void> before(LocalRun& run) const override {
        const auto* servers = of_server(run);
        const auto* own = of_client(run);
        run.correction.resize(run.start.params.floats().size());
        for (std::size_t i = 0; i < run.correction.size(); ++i)
            run.correction[i] = at(servers, i) - at(own, i);
        run.task.adjustment.correction = run.correction;
        return {};
    }

    core::Result<void> after(LocalRun& run) const override {
        const auto* servers = of_server(run);
        const auto* own = of_client(run);
        const auto& layout = run.start.params.shared_layout();
        const auto from = run.start.params.floats(), to = run.trained.params.floats();
        core::ParameterBuffer renewed(layout), change(layout);
        auto new_values = renewed.floats(), changes = change.floats();
        for (std::size_t i = 0; i < new_values.size(); ++i) {
            double value = at(own, i);
            if (run.trained.steps > 0) {
                value += (static_cast<double>(from[i]) - to[i]) / run.trained.rates - at(servers, i);
            }
            new_values[i] = static_cast<float>(value);
            changes[i] = static_cast<float>(static_cast<double>(new_values[i]) - at(own, i));
        }
        run.state.sets.insert_or_assign(control, std::move(renewed).freeze());
        run.result.extra.insert_or_assign(control, std::move(change).freeze());
        return {};
    }

  private:
    static const core::ParameterSet* of_server(const LocalRun& run) {
        return control_in(run.received->extra, run);
    }
    static const core::ParameterSet* of_client(const LocalRun& run) {
        return control_in(run.state.sets, run);
    }

    /// Null when there is none yet.
    template <class Sets>
    static const core::ParameterSet* control_in(const Sets& sets, const LocalRun& run) {
        const auto found = sets.find(control);
        if (found == sets.end()) return nullptr;
        if (!(found->second.layout() == run.start.params.layout()))
            throw std::invalid_argument("a control variate that is not laid out like the parameters");
        return &found->second;
    }
};

}  // namespace

Method scaffold() {
    return std::make_unique<const Scaffold>();
}

}  // namespace trama::learn
