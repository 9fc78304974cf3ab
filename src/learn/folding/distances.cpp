#include "distances.hpp"

#include <cmath>
#include <cstring>
#include <limits>

namespace trama::learn {

namespace {

// Sixteen sums at once, in vectors that any compiler makes of what the processor has; their order is part of
// the definition.
constexpr std::size_t lanes = 16;
using Lanes = double __attribute__((vector_size(64)));

using Floats = float __attribute__((vector_size(32)));

void load(const float* from, Lanes& to) {
    Floats values;
    std::memcpy(&values, from, sizeof values);
    to = __builtin_convertvector(values, Lanes);
}

void load(const double* from, Lanes& to) {
    std::memcpy(&to, from, sizeof to);
}

template <class A, class B>
double squares(const A* a, const B* b, std::size_t count) {
    Lanes low{}, high{};
    std::size_t j = 0;
    for (; j + lanes <= count; j += lanes) {
        Lanes first, second, other;
        load(a + j, first);
        load(b + j, other);
        first -= other;
        load(a + j + 8, second);
        load(b + j + 8, other);
        second -= other;
        low += first * first;
        high += second * second;
    }
    double all = 0;
    for (std::size_t lane = 0; lane < 8; ++lane)
        all += low[lane] + high[lane];
    for (; j < count; ++j) {
        const double difference = static_cast<double>(a[j]) - static_cast<double>(b[j]);
        all += difference * difference;
    }
    return all;
}

}  // namespace

void add_squares(std::span<const float> input, std::span<const double> centre, double& sum) {
    sum += squares(input.data(), centre.data(), input.size());
}

void settle(std::vector<double>& distances) {
    for (auto& distance : distances)
        if (std::isnan(distance)) distance = std::numeric_limits<double>::infinity();
}

std::vector<double> squared_distances(std::span<const std::span<const float>> inputs,
                                      std::span<const float> centre) {
    return squared_distances(inputs, [&](std::size_t begin, std::span<double> block) {
        std::ranges::copy(centre.subspan(begin, block.size()), block.begin());
    });
}

std::vector<double> pairwise_squared_distances(std::span<const std::span<const float>> inputs) {
    const auto count = inputs.size(), elements = inputs.front().size();
    // The doubles of one block of all inputs stay in the second-level cache.
    const auto block = std::clamp<std::size_t>(16384 / count / lanes * lanes, 64, distance_block);
    std::vector<double> rows(count * block), all(count * count);
    for (std::size_t begin = 0; begin < elements; begin += block) {
        const auto here = std::min(block, elements - begin);
        for (std::size_t i = 0; i < count; ++i)
            std::ranges::copy(inputs[i].subspan(begin, here), rows.data() + i * block);
        for (std::size_t i = 0; i < count; ++i)
            for (std::size_t k = i + 1; k < count; ++k)
                all[i * count + k] += squares(rows.data() + i * block, rows.data() + k * block, here);
    }
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t k = i + 1; k < count; ++k)
            all[k * count + i] = all[i * count + k];
    settle(all);
    return all;
}

}  // namespace trama::learn
