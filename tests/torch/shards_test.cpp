#include <cmath>
#include <future>
#include <limits>

#include <gtest/gtest.h>

#include "reference.hpp"

// A client's work in shards: the same steps up to rounding, the same bits each time.
namespace trama::test {
namespace {

Training in_shards(Training task, std::int64_t shards) {
    task.shards = shards;
    return task;
}

void expect_near(const std::vector<float>& ours, const std::vector<float>& others, double most = 1e-5) {
    ASSERT_EQ(ours.size(), others.size());
    double apart = 0;
    for (std::size_t i = 0; i < ours.size(); ++i)
        apart = std::max(apart, std::abs(static_cast<double>(ours[i]) - others[i]));
    EXPECT_LE(apart, most);
}

/// Nets whose gradients we compute, and those of autograd. The last batch has two rows, or one.
std::vector<Training> trainings() {
    std::vector<Training> all;
    all.push_back(training(mlp_net({20, 16, 3}), float_rows(98, 20, 3), sgd(0.9), 0.05));
    all.push_back(training(small_cnn(), byte_images(65, {1, 12, 12}, 5), sgd(0.9), 0.01));
    all.push_back(training(mlp_net({12, 9, 1}), regression_rows(98, 12), sgd(), 0.01));
    all.push_back(training(small_resnet("group"), byte_images(34, {2, 8, 7}, 5), sgd(), 0.05));
    all.push_back(training(small_lstm(), texts(33, 9, 11), sgd(), 0.1));
    for (Training& task : all)
        task.epochs = 2;
    return all;
}

TEST(Shards, StepAsThePlainLoopDoes) {
    for (const Training& task : trainings()) {
        const PlainResult plain = plain_training(task);
        for (const std::int64_t shards : {1, 2, 3}) {
            SCOPED_TRACE(shards);
            const auto ours = in_shards(task, shards).run();
            ASSERT_TRUE(ours.has_value()) << ours.error().message;
            expect_near(numbers(ours->params), plain.parameters, shards == 1 ? 0 : 1e-5);
            EXPECT_NEAR(ours->loss, plain.loss, 1e-5);
            EXPECT_TRUE(ours->finite);
        }
    }
}

TEST(Shards, GiveTheSameBitsWhoeverElseComputes) {
    std::vector<Training> tasks = trainings();
    tasks.push_back(training(small_resnet("batch"), byte_images(34, {2, 8, 7}, 5), adam(), 0.01));
    for (const Training& task : tasks) {
        for (const std::int64_t shards : {1, 2, 3}) {
            const Training mine = in_shards(task, shards);
            const learn::Trained alone = mine.run().value();
            std::vector<std::future<learn::Trained>> others;
            for (int i = 0; i < 2; ++i)
                others.push_back(std::async(std::launch::async, [&] { return mine.run().value(); }));
            for (auto& other : others) {
                const learn::Trained again = other.get();
                EXPECT_TRUE(again.params == alone.params);
                EXPECT_EQ(numbers(again.buffers), numbers(alone.buffers));
                EXPECT_EQ(again.loss, alone.loss);
            }
        }
    }
}

TEST(Shards, AreAsFewAsTheSamples) {
    Training task = training(mlp_net({20, 8, 3}), float_rows(40, 20, 3), sgd(), 0.1);
    task.part = {7, 3};
    task.epochs = 3;
    const auto whole = task.run();
    expect_near(numbers(in_shards(task, 5).run()->params), numbers(whole->params));
    EXPECT_TRUE(in_shards(task, 5).run()->params == in_shards(task, 2).run()->params);
    task.part = {7};
    EXPECT_TRUE(in_shards(task, 3).run()->params == task.run()->params) << "one row is the whole batch";
    task.shards = 0;
    EXPECT_THROW((void)task.run(), std::invalid_argument);
}

TEST(Shards, ChangeNothingElseOfAStep) {
    Training task = training(mlp_net({20, 8, 3}), float_rows(98, 20, 3), sgd(), 0.1);
    task.label_smoothing = 0.1;
    task.clip_norm = 0.3;
    task.inner_rate = 0.05;
    task.adjustment.pull = 0.1;
    task.flip_labels = true;
    const auto whole = task.run(), cut = in_shards(task, 3).run();
    expect_near(numbers(cut->params), numbers(whole->params));
    EXPECT_NEAR(cut->loss, whole->loss, 1e-5);
    EXPECT_EQ(cut->steps, whole->steps);
    EXPECT_EQ(cut->samples, whole->samples);
}

TEST(Shards, NormaliseByThemselves) {
    // One step of sgd on two shards of 3 and 2 rows: the mean of the steps on each alone, and of the
    // statistics that these leave.
    Training task = training(small_resnet("batch"), byte_images(40, {2, 8, 7}, 5), sgd(), 0.05);
    task.shuffles = false;
    task.part = first_samples(5);
    const auto cut = in_shards(task, 2).run();
    task.part = {0, 1, 2};
    const auto first = task.run();
    task.part = {3, 4};
    const auto second = task.run();
    const auto mean = [](const core::ParameterSet& a, const core::ParameterSet& b) {
        std::vector<float> all = numbers(a), others = numbers(b);
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i] = static_cast<float>((3.0 * all[i] + 2.0 * others[i]) / 5);
        return all;
    };
    expect_near(numbers(cut->params), mean(first->params, second->params), 1e-6);
    expect_near(numbers(cut->buffers), mean(first->buffers, second->buffers), 1e-6);
    EXPECT_FALSE(numbers(cut->buffers) == numbers(task.model.buffers));
}

TEST(Shards, NoticeWhatIsNotFinite) {
    Training task = training(mlp_net({20, 8, 3}), float_rows(40, 20, 3), sgd(), 0.1);
    task.shuffles = false;
    task.data.train.floats[20 * 20 + 5] = std::numeric_limits<float>::quiet_NaN();  // in the second shard
    const auto trained = in_shards(task, 2).run();
    EXPECT_FALSE(trained->finite);
    EXPECT_EQ(trained->steps, 0);
}

TEST(Shards, MeasureTheSame) {
    for (const Training& task : trainings()) {
        learn::EvaluateTask evaluation;
        evaluation.model = &task.model;
        evaluation.net = &task.net;
        evaluation.data = &task.data;
        evaluation.batch = 16;
        const learn::Evaluated whole = backend().evaluate(evaluation).value();
        const std::vector<std::uint32_t> few{5, 0, 3};
        for (const std::int64_t shards : {2, 3, 4}) {
            evaluation.shards = shards;
            evaluation.part = {};
            const learn::Evaluated cut = backend().evaluate(evaluation).value();
            EXPECT_NEAR(cut.loss, whole.loss, 1e-6 * std::max(1.0, whole.loss));
            EXPECT_EQ(cut.samples, whole.samples);
            if (task.data.classes > 0) {
                EXPECT_NEAR(cut.accuracy, whole.accuracy, 1e-12);
            }
            EXPECT_EQ(backend().evaluate(evaluation)->loss, cut.loss);
            evaluation.part = few;
            EXPECT_NEAR(backend().evaluate(evaluation)->loss, plain_evaluation(task, few).loss, 1e-5);
        }
    }
}

}  // namespace
}  // namespace trama::test
