#pragma once

#include <bit>
#include <cstdint>

/// Numbers of about 106 bits as unevaluated sums of two doubles, in plain double operations (Dekker, "A
/// floating-point technique for extending the available precision", Numerische Mathematik 18, 1971; Knuth,
/// TAOCP 2, 4.2.2).
namespace trama::core::elementary {

struct DoubleDouble {
    double high = 0, low = 0;
};

/// a + b exactly.
inline DoubleDouble two_sum(double a, double b) {
    const double sum = a + b;
    const double from_b = sum - a;
    return {sum, (a - (sum - from_b)) + (b - from_b)};
}

/// a + b exactly where |a| >= |b| or a is 0.
inline DoubleDouble quick_two_sum(double a, double b) {
    const double sum = a + b;
    return {sum, b - (sum - a)};
}

/// The 26 leading bits, and the 27 that are left: products of such halves are exact or nearly so.
inline DoubleDouble split(double a) {
    const double high =
        std::bit_cast<double>(std::bit_cast<std::uint64_t>(a) & ~((std::uint64_t{1} << 27) - 1));
    return {high, a - high};
}

/// a × b to 2^-104 of it, without a fused multiply-add.
inline DoubleDouble two_product(double a, double b) {
    const auto x = split(a);
    const auto y = split(b);
    const double product = a * b;
    return {product, ((x.high * y.high - product) + x.high * y.low + x.low * y.high) + x.low * y.low};
}

/// The nearest integer, ties to even; precondition |a| < 2^51.
inline double round_to_integer(double a) {
    constexpr double shift = 0x1.8p+52;
    return (a + shift) - shift;
}

}  // namespace trama::core::elementary
