#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.hpp"

namespace trama::test {
namespace {

using testing::HasSubstr;

Training small_training() {
    return training(mlp_net({20, 8, 3}), float_rows(100, 20, 3), sgd(), 0.1);
}

TEST(Train, ADivergingRateIsNoticed) {
    Training task = small_training();
    task.lr = 1e30;
    task.epochs = 5;
    const auto trained = task.run();
    ASSERT_TRUE(trained.has_value());
    EXPECT_FALSE(trained->finite);
    EXPECT_FALSE(std::isfinite(trained->loss));
    EXPECT_LT(trained->samples, 500) << "it ends at the batch that shows it";
}

TEST(Train, ALastStepThatDivergesIsNoticed) {
    Training task = small_training();
    task.batch = 100;  // one step: its loss is finite, what it makes is not
    task.lr = std::numeric_limits<float>::max();
    task.model.params = task.run()->params;
    EXPECT_FALSE(task.run()->finite);
}

TEST(Train, NotANumberInTheDataIsNoticed) {
    Training task = small_training();
    task.data.train.floats[33 * 20 + 5] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_FALSE(task.run()->finite);
}

TEST(Train, StopsWhenAsked) {
    Training task = small_training();
    std::stop_source stop;
    stop.request_stop();
    task.stop = stop.get_token();
    const auto trained = task.run();
    EXPECT_EQ(trained->samples, 0);
    EXPECT_EQ(trained->loss, 0);
    EXPECT_TRUE(trained->params == task.model.params);
}

TEST(Train, TheModelThatComesInStaysAsItIs) {
    Training task = small_training();
    const core::ParameterSet before = task.model.params.copy().freeze();
    EXPECT_TRUE(task.run().has_value());
    EXPECT_TRUE(task.model.params == before);
}

TEST(Train, CopiesOneBufferOfTheModel) {
    Training task = small_training();
    EXPECT_TRUE(task.run().has_value());
    const core::BufferCounts before = core::buffer_counts();
    const auto trained = task.run();
    const core::BufferCounts after = core::buffer_counts();
    EXPECT_EQ(after.copies - before.copies, 1U);
    EXPECT_EQ(after.allocations - before.allocations, 1U);
}

TEST(Train, OneStreamGivesOneResult) {
    const Training task = small_training();
    const auto first = task.run();
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(task.run()->params == first->params);
}

TEST(Train, OptimizersStartAfreshInEachCall) {
    Training task = small_training();
    task.optimizer = adam();
    const auto first = task.run();
    Training other = task;
    other.optimizer = sgd(0.9);
    EXPECT_TRUE(other.run().has_value());
    EXPECT_TRUE(task.run()->params == first->params);
}

TEST(Train, WhatDoesNotFitIsSaid) {
    Training task = small_training();
    task.data = float_rows(10, 21, 3);
    task.part = first_samples(10);
    EXPECT_THAT(task.run().error().message, HasSubstr("takes 20 numbers a sample"));
    EXPECT_THAT(task.run().error().message, HasSubstr("[21]"));

    task.data = float_rows(10, 20, 4);
    EXPECT_THAT(task.run().error().message, HasSubstr("has 4 classes, but the net gives 3"));

    task.data = regression_rows(10, 20);
    EXPECT_THAT(task.run().error().message, HasSubstr("regression"));

    task = small_training();
    task.model = fresh_model(mlp_net({20, 9, 3}));
    EXPECT_THAT(task.run().error().message, HasSubstr("not those of the net"));

    task = small_training();
    task.optimizer.function = "lion";
    EXPECT_THAT(task.run().error().message, HasSubstr("`lion`"));
}

TEST(Train, LayersThatDoNotFollowAreSaid) {
    Training task = small_training();
    task.net.layers[3].in = 7;
    EXPECT_THAT(task.run().error().message, HasSubstr("layers.3"));
    EXPECT_EQ(task.run().error().kind, core::ErrorKind::scheme);

    task = small_training();
    task.net.layers.pop_back();
    EXPECT_THAT(task.run().error().message, HasSubstr("should give 3 numbers"));

    task = training(small_cnn(), byte_images(10, {1, 12, 12}, 5), sgd(), 0.1);
    task.net.layers[0].kernel = 40;
    EXPECT_THAT(task.run().error().message, HasSubstr("at least 38×38 pixels"));
}

TEST(Train, NumbersThatAreNoCharactersAreSaid) {
    Training task = training(small_lstm(), texts(20, 9, 11), sgd(), 0.1);
    task.data.train.bytes[9 * 7 + 2] = 11;
    EXPECT_EQ(task.run().error().kind, core::ErrorKind::data);
    EXPECT_EQ(task.run().error().message,
              "sample 7 of `texts` has the number 11, but the net knows the characters 0 to 10");
    task.part = {0, 1, 8};
    EXPECT_TRUE(task.run().has_value());
    task.data.shift = {0.5F};
    EXPECT_THAT(task.run().error().message, HasSubstr("sample 0 of `texts` has the number "));
}

TEST(Train, NothingToTrainOnIsABug) {
    Training task = small_training();
    task.part.clear();
    EXPECT_THROW((void)task.run(), std::invalid_argument);
    task = small_training();
    task.batch = 0;
    EXPECT_THROW((void)task.run(), std::invalid_argument);
}

}  // namespace
}  // namespace trama::test
