#include <cstring>

#include <gtest/gtest.h>

#include "reference.hpp"

// One client, one round, is a plain libtorch loop bit for bit.
namespace trama::test {
namespace {

using Kind = learn::Layer::Kind;

struct Named {
    const char* name;
    core::Call optimizer;
    double lr;
};

std::vector<Named> optimizers() {
    return {{"sgd", sgd(), 0.05},
            {"momentum", sgd(0.9), 0.02},
            {"momentum and weight decay", sgd(0.9, 1e-3), 0.02},
            {"nesterov", sgd(0.9, 1e-3, true), 0.02},
            {"weight decay", sgd(0, 1e-2), 0.05},
            {"adam", adam(), 0.002},
            {"adam with weight decay", adam(1e-2), 0.002},
            {"adamw", adam(1e-2, "adamw"), 0.002},
            {"rmsprop", rmsprop(0, false), 0.002},
            {"rmsprop with weight decay", rmsprop(0, false, 1e-2), 0.002},
            {"rmsprop with momentum", rmsprop(0.9, false), 0.001},
            {"centered rmsprop", rmsprop(0, true), 0.002},
            {"centered rmsprop with momentum", rmsprop(0.9, true, 1e-3), 0.001}};
}

void expect_same_bits(const Training& training) {
    const auto ours = training.run();
    ASSERT_TRUE(ours.has_value()) << ours.error().message;
    const PlainResult plain = plain_training(training);
    const std::vector<float> trained = numbers(ours->params);
    ASSERT_EQ(trained.size(), plain.parameters.size());
    std::size_t different = 0;
    for (std::size_t i = 0; i < trained.size(); ++i) {
        different += std::memcmp(&trained[i], &plain.parameters[i], sizeof(float)) != 0 ? 1 : 0;
    }
    EXPECT_EQ(different, 0U) << "of " << trained.size() << " parameters";
    EXPECT_EQ(numbers(ours->buffers), plain.buffers);
    EXPECT_DOUBLE_EQ(ours->loss, plain.loss);
    EXPECT_NE(trained, numbers(training.model.params)) << "nothing was trained";
    EXPECT_TRUE(ours->finite);
}

void expect_same_bits_with_all_optimizers(const learn::Net& net, const learn::Dataset& data) {
    for (const Named& named : optimizers()) {
        SCOPED_TRACE(named.name);
        Training task = training(net, data, named.optimizer, named.lr);
        task.epochs = 2;
        expect_same_bits(task);
    }
}

// Every optimizer has the order of torch::optim's own operations: the same bits after 200 steps.
TEST(PlainLoop, TwoHundredSteps) {
    for (const Named& named : optimizers()) {
        SCOPED_TRACE(named.name);
        Training task = training(mlp_net({20, 13, 4}), float_rows(160, 20, 4), named.optimizer, named.lr);
        task.epochs = 40;  // of five batches
        expect_same_bits(task);
        EXPECT_EQ(task.run()->steps, 200);
    }
}

TEST(PlainLoop, Linear) {
    // 333 samples in batches of 32: the last has 13.
    expect_same_bits_with_all_optimizers(linear_net(50, 7), byte_images(333, {50}, 7));
}

TEST(PlainLoop, Perceptron) {
    expect_same_bits_with_all_optimizers(mlp_net({784, 64, 32, 10}), byte_images(500, {1, 28, 28}, 10));
}

TEST(PlainLoop, PerceptronWithTanh) {
    expect_same_bits_with_all_optimizers(mlp_net({64, 33, 10}, Kind::tanh), float_rows(200, 64, 10));
}

TEST(PlainLoop, Convolutions) {
    expect_same_bits_with_all_optimizers(small_cnn(), byte_images(150, {1, 12, 12}, 5));
}

TEST(PlainLoop, LeNet5) {
    expect_same_bits_with_all_optimizers(small_lenet(), byte_images(100, {1, 12, 12}, 5));
}

// What autograd differentiates, running statistics included; the last batch has 4 samples.
TEST(PlainLoop, ResNet20) {
    for (const char* norm : {"group", "batch"}) {
        SCOPED_TRACE(norm);
        for (const bool decays : {false, true}) {
            Training task = training(small_resnet(norm), byte_images(36, {2, 8, 7}, 5),
                                     decays ? sgd(0.9, 1e-3) : adam(), 0.01);
            task.batch = 8;
            task.epochs = 2;
            expect_same_bits(task);
        }
    }
}

TEST(PlainLoop, CharLstm) {
    expect_same_bits_with_all_optimizers(small_lstm(), texts(60, 9, 11));
}

TEST(PlainLoop, Regression) {
    expect_same_bits_with_all_optimizers(mlp_net({12, 9, 1}), regression_rows(130, 12));
}

TEST(PlainLoop, BatchesOfEverySize) {
    for (const std::int64_t batch : {1, 2, 7, 33, 99, 100, 1000}) {
        SCOPED_TRACE(batch);
        Training task = training(mlp_net({30, 17, 4}), float_rows(100, 30, 4), adam(), 0.01);
        task.batch = batch;
        expect_same_bits(task);
    }
}

TEST(PlainLoop, LayersOfOddSizes) {
    for (const std::int64_t width : {2, 3, 5, 8, 13, 31, 65}) {
        SCOPED_TRACE(width);
        expect_same_bits(training(mlp_net({width, width + 1, 3}), float_rows(70, width, 3), adam(), 0.01));
    }
}

TEST(PlainLoop, PartOfADataSet) {
    Training task = training(mlp_net({20, 8, 3}), float_rows(300, 20, 3), sgd(0.9), 0.05);
    task.part = {299, 3, 3, 17, 250, 4, 5, 6, 81, 0, 12};
    task.batch = 4;
    expect_same_bits(task);
}

TEST(PlainLoop, ScaleAndShiftPerFeature) {
    for (const bool bytes : {true, false}) {
        for (const int which : {0, 1, 2, 3}) {
            SCOPED_TRACE(testing::Message() << (bytes ? "bytes " : "floats ") << which);
            learn::Dataset data = bytes ? byte_images(90, {21}, 3) : float_rows(90, 21, 3);
            if ((which & 1) != 0) {
                data.scale.clear();
                for (int f = 0; f < 21; ++f)
                    data.scale.push_back(0.013F * static_cast<float>(f + 1));
            }
            if ((which & 2) != 0) {
                data.shift.clear();
                for (int f = 0; f < 21; ++f)
                    data.shift.push_back(0.37F * static_cast<float>(f - 9));
            }
            expect_same_bits(training(linear_net(21, 3), data, sgd(), 0.01));
        }
    }
}

TEST(PlainLoop, WithoutShuffling) {
    Training task = training(linear_net(20, 3), float_rows(64, 20, 3), sgd(), 0.1);
    task.shuffles = false;
    expect_same_bits(task);
}

TEST(PlainLoop, FractionsOfEpochs) {
    for (const double epochs : {0.5, 1.5, 0.1, 2.3}) {
        SCOPED_TRACE(epochs);
        Training task = training(linear_net(20, 3), float_rows(320, 20, 3), sgd(), 0.1);
        task.epochs = epochs;  // of ten batches
        expect_same_bits(task);
        EXPECT_DOUBLE_EQ(task.run()->samples, 320 * epochs);
    }
}

}  // namespace
}  // namespace trama::test
