#include "../arguments.hpp"
#include "../folding/clipping.hpp"
#include "../folding/distances.hpp"
#include "../folding/robust_rule.hpp"

namespace trama::learn {

namespace {

/// x + Σ p_i × delta_i × min(1, bound / |delta_i|)
class NormBound final : public Rule {
  public:
    explicit NormBound(const core::Call& call)
        : bound_(real(call, "bound")), by_samples_(word(call, "weights") == "samples") {}

    core::Result<core::Value> apply(const Context&, core::State&,
                                    std::span<const core::Value> values) const override {
        auto folded = Folded::of_updates("norm_bound", values);
        if (!folded) return tl::unexpected(folded.error());
        auto weights = folded->weigh("norm_bound", by_samples_);
        if (!weights) return tl::unexpected(weights.error());
        const auto base = folded->base->params;
        const auto inputs = folded->params();
        const auto clipped =
            Clipped::to(bound_, inputs, weights->shares(), squared_distances(inputs, base.floats()));
        if (clipped.inputs.empty()) return folded->model(base, median_buffers(*folded));
        core::ParameterBuffer made(base.shared_layout());
        const double rest = 1 - clipped.sum;
        for_weighted_sums(clipped.inputs, clipped.shares,
                          [&, x = base.floats().data(), out = made.floats().data()](
                              std::size_t begin, std::span<const double> sums) {
                              for (std::size_t j = 0; j < sums.size(); ++j)
                                  out[begin + j] =
                                      static_cast<float>(rest * static_cast<double>(x[begin + j]) + sums[j]);
                          });
        return folded->model(std::move(made).freeze(), median_buffers(*folded));
    }

  private:
    double bound_;
    bool by_samples_;
};

}  // namespace

void add_norm_bound(Library& library) {
    library.add_rule(
        robust_rule("norm_bound", "[Update] -> Model", "norm_bound(3.0)",
                    "Averages after scaling each delta down to a norm. A delta that is not finite counts as "
                    "none.",
                    "Sun et al., Can You Really Backdoor Federated Learning?, 2019")
            .takes(Param("bound", "real", "Greatest Euclidean norm of a delta.").above(0))
            .takes(trusted_weights()),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
            return std::make_shared<const NormBound>(call);
        });
}

}  // namespace trama::learn
