#include "trama/core/elementary.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include "core/elementary_samples.hpp"
#include "trama/core/hash.hpp"

namespace trama::core {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double largest = std::numeric_limits<double>::max();
constexpr double tiny = std::numeric_limits<double>::denorm_min();

std::uint64_t bits(double x) {
    return std::bit_cast<std::uint64_t>(x);
}

/// |value - exact| in units of the last place of the exact value, by the long double library.
double error(double value, long double exact) {
    const auto rounded = static_cast<double>(exact);
    if (std::isnan(value) || std::isnan(rounded)) {
        return std::isnan(value) == std::isnan(rounded) ? 0 : infinity;
    }
    if (std::isinf(value) || std::isinf(rounded)) {
        // Just below the overflow limit either neighbour is within one unit.
        return value == rounded || std::fabs(exact) > 0x1.fffffffffffffp+1023L ? 0 : infinity;
    }
    const int exponent = std::max(exact == 0 ? -1022 : std::ilogb(exact), -1022);
    return static_cast<double>(std::fabs(static_cast<long double>(value) - exact) /
                               std::ldexp(1.0L, exponent - 52));
}

/// The long double library must be more exact than a double for these tests to say anything.
bool has_reference() {
    return std::numeric_limits<long double>::digits >= 64;
}

class Elementary : public testing::Test {
  protected:
    void SetUp() override {
        if (!has_reference()) GTEST_SKIP() << "long double is double on this machine";
    }

    double uniform(double low, double high) {
        return low + (high - low) * (static_cast<double>(random_() >> 11) * 0x1p-53);
    }

    template <class Ours, class Exact, class Draw>
    void check(Ours ours, Exact exact, Draw draw, int count = 100'000) {
        double worst = 0;
        double at = 0;
        for (int i = 0; i < count; ++i) {
            const double x = draw();
            if (const double e = error(ours(x), exact(static_cast<long double>(x))); e > worst) {
                worst = e;
                at = x;
            }
        }
        EXPECT_LT(worst, 0.9) << "at " << std::hexfloat << at << std::defaultfloat << " = " << at;
    }

