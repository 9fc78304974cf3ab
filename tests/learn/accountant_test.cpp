#include "learn/privacy/accountant.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

namespace trama::learn::privacy {
namespace {

double epsilon_of(const Mechanism& mechanism, double delta) {
    return epsilon(std::span(&mechanism, 1), delta);
}

/// log A(alpha) by its definition, E over N(0, sigma²) of (1 - q + q exp((2x - 1) / (2 sigma²)))^alpha, with
/// the trapezoidal rule.
double log_a_by_integral(double q, double sigma, double alpha) {
    const double from = -40 * sigma, to = 40 * sigma + 2 * alpha;
    constexpr int steps = 100'000;
    const double step = (to - from) / steps;
    double greatest = -std::numeric_limits<double>::infinity();
    std::vector<double> logs;
    for (int i = 0; i <= steps; ++i) {
        const double x = from + i * step;
        const double shift = (2 * x - 1) / (2 * sigma * sigma);
        const double log_ratio = shift > 500 ? std::log(q) + shift : std::log1p(q * std::expm1(shift));
        logs.push_back(alpha * log_ratio - x * x / (2 * sigma * sigma));
        greatest = std::max(greatest, logs.back());
    }
    double sum = 0;
    for (const double one : logs)
        sum += std::exp(one - greatest);
    return greatest + std::log(sum * step / (sigma * std::sqrt(2 * std::acos(-1.0))));
}

TEST(Accountant, DivergencesAreThoseOfTheDefinition) {
    // The parameters with which TensorFlow Privacy tests its own (rdp_privacy_accountant_test.py), and more.
    struct Case {
        double q, sigma, alpha;
    };
    for (const auto& [q, sigma, alpha] :
         {Case{1e-4, 1, 1.5}, Case{1e-3, 1, 2}, Case{0.01, 10, 20}, Case{0.1, 100, 20.5},
          Case{0.999, 100, 256.1}, Case{0.2, 0.7, 3.7}, Case{0.01, 4, 1.1}, Case{0.5, 1.3, 6.25},
          Case{0.5, 2, 12}, Case{0.04, 1.5, 2.9}}) {
        const double expected = log_a_by_integral(q, sigma, alpha) / (alpha - 1);
        EXPECT_NEAR(renyi({sigma, q, 1}, alpha), expected, 1e-6 * expected + 1e-12)
            << q << " " << sigma << " " << alpha;
    }
}

TEST(Accountant, AgreesWithTensorFlowPrivacy) {
    // test_compute_rdp_poisson_sampled_gaussian of rdp_privacy_accountant_test.py: rate 0.01, noise 2.5, 50
    // times.
    struct Case {
        double alpha, divergence;
    };
    for (const auto& [alpha, divergence] : {Case{1.5, 6.5007e-04}, Case{2.5, 1.0854e-03}, Case{5, 2.1808e-03},
                                            Case{50, 2.3846e-02}, Case{100, 1.6742e+02}}) {
        EXPECT_NEAR(50 * renyi({2.5, 0.01, 1}, alpha), divergence, 1e-4 * divergence) << alpha;
    }
}

TEST(Accountant, AgreesWithOpacus) {
    // test_rdp_accountant of opacus/tests/accountants_test.py.
    EXPECT_NEAR(epsilon_of({1.5, 0.04, 2250}, 1e-5), 7.32911117143, 1e-7);
    // test_get_noise_multiplier_rdp_epochs and _steps: the noise for epsilon 8.
    EXPECT_NEAR(epsilon_of({1.416, 0.04, 2250}, 1e-5), 8, 0.01);
    EXPECT_NEAR(epsilon_of({1.3562, 0.04, 2000}, 1e-5), 8, 0.01);
}

TEST(Accountant, IsNoLooserThanTheMomentsAccountant) {
    // Abadi et al., Deep Learning with Differential Privacy, CCS 2016, section 5: q = 0.01, sigma = 4, 10,000
    // steps, delta = 1e-5 give epsilon 1.26. The later conversion is tighter; no bound is below what numeric
    // composition finds, 0.94 (Koskela, Jälkö and Honkela, AISTATS 2020: delta(1.0) = 4.24e-6).
    const double found = epsilon_of({4, 0.01, 10000}, 1e-5);
    EXPECT_LT(found, 1.26);
    EXPECT_GT(found, 0.9);
}

TEST(Accountant, OneGaussianIsNearTheExactCurve) {
    // Balle and Wang, Improving the Gaussian Mechanism, ICML 2018: this noise is exactly (1, 1e-6).
    const double found = epsilon_of({4.530877117, 1, 1}, 1e-6);
    EXPECT_GE(found, 1);
    EXPECT_LT(found, 1.05);
}

TEST(Accountant, WithoutNoiseThereIsNoPrivacyAndWithoutDataNothingToHide) {
    EXPECT_TRUE(std::isinf(epsilon_of({0, 0.1, 1}, 1e-5)));
    EXPECT_EQ(epsilon_of({1, 0, 1000}, 1e-5), 0);
    EXPECT_EQ(epsilon_of({1e6, 0.01, 1}, 1e-5), 0);
}

TEST(Accountant, MoreNoiseFewerRoundsAndSmallerRatesAreMorePrivate) {
    const double middle = epsilon_of({1.1, 0.05, 200}, 1e-5);
    EXPECT_LT(epsilon_of({1.2, 0.05, 200}, 1e-5), middle);
    EXPECT_LT(epsilon_of({1.1, 0.05, 100}, 1e-5), middle);
    EXPECT_LT(epsilon_of({1.1, 0.04, 200}, 1e-5), middle);
    EXPECT_LT(epsilon_of({1.1, 0.05, 200}, 1e-4), middle);
    EXPECT_LT(middle, epsilon_of({1.1, 1, 200}, 1e-5));
    // Almost all is almost as all.
    EXPECT_NEAR(epsilon_of({1.1, 1 - 1e-9, 20}, 1e-5), epsilon_of({1.1, 1, 20}, 1e-5), 1e-3);
}

TEST(Accountant, MechanismsAddUp) {
    const Mechanism half{1.1, 0.05, 100};
    const std::vector<Mechanism> twice{half, half};
    EXPECT_DOUBLE_EQ(epsilon(twice, 1e-5), epsilon_of({1.1, 0.05, 200}, 1e-5));
    const std::vector<Mechanism> example{{1.0, 1e-5, 10}, {3.0, 1e-4, 4}};
    // The example at the head of opacus/accountants/analysis/rdp.py finds 0.336 over the orders 2 to 32.
    EXPECT_NEAR(epsilon(example, 1e-5), 0.336, 5e-4);
}

TEST(Accountant, RefusesWhatIsNoMechanism) {
    EXPECT_THROW((void)renyi({1, 1.1, 1}, 2), std::invalid_argument);
    EXPECT_THROW((void)renyi({-1, 0.1, 1}, 2), std::invalid_argument);
    EXPECT_THROW((void)renyi({1, 0.1, 1}, 1), std::invalid_argument);
    EXPECT_THROW((void)epsilon_of({1, 0.1, 1}, 0), std::invalid_argument);
}

}  // namespace
}  // namespace trama::learn::privacy
