#pragma once

#include <cstddef>
#include <vector>

/// One compilation of the loops per instruction set of the machine's family. All of them do the same IEEE
/// operations in the same order, so that which one runs is a matter of speed alone.
namespace trama::core::kernels {

struct WeightedMean {
    const char* name;
    bool (*supported)();  ///< by the processor that runs this
    /// sums[0..count) = (first ? 0 : sums) + Σ weights[i] × inputs[i][0..count), in order.
    void (*accumulate)(const float* const* inputs, const double* weights, std::size_t inputs_count,
                       double* sums, std::size_t count, bool first);
    void (*add)(const double* partial, double* sums, std::size_t count);
    void (*round)(const double* sums, double total, float* out, std::size_t count);
};

/// Those compiled in, the most capable last; the first runs everywhere.
const std::vector<WeightedMean>& weighted_mean_variants();

/// The most capable one that this processor supports.
const WeightedMean& weighted_mean_kernel();

}  // namespace trama::core::kernels
