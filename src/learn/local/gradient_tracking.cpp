#include <stdexcept>

#include <fmt/format.h>

#include "method.hpp"

namespace trama::learn {

namespace {

constexpr const char* tracker = "tracker";
constexpr const char* correction = "correction";

/// With z_i the mean direction of the round's steps: c_i += Σ w_ij z_j − z_i, at first 0. The steps follow
/// the gradient + c_i.
class GradientTracking final : public LocalMethod {
  public:
    core::Result<void> before(LocalRun& run) const override {
        const auto& layout = run.start.params.shared_layout();
        const auto own = run.state.sets.find(tracker);
        if (own == run.state.sets.end()) return {};
        const auto mixed = run.received->extra.find(tracker);
        if (mixed == run.received->extra.end()) {
            return core::fail(core::ErrorKind::run,
                              "`algorithm: gradient_tracking` gets a model without its neighbours' trackers",
                              run.context.place(),
                              "mix the models by exchange(..., weights: metropolis) >> [| fold(gossip) |]");
        }
        const auto before = run.state.sets.find(correction);
        if (!(own->second.layout() == *layout) || !(mixed->second.layout() == *layout))
            throw std::invalid_argument("a tracker that is not laid out like the parameters");
        core::ParameterBuffer renewed(layout);
        auto values = renewed.floats();
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double c = before == run.state.sets.end() ? 0 : before->second.floats()[i];
            values[i] = static_cast<float>(
                c + (static_cast<double>(mixed->second.floats()[i]) - own->second.floats()[i]));
        }
        run.correction.assign(values.begin(), values.end());
        run.task.adjustment.correction = run.correction;
        run.state.sets.insert_or_assign(correction, std::move(renewed).freeze());
        return {};
    }

    core::Result<void> after(LocalRun& run) const override {
        const auto from = run.start.params.floats(), to = run.trained.params.floats();
        core::ParameterBuffer direction(run.start.params.shared_layout());
        auto values = direction.floats();
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double moved = static_cast<double>(from[i]) - to[i];
            values[i] = run.trained.steps > 0 ? static_cast<float>(moved / run.trained.rates) : 0.0F;
        }
        const auto made = std::move(direction).freeze();
        run.state.sets.insert_or_assign(tracker, made);
        run.result.extra.insert_or_assign(tracker, made);
        return {};
    }
};

}  // namespace

Method gradient_tracking() {
    return std::make_unique<const GradientTracking>();
}

}  // namespace trama::learn
