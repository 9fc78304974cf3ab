#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "support.hpp"

namespace trama {
namespace {

using testing::ElementsAre;

/// Two channels of 2×3 pixels: 1 to 6 and 11 to 16. A black pixel is -1 there.
learn::Dataset pictures(learn::Augmentation augmentation) {
    learn::Dataset data;
    data.shape = {2, 2, 3};
    data.shift = {-1};
    data.augmentation = augmentation;
    return data;
}

std::vector<float> plain() {
    return {1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16};
}

/// How often each outcome comes in 4,000 pictures.
std::map<std::vector<float>, int> outcomes(const learn::Dataset& data) {
    std::map<std::vector<float>, int> seen;
    core::Stream stream(1, 2);
    for (int i = 0; i < 2000; ++i) {
        auto batch = plain();
        batch.insert(batch.end(), batch.begin(), batch.end());
        learn::augment(data, batch, stream);
        ++seen[{batch.begin(), batch.begin() + 12}];
        ++seen[{batch.begin() + 12, batch.end()}];
    }
    return seen;
}

TEST(Augment, FlipsEverySecondPicture) {
    auto seen = outcomes(pictures({.flip = true}));
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_NEAR(seen.at(plain()), 2000, 130);
    EXPECT_TRUE(seen.contains({3, 2, 1, 6, 5, 4, 13, 12, 11, 16, 15, 14}));
}

TEST(Augment, CropsShiftByUpToThePadding) {
    auto seen = outcomes(pictures({.crop = 1}));
    EXPECT_EQ(seen.size(), 9U);
    for (const auto& [picture, times] : seen)
        EXPECT_NEAR(times, 4000 / 9.0, 85);
    EXPECT_TRUE(seen.contains({-1, -1, -1, -1, 1, 2, -1, -1, -1, -1, 11, 12})) << "down and right";
    EXPECT_TRUE(seen.contains({5, 6, -1, -1, -1, -1, 15, 16, -1, -1, -1, -1})) << "up and left";
}

TEST(Augment, BothAtOnceAndTheSameStreamDoesTheSame) {
    auto data = pictures({.flip = true, .crop = 5});
    auto first = plain(), second = plain();
    core::Stream one(3, 4), other(3, 4);
    for (int i = 0; i < 50; ++i) {
        first = second = plain();
        learn::augment(data, first, one);
        learn::augment(data, second, other);
        EXPECT_EQ(first, second);
    }
    EXPECT_TRUE(outcomes(pictures({.flip = true, .crop = 1}))
                    .contains({-1, -1, -1, -1, 3, 2, -1, -1, -1, -1, 13, 12}));
}

TEST(Augment, IsAnArgumentOfPictures) {
    core::List list{test::value({"flip", {}, {}}),
                    test::value(test::call(test::builtins(), "crop", {{"padding", test::number(3)}}))};
    test::Bench bench;
    auto data = bench.resources.data(test::call(test::builtins(), "digits", {{"augment", {list}}}));
    ASSERT_TRUE(data);
    EXPECT_TRUE((*data)->augmentation.flip);
    EXPECT_EQ((*data)->augmentation.crop, 3);
    EXPECT_FALSE((*bench.resources.data(test::call(test::builtins(), "digits")))->augmentation.any());
}

TEST(Normalise, ChannelsHaveMeanNothingAndDeviationOne) {
    test::Bench bench;
    auto data = bench.resources.data(
        test::call(test::builtins(), "digits", {{"normalise", test::symbol("channels")}}));
    ASSERT_TRUE(data);
    const auto& digits = **data;
    ASSERT_EQ(digits.scale.size(), 64U);
    double sum = 0, square = 0;
    for (std::size_t i = 0; i < digits.train.bytes.size(); ++i) {
        auto x = double{digits.scale[i % 64]} * digits.train.bytes[i] + digits.shift[i % 64];
        sum += x, square += x * x;
    }
    auto n = static_cast<double>(digits.train.bytes.size());
    EXPECT_NEAR(sum / n, 0, 1e-6);
    EXPECT_NEAR(square / n, 1, 1e-5);
}

}  // namespace
}  // namespace trama
