#include "learn/privacy/accountant.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

// Nothing here ends in a model, so libm is good enough.

namespace trama::learn::privacy {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// log(exp(a) + exp(b)).
double log_add(double a, double b) {
    if (a < b) std::swap(a, b);
    return b == -infinity ? a : a + std::log1p(std::exp(b - a));
}

/// log(exp(a) - exp(b)), for a >= b.
double log_subtract(double a, double b) {
    if (b == -infinity) return a;
    return a > b ? a + std::log1p(-std::exp(b - a)) : -infinity;
}

/// log(erfc(x)), also where erfc underflows: there by its asymptotic series.
double log_erfc(double x) {
    if (x < 20) return std::log(std::erfc(x));
    const double y = 1 / (x * x);
    const double series = 1 - y / 2 * (1 - 3 * y / 2 * (1 - 5 * y / 2 * (1 - 7 * y / 2)));
    return -x * x - std::log(x) - 0.5 * std::log(std::acos(-1.0)) + std::log(series);
}

/// log A(alpha) for a whole order: sum over i of C(alpha, i) (1-q)^(alpha-i) q^i exp((i² - i) / (2 sigma²)).
double log_a_whole(double q, double sigma, std::int64_t alpha) {
    double sum = -infinity;
    double log_binomial = 0;
    for (std::int64_t i = 0; i <= alpha; ++i) {
        const auto k = static_cast<double>(i);
        const auto rest = static_cast<double>(alpha - i);
        sum = log_add(
            sum, log_binomial + k * std::log(q) + rest * std::log1p(-q) + (k * k - k) / (2 * sigma * sigma));
        log_binomial += std::log(rest) - std::log(k + 1);
    }
    return sum;
}

/// log A(alpha) for any order: the two integrals on both sides of z0, each a series with binomials of a real
/// number, whose signs alternate behind the order.
double log_a_real(double q, double sigma, double alpha) {
    const double z0 = sigma * sigma * std::log(1 / q - 1) + 0.5;
    const double root = std::sqrt(2.0) * sigma;
    double low = -infinity, high = -infinity;
    double log_binomial = 0;
    bool positive = true;
    constexpr int most = 100'000;
    for (int i = 0; i < most; ++i) {
        const double k = i;
        const double j = alpha - k;
        const double s0 = log_binomial + k * std::log(q) + j * std::log1p(-q) +
                          (k * k - k) / (2 * sigma * sigma) + std::log(0.5) + log_erfc((k - z0) / root);
        const double s1 = log_binomial + j * std::log(q) + k * std::log1p(-q) +
                          (j * j - j) / (2 * sigma * sigma) + std::log(0.5) + log_erfc((z0 - j) / root);
        low = positive ? log_add(low, s0) : log_subtract(low, s0);
        high = positive ? log_add(high, s1) : log_subtract(high, s1);
        if (std::max(s0, s1) < -30) return log_add(low, high);
        log_binomial += std::log(std::fabs(j)) - std::log(k + 1);
        if (j < 0) positive = !positive;
    }
    return infinity;  // the series of this order does not end: others decide
}

const std::vector<double>& orders() {
    static const std::vector<double> all = [] {
        std::vector<double> made;
        for (int tenths = 11; tenths < 110; ++tenths)
            made.push_back(tenths / 10.0);
        for (int whole = 12; whole < 64; ++whole)
            made.push_back(whole);
        for (int power = 64; power <= 1024; power *= 2)
            made.push_back(power);
        return made;
    }();
    return all;
}

}  // namespace

double renyi(const Mechanism& mechanism, double alpha) {
    const double q = mechanism.rate, sigma = mechanism.multiplier;
    if (!(q >= 0 && q <= 1 && sigma >= 0 && alpha > 1)) {
        throw std::invalid_argument("a rate outside [0, 1], negative noise, or an order of at most 1");
    }
    if (q == 0) return 0;
    if (sigma == 0) return infinity;
    if (q == 1) return alpha / (2 * sigma * sigma);
    const bool whole = alpha == std::floor(alpha);
    const double log_a =
        whole ? log_a_whole(q, sigma, static_cast<std::int64_t>(alpha)) : log_a_real(q, sigma, alpha);
    return std::max(0.0, log_a / (alpha - 1));
}

double epsilon(std::span<const Mechanism> mechanisms, double delta) {
    if (!(delta > 0 && delta < 1)) throw std::invalid_argument("delta outside (0, 1)");
    double best = infinity;
    for (const double alpha : orders()) {
        double divergence = 0;
        for (const Mechanism& mechanism : mechanisms)
            divergence += renyi(mechanism, alpha) * static_cast<double>(mechanism.times);
        // Bretagnolle and Huber: so small a divergence keeps the total variation below delta.
        if (delta * delta + std::expm1(-divergence) > 0) return 0;
        const double bound =
            divergence + std::log1p(-1 / alpha) - (std::log(delta) + std::log(alpha)) / (alpha - 1);
        best = std::min(best, bound);
    }
    return std::max(0.0, best);
}

}  // namespace trama::learn::privacy
