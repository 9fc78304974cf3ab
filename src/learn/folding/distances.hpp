#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

/// Squared Euclidean distances of parameter vectors, in float64 and in a fixed order of the coordinates: the
/// same bits on every machine, and however the vectors are ordered. One with an infinity or what is no number
/// is infinitely far from all.
namespace trama::learn {

inline constexpr std::size_t distance_block = 2048;

/// Adds Σ (input - centre)² of one block to `sum`.
void add_squares(std::span<const float> input, std::span<const double> centre, double& sum);

/// What is no number becomes +infinity.
void settle(std::vector<double>& distances);

/// The squared distance of each input from a centre that is made block by block: centre(begin, block) fills
/// the block. The inputs are read once.
template <class Centre>
std::vector<double> squared_distances(std::span<const std::span<const float>> inputs, const Centre& centre) {
    alignas(64) std::array<double, distance_block> block;
    std::vector<double> all(inputs.size());
    const auto elements = inputs.front().size();
    for (std::size_t begin = 0; begin < elements; begin += block.size()) {
        const auto here = std::span(block).first(std::min(block.size(), elements - begin));
        centre(begin, here);
        for (std::size_t i = 0; i < inputs.size(); ++i)
            add_squares(inputs[i].subspan(begin, here.size()), here, all[i]);
    }
    settle(all);
    return all;
}

/// The same from one vector.
std::vector<double> squared_distances(std::span<const std::span<const float>> inputs,
                                      std::span<const float> centre);

/// Those of each from each, row by row; the diagonal is 0. The inputs are read once, all pairs of a block
/// while it is in the cache.
std::vector<double> pairwise_squared_distances(std::span<const std::span<const float>> inputs);

}  // namespace trama::learn
