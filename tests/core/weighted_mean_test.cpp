#include "trama/core/weighted_mean.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "core/weighted_mean_kernels.hpp"
#include "trama/core/random.hpp"

namespace trama::core {
namespace {

using Floats = std::vector<float>;
using Doubles = std::vector<double>;

struct Problem {
    std::vector<Floats> values;
    Doubles weights;
    double total = 0;
    std::vector<std::span<const float>> inputs;
};

Problem problem(std::size_t count, std::size_t elements, std::uint64_t seed) {
    Stream stream(seed, 0);
    Problem p;
    for (std::size_t i = 0; i < count; ++i) {
        auto& values = p.values.emplace_back(elements);
        for (auto& value : values) {
            value = static_cast<float>(stream.normal() * exp(stream.uniform(-8, 8)));
        }
        p.weights.push_back(static_cast<double>(1 + stream.below(2000)));
    }
    p.total = std::accumulate(p.weights.begin(), p.weights.end(), 0.0);
    p.inputs.assign(p.values.begin(), p.values.end());
    return p;
}

/// What the contract says, written plainly.
Doubles plain_sums(const Problem& p) {
    Doubles sums(p.values.empty() ? 0 : p.values[0].size());
    for (std::size_t j = 0; j < sums.size(); ++j) {
        for (std::size_t i = 0; i < p.values.size(); ++i) {
            const double product = p.weights[i] * static_cast<double>(p.values[i][j]);
            sums[j] = i == 0 ? product : sums[j] + product;
        }
    }
    return sums;
}

Floats plain_mean(const Problem& p) {
    const auto sums = plain_sums(p);
    Floats mean;
    for (const double sum : sums) {
        mean.push_back(static_cast<float>(sum / p.total));
    }
    return mean;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
        if (std::bit_cast<Bits>(a[i]) != std::bit_cast<Bits>(b[i])) return false;
    }
    return a.size() == b.size();
}

/// Around the numbers of inputs and elements at which the kernels change their ways.
template <class Work>
void for_sizes(const Work& work) {
    for (const std::size_t count : {1U, 2U, 3U, 4U, 5U, 8U, 9U, 12U, 13U, 17U, 100U}) {
        for (const std::size_t elements : {1U, 3U, 16U, 31U, 2047U, 2048U, 2049U, 10'000U}) {
            SCOPED_TRACE(testing::Message() << count << " inputs of " << elements);
            work(count, elements);
        }
    }
}

TEST(WeightedMean, IsBitwiseThePlainLoop) {
    for_sizes([](std::size_t count, std::size_t elements) {
        const auto p = problem(count, elements, 1 + count);
        Doubles sums(elements, -1);
        weighted_sum(p.inputs, p.weights, sums);
        EXPECT_TRUE(same_bits(sums, plain_sums(p)));
        Floats mean(elements, -1);
        weighted_mean(p.inputs, p.weights, p.total, mean);
        EXPECT_TRUE(same_bits(mean, plain_mean(p)));
        Floats rounded(elements, -1);
        round_mean(sums, p.total, rounded);
        EXPECT_TRUE(same_bits(rounded, mean));
    });
}

TEST(WeightedMean, EveryInstructionSetGivesTheSame) {
    for_sizes([](std::size_t count, std::size_t elements) {
        const auto p = problem(count, elements, 100 + count);
        std::vector<const float*> at;
        for (const auto input : p.inputs) {
            at.push_back(input.data());
        }
        for (const auto& kernel : kernels::weighted_mean_variants()) {
            if (!kernel.supported()) continue;
            Doubles sums(elements);
            kernel.accumulate(at.data(), p.weights.data(), count, sums.data(), elements, true);
            EXPECT_TRUE(same_bits(sums, plain_sums(p))) << kernel.name;
            Floats rounded(elements);
            kernel.round(sums.data(), p.total, rounded.data(), elements);
            EXPECT_TRUE(same_bits(rounded, plain_mean(p))) << kernel.name;
            auto doubled = sums;
            kernel.add(sums.data(), doubled.data(), elements);
            for (std::size_t j = 0; j < elements; ++j) {
                ASSERT_EQ(doubled[j], 2 * sums[j]) << kernel.name;
            }
        }
    });
}

TEST(WeightedMean, HowTheElementsAreCutDoesNotMatter) {
    const std::size_t elements = 9'999;
    const auto p = problem(7, elements, 5);
    Floats whole(elements);
    weighted_mean(p.inputs, p.weights, p.total, whole);
    Floats pieces(elements);
    Doubles sums(elements);
    Floats rounded(elements);
    for (std::size_t begin = 0, width = 1; begin < elements; begin += width, width = width * 2 + 3) {
        const ElementRange range{begin, begin + width};
        weighted_mean(p.inputs, p.weights, p.total, pieces, range);
        weighted_sum(p.inputs, p.weights, sums, range);
        round_mean(sums, p.total, rounded, range);
    }
    EXPECT_TRUE(same_bits(pieces, whole));
    EXPECT_TRUE(same_bits(rounded, whole));
}

TEST(WeightedMean, ARangeTouchesNothingElse) {
    const auto p = problem(3, 100, 6);
    Floats out(100, -7);
    weighted_mean(p.inputs, p.weights, p.total, out, {10, 20});
    weighted_mean(p.inputs, p.weights, p.total, out, {100, 200});
    weighted_mean(p.inputs, p.weights, p.total, out, {30, 20});
    for (std::size_t j = 0; j < 100; ++j) {
        EXPECT_EQ(out[j] == -7, j < 10 || j >= 20);
    }
}

TEST(WeightedMean, AgreesWithTheClosedForm) {
    for (const std::size_t count : {2U, 8U, 100U}) {
        const std::size_t elements = 200'000;
        const auto p = problem(count, elements / count, count);
        Floats mean(elements / count);
        weighted_mean(p.inputs, p.weights, p.total, mean);
        std::size_t different = 0;
        for (std::size_t j = 0; j < mean.size(); ++j) {
            long double sum = 0;
            for (std::size_t i = 0; i < count; ++i) {
                sum += static_cast<long double>(p.weights[i]) * p.values[i][j];
            }
            const auto exact = static_cast<float>(sum / p.total);
            if (exact != mean[j]) {
                ++different;
                const float infinity = std::numeric_limits<float>::infinity();
                EXPECT_TRUE(std::nextafter(mean[j], infinity) == exact ||
                            std::nextafter(mean[j], -infinity) == exact);
            }
        }
        EXPECT_LE(static_cast<double>(different), 0.001 * static_cast<double>(mean.size())) << count;
    }
}

TEST(WeightedMean, SpecialValues) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    constexpr float largest = std::numeric_limits<float>::max();
    constexpr float tiny = std::numeric_limits<float>::denorm_min();
    const Floats a{-0.0F, infinity, infinity, nan, largest, tiny, 1};
    const Floats b{-0.0F, 1, -infinity, 1, largest, tiny, -1};
    const std::vector<std::span<const float>> inputs{a, b};
    const Doubles weights{3, 5};
    Floats out(a.size());
    weighted_mean(inputs, weights, 8, out);
    EXPECT_TRUE(out[0] == 0 && std::signbit(out[0]));
    EXPECT_EQ(out[1], infinity);
    EXPECT_TRUE(std::isnan(out[2]));
    EXPECT_TRUE(std::isnan(out[3]));
    EXPECT_EQ(out[4], largest);
    EXPECT_EQ(out[5], tiny);
    EXPECT_EQ(out[6], -0.25F);
}

TEST(WeightedMean, EqualModelsStayAsTheyAre) {
    const auto p = problem(1, 5000, 9);
    const std::vector<std::span<const float>> inputs(6, p.inputs[0]);
    const Doubles weights(6, 359);
    Floats out(5000);
    weighted_mean(inputs, weights, 6 * 359.0, out);
    EXPECT_TRUE(same_bits(out, p.values[0]));
}

TEST(AddSums, AddsInOrder) {
    Stream stream(8, 0);
    std::vector<Doubles> partials(5, Doubles(5000));
    for (auto& partial : partials) {
        for (auto& value : partial) {
            value = stream.normal() * exp(stream.uniform(-20, 20));
        }
    }
    const std::vector<std::span<const double>> spans(partials.begin(), partials.end());
    Doubles sums(5000, -1);
    add_sums(spans, sums);
    for (std::size_t j = 0; j < sums.size(); ++j) {
        ASSERT_EQ(sums[j],
                  (((partials[0][j] + partials[1][j]) + partials[2][j]) + partials[3][j]) + partials[4][j]);
    }
}

TEST(WeightedMean, NothingToAddIsZero) {
    Doubles sums(10, -1);
    weighted_sum({}, {}, sums);
    EXPECT_EQ(sums, Doubles(10, 0));
    sums.assign(10, -1);
    add_sums({}, sums);
    EXPECT_EQ(sums, Doubles(10, 0));
    weighted_sum({}, {}, {});
}

TEST(WeightedMean, WrongLengthsAreBugs) {
    const Floats ten(10), nine(9);
    const std::vector<std::span<const float>> inputs{ten, nine};
    const std::vector<std::span<const float>> one{ten};
    Doubles sums(10);
    Floats out(10);
    Floats out_nine(9);
    EXPECT_THROW(weighted_sum(inputs, Doubles{1, 1}, sums), std::invalid_argument);
    EXPECT_THROW(weighted_sum(one, Doubles{1, 1}, sums), std::invalid_argument);
    EXPECT_THROW(weighted_mean(inputs, Doubles{1, 1}, 2, out), std::invalid_argument);
    EXPECT_THROW(weighted_mean(one, Doubles{}, 2, out), std::invalid_argument);
    EXPECT_THROW(round_mean(sums, 1, out_nine), std::invalid_argument);
    const Doubles nine_sums(9);
    const std::vector<std::span<const double>> partials{nine_sums};
    EXPECT_THROW(add_sums(partials, sums), std::invalid_argument);
}

}  // namespace
}  // namespace trama::core
