#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "trama/learn/partition.hpp"

/// What partitions have in common.
namespace trama::learn {

/// Samples in random order, in slices of equal size; the first ones are a sample longer when it does not come
/// out even.
std::vector<Part> deal_equally(const Cut& cut);

/// How much of each kind of samples each part gets: weights[kind][part], at least 0. Their scale does not
/// matter. A kind is a class, or all samples at once.
using DealWeights = std::vector<std::vector<double>>;

/// Each kind of samples in random order, in slices by its weights; parts are in the order of the samples.
/// Slices end at the rounded sums of the weights, so that no sample is left over; a kind of which all
/// weights are 0 goes by the mean weight of the others.
std::vector<Part> deal_by_weights(const Cut& cut, const std::vector<Part>& kinds, const DealWeights& weights);

/// The samples of each class, in order. Errors: kind `scheme` for a regression.
core::Result<std::vector<Part>> classes_of(const Cut& cut);

/// Draws weights until every part of the training split has `least` samples, 200 times at most. Both splits
/// use the weights that come out: their parts have the same shares. `kinds`: how many training samples each
/// kind has. Errors: kind `data`, naming the parts that are too small, with `hint`.
core::Result<DealWeights> draw_weights(const Cut& cut, const std::vector<std::int64_t>& kinds,
                                       std::int64_t least,
                                       const std::function<DealWeights(core::Stream&)>& draw,
                                       const std::string& hint);

/// Errors: kind `data`, naming the parts with fewer than `least` samples.
core::Result<void> check_sizes(const Cut& cut, const std::vector<std::int64_t>& sizes, std::int64_t least,
                               const std::string& hint);

/// Whole groups (writers, values of a column) in turn, in the order of their names. Errors: kind `scheme`
/// when there are more parts than groups.
core::Result<std::vector<Part>> deal_groups(const Cut& cut);

}  // namespace trama::learn
