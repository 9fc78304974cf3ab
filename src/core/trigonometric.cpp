#include <array>
#include <bit>
#include <cstdint>
#include <limits>

#include "core/double_double.hpp"
#include "core/elementary_tables.hpp"
#include "trama/core/elementary.hpp"

// The argument is reduced to [-pi/4, pi/4] by multiples of pi/2: with pi/2 in four parts whose multiples are
// exact (W. J. Cody, W. Waite, "Software Manual for the Elementary Functions", 1980) up to 2^20, above with
// as many bits of 2/pi as matter (M. Payne, R. Hanek, "Radian reduction for trigonometric functions", SIGNUM
// 18, 1983). Then Taylor's polynomials, the leading terms with their rounding errors.
namespace trama::core {
namespace {

using elementary::DoubleDouble;

struct Reduced {
    unsigned quadrant = 0;  ///< modulo 4
    DoubleDouble angle;     ///< x - quadrant × pi/2, at most pi/4 in size
};

Reduced reduce_by_parts(double x) {
    constexpr double part_1 = 0x1.921fb544p+0;
    constexpr double part_2 = 0x1.0b4611a6p-34;
    constexpr double part_3 = 0x1.3198a2ep-69;
    constexpr double part_4 = 0x1.b839a252049c1p-104;
    constexpr double per_quadrant = 0x1.45f306dc9c883p-1;  // 2 / pi
    const double n = elementary::round_to_integer(x * per_quadrant);
    const auto a = elementary::two_sum(x - n * part_1, -(n * part_2));
    const auto b = elementary::two_sum(a.high, -(n * part_3));
    const auto c = elementary::two_sum(b.high, -(n * part_4));
    return {static_cast<unsigned>(static_cast<std::int64_t>(n)) & 3U,
            elementary::quick_two_sum(c.high, a.low + b.low + c.low)};
}

__extension__ using Wide = unsigned __int128;

/// 64 bits of 2/pi from bit `position` on, where bit 0 is worth 1/2; zeros before it.
std::uint64_t bits_at(int position) {
    const int from = position + 64;  // counted from a word of zeros in front
    const auto word = [](int index) {
        return index == 0 ? std::uint64_t{0} : elementary::two_over_pi[static_cast<unsigned>(index) - 1];
    };
    const int shift = from % 64;
    const auto high = word(from / 64) << shift;
    return shift == 0 ? high : high | word(from / 64 + 1) >> (64 - shift);
}

/// Precondition: x >= 2^20 and finite.
Reduced reduce_by_bits(double x) {
    const auto bits = std::bit_cast<std::uint64_t>(x);
    const int exponent = static_cast<int>(bits >> 52) - 1075;
    const std::uint64_t mantissa = (bits & ((std::uint64_t{1} << 52) - 1)) | std::uint64_t{1} << 52;

    // mantissa × (192 bits of 2/pi × 2^exponent, from the bit worth 2 on), modulo 4: what is above are whole
    // turns.
    std::array<std::uint64_t, 3> product{};  // lowest word first
    Wide carry = 0;
    for (unsigned i = 0; i < 3; ++i) {
        carry += Wide{mantissa} * bits_at(exponent - 2 + 64 * static_cast<int>(2 - i));
        product[i] = static_cast<std::uint64_t>(carry);
        carry >>= 64;
    }
    auto quadrant = static_cast<unsigned>(product[2] >> 62);

    // The fraction behind the two bits of the quadrant, as 128 bits and its sign; at most one half.
    Wide fraction = Wide{product[2]} << 66 | Wide{product[1]} << 2 | product[0] >> 62;
    std::uint64_t tail = product[0] << 2;
    const bool negative = (fraction >> 127) != 0;
    if (negative) {
        ++quadrant;
        tail = ~tail + 1;
        fraction = ~fraction + (tail == 0 ? 1 : 0);
    }
    // No double is nearer to a multiple of pi/2 than 2^-62 or so: after that many zeros, 106 bits are still
    // there.
    double unit = 0x1p-128;
    while ((fraction >> 127) == 0) {
        fraction = fraction << 1 | tail >> 63;
        tail <<= 1;
        unit *= 0.5;
    }
    constexpr Wide low_53 = (Wide{1} << 53) - 1;
    DoubleDouble turn{
        static_cast<double>(static_cast<std::uint64_t>(fraction >> 75)) * 0x1p+75 * unit,
        static_cast<double>(static_cast<std::uint64_t>((fraction >> 22) & low_53)) * 0x1p+22 * unit};
    if (negative) {
        turn = {-turn.high, -turn.low};
    }
    constexpr double quarter_high = 0x1.921fb54442d18p+0;  // pi / 2
    constexpr double quarter_low = 0x1.1a62633145c07p-54;
    const auto angle = elementary::two_product(turn.high, quarter_high);
    return {quadrant & 3U, elementary::quick_two_sum(
                               angle.high, angle.low + (turn.high * quarter_low + turn.low * quarter_high))};
}

Reduced reduce(double x) {
    if (x < -0x1p+20 || x > 0x1p+20) {
        auto reduced = reduce_by_bits(x < 0 ? -x : x);
        if (x < 0) {
            reduced = {(4 - reduced.quadrant) & 3U, {-reduced.angle.high, -reduced.angle.low}};
        }
        return reduced;
    }
    return reduce_by_parts(x);
}

double sin_near_zero(DoubleDouble x) {
    const double z = x.high * x.high;
    const double series =
        -1.0 / 6 +
        z * (1.0 / 120 +
             z * (-1.0 / 5040 +
                  z * (1.0 / 362880 + z * (-1.0 / 39916800 +
                                           z * (1.0 / 6227020800.0 + z * (-1.0 / 1307674368000.0 +
                                                                          z * (1.0 / 355687428096000.0)))))));
    return x.high + (x.high * z * series + x.low * (1 - 0.5 * z));
}

double cos_near_zero(DoubleDouble x) {
    const double z = x.high * x.high;
    const double series =
        1.0 / 24 +
        z * (-1.0 / 720 +
             z * (1.0 / 40320 + z * (-1.0 / 3628800 +
                                     z * (1.0 / 479001600 + z * (-1.0 / 87178291200.0 +
                                                                 z * (1.0 / 20922789888000.0 +
                                                                      z * (-1.0 / 6402373705728000.0)))))));
    const double half = 0.5 * z;
    const double leading = 1 - half;
    return leading + (((1 - leading) - half) + (z * z * series - x.high * x.low));
}

bool is_finite(double x) {
    return x - x == 0;
}

double of_quadrant(unsigned quadrant, DoubleDouble angle) {
    const double value = (quadrant & 1U) != 0 ? cos_near_zero(angle) : sin_near_zero(angle);
    return (quadrant & 2U) != 0 ? -value : value;
}

}  // namespace

double sin(double x) {
    if (!is_finite(x)) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    if (x > -0x1p-27 && x < 0x1p-27) {  // keeps the sign of zero
        return x;
    }
    const auto reduced = reduce(x);
    return of_quadrant(reduced.quadrant, reduced.angle);
}

double cos(double x) {
    if (!is_finite(x)) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    const auto reduced = reduce(x);
    return of_quadrant(reduced.quadrant + 1, reduced.angle);
}

}  // namespace trama::core
