#include <algorithm>

#include "../arguments.hpp"
#include "../dealing.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

const char* const larger_alpha = "use a larger alpha, fewer copies, or a smaller min_samples";

/// Shares of one class: gamma numbers, whose ratios are a Dirichlet's. When alpha is so small that all of
/// them vanish, one part has the class, as in the limit.
std::vector<double> shares(core::Stream& stream, double alpha, std::int64_t parts) {
    std::vector<double> weights;
    for (std::int64_t i = 0; i < parts; ++i)
        weights.push_back(stream.gamma(alpha));
    if (std::ranges::all_of(weights, [](double weight) { return weight < 1e-290; })) {
        std::ranges::fill(weights, 0.0);
        weights[stream.below(weights.size())] = 1;
    }
    return weights;
}

core::Result<std::vector<Part>> deal_dirichlet(const Cut& cut) {
    auto kinds = classes_of(cut);
    if (!kinds) return kinds;
    std::vector<std::int64_t> counts(kinds->size());
    for (auto label : cut.data.train.labels)
        ++counts[static_cast<std::size_t>(label)];
    const auto& rule = cut.data.partition;
    auto alpha = real(rule, "alpha");
    auto weights = draw_weights(
        cut, counts, integer(rule, "min_samples"),
        [&](core::Stream& stream) {
            DealWeights drawn;
            for (std::size_t kind = 0; kind < counts.size(); ++kind)
                drawn.push_back(shares(stream, alpha, cut.parts));
            return drawn;
        },
        larger_alpha);
    if (!weights) return tl::unexpected(weights.error());
    return deal_by_weights(cut, *kinds, *weights);
}

}  // namespace

void add_dirichlet(Library& library) {
    library.add_partition(
        Describe("dirichlet", "partition")
            .in("Partitions")
            .says("Deals each class by shares drawn from a Dirichlet distribution: the smaller `alpha`, the "
                  "fewer classes has a client, and the more do sizes differ. Test samples are dealt by the "
                  "same shares.")
            .like("mnist(dir: \"data/mnist\", partition: dirichlet(alpha: 0.5))")
            .after("Hsu, Qi and Brown, Measuring the Effects of Non-Identical Data Distribution for "
                   "Federated Visual Classification, 2019; shares by class as in Yurochkin et al., Bayesian "
                   "Nonparametric Federated Learning of Neural Networks, ICML 2019")
            .takes(Param("alpha", "real", "Concentration: 0.1 is strong, 100 is nearly `iid`.").above(0))
            .takes(Param("min_samples", "int",
                         "The shares are drawn again, 200 times at most, until every part has as many "
                         "training samples.")
                       .or_else("1")
                       .at_least(1)),
        {.deal = deal_dirichlet, .when_empty = larger_alpha});
}

}  // namespace trama::learn
