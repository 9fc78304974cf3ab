#include "engine/later.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace trama::engine {
namespace {

using measure::Clock;

TEST(Later, IsTheMomentSoManySecondsAfter) {
    const Clock::time_point begin(std::chrono::hours(1));
    EXPECT_EQ(later(begin, 0.25), begin + std::chrono::milliseconds(250));
    EXPECT_EQ(later(begin, -1), begin - std::chrono::seconds(1));
}

TEST(Later, WhatTheClockCannotSayIsItsLastMoment) {
    const Clock::time_point begin(std::chrono::hours(1));
    // 2^63 nanoseconds are 292 years; behind them an int64 is different on each instruction set.
    for (const double seconds : {9223372036.85, 1e10, 1e300, std::numeric_limits<double>::infinity(),
                                 std::numeric_limits<double>::quiet_NaN()})
        EXPECT_EQ(later(begin, seconds), Clock::time_point::max()) << seconds;
    EXPECT_LT(later(begin, 9e9), Clock::time_point::max());
}

}  // namespace
}  // namespace trama::engine
