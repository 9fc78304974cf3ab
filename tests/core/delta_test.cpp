#include "trama/core/delta.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/half.hpp"
#include "trama/core/random.hpp"

namespace trama::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Model model_of(const std::vector<float>& values, const char* name = "w") {
    ParameterBuffer buffer(std::make_shared<const Layout>(
        std::vector<Entry>{{name, DType::f32, {static_cast<std::int64_t>(values.size())}, 0}}));
    std::ranges::copy(values, buffer.floats().begin());
    Model model;
    model.params = std::move(buffer).freeze();
    return model;
}

std::vector<int> numbers(const Encoded& encoded) {
    std::vector<int> all;
    for (const auto byte : encoded.bytes)
        all.push_back(static_cast<int>(byte));
    return all;
}

Delta dense(std::vector<float> values) {
    Delta delta;
    delta.elements = values.size();
    delta.values = Delta::Floats{std::move(values)};
    return delta;
}

Delta sparse(std::uint64_t elements, std::vector<std::uint32_t> indices, std::vector<float> values) {
    auto delta = dense(std::move(values));
    delta.elements = elements;
    delta.shape = Delta::Sparse{std::move(indices)};
    return delta;
}

/// A matrix of 2 × 3 of rank 1, and a vector of 2.
Delta thin() {
    auto delta = dense({1, 2, 10, 20, 30, 7, 8});
    delta.elements = 8;
    delta.shape = Delta::LowRank{{{2, 3, 1}, {1, 2, 0}}};
    return delta;
}

Delta levels(unsigned bits, std::uint64_t bucket, std::vector<float> scales,
             std::vector<std::uint16_t> codes) {
    Delta delta;
    delta.elements = codes.size();
    delta.values = Delta::Levels{bits, bucket, std::move(scales), std::move(codes)};
    return delta;
}

Delta signs() {
    Delta delta;
    delta.elements = 9;
    delta.values = Delta::Signs{0.5F, {false, true, false, false, false, false, false, false, true}};
    return delta;
}

std::vector<Delta> one_of_each() {
    auto halves = sparse(300, {0, 130, 299}, {});
    halves.values = Delta::Halves{{0x3c00, 0xbc00, 0x0001}};
    auto bfloats = dense({});
    bfloats.elements = 2;
    bfloats.values = Delta::Bfloats{{0x3f80, 0xbf80}};
    auto rounded = thin();
    rounded.values = Delta::Levels{4, 4, {1.0F, 2.0F}, {0, 7, 14, 3, 1, 2, 3}};
    return {dense({1, -2.5F, 0}),
            sparse(1000, {3, 4, 200}, {1, 2, 3}),
            thin(),
            halves,
            bfloats,
            rounded,
            levels(2, 3, {1, 2}, {0, 1, 2, 2}),
            signs(),
            dense({})};
}

