#include "../arguments.hpp"
#include "../folding/clipping.hpp"
#include "../folding/distances.hpp"
#include "../folding/robust_rule.hpp"

namespace trama::learn {

namespace {

/// `iterations` times v += mean((delta_i - v) × min(1, radius / |delta_i - v|)), then x + v; the next round
/// starts from this v.
class CenteredClip final : public Rule {
  public:
    explicit CenteredClip(const core::Call& call)
        : radius_(real(call, "radius")), iterations_(integer(call, "iterations")) {}

    core::State init(const core::Model& entering) const override {
        core::State state;
        state.sets["centre"] = filled(entering.params.shared_layout(), 0);
        return state;
    }

    core::Result<core::Value> apply(const Context&, core::State& state,
                                    std::span<const core::Value> values) const override {
        auto folded = Folded::of_updates("centered_clip", values);
        if (!folded) return tl::unexpected(folded.error());
        auto& centre = state.sets.at("centre");
        const auto layout = folded->base->params.shared_layout();
        const float* x = folded->base->params.floats().data();
        core::ParameterBuffer made(layout);
        for (std::int64_t iteration = 0; iteration < iterations_; ++iteration)
            centre = moved(*folded, centre, x, made.floats().data());
        return folded->model(std::move(made).freeze(), median_buffers(*folded));
    }

  private:
    /// The centre after one iteration; `out` becomes x + centre.
    core::ParameterSet moved(const Folded& folded, const core::ParameterSet& centre, const float* x,
                             float* out) const {
        const auto inputs = folded.params();
        const float* v = centre.floats().data();
        const auto middle = [&](std::size_t at) {
            return static_cast<double>(x[at]) + static_cast<double>(v[at]);
        };
        const auto squares = squared_distances(inputs, [&](std::size_t begin, std::span<double> block) {
            for (std::size_t j = 0; j < block.size(); ++j)
                block[j] = middle(begin + j);
        });
        const std::vector<double> shares(inputs.size(), 1 / static_cast<double>(inputs.size()));
        auto clipped = Clipped::to(radius_, inputs, shares, squares);
        if (clipped.inputs.empty()) clipped = {{folded.base->params.floats()}, {0.0}, 0};  // nothing moves
        core::ParameterBuffer made(centre.shared_layout());
        for_weighted_sums(clipped.inputs, clipped.shares,
                          [&, next = made.floats().data()](std::size_t begin, std::span<const double> sums) {
                              for (std::size_t j = 0; j < sums.size(); ++j) {
                                  const auto at = begin + j;
                                  const double moved =
                                      static_cast<double>(v[at]) + (sums[j] - clipped.sum * middle(at));
                                  next[at] = static_cast<float>(moved);
                                  out[at] = static_cast<float>(static_cast<double>(x[at]) + moved);
                              }
                          });
        return std::move(made).freeze();
    }

    double radius_;
    std::int64_t iterations_;
};

}  // namespace

void add_centered_clip(Library& library) {
    library.add_rule(
        robust_rule(
            "centered_clip", "[Update] -> Model", "centered_clip(10.0)",
            "Averages after clipping each delta's distance from a running centre, which is the mean "
            "delta that the last round ended with. Every client counts the same, whatever its samples; "
            "a delta that is not finite counts as the centre.",
            "Karimireddy, He and Jaggi, Learning from History for Byzantine Robust Optimization, ICML "
            "2021")
            .takes(Param("radius", "real", "Greatest distance (Euclidean norm) from the centre.").above(0))
            .takes(Param("iterations", "int", "Times that the centre is moved.").or_else("1").at_least(1)),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
            return std::make_shared<const CenteredClip>(call);
        });
}

}  // namespace trama::learn
