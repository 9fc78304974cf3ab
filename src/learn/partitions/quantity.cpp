#include <algorithm>
#include <numeric>

#include "../arguments.hpp"
#include "../dealing.hpp"
#include "trama/core/elementary.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

const char* const smaller_sigma = "use a smaller sigma, fewer copies, or a smaller min_samples";

core::Result<std::vector<Part>> deal_quantity(const Cut& cut) {
    const auto& rule = cut.data.partition;
    auto sigma = real(rule, "sigma");
    auto weights = draw_weights(
        cut, {cut.data.train.count}, integer(rule, "min_samples"),
        [&](core::Stream& stream) {
            std::vector<double> sizes;
            for (std::int64_t i = 0; i < cut.parts; ++i)
                sizes.push_back(sigma * stream.normal());
            auto largest = *std::ranges::max_element(sizes);  // the largest has weight 1: nothing overflows
            for (auto& size : sizes)
                size = core::exp(size - largest);
            return DealWeights{sizes};
        },
        smaller_sigma);
    if (!weights) return tl::unexpected(weights.error());
    Part all(static_cast<std::size_t>(cut.samples().count));
    std::iota(all.begin(), all.end(), 0U);
    return deal_by_weights(cut, {all}, *weights);
}

}  // namespace

void add_quantity(Library& library) {
    library.add_partition(
        Describe("quantity", "partition")
            .in("Partitions")
            .says("Deals the samples at random into parts of different sizes, drawn from a log-normal "
                  "distribution. Test samples are dealt by the same shares.")
            .like("mnist(dir: \"data/mnist\", partition: quantity(sigma: 1.0))")
            .takes(Param("sigma", "real", "Deviation of the logarithm of the size; 0: equal parts.")
                       .at_least(0)
                       .at_most(1e6))
            .takes(Param("min_samples", "int",
                         "The sizes are drawn again, 200 times at most, until every part has as many "
                         "training samples.")
                       .or_else("1")
                       .at_least(1)),
        {.deal = deal_quantity, .when_empty = smaller_sigma});
}

}  // namespace trama::learn