TEST(Delta, BytesAsWrittenByHand) {
    EXPECT_THAT(numbers(encode(dense({1}))), ElementsAre(1, 0, 0, 1, 0, 0, 0x80, 0x3f));
    // 300 = 0x2c + 2·0x80; indices 3, 4, 204: the gaps less one are 3, 0, 199 = 0x47 + 1·0x80.
    EXPECT_THAT(numbers(encode(sparse(300, {3, 4, 204}, {0, 0, 0}))),
                ElementsAre(1, 1, 0, 0xac, 2, 3, 3, 0, 0xc7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    // Codes 0, 1, 2, 2 of two bits: 10 10 01 00.
    EXPECT_THAT(numbers(encode(levels(2, 4, {1}, {0, 1, 2, 2}))),
                ElementsAre(1, 0, 3, 4, 2, 4, 0, 0, 0x80, 0x3f, 0b10100100));
    EXPECT_THAT(numbers(encode(signs())), ElementsAre(1, 0, 4, 9, 0, 0, 0, 0x3f, 0b00000010, 1));
}

TEST(Delta, ValuesAsComputedByHand) {
    EXPECT_THAT(sparse(5, {1, 4}, {7, 8}).dense(), ElementsAre(0, 7, 0, 0, 8));
    EXPECT_THAT(thin().dense(), ElementsAre(10, 20, 30, 20, 40, 60, 7, 8));
    // Two bits: s = 1, codes 0, 1, 2 are −scale, 0, scale. Four bits: s = 7.
    EXPECT_THAT(levels(2, 3, {1, 2}, {0, 1, 2, 2}).dense(), ElementsAre(-1, 0, 1, 2));
    EXPECT_THAT(levels(4, 9, {7}, {0, 4, 7, 14}).dense(), ElementsAre(-7, -3, 0, 7));
    EXPECT_THAT(signs().dense(), ElementsAre(0.5, -0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, -0.5));
}

TEST(Delta, EveryKindComesBack) {
    for (const auto& delta : one_of_each()) {
        const auto encoded = encode(delta);
        const auto back = decode(encoded.bytes);
        ASSERT_TRUE(back) << back.error().message;
        EXPECT_EQ(back->elements, delta.elements);
        EXPECT_EQ(back->shape, delta.shape);
        EXPECT_EQ(back->floats(), delta.floats());
        EXPECT_EQ(encode(*back).bytes, encoded.bytes);
    }
}

TEST(Delta, WhatIsCutShortOrTooLongIsRefused) {
    for (const auto& delta : one_of_each()) {
        auto bytes = encode(delta).bytes;
        for (std::size_t length = 0; length < bytes.size(); ++length)
            EXPECT_FALSE(decode(std::span(bytes).first(length))) << length;
        bytes.push_back(std::byte{0});
        EXPECT_FALSE(decode(bytes));
    }
}

TEST(Delta, DamageIsRefusedOrAnotherDelta) {
    Stream random(1, 2);
    std::size_t refused = 0;
    for (const auto& delta : one_of_each()) {
        const auto bytes = encode(delta).bytes;
        for (int trial = 0; trial < 2000; ++trial) {
            auto damaged = bytes;
            for (auto left = 1 + random.below(3); left > 0; --left)
                damaged[random.below(damaged.size())] = static_cast<std::byte>(random.below(256));
            const auto read = decode(damaged);
            refused += read ? 0 : 1;
            // One delta, one encoding: what is read is what the bytes say.
            if (read) {
                EXPECT_EQ(encode(*read).bytes, damaged);
            }
        }
    }
    EXPECT_GT(refused, 1000U);
}

std::string refusal(std::initializer_list<int> bytes) {
    std::vector<std::byte> all;
    for (const auto byte : bytes)
        all.push_back(static_cast<std::byte>(byte));
    const auto read = decode(all);
    return read ? "read" : read.error().message;
}

TEST(Delta, ClaimsThatTheBytesDoNotBearAreRefusedWithoutMemory) {
    const auto damaged = HasSubstr("no encoded delta");
    EXPECT_THAT(refusal({2, 0, 0, 0}), HasSubstr("version 2, and this build reads 1"));
    // 2^63 elements; 2^35 indices; a tensor of 2^39 × 2^39; padding that is not 0; 0 written as two bytes.
    EXPECT_THAT(refusal({1, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1}), damaged);
    EXPECT_THAT(refusal({1, 1, 0, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0x7f}), damaged);
    EXPECT_THAT(
        refusal({1, 2, 0, 1, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 0}),
        damaged);
    EXPECT_THAT(refusal({1, 0, 4, 1, 0, 0, 0, 0, 2}), damaged);
    EXPECT_THAT(refusal({1, 0, 0, 0x80, 0}), damaged);
    EXPECT_EQ(refusal({1, 0, 0, 0}), "read");
    // A code of two bits is 0, 1 or 2.
    EXPECT_THAT(refusal({1, 0, 3, 1, 2, 1, 0, 0, 0, 0, 3}), damaged);
    // An index beyond the end.
    EXPECT_THAT(refusal({1, 1, 0, 3, 1, 3, 0, 0, 0, 0}), damaged);
    EXPECT_EQ(refusal({1, 1, 0, 3, 1, 2, 0, 0, 0, 0}), "read");
}

TEST(Delta, ShapesThatDoNotFitTheirValuesAreABrokenPromise) {
    EXPECT_THROW(encode(sparse(5, {1, 4}, {7})), std::invalid_argument);
    EXPECT_THROW(encode(sparse(5, {4, 1}, {7, 8})), std::invalid_argument);
    EXPECT_THROW(encode(sparse(5, {5}, {7})), std::invalid_argument);
    EXPECT_THROW(encode(levels(2, 3, {1}, {0, 1, 2, 2})), std::invalid_argument);
    EXPECT_THROW(encode(levels(2, 4, {1}, {0, 1, 2, 3})), std::invalid_argument);
}

TEST(Delta, IsAddedToABaseOfItsSize) {
    ParameterBuffer buffer(std::make_shared<const Layout>(std::vector<Entry>{{"w", DType::f32, {3}, 0}}));
    buffer.floats()[0] = 1;
    buffer.floats()[1] = 2;
    buffer.floats()[2] = 3;
    const auto base = std::move(buffer).freeze();
    EXPECT_THAT(add(base, sparse(3, {1}, {0.5F}))->floats(), ElementsAre(1, 2.5, 3));
    EXPECT_THAT(add(base, dense({1})).error().message, "a delta of 1 elements does not fit a base of 3");
}

/// The nearest of all 16-bit floats, by search; of two just as near the one with an even last bit.
std::uint16_t nearest_of_all(float value, float (*widen)(std::uint16_t), std::uint16_t infinity) {
    std::uint16_t best = 0;
    double distance = std::numeric_limits<double>::infinity();
    for (std::uint16_t bits = 0; bits < infinity; ++bits) {
        const double one = std::abs(static_cast<double>(widen(bits)) - std::abs(static_cast<double>(value)));
        if (one < distance || (one == distance && bits % 2 == 0)) {
            best = bits;
            distance = one;
        }
    }
    return static_cast<std::uint16_t>(best | (std::signbit(value) ? 0x8000 : 0));
}

TEST(Half, EveryOneComesBack) {
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const auto half = static_cast<std::uint16_t>(bits);
        if (!std::isnan(widen_half(half))) {
            EXPECT_EQ(narrow_half(widen_half(half)), half);
        }
        if (!std::isnan(widen_bfloat(half))) {
            EXPECT_EQ(narrow_bfloat(widen_bfloat(half)), half);
        }
    }
    EXPECT_TRUE(std::isnan(widen_half(narrow_half(std::numeric_limits<float>::quiet_NaN()))));
    EXPECT_TRUE(std::isnan(widen_bfloat(narrow_bfloat(std::bit_cast<float>(0x7f800001U)))));
}

TEST(Half, TheNearestIsTaken) {
    Stream random(3, 4);
    for (int trial = 0; trial < 60; ++trial) {
        const auto power = static_cast<std::uint32_t>(100 + random.below(42));
        const auto value = std::bit_cast<float>(power << 23 | (random.bits32() & 0x807fffffU));
        EXPECT_EQ(narrow_half(value), nearest_of_all(value, widen_half, 0x7c00)) << value;
        EXPECT_EQ(narrow_bfloat(value), nearest_of_all(value, widen_bfloat, 0x7f80)) << value;
    }
    // Half-way between two: 1 + 2^-11, 1 + 3·2^-11, 2^-25, 3·2^-25, and the last before infinity.
    EXPECT_EQ(narrow_half(1 + 0x1p-11F), 0x3c00);
    EXPECT_EQ(narrow_half(1 + 0x3p-11F), 0x3c02);
    EXPECT_EQ(narrow_half(0x1p-25F), 0);
    EXPECT_EQ(narrow_half(0x3p-25F), 2);
    EXPECT_EQ(narrow_half(65519.99F), 0x7bff);
    EXPECT_EQ(narrow_half(65520), 0x7c00);
}

TEST(Moved, WhatAnUpdateChangesAddedToAnotherBase) {
    Stream random({7, "moved", 0, {}, {}, "test"});
    constexpr std::size_t n = 2000;
    std::vector<float> now(n), before(n), result(n);
    for (std::size_t i = 0; i < n; ++i) {
        now[i] = static_cast<float>(random.normal());
        before[i] = static_cast<float>(random.normal() * 1e3);
        result[i] = before[i] + static_cast<float>(random.normal() * 1e-2);
    }
    const auto base = std::make_shared<const Model>(model_of(now));
    Update update{model_of(result), std::make_shared<const Model>(model_of(before)),
                  std::make_shared<const Encoded>()};
    update.result.weight = 12;
    update.result.metrics["train_loss"] = {0.5, 12};
    const auto moved = moved_to(update, base);
    EXPECT_EQ(moved.base, base);
    EXPECT_EQ(moved.encoded, nullptr) << "these bytes are of the other base";
    EXPECT_EQ(moved.result.weight, 12);
    EXPECT_EQ(moved.result.metrics, update.result.metrics);
    bool floats_would_do = true;
    for (std::size_t i = 0; i < n; ++i) {
        // Three floats of such sizes add up exactly in a long double.
        const long double exact = static_cast<long double>(now[i]) + result[i] - before[i];
        EXPECT_EQ(moved.result.params.floats()[i], static_cast<float>(exact)) << i;
        floats_would_do = floats_would_do && (now[i] + result[i]) - before[i] == static_cast<float>(exact);
    }
    EXPECT_FALSE(floats_would_do) << "not much of a test";
}

TEST(Moved, WhatDoesNotFitStaysAsItIs) {
    const auto base = std::make_shared<const Model>(model_of({1, 2}));
    const auto own = std::make_shared<const Model>(model_of({3, 4}));
    const auto stays = [](const Update& update, const std::shared_ptr<const Model>& there) {
        const auto moved = moved_to(update, there);
        return moved.base == update.base && moved.result.params == update.result.params;
    };
    EXPECT_TRUE(stays({model_of({5, 6}), nullptr}, base));
    EXPECT_TRUE(stays({model_of({5, 6}), own}, std::make_shared<const Model>(model_of({1, 2, 3}))));
    EXPECT_TRUE(stays({model_of({5, 6}), own}, std::make_shared<const Model>(model_of({1, 2}, "v"))));
    EXPECT_TRUE(stays({model_of({5, 6, 7}), own}, base));
    EXPECT_FALSE(stays({model_of({5, 6}), own}, base));
}

}  // namespace
}  // namespace trama::core
