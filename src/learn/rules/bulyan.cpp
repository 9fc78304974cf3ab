#include <algorithm>
#include <numeric>

#include "../arguments.hpp"
#include "../folding/distances.hpp"
#include "../folding/krum.hpp"

namespace trama::learn {

namespace {

constexpr Least bulyan_needs{4, 3};

/// The numbers of the n - 2f models that krum chooses one after the other, each among those still left.
std::vector<std::size_t> select(const Folded& folded, std::size_t f) {
    const auto count = folded.models.size();
    const auto distances = pairwise_squared_distances(folded.params());
    std::vector<std::size_t> models(count), chosen;
    std::iota(models.begin(), models.end(), std::size_t{0});
    for (std::span<std::size_t> left = models; chosen.size() < count - 2 * f;
         left = left.first(left.size() - 1)) {
        // The last choices are among fewer than krum asks for: the nearest neighbour still counts.
        const auto neighbours = std::max<std::size_t>(left.size(), f + 3) - f - 2;
        const auto scores = krum_scores(distances, count, left, neighbours);
        const auto best = left.begin() + (std::ranges::min_element(scores) - scores.begin());
        chosen.push_back(*best);
        std::shift_left(best, left.end(), 1);
    }
    std::ranges::sort(chosen);
    return chosen;
}

/// The mean of the inputs.size() - 2f values of each coordinate that are nearest to its median. In sorted
/// order they are neighbours: the farther end is dropped 2f times, the upper one when both are as far.
core::ParameterSet around_median(Inputs inputs, std::size_t f,
                                 const std::shared_ptr<const core::Layout>& layout) {
    core::ParameterBuffer made(layout);
    const auto count = inputs.size(), kept = count - 2 * f;
    for_sorted(inputs, 0, count,
               [&, out = made.floats().data()](std::size_t begin, std::size_t size, const Sorter& sorter) {
                   for (std::size_t j = 0; j < size; ++j) {
                       const auto value = [&](std::size_t rank) {
                           return static_cast<double>(sorter.rank(rank)[j]);
                       };
                       const double middle = (value((count - 1) / 2) + value(count / 2)) / 2;
                       std::size_t low = 0, high = count;
                       while (high - low > kept) {
                           if (middle - value(low) > value(high - 1) - middle)
                               ++low;
                           else
                               --high;
                       }
                       double sum = 0;
                       for (auto rank = low; rank < high; ++rank)
                           sum += value(rank);
                       out[begin + j] = static_cast<float>(sum / static_cast<double>(kept));
                   }
               });
    return std::move(made).freeze();
}

class Bulyan final : public Rule {
  public:
    explicit Bulyan(std::int64_t f) : f_(f) {}

    core::Result<core::Value> apply(const Context&, core::State&,
                                    std::span<const core::Value> values) const override {
        auto folded = fold_floats("bulyan", values);
        if (!folded) return tl::unexpected(folded.error());
        if (auto fault = bulyan_needs.fault("bulyan", f_, folded->models.size()))
            return tl::unexpected(std::move(*fault));
        const auto f = static_cast<std::size_t>(f_);
        std::vector<std::span<const float>> params, buffers;
        for (const auto one : select(*folded, f)) {
            params.push_back(folded->models[one]->params.floats());
            buffers.push_back(folded->models[one]->buffers.floats());
        }
        const auto& like = *folded->models.front();
        return folded->result(around_median(params, f, like.params.shared_layout()),
                              around_median(buffers, f, like.buffers.shared_layout()));
    }

  private:
    std::int64_t f_;
};

}  // namespace

void add_bulyan(Library& library) {
    library.add_rule(
        robust_rule(
            "bulyan", "bulyan(1)",
            "Selects n - 2f of the n models by krum, one after the other, then averages of each "
            "coordinate the n - 4f values nearest to the median.",
            "El Mhamdi et al., The Hidden Vulnerability of Distributed Learning in Byzantium, ICML 2018",
            bulyan_needs),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
            return std::make_shared<const Bulyan>(integer(call, "f"));
        });
}

}  // namespace trama::learn
