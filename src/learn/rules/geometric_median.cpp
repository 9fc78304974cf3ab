#include <cmath>

#include <fmt/format.h>

#include "../arguments.hpp"
#include "../folding/distances.hpp"
#include "../folding/robust_rule.hpp"

namespace trama::learn {

namespace {

/// Smoothed Weiszfeld: again and again the mean of the models, each weighed by 1 / max(smoothing, its
/// distance from the last mean). It starts at the median of each coordinate rather than at the mean, where it
/// may take many steps to get away from one model that is very far off.
class GeometricMedian final : public Rule {
  public:
    explicit GeometricMedian(const core::Call& call)
        : iterations_(integer(call, "iterations")),
          smoothing_(real(call, "smoothing")),
          by_samples_(word(call, "weights") == "samples") {}

    core::Result<core::Value> apply(const Context&, core::State&,
                                    std::span<const core::Value> values) const override {
        auto folded = fold_floats("geometric_median", values);
        if (!folded) return tl::unexpected(folded.error());
        auto trust = folded->weigh("geometric_median", by_samples_);
        if (!trust) return tl::unexpected(trust.error());
        auto inputs = folded->params();
        const auto layout = folded->models.front()->params.shared_layout();

        auto distances = squared_distances(inputs, median_of(inputs, layout).floats());
        // One that is infinitely far weighs nothing, but nothing times infinity is no number.
        std::size_t kept = 0;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            if (!std::isfinite(distances[i])) continue;
            inputs[kept] = inputs[i];
            distances[kept] = distances[i];
            trust->each[kept++] = trust->each[i];
        }
        if (kept == 0) {
            return core::fail(
                core::ErrorKind::run,
                fmt::format("geometric_median: none of the {} models is finite, or their median "
                            "is not",
                            inputs.size()),
                {}, "too many clients are bad, or training diverged");
        }
        inputs.resize(kept);
        distances.resize(kept);
        trust->each.resize(kept);

        auto weights = weigh(*trust, distances);
        for (std::int64_t step = 1; step < iterations_; ++step) {
            std::vector<std::span<const float>> cut(kept);
            const auto shares = weights.shares();
            distances = squared_distances(inputs, [&](std::size_t begin, std::span<double> block) {
                for (std::size_t i = 0; i < kept; ++i)
                    cut[i] = inputs[i].subspan(begin, block.size());
                core::weighted_sum(cut, shares, block);
            });
            weights = weigh(*trust, distances);
        }
        return folded->result(mean(inputs, weights, layout), median_buffers(*folded));
    }

  private:
    Weights weigh(const Weights& trust, const std::vector<double>& distances) const {
        Weights weights;
        for (std::size_t i = 0; i < distances.size(); ++i) {
            weights.each.push_back(trust.each[i] / std::max(smoothing_, std::sqrt(distances[i])));
            weights.total += weights.each.back();
        }
        return weights;
    }

    std::int64_t iterations_;
    double smoothing_;
    bool by_samples_;
};

}  // namespace

void add_geometric_median(Library& library) {
    library.add_rule(
        robust_rule("geometric_median", "[M] -> M", "geometric_median",
                    "The model with the least sum of distances to all (RFA), by Weiszfeld's method from the "
                    "median of each coordinate. Models that are not finite are left out.",
                    "Pillutla, Kakade and Harchaoui, Robust Aggregation for Federated Learning, IEEE Trans. "
                    "Signal Processing 2022")
            .takes(Param("iterations", "int", "Steps of Weiszfeld's method.").or_else("10").at_least(1))
            .takes(Param("smoothing", "real", "Least distance that is divided by.").or_else("1e-6").above(0))
            .takes(trusted_weights()),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
            return std::make_shared<const GeometricMedian>(call);
        });
}

}  // namespace trama::learn
