#pragma once

#include <cstdint>
#include <utility>

#include "robust_rule.hpp"

/// Krum, as three rules use it.
namespace trama::learn {

inline constexpr const char* krum_paper =
    "Blanchard et al., Machine Learning with Adversaries: Byzantine Tolerant Gradient Descent, NeurIPS 2017";

/// The sum of the squared distances to the nearest `neighbours`, and that to all others: two that are each
/// other's nearest have the same score, and then the second decides, not the order of the clients.
using KrumScore = std::pair<double, double>;

/// The scores of the models `among` (numbers in a matrix of squared distances of `count` models).
std::vector<KrumScore> krum_scores(std::span<const double> distances, std::size_t count,
                                   std::span<const std::size_t> among, std::size_t neighbours);

/// The numbers of the models by rising score (of equal ones the earlier first).
std::vector<std::size_t> krum_order(const Folded& folded, std::int64_t f);

/// The plain mean of the models of these numbers, summed in the order of the streams.
core::Value mean_of(const Folded& folded, std::vector<std::size_t> chosen);

}  // namespace trama::learn
