#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "trama/core/parameter_set.hpp"

/// Medians and the like of many coordinates at once.
namespace trama::learn {

using Inputs = std::span<const std::span<const float>>;

/// Sorts the inputs of each coordinate, a block of coordinates after the other, by a network of comparators:
/// what is compared does not depend on the values, so that each comparator is a loop of vector instructions
/// over the block. What no number is counts as +infinity, and -0 as 0: the order of the inputs never shows.
class Sorter {
  public:
    /// Only the ranks [first, last), from 0, are needed: comparators that serve no other are left out.
    Sorter(std::size_t inputs, std::size_t first, std::size_t last);

    std::size_t block() const { return block_; }  ///< coordinates at most per call of `sort`
    void sort(Inputs inputs, std::size_t begin, std::size_t count);
    /// The values of that rank of the block; precondition: a rank that is needed.
    const float* rank(std::size_t rank) const { return values_.data() + rank * block_; }

  private:
    std::size_t block_;
    std::vector<std::pair<std::size_t, std::size_t>> comparators_;
    std::vector<float> values_;
};

/// Calls step(begin, count, sorter) for one block after the other.
template <class Step>
void for_sorted(Inputs inputs, std::size_t first, std::size_t last, const Step& step) {
    Sorter sorter(inputs.size(), first, last);
    const auto elements = inputs.front().size();
    for (std::size_t begin = 0; begin < elements; begin += sorter.block()) {
        const auto count = std::min(sorter.block(), elements - begin);
        sorter.sort(inputs, begin, count);
        step(begin, count, sorter);
    }
}

/// The mean of each coordinate's ranks [first, last), summed from the lowest in float64, rounded once.
core::ParameterSet mean_of_ranks(Inputs inputs, std::size_t first, std::size_t last,
                                 const std::shared_ptr<const core::Layout>& layout);

/// The median of each coordinate: of an even number, the mean of the two in the middle.
core::ParameterSet median_of(Inputs inputs, const std::shared_ptr<const core::Layout>& layout);

}  // namespace trama::learn
