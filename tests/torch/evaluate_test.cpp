#include <cmath>

#include <gtest/gtest.h>

#include "reference.hpp"

namespace trama::test {
namespace {

learn::Evaluated evaluate(const Training& task, std::span<const std::uint32_t> part = {},
                          std::int64_t batch = 64) {
    learn::EvaluateTask evaluation;
    evaluation.model = &task.model;
    evaluation.net = &task.net;
    evaluation.data = &task.data;
    evaluation.part = part;
    evaluation.batch = batch;
    return backend().evaluate(evaluation).value();
}

void expect_as_plain(const Training& task, const std::vector<std::uint32_t>& part) {
    const PlainMeasure plain = plain_evaluation(task, part);
    const learn::Evaluated ours = evaluate(task, part);
    EXPECT_NEAR(ours.loss, plain.loss, 1e-6 * std::max(1.0, plain.loss));
    EXPECT_EQ(ours.samples, static_cast<double>(part.size()));
    if (task.data.classes > 0) {
        EXPECT_DOUBLE_EQ(ours.accuracy, plain.accuracy);
    } else {
        EXPECT_TRUE(std::isnan(ours.accuracy));
    }
}

TEST(Evaluate, LossAndAccuracyAsLibtorchMeasuresThem) {
    for (Training task : {training(mlp_net({144, 20, 5}), byte_images(333, {1, 12, 12}, 5), adam(), 0.01),
                          training(small_cnn(), byte_images(150, {1, 12, 12}, 5), adam(), 0.01)}) {
        expect_as_plain(task, first_samples(task.data.test.count));
        task.epochs = 10;
        task.model.params = task.run()->params;
        expect_as_plain(task, first_samples(task.data.test.count));
        expect_as_plain(task, {5, 5, 0, 149, 33});
    }
}

TEST(Evaluate, WhatIsLearntShows) {
    Training task = training(mlp_net({144, 20, 5}), byte_images(333, {1, 12, 12}, 5), adam(), 0.01);
    task.epochs = 10;
    task.model.params = task.run()->params;
    EXPECT_GT(evaluate(task).accuracy, 0.9);
}

TEST(Evaluate, Regression) {
    expect_as_plain(training(mlp_net({12, 9, 1}), regression_rows(130, 12), sgd(), 0.01), first_samples(130));
}

TEST(Evaluate, NetsThatAutogradTrains) {
    for (Training task : {training(small_lenet(), byte_images(60, {1, 12, 12}, 5), adam(), 0.01),
                          training(small_resnet("group"), byte_images(60, {2, 8, 7}, 5), adam(), 0.01),
                          training(small_resnet("batch"), byte_images(60, {2, 8, 7}, 5), adam(), 0.01),
                          training(small_lstm(), texts(60, 9, 11), adam(), 0.01)}) {
        expect_as_plain(task, first_samples(60));
        const learn::Trained trained = task.run().value();
        task.model.params = trained.params;
        task.model.buffers = trained.buffers;
        expect_as_plain(task, first_samples(60));
        expect_as_plain(task, {5, 5, 0, 33});
    }
}

TEST(Evaluate, BatchNormalisationUsesRunningStatistics) {
    Training task = training(small_resnet("batch"), byte_images(60, {2, 8, 7}, 5), adam(), 0.01);
    const learn::Evaluated fresh = evaluate(task);
    const learn::Trained trained = task.run().value();
    EXPECT_FALSE(trained.buffers == task.model.buffers) << "training moves them";
    const core::ParameterSet before = trained.buffers.copy().freeze();
    task.model.buffers = trained.buffers;
    EXPECT_NE(evaluate(task).loss, fresh.loss) << "the statistics count";
    EXPECT_TRUE(task.model.buffers == before) << "evaluation leaves them alone";
    // A sample's answer does not depend on the others in its batch.
    EXPECT_NEAR(evaluate(task, {}, 1).loss, evaluate(task, {}, 60).loss, 1e-5);
}

TEST(Evaluate, NoPartIsTheWholeSplit) {
    const Training task = training(linear_net(20, 4), float_rows(77, 20, 4), sgd(), 0.1);
    const auto all = first_samples(77);
    EXPECT_EQ(evaluate(task).samples, 77);
    EXPECT_EQ(evaluate(task).loss, evaluate(task, all).loss);
}

TEST(Evaluate, BatchSizeDoesNotMatter) {
    const Training task = training(mlp_net({20, 10, 4}), float_rows(500, 20, 4), sgd(), 0.1);
    const learn::Evaluated whole = evaluate(task, {}, 1000);
    for (const std::int64_t batch : {1, 7, 499}) {
        const learn::Evaluated cut = evaluate(task, {}, batch);
        EXPECT_NEAR(cut.loss, whole.loss, 1e-6);
        EXPECT_NEAR(cut.accuracy, whole.accuracy, 1.0 / 500);
    }
}

TEST(Evaluate, StopsWhenAsked) {
    const Training task = training(linear_net(20, 4), float_rows(77, 20, 4), sgd(), 0.1);
    std::stop_source stop;
    stop.request_stop();
    learn::EvaluateTask evaluation;
    evaluation.model = &task.model;
    evaluation.net = &task.net;
    evaluation.data = &task.data;
    evaluation.stop = stop.get_token();
    EXPECT_EQ(backend().evaluate(evaluation)->samples, 0);
}

}  // namespace
}  // namespace trama::test
