#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support.hpp"
#include "trama/core/delta.hpp"

namespace trama {
namespace {

using test::Bench;
using test::builtins;
using test::call;
using test::number;
using testing::ElementsAre;
using testing::HasSubstr;

core::Update update_from(const std::vector<float>& base, const std::vector<float>& result) {
    return {test::model(result, 20), std::make_shared<const core::Model>(test::model(base))};
}

core::Call clip(double norm) {
    return call(builtins(), "clip", {{"norm", number(norm)}});
}

core::Call noise(double multiplier, double norm = 1, int clients = 1) {
    return call(builtins(), "noise",
                {{"multiplier", number(multiplier)}, {"norm", number(norm)}, {"clients", number(clients)}});
}

TEST(Clip, ScalesTheDeltaToTheNorm) {
    Bench bench;
    const auto clipped = *bench.fire(clip(1.0), update_from({1, 1}, {4, 5}));  // 3, 4 has the norm 5
    EXPECT_THAT(clipped.model()->params.floats(),
                ElementsAre(testing::FloatEq(1.6F), testing::FloatEq(1.8F)));
    EXPECT_EQ(clipped.update()->encoded, nullptr);
    EXPECT_EQ(clipped.model()->weight, 20);
}

TEST(Clip, LeavesWhatIsShortEnough) {
    Bench bench;
    const core::Value update = update_from({1, 1}, {4, 5});
    EXPECT_EQ(bench.fire(clip(5.0), update)->model(), update.model());
    EXPECT_TRUE(bench.fire(clip(5.0), core::Skip{})->is_skip());
}

TEST(Clip, WhatIsCompressedKeepsItsEntries) {
    Bench bench;
    const auto topk = call(builtins(), "topk", {{"keep", number(2)}});
    const auto lowrank = call(builtins(), "lowrank", {{"rank", number(1)}});
    const auto sent = *bench.fire(topk, update_from({0, 0, 0, 0}, {1, 3, -4, 2}));
    const auto clipped = *bench.fire(clip(1.0), sent);
    EXPECT_THAT(clipped.model()->params.floats(),
                ElementsAre(0, testing::FloatEq(0.6F), testing::FloatEq(-0.8F), 0));
    EXPECT_EQ(core::payload_bytes(clipped), core::payload_bytes(sent));
    const auto all = *bench.fire(clip(1.0), *bench.fire(lowrank, update_from({0, 0}, {3, -4})));
    EXPECT_THAT(all.model()->params.floats(), ElementsAre(testing::FloatEq(0.6F), testing::FloatEq(-0.8F)));
}

TEST(Noise, HasTheDeviationOfItsClients) {
    for (const int clients : {1, 10}) {
        Bench bench;
        const std::vector<float> start(20000, 1.0F);
        const auto noisy = *bench.fire(noise(1.5, 2.0, clients), update_from(start, start));
        double sum = 0, squares = 0;
        for (const auto value : noisy.model()->params.floats()) {
            sum += value - 1;
            squares += (value - 1.0) * (value - 1.0);
        }
        const double n = 20000, deviation = 3.0 / clients;
        // The mean of n has the deviation σ/√n, their mean square σ²·√(2/n).
        EXPECT_NEAR(sum / n, 0, 4 * deviation / std::sqrt(n));
        EXPECT_NEAR(squares / n, deviation * deviation, 4 * deviation * deviation * std::sqrt(2 / n));
        EXPECT_EQ(noisy.update()->base->params, core::Model(test::model(start)).params);
    }
}

TEST(Noise, IsTheSameAgainAndAnotherInTheNextRound) {
    Bench bench;
    const core::Value update = update_from({0, 0, 0}, {1, 2, 3});
    const auto once = bench.fire(noise(1.0), update)->model()->params;
    EXPECT_EQ(bench.fire(noise(1.0), update)->model()->params, once);
    bench.round = {4};
    EXPECT_FALSE(bench.fire(noise(1.0), update)->model()->params == once);
    EXPECT_EQ(bench.fire(noise(0.0), update)->model()->params, update.model()->params);
    EXPECT_TRUE(bench.fire(noise(1.0), core::Skip{})->is_skip());
}

TEST(Noise, WarnsOfBuffers) {
    Bench bench;
    auto update = update_from({0}, {1});
    (void)bench.fire(noise(1.0), update);
    EXPECT_THAT(bench.notes.warnings, testing::IsEmpty());
    update.result.buffers = test::model({1}).params;
    (void)bench.fire(noise(1.0), update);
    EXPECT_THAT(bench.notes.warnings, ElementsAre(HasSubstr("buffers")));
}

TEST(Noise, WhatWasCompressedTravelsWhole) {
    Bench bench;
    const auto topk = call(builtins(), "topk", {{"keep", number(1)}});
    const auto noisy = *bench.fire(noise(1.0), *bench.fire(topk, update_from({0, 0}, {3, 4})));
    EXPECT_EQ(noisy.update()->encoded, nullptr);
    EXPECT_EQ(core::payload_bytes(noisy), 8U);
}

}  // namespace
}  // namespace trama
