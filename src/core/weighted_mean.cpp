#include "trama/core/weighted_mean.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "core/weighted_mean_kernels.hpp"

namespace trama::core {
namespace {

// Elements per block: the sums of one block (16 KiB) stay in the first-level cache while all inputs pass by.
constexpr std::size_t block = 2048;

void require_length(std::size_t actual, std::size_t expected, const char* what) {
    if (actual != expected) {
        throw std::invalid_argument(
            fmt::format("{} of {} elements where {} are expected", what, actual, expected));
    }
}

template <class T>
void require_lengths(std::span<const std::span<const T>> inputs, std::size_t expected) {
    for (const auto input : inputs) {
        require_length(input.size(), expected, "an input");
    }
}

void require_weights(std::size_t weights, std::size_t inputs) {
    if (weights != inputs) {
        throw std::invalid_argument(fmt::format("{} weights for {} inputs", weights, inputs));
    }
}

/// Calls work(begin, count) for the blocks of the range.
template <class Work>
void for_blocks(ElementRange range, std::size_t elements, const Work& work) {
    const auto end = std::min(range.end, elements);
    for (auto begin = range.begin; begin < end; begin += block) {
        work(begin, std::min(block, end - begin));
    }
}

/// The weighted sums of one block; `at` is scratch for the inputs' addresses.
void sum_block(const kernels::WeightedMean& kernel, std::span<const std::span<const float>> inputs,
               std::span<const double> weights, std::vector<const float*>& at, std::size_t begin,
               double* sums, std::size_t count) {
    if (inputs.empty()) {
        std::fill_n(sums, count, 0.0);
        return;
    }
    std::ranges::transform(inputs, at.begin(), [&](const auto& input) { return input.data() + begin; });
    kernel.accumulate(at.data(), weights.data(), inputs.size(), sums, count, true);
}

}  // namespace

void weighted_sum(std::span<const std::span<const float>> inputs, std::span<const double> weights,
                  std::span<double> sums, ElementRange range) {
    require_weights(weights.size(), inputs.size());
    require_lengths(inputs, sums.size());
    const auto& kernel = kernels::weighted_mean_kernel();
    std::vector<const float*> at(inputs.size());
    for_blocks(range, sums.size(), [&](std::size_t begin, std::size_t count) {
        sum_block(kernel, inputs, weights, at, begin, sums.data() + begin, count);
    });
}

void add_sums(std::span<const std::span<const double>> partials, std::span<double> sums, ElementRange range) {
    require_lengths(partials, sums.size());
    const auto& kernel = kernels::weighted_mean_kernel();
    for_blocks(range, sums.size(), [&](std::size_t begin, std::size_t count) {
        if (partials.empty()) {
            std::fill_n(sums.data() + begin, count, 0.0);
            return;
        }
        std::copy_n(partials.front().data() + begin, count, sums.data() + begin);
        for (const auto partial : partials.subspan(1)) {
            kernel.add(partial.data() + begin, sums.data() + begin, count);
        }
    });
}

void round_mean(std::span<const double> sums, double total, std::span<float> out, ElementRange range) {
    require_length(out.size(), sums.size(), "an output");
    const auto& kernel = kernels::weighted_mean_kernel();
    for_blocks(range, sums.size(), [&](std::size_t begin, std::size_t count) {
        kernel.round(sums.data() + begin, total, out.data() + begin, count);
    });
}

void weighted_mean(std::span<const std::span<const float>> inputs, std::span<const double> weights,
                   double total, std::span<float> out, ElementRange range) {
    require_weights(weights.size(), inputs.size());
    require_lengths(inputs, out.size());
    const auto& kernel = kernels::weighted_mean_kernel();
    std::vector<const float*> at(inputs.size());
    alignas(64) std::array<double, block> sums;
    for_blocks(range, out.size(), [&](std::size_t begin, std::size_t count) {
        sum_block(kernel, inputs, weights, at, begin, sums.data(), count);
        kernel.round(sums.data(), total, out.data() + begin, count);
    });
}

}  // namespace trama::core
