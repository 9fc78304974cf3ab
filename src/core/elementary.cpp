#include "trama/core/elementary.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "core/double_double.hpp"
#include "core/elementary_tables.hpp"

// exp and log are table-driven after P. T. P. Tang, "Table-driven implementation of the exponential function
// in IEEE floating-point arithmetic" (TOMS 15, 1989) and "... of the logarithm function ..." (TOMS 16, 1990).
// The logarithm is computed to about 67 bits, so that pow can multiply it by y and still round well.
// Polynomials are Taylor's: the tables leave arguments so small that a minimax polynomial would save one
// term.
//
// A NaN is always the same quiet one: instruction sets differ in the NaNs that operations make.
namespace trama::core {
namespace {

using elementary::DoubleDouble;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

bool is_nan(double x) {
    return x != x;
}

double magnitude(double x) {
    return std::bit_cast<double>(std::bit_cast<std::uint64_t>(x) & ~(std::uint64_t{1} << 63));
}

/// 2^exponent for normal numbers.
double power_of_two(int exponent) {
    return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52);
}

/// value × 2^exponent for values near 1: one rounding where the result is subnormal.
double scale(double value, int exponent) {
    if (exponent > 1023) {
        return value * power_of_two(1023) * power_of_two(exponent - 1023);
    }
    if (exponent < -1022) {
        return value * power_of_two(exponent + 100) * power_of_two(-100);
    }
    return value * power_of_two(exponent);
}

/// e^(high + low), where low is a correction below high's last bit.
double exp_of(double high, double low) {
    if (high > 710) {
        return infinity;
    }
    if (high < -746) {
        return 0;
    }
    constexpr double per_step = 0x1.71547652b82fep+6;  // 64 / ln 2
    constexpr double step_high = 0x1.62e42fef8p-7;     // ln 2 / 64 to 35 bits: its multiples are exact
    constexpr double step_low = 0x1.1cf79abc9e3b4p-42;
    const double steps = elementary::round_to_integer(high * per_step);
    const double r = (high - steps * step_high) - (steps * step_low - low);
    const double series = 1.0 / 2 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120 + r * (1.0 / 720))));
    const double growth = r + r * r * series;  // e^r - 1, |r| < 0.0055
    const auto count = static_cast<int>(steps);
    const auto& power = elementary::powers[static_cast<unsigned>(count) & 63U];
    return scale(power.high + (power.low + power.high * growth), count >> 6);
}

/// log x for finite x > 0.
DoubleDouble log_of(double x) {
    auto bits = std::bit_cast<std::uint64_t>(x);
    int exponent = 0;
    if (bits < std::uint64_t{1} << 52) {  // subnormal
        bits = std::bit_cast<std::uint64_t>(x * power_of_two(54));
        exponent = -54;
    }
    // x = z × 2^exponent with z in [0x1.6p-1, 0x1.6p+0), so that log x has no cancellation beside 1.
    constexpr std::uint64_t lowest = 0x3fe6000000000000;
    const auto above = static_cast<std::int64_t>(bits - lowest);
    const auto octaves = above >> 52;
    exponent += static_cast<int>(octaves);
    const double z = std::bit_cast<double>(bits - (static_cast<std::uint64_t>(octaves) << 52));
    const auto& entry = elementary::logarithms[(static_cast<std::uint64_t>(above) >> 45) & 127U];

    // r = z × inverse - 1 exactly: the halves of z have few enough bits. |r| <= 2^-7.
    const auto half = elementary::split(z);
    const auto r = elementary::two_sum(half.high * entry.inverse - 1, half.low * entry.inverse);

    // log(1 + r) = r - r²/2 + r³ (1/3 - r/4 + ...), with r² in two parts.
    const auto a = elementary::split(r.high);
    const double square_high = 0.5 * a.high * a.high;
    const double square_low = 0.5 * a.low * (r.high + a.high) + r.high * r.low;
    const double q = r.high;
    const double series =
        1.0 / 3 +
        q * (-1.0 / 4 +
             q * (1.0 / 5 +
                  q * (-1.0 / 6 + q * (1.0 / 7 + q * (-1.0 / 8 + q * (1.0 / 9 + q * (-1.0 / 10)))))));

    constexpr double ln2_high = 0x1.62e42fefa38p-1;  // a multiple of 2^-42: its multiples are exact
    constexpr double ln2_low = 0x1.ef35793c7673p-45;
    const double table = exponent * ln2_high + entry.high;  // exact
    const auto first = elementary::two_sum(table, r.high);
    const auto second = elementary::two_sum(first.high, -square_high);
    const double rest = q * q * q * series + (r.low - square_low) + (exponent * ln2_low + entry.low);
    return elementary::quick_two_sum(second.high, second.low + (first.low + rest));
}

enum class Parity { fraction, even, odd };

Parity parity(double y) {
    const double size = magnitude(y);
    if (size >= 0x1p+53) {
        return Parity::even;
    }
    const auto whole = static_cast<std::int64_t>(size);
    if (static_cast<double>(whole) != size) {
        return Parity::fraction;
    }
    return (whole & 1) != 0 ? Parity::odd : Parity::even;
}

/// |x|^y for y other than 0 and NaN, x other than NaN.
double pow_of(double x, double y) {
    if (x == 1) {
        return 1;
    }
    const bool grows = (x > 1) == (y > 0);
    if (x == 0 || x == infinity ||
        magnitude(y) > 0x1p+64) {  // |log x| >= 2^-53: such a y leaves nothing between
        return grows ? infinity : 0;
    }
    if (magnitude(y) < 0x1p-65) {  // |y log x| < 2^-55
        return 1;
    }
    const auto log = log_of(x);
    const auto product = elementary::two_product(y, log.high);
    return exp_of(product.high, product.low + y * log.low);
}

}  // namespace

double exp(double x) {
    return is_nan(x) ? nan : exp_of(x, 0);
}

double log(double x) {
    if (is_nan(x) || x < 0) {
        return nan;
    }
    if (x == 0) {
        return -infinity;
    }
    return x == infinity ? infinity : log_of(x).high;
}

double pow(double x, double y) {
    if (y == 0 || x == 1) {
        return 1;
    }
    if (is_nan(x) || is_nan(y)) {
        return nan;
    }
    const double size = pow_of(magnitude(x), y);
    if (!std::signbit(x)) {
        return size;
    }
    switch (parity(y)) {
        case Parity::odd:
            return -size;
        case Parity::even:
            return size;
        case Parity::fraction:
            break;
    }
    return x == 0 || x == -infinity ? size : nan;
}

double sqrt(double x) {
    return x < 0 || is_nan(x) ? nan : std::sqrt(x);
}

}  // namespace trama::core
