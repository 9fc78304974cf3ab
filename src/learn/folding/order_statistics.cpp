#include "order_statistics.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <ranges>

namespace trama::learn {

namespace {

using Comparators = std::vector<std::pair<std::size_t, std::size_t>>;

/// Batcher's merge exchange (Knuth, The Art of Computer Programming, volume 3, 5.2.2, algorithm M).
Comparators merge_exchange(std::size_t inputs) {
    Comparators all;
    const auto top = std::bit_ceil(inputs) / 2;
    for (auto p = top; p > 0; p /= 2) {
        auto q = top;
        std::size_t r = 0, d = p;
        while (true) {
            for (std::size_t i = 0; i + d < inputs; ++i)
                if ((i & p) == r) all.emplace_back(i, i + d);
            if (q == p) break;
            d = q - p;
            q /= 2;
            r = p;
        }
    }
    return all;
}

/// Those that a rank in [first, last) depends on.
Comparators needed(const Comparators& all, std::size_t inputs, std::size_t first, std::size_t last) {
    std::vector<bool> wanted(inputs);
    for (auto rank = first; rank < last; ++rank)
        wanted[rank] = true;
    Comparators kept;
    for (const auto& [low, high] : std::ranges::reverse_view(all)) {
        if (!wanted[low] && !wanted[high]) continue;
        wanted[low] = wanted[high] = true;
        kept.emplace_back(low, high);
    }
    std::ranges::reverse(kept);
    return kept;
}

void load(const float* from, float* __restrict to, std::size_t count) {
    for (std::size_t j = 0; j < count; ++j) {
        const float value = from[j], positive = value + 0.0F;
        to[j] = value == value ? positive : std::numeric_limits<float>::infinity();
    }
}

void compare(float* __restrict low, float* __restrict high, std::size_t count) {
    for (std::size_t j = 0; j < count; ++j) {
        const float a = low[j], b = high[j];
        low[j] = b < a ? b : a;  // both are what minps and maxps do, so that compilers use them
        high[j] = a < b ? b : a;
    }
}

}  // namespace

Sorter::Sorter(std::size_t inputs, std::size_t first, std::size_t last)
    // All rows of a block stay in the first-level cache, as far as that is possible.
    : block_(std::clamp<std::size_t>(4096 / std::bit_ceil(inputs), 32, 1024)),
      comparators_(needed(merge_exchange(inputs), inputs, first, last)),
      values_(inputs * block_) {}

void Sorter::sort(Inputs inputs, std::size_t begin, std::size_t count) {
    for (std::size_t i = 0; i < inputs.size(); ++i)
        load(inputs[i].data() + begin, values_.data() + i * block_, count);
    for (const auto& [low, high] : comparators_)
        compare(values_.data() + low * block_, values_.data() + high * block_, count);
}

core::ParameterSet mean_of_ranks(Inputs inputs, std::size_t first, std::size_t last,
                                 const std::shared_ptr<const core::Layout>& layout) {
    core::ParameterBuffer made(layout);
    const double total = static_cast<double>(last - first);
    std::vector<double> sums;
    for_sorted(inputs, first, last,
               [&, out = made.floats().data()](std::size_t begin, std::size_t count, const Sorter& sorter) {
                   sums.assign(count, 0.0);
                   for (auto rank = first; rank < last; ++rank) {
                       const float* row = sorter.rank(rank);
                       for (std::size_t j = 0; j < count; ++j)
                           sums[j] += static_cast<double>(row[j]);
                   }
                   for (std::size_t j = 0; j < count; ++j)
                       out[begin + j] = static_cast<float>(sums[j] / total);
               });
    return std::move(made).freeze();
}

core::ParameterSet median_of(Inputs inputs, const std::shared_ptr<const core::Layout>& layout) {
    return mean_of_ranks(inputs, (inputs.size() - 1) / 2, inputs.size() / 2 + 1, layout);
}

}  // namespace trama::learn
