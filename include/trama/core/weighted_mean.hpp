#pragma once

#include <cstddef>
#include <span>

/// The hot loop of aggregation. Every element is a float64 sum of weight × value, accumulated in the order of
/// the inputs and rounded to float32 once: the same bits on every instruction set, and however callers cut
/// the elements into ranges. The inputs are read once, block by block; one call uses one thread.
///
/// Every buffer of a call has the same length, there is one weight per input (throws std::invalid_argument
/// otherwise), and outputs do not overlap inputs.
namespace trama::core {

/// The elements that a call works on: [begin, end), clipped to the length of the buffers. Callers that split
/// a model over threads give each its own range of the same buffers.
struct ElementRange {
    std::size_t begin = 0;
    std::size_t end = static_cast<std::size_t>(-1);
};

/// sums = Σ weights[i] × inputs[i]; zeros without inputs. Overwrites.
void weighted_sum(std::span<const std::span<const float>> inputs, std::span<const double> weights,
                  std::span<double> sums, ElementRange range = {});

/// sums = Σ partials[i], in order; zeros without partials. Overwrites.
void add_sums(std::span<const std::span<const double>> partials, std::span<double> sums,
              ElementRange range = {});

/// out = float(sums / total).
void round_mean(std::span<const double> sums, double total, std::span<float> out, ElementRange range = {});

/// weighted_sum and round_mean in one pass, bitwise the same.
void weighted_mean(std::span<const std::span<const float>> inputs, std::span<const double> weights,
                   double total, std::span<float> out, ElementRange range = {});

}  // namespace trama::core
