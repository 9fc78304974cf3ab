// Statistics of the distributions at fixed seeds. A limit is at least four deviations of the statistic away
// from its mean: a right implementation passes at nearly every seed, a wrong one at none.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "trama/core/random.hpp"

namespace trama::core {
namespace {

/// (chi-square - degrees) in deviations of it; expected counts must be large.
double chi_square_excess(const std::vector<double>& seen, const std::vector<double>& expected) {
    double sum = 0;
    for (std::size_t i = 0; i < seen.size(); ++i) {
        sum += (seen[i] - expected[i]) * (seen[i] - expected[i]) / expected[i];
    }
    const double degrees = static_cast<double>(seen.size()) - 1;
    return (sum - degrees) / std::sqrt(2 * degrees);
}

/// Chi-square of draws against a cumulative distribution in `bins` bins of equal probability, by their ranks
/// F(x).
double excess(int draws, std::size_t bins, const std::function<double()>& rank) {
    std::vector<double> seen(bins);
    for (int i = 0; i < draws; ++i) {
        const double r = rank();
        EXPECT_TRUE(r >= 0 && r <= 1);
        seen[std::min(bins - 1, static_cast<std::size_t>(r * static_cast<double>(bins)))] += 1;
    }
    return chi_square_excess(
        seen, std::vector<double>(bins, static_cast<double>(draws) / static_cast<double>(bins)));
}

/// Regularised lower incomplete gamma function by its series: the cumulative distribution of gamma(a).
double gamma_cdf(double a, double x) {
    if (x <= 0) {
        return 0;
    }
    double term = 1 / a;
    double sum = term;
    for (int n = 1; n < 2000 && term > sum * 1e-16; ++n) {
        term *= x / (a + n);
        sum += term;
    }
    return std::min(1.0, sum * std::exp(-x + a * std::log(x) - std::lgamma(a)));
}

struct Moments {
    double mean = 0, variance = 0, skewness = 0;
};

Moments moments(int draws, const std::function<double()>& draw) {
    std::vector<double> values(static_cast<std::size_t>(draws));
    std::ranges::generate(values, draw);
    Moments result;
    for (const double v : values) {
        result.mean += v / draws;
    }
    for (const double v : values) {
        const double d = v - result.mean;
        result.variance += d * d / draws;
        result.skewness += d * d * d / draws;
    }
    result.skewness /= std::pow(result.variance, 1.5);
    return result;
}

TEST(Distribution, UniformIsFlat) {
    Stream stream(101, 0);
    EXPECT_LT(std::fabs(excess(200'000, 100, [&] { return stream.uniform(); })), 4);
    // The low bits too.
    EXPECT_LT(std::fabs(excess(200'000, 64, [&] { return std::fmod(stream.uniform() * 0x1p+40, 1); })), 4);
    const auto m = moments(200'000, [&] { return stream.uniform(-2, 4); });
    EXPECT_NEAR(m.mean, 1, 4 * std::sqrt(3.0 / 200'000));
    EXPECT_NEAR(m.variance, 3, 0.03);
}

TEST(Distribution, NeighboursAreIndependent) {
    Stream stream(102, 0);
    std::vector<double> seen(256);
    for (int i = 0; i < 256'000; ++i) {
        const auto x = static_cast<std::size_t>(stream.uniform() * 16);
        const auto y = static_cast<std::size_t>(stream.uniform() * 16);
        seen[x * 16 + y] += 1;
    }
    EXPECT_LT(std::fabs(chi_square_excess(seen, std::vector<double>(256, 1000))), 4);
}

TEST(Distribution, StreamsOfNeighbouringNamesAreIndependent) {
    std::vector<double> seen(256);
    for (std::int64_t copy = 0; copy < 25'600; ++copy) {
        const std::array<std::int64_t, 1> here{copy}, next{copy + 1};
        Stream a(StreamName{1, "client", 0, here, {}, "x"});
        Stream b(StreamName{1, "client", 0, next, {}, "x"});
        seen[static_cast<std::size_t>(a.uniform() * 16) * 16 + static_cast<std::size_t>(b.uniform() * 16)] +=
            1;
    }
    EXPECT_LT(std::fabs(chi_square_excess(seen, std::vector<double>(256, 100))), 4);
}

TEST(Distribution, BelowIsUnbiased) {
    Stream stream(103, 0);
    for (const std::uint64_t bound : {3U, 7U, 100U}) {
        std::vector<double> seen(bound);
        for (int i = 0; i < 100'000; ++i) {
            seen[stream.below(bound)] += 1;
        }
        EXPECT_LT(std::fabs(chi_square_excess(
                      seen, std::vector<double>(bound, 100'000.0 / static_cast<double>(bound)))),
                  4);
    }
    // 3/4 of 2^64: taking the remainder would give the lower third twice as often.
    const std::uint64_t bound = std::uint64_t{3} << 62;
    int low = 0;
    for (int i = 0; i < 30'000; ++i) {
        low += stream.below(bound) < bound / 3 ? 1 : 0;
    }
    EXPECT_NEAR(low, 10'000, 4 * std::sqrt(30'000 * 2.0 / 9));
}

TEST(Distribution, NormalFollowsItsCurve) {
    Stream stream(104, 0);
    EXPECT_LT(
        std::fabs(excess(200'000, 100, [&] { return 0.5 * std::erfc(-stream.normal() / std::sqrt(2.0)); })),
        4);
    const auto m = moments(400'000, [&] { return stream.normal(); });
    EXPECT_NEAR(m.mean, 0, 4 / std::sqrt(400'000.0));
    EXPECT_NEAR(m.variance, 1, 4 * std::sqrt(2 / 400'000.0));
    EXPECT_NEAR(m.skewness, 0, 4 * std::sqrt(6 / 400'000.0));
}

TEST(Distribution, BothNormalsOfAPairAreIndependent) {
    Stream stream(105, 0);
    double product = 0, squares = 0;
    for (int i = 0; i < 200'000; ++i) {
        const double a = stream.normal();
        const double b = stream.normal();
        product += a * b;
        squares += (a * a - 1) * (b * b - 1);
    }
    EXPECT_NEAR(product / 200'000, 0, 4 / std::sqrt(200'000.0));
    EXPECT_NEAR(squares / 200'000, 0, 4 * 2 / std::sqrt(200'000.0));
}

class Gamma : public testing::TestWithParam<double> {};

TEST_P(Gamma, FollowsItsCurve) {
    const double shape = GetParam();
    Stream stream(106, static_cast<std::uint64_t>(shape * 1000));
    EXPECT_LT(std::fabs(excess(100'000, 50, [&] { return gamma_cdf(shape, stream.gamma(shape)); })), 4);
    const auto m = moments(100'000, [&] { return stream.gamma(shape); });
    EXPECT_NEAR(m.mean, shape, 4.5 * std::sqrt(shape / 100'000));
    // Fourth central moment of gamma: 3 k² + 6 k.
    EXPECT_NEAR(m.variance, shape, 4.5 * std::sqrt((2 * shape * shape + 6 * shape) / 100'000));
}

INSTANTIATE_TEST_SUITE_P(Shapes, Gamma, testing::Values(0.05, 0.1, 0.5, 0.99, 1.0, 1.5, 5.0, 50.0));

TEST(Distribution, PermutationsAreEquallyLikely) {
    Stream stream(107, 0);
    std::vector<double> seen(24);
    std::array<std::uint32_t, 4> order{};
    for (int i = 0; i < 48'000; ++i) {
        stream.permutation(order);
        std::size_t rank = 0;  // Lehmer code
        for (std::size_t a = 0; a < 4; ++a) {
            std::size_t smaller = 0;
            for (std::size_t b = a + 1; b < 4; ++b) {
                smaller += order[b] < order[a] ? 1U : 0U;
            }
            rank = rank * (4 - a) + smaller;
        }
        seen[rank] += 1;
    }
    EXPECT_LT(std::fabs(chi_square_excess(seen, std::vector<double>(24, 2000))), 4);
}

}  // namespace
}  // namespace trama::core