    std::mt19937_64 random_{20230509};
};

const auto exp_exact = [](long double x) { return std::exp(x); };
const auto log_exact = [](long double x) { return std::log(x); };
const auto sin_exact = [](long double x) { return std::sin(x); };
const auto cos_exact = [](long double x) { return std::cos(x); };

TEST_F(Elementary, Exponential) {
    check(exp, exp_exact, [&] { return uniform(-708, 709.7); });
    check(exp, exp_exact, [&] { return uniform(-1, 1); });
    check(exp, exp_exact, [&] { return uniform(-745.2, -708); });  // subnormal
    check(exp, exp_exact, [&] { return uniform(709.7, 709.8); });  // overflow
    check(exp, exp_exact, [&] { return std::ldexp(uniform(-1, 1), -static_cast<int>(random_() % 60)); });
}

TEST_F(Elementary, Logarithm) {
    check(log, log_exact, [&] { return std::bit_cast<double>(random_() >> 1); });
    check(log, log_exact, [&] { return uniform(0.5, 2); });
    check(log, log_exact, [&] { return 1 + std::ldexp(uniform(-1, 1), -static_cast<int>(random_() % 53)); });
    check(log, log_exact, [&] { return std::bit_cast<double>(random_() >> 13); });  // subnormal
}

TEST_F(Elementary, SineAndCosine) {
    const auto both = [&](auto draw) {
        check(sin, sin_exact, draw);
        check(cos, cos_exact, draw);
    };
    both([&] { return uniform(-0x1p+20, 0x1p+20); });
    both([&] { return uniform(-7, 7); });
    both([&] { return std::ldexp(uniform(-1, 1), -static_cast<int>(random_() % 40)); });
    // Next to multiples of pi/2 nearly all digits cancel.
    both([&] { return static_cast<double>(random_() % 667'000) * 1.5707963267948966; });
}

TEST_F(Elementary, SineAndCosineFarOut) {
    check(
        sin, sin_exact, [&] { return std::ldexp(uniform(0.5, 1), 20 + static_cast<int>(random_() % 1004)); },
        20'000);
    check(
        cos, cos_exact,
        [&] { return std::ldexp(uniform(-1, -0.5), 20 + static_cast<int>(random_() % 1004)); }, 20'000);
}

TEST_F(Elementary, Power) {
    const auto check_power = [&](auto draw) {
        double worst = 0, at_x = 0, at_y = 0;
        for (int i = 0; i < 200'000; ++i) {
            const auto [x, y] = draw();
            const auto exact = std::pow(static_cast<long double>(x), static_cast<long double>(y));
            if (const double e = error(pow(x, y), exact); e > worst) {
                worst = e, at_x = x, at_y = y;
            }
        }
        EXPECT_LT(worst, 0.9) << "pow(" << std::hexfloat << at_x << ", " << at_y << ")";
    };
    const auto exponent_for = [&](double x) { return uniform(-745, 709) / std::log(x); };
    check_power([&] { return std::pair(uniform(0, 10), uniform(-10, 10)); });
    check_power([&] {
        const auto x = std::bit_cast<double>(random_() >> 1);
        return std::isfinite(x) ? std::pair(x, exponent_for(x)) : std::pair(2.0, 0.5);
    });
    check_power([&] {
        const double x = 1 + std::ldexp(uniform(-1, 1), -static_cast<int>(1 + random_() % 50));
        return x == 1 ? std::pair(1.0, 1.0) : std::pair(x, exponent_for(x));
    });
    check_power([&] { return std::pair(uniform(0, 1), 1 / uniform(0, 0.2)); });  // gamma with a small shape
}

TEST(ElementarySamples, WithinOneUnitOfCorrectRounding) {
    const auto close = [](double value, double want) {
        const auto distance = static_cast<std::int64_t>(bits(value)) - static_cast<std::int64_t>(bits(want));
        return distance >= -1 && distance <= 1;
    };
    for (const auto& [x, value] : samples::exponentials) {
        EXPECT_PRED2(close, exp(x), value) << "exp " << std::hexfloat << x;
    }
    for (const auto& [x, value] : samples::logarithms) {
        EXPECT_PRED2(close, log(x), value) << "log " << std::hexfloat << x;
    }
    for (const auto& [x, value] : samples::sines) {
        EXPECT_PRED2(close, sin(x), value) << "sin " << std::hexfloat << x;
        EXPECT_PRED2(close, sin(-x), -value) << "sin " << std::hexfloat << -x;
    }
    for (const auto& [x, value] : samples::cosines) {
        EXPECT_PRED2(close, cos(x), value) << "cos " << std::hexfloat << x;
        EXPECT_EQ(bits(cos(-x)), bits(cos(x)));
    }
    for (const auto& [x, y, value] : samples::powers) {
        EXPECT_PRED2(close, pow(x, y), value) << "pow " << std::hexfloat << x << ' ' << y;
    }
}

TEST(ElementarySpecial, Exponential) {
    EXPECT_EQ(exp(0), 1);
    EXPECT_EQ(exp(-0.0), 1);
    EXPECT_EQ(exp(infinity), infinity);
    EXPECT_EQ(bits(exp(-infinity)), 0U);
    EXPECT_EQ(exp(0x1.62e42fefa39fp+9), infinity);  // the next double after log(largest)
    EXPECT_EQ(exp(largest), infinity);
    EXPECT_EQ(exp(-746), 0);
    EXPECT_EQ(exp(-745.13), tiny);
    EXPECT_EQ(exp(-largest), 0);
    EXPECT_EQ(exp(tiny), 1);
}

TEST(ElementarySpecial, Logarithm) {
    EXPECT_EQ(bits(log(1)), 0U);
    EXPECT_EQ(log(0), -infinity);
    EXPECT_EQ(log(-0.0), -infinity);
    EXPECT_EQ(log(infinity), infinity);
    EXPECT_EQ(bits(log(-1)), bits(nan));
    EXPECT_EQ(bits(log(-infinity)), bits(nan));
}

TEST(ElementarySpecial, SineAndCosine) {
    EXPECT_EQ(bits(sin(0.0)), bits(0.0));
    EXPECT_EQ(bits(sin(-0.0)), bits(-0.0));
    EXPECT_EQ(sin(tiny), tiny);
    EXPECT_EQ(cos(0), 1);
    EXPECT_EQ(cos(tiny), 1);
    EXPECT_EQ(bits(sin(infinity)), bits(nan));
    EXPECT_EQ(bits(cos(-infinity)), bits(nan));
}

TEST(ElementarySpecial, Power) {
    for (const double y : {0.0, -0.0}) {
        for (const double x : {0.0, 1.0, -2.0, infinity, nan}) {
            EXPECT_EQ(pow(x, y), 1);
        }
    }
    EXPECT_EQ(pow(1, nan), 1);
    EXPECT_EQ(pow(-1, infinity), 1);
    EXPECT_EQ(pow(-1, 0x1p+53 - 1), -1);
    EXPECT_EQ(bits(pow(-0.0, 3)), bits(-0.0));
    EXPECT_EQ(bits(pow(-0.0, 2)), bits(0.0));
    EXPECT_EQ(pow(-0.0, -3), -infinity);
    EXPECT_EQ(pow(0, -0.5), infinity);
    EXPECT_EQ(pow(-infinity, 3), -infinity);
    EXPECT_EQ(pow(-infinity, 0.5), infinity);
    EXPECT_EQ(bits(pow(-infinity, -3)), bits(-0.0));
    EXPECT_EQ(bits(pow(-8, 1.0 / 3)), bits(nan));
    EXPECT_EQ(pow(-2, 3), -8);
    EXPECT_EQ(pow(-2, -2), 0.25);
    EXPECT_EQ(pow(0.5, infinity), 0);
    EXPECT_EQ(pow(0.5, -infinity), infinity);
    EXPECT_EQ(pow(2, 1024), infinity);
    EXPECT_EQ(pow(2, -1074), tiny);
    EXPECT_EQ(pow(2, -1076), 0);
    EXPECT_EQ(pow(largest, 1), largest);
    EXPECT_EQ(pow(tiny, 1), tiny);
    EXPECT_EQ(pow(1 + 0x1p-52, largest), infinity);
    EXPECT_EQ(pow(1 - 0x1p-53, largest), 0);
    EXPECT_EQ(pow(largest, tiny), 1);
}

TEST(ElementarySpecial, PowersOfSmallIntegersAreExact) {
    for (int base = 2; base <= 10; ++base) {
        double exact = 1;
        for (int exponent = 1; exact * base < 0x1p+53; ++exponent) {
            exact *= base;
            EXPECT_EQ(pow(base, exponent), exact) << base << "^" << exponent;
        }
    }
}

TEST(ElementarySpecial, EveryNaNIsTheSame) {
    const double other = std::bit_cast<double>(std::uint64_t{0xfff8000000000123});
    for (const double value : {exp(other), log(other), sin(other), cos(other), pow(other, 2), pow(2, other),
                               sqrt(other), sqrt(-1), log(-2), pow(-2, 0.5)}) {
        EXPECT_EQ(bits(value), bits(nan));
    }
}

TEST(ElementarySpecial, SquareRoot) {
    EXPECT_EQ(sqrt(2), 0x1.6a09e667f3bcdp+0);
    EXPECT_EQ(bits(sqrt(-0.0)), bits(-0.0));
    EXPECT_EQ(sqrt(infinity), infinity);
    EXPECT_EQ(sqrt(0x1p-1074), 0x1p-537);
}

/// One hash over the bits of many values: any change on any compiler, option or instruction set shows.
TEST(ElementaryGolden, TheSameBitsEverywhere) {
    std::mt19937_64 random(42);
    Sha256 hash;
    const auto add = [&](double value) {
        auto rest = bits(value);
        std::string bytes;
        for (int i = 0; i < 8; ++i, rest >>= 8) {
            bytes += static_cast<char>(rest & 0xff);
        }
        hash.add(bytes);
    };
    for (int i = 0; i < 50'000; ++i) {
        const double share = static_cast<double>(random() >> 11) * 0x1p-53;
        const auto any = std::bit_cast<double>(random());
        add(exp((share - 0.5) * 1500));
        add(exp(any));
        add(log(any));
        add(log(share));
        add(sin(share * 0x1p+20));
        add(cos((share - 0.5) * 20));
        add(sin(any));
        add(cos(any));
        add(pow(share * 4, (share - 0.5) * 500));
        add(pow(any, share));
        add(sqrt(any));
    }
    EXPECT_EQ(hash.hex(), "b9ee142b8b165c55d6a1ce7e82c4abdcb38e88ff141076523d46888df9ba07ea");
}

}  // namespace
}  // namespace trama::core
