#include "trama/core/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace trama::core {
namespace {

using Words = std::array<std::uint32_t, 4>;

// Random123 1.14, tests/kat_vectors, "philox4x32 10".
TEST(Philox, PublishedVectors) {
    EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    constexpr auto ones = 0xffffffffU;
    EXPECT_EQ(philox({ones, ones, ones, ones}, {ones, ones}),
              (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
              (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Stream, IsPhiloxByCounter) {
    Stream stream(0x1111111122222222, 0x3333333344444444);
    for (std::uint32_t counter = 0; counter < 3; ++counter) {
        const auto block = philox({counter, 0, 0x44444444, 0x33333333}, {0x22222222, 0x11111111});
        for (const auto word : block) {
            EXPECT_EQ(stream.bits32(), word);
        }
    }
}

TEST(Stream, SixtyFourBitsAreTwoWordsLowFirst) {
    Stream words(1, 2);
    Stream pairs(1, 2);
    for (int i = 0; i < 9; ++i) {
        const std::uint64_t low = words.bits32();
        const std::uint64_t high = words.bits32();
        EXPECT_EQ(pairs.bits64(), high << 32 | low);
    }
}

std::uint64_t first(const StreamName& name) {
    return Stream(name).bits64();
}

TEST(StreamName, EveryFieldCounts) {
    const std::vector<std::int64_t> one{1}, two{2}, one_one{1, 1};
    const StreamName base{7, "client", 0, one, two, "shuffle"};
    EXPECT_EQ(first(base), first(base));
    std::set<std::uint64_t> seen{first(base)};
    const auto differs = [&](auto change) {
        auto name = base;
        change(name);
        EXPECT_TRUE(seen.insert(first(name)).second);
    };
    differs([](StreamName& n) { n.seed = 8; });
    differs([](StreamName& n) { n.name = "client2"; });
    differs([](StreamName& n) { n.name = "clien"; });
    differs([](StreamName& n) { n.occurrence = 1; });
    differs([&](StreamName& n) { n.copy = two; });
    differs([&](StreamName& n) { n.copy = one_one; });
    differs([&](StreamName& n) { n.round = one; });
    differs([](StreamName& n) { n.copy = {}; });
    differs([](StreamName& n) { n.purpose = "init"; });
    differs([&](StreamName& n) { n.copy = two, n.round = one; });
}

TEST(StreamName, FieldsDoNotRunIntoEachOther) {
    const std::vector<std::int64_t> a{1, 2}, b{3}, c{1}, d{2, 3};
    EXPECT_NE(first({0, "ab", 0, {}, {}, "c"}), first({0, "a", 0, {}, {}, "bc"}));
    EXPECT_NE(first({0, "x", 0, a, b, ""}), first({0, "x", 0, c, d, ""}));
    EXPECT_NE(first({0, "", 0, {}, {}, "x"}), first({0, "x", 0, {}, {}, ""}));
    // 1 as the round is not 1 as the occurrence.
    EXPECT_NE(first({0, "x", 1, {}, {}, ""}), first({0, "x", 0, {}, c, ""}));
}

TEST(StreamName, Golden) {
    const std::vector<std::int64_t> copy{2}, round{3, 1};
    Stream stream(StreamName{42, "client", 1, copy, round, "shuffle"});
    EXPECT_EQ(stream.bits64(), 0xa736788a36975dc5U);
    EXPECT_EQ(stream.bits64(), 0x3b682477f7d43831U);
    Stream empty(StreamName{});
    EXPECT_EQ(empty.bits64(), 0x8925f8892d55b4d2U);
}

TEST(Stream, DrawsGolden) {
    Stream stream(1, 2);
    const auto bits = [](double value) { return std::bit_cast<std::uint64_t>(value); };
    EXPECT_EQ(bits(stream.uniform()), 0x3fe19db8ba7ce680U);
    EXPECT_EQ(bits(stream.uniform(-3, 5)), 0xc0057d4088b03e3cU);
    EXPECT_EQ(stream.below(1'000'000'007), 855540300U);
    EXPECT_EQ(bits(stream.normal()), 0xbfca0da85b9375b2U);
    EXPECT_EQ(bits(stream.normal()), 0x3fd11a54bf723c0fU);
    EXPECT_EQ(bits(stream.gamma(0.1)), 0x3f9636054d2ebbe0U);
    EXPECT_EQ(bits(stream.gamma(7.5)), 0x40225b130bafb6e8U);
    std::vector<std::uint32_t> order(8);
    stream.permutation(order);
    EXPECT_EQ(order, (std::vector<std::uint32_t>{7, 4, 0, 6, 1, 3, 2, 5}));
    // Many draws in one number.
    std::uint64_t mix = 0;
    for (int i = 0; i < 10'000; ++i) {
        mix = mix * 0x9E3779B97F4A7C15 + bits(stream.normal());
        mix = mix * 0x9E3779B97F4A7C15 + bits(stream.gamma(0.01 * (i % 300 + 1)));
    }
    EXPECT_EQ(mix, 0x6a834b4c439dac74U);
}

TEST(Stream, UniformStaysInItsInterval) {
    Stream stream(3, 4);
    const double next = std::bit_cast<double>(std::bit_cast<std::uint64_t>(1.0) + 1);
    for (int i = 0; i < 10'000; ++i) {
        const double a = stream.uniform();
        ASSERT_TRUE(a >= 0 && a < 1);
        ASSERT_EQ(stream.uniform(1.0, next), 1.0);
        const double b = stream.uniform(-1e300, 1e300);
        ASSERT_TRUE(b >= -1e300 && b < 1e300);
    }
}

TEST(Stream, WrongArgumentsAreBugs) {
    Stream stream(1, 1);
    constexpr double infinity = std::numeric_limits<double>::infinity();
    EXPECT_THROW(stream.below(0), std::invalid_argument);
    EXPECT_THROW(stream.uniform(1, 1), std::invalid_argument);
    EXPECT_THROW(stream.uniform(-1e308, 1e308), std::invalid_argument);
    EXPECT_THROW(stream.uniform(0, infinity), std::invalid_argument);
    EXPECT_THROW(stream.gamma(0), std::invalid_argument);
    EXPECT_THROW(stream.gamma(-1), std::invalid_argument);
    EXPECT_THROW(stream.gamma(infinity), std::invalid_argument);
    EXPECT_THROW(stream.gamma(std::numeric_limits<double>::quiet_NaN()), std::invalid_argument);
}

TEST(Stream, BelowEdges) {
    Stream stream(5, 6);
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(stream.below(1), 0U);
        EXPECT_LT(stream.below(~std::uint64_t{0}), ~std::uint64_t{0});
        EXPECT_LT(stream.below((std::uint64_t{1} << 63) + 1), (std::uint64_t{1} << 63) + 1);
    }
}

TEST(Stream, PermutationsArePermutations) {
    Stream stream(7, 8);
    for (const std::size_t size : {0U, 1U, 2U, 17U, 1000U}) {
        std::vector<std::uint32_t> order(size, 99);
        stream.permutation(order);
        std::ranges::sort(order);
        std::vector<std::uint32_t> all(size);
        std::iota(all.begin(), all.end(), 0U);
        EXPECT_EQ(order, all);
    }
}

}  // namespace
}  // namespace trama::core
