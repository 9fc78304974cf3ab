#include <algorithm>
#include <cmath>
#include <functional>
#include <thread>

#include <gtest/gtest.h>

#include "reference.hpp"
#include "support.hpp"

// What local training adds to a plain step: against the same in autograd's tensors, and against closed forms.
namespace trama::test {
namespace {

Training classification() {
    Training task = training(mlp_net({20, 9, 4}), float_rows(150, 20, 4), sgd(0.9), 0.05);
    task.epochs = 4;
    return task;
}

double relative_distance(std::span<const float> a, std::span<const float> b) {
    double difference = 0;
    double size = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference += std::pow(double{a[i]} - b[i], 2);
        size += std::pow(double{b[i]}, 2);
    }
    return std::sqrt(difference / size);
}

/// Within the rounding of some steps of the plain loop, and not what one gets without the addition.
void expect_plain(const Training& task) {
    const auto ours = task.run();
    ASSERT_TRUE(ours.has_value()) << ours.error().message;
    const PlainResult plain = plain_training(task);
    EXPECT_LT(relative_distance(ours->params.floats(), plain.parameters), 1e-6);
    EXPECT_NEAR(ours->loss, plain.loss, 1e-6 * plain.loss);
    Training without = classification();
    EXPECT_GT(relative_distance(ours->params.floats(), without.run()->params.floats()), 1e-3);
}

TEST(Local, GradientsAreClippedToANorm) {
    Training task = classification();
    task.clip_norm = 0.3;
    expect_plain(task);
}

TEST(Local, ANormThatIsNotReachedChangesNothing) {
    Training task = classification();
    task.clip_norm = 1e6;
    EXPECT_TRUE(task.run()->params == classification().run()->params);
}

TEST(Local, LabelsAreSmoothed) {
    Training task = classification();
    task.label_smoothing = 0.2;
    expect_plain(task);
}

TEST(Local, ThePullIsTowardsTheStartOrAnAnchor) {
    Training task = classification();
    task.adjustment.pull = 0.7;
    expect_plain(task);
    const core::Model anchor = fresh_model(task.net, 99);
    task.adjustment.anchor = anchor.params.floats();
    expect_plain(task);
}

TEST(Local, ACorrectionIsAddedToEachGradient) {
    Training task = classification();
    const core::Model correction = fresh_model(task.net, 98);
    task.adjustment.correction = correction.params.floats();
    expect_plain(task);
    task.adjustment.pull = 0.3;
    task.clip_norm = 1;
    task.label_smoothing = 0.1;
    expect_plain(task);
}

TEST(Local, AnAdjustmentOfAnotherSizeIsABug) {
    Training task = classification();
    const std::vector<float> short_one(3);
    task.adjustment.correction = short_one;
    EXPECT_THROW((void)task.run(), std::invalid_argument);
}

TEST(Local, RatesChangeFromStepToStep) {
    Training task = classification();
    task.optimizer = sgd();
    task.rate = [](std::int64_t step) { return 0.2 / static_cast<double>(step); };
    expect_plain(task);
    const auto trained = task.run();
    EXPECT_EQ(trained->steps, 20);
    double rates = 0;
    for (int step = 1; step <= 20; ++step)
        rates += 0.2 / step;
    EXPECT_NEAR(trained->rates, rates, 1e-12);
}

TEST(Local, StepsOfFirstOrderMaml) {
    Training task = classification();
    task.inner_rate = 0.1;
    task.epochs = 3;  // of five batches: two pairs and one that serves for both
    task.batch = 30;
    task.shuffles = true;
    const auto ours = task.run();
    EXPECT_EQ(ours->steps, 9);
    task.data = float_rows(120, 20, 4);  // four batches: pairs only, as the plain loop has them
    task.part = first_samples(120);
    expect_plain(task);
}

TEST(Local, ALoneBatchServesForBothStepsOfMaml) {
    Training task = classification();
    task.optimizer = sgd();
    task.batch = 150;
    task.epochs = 1;
    task.lr = task.inner_rate = 0.1;
    Training one = task;
    one.inner_rate = 0;
    Training two = one;
    two.model.params = one.run()->params;
    const auto adapted = two.run()->params;
    // w − b∇f(w − a∇f(w)), where the second step alone is the difference of two plain ones.
    const auto got = task.run()->params;
    for (std::size_t i = 0; i < got.floats().size(); ++i) {
        const double expected =
            double{task.model.params.floats()[i]} + adapted.floats()[i] - two.model.params.floats()[i];
        EXPECT_NEAR(got.floats()[i], expected, 1e-6);
    }
}

TEST(Local, MaxBatchesAreStepsAtMost) {
    Training task = classification();
    task.max_batches = 7;
    const auto trained = task.run();
    EXPECT_EQ(trained->steps, 7);
    EXPECT_EQ(trained->samples, 150 + 64);
    task.max_batches = 1000;
    EXPECT_EQ(task.run()->steps, 20);
}

TEST(Local, FlippedLabelsAreCountedFromTheOtherEnd) {
    Training task = classification();
    Training by_hand = task;
    for (auto& label : by_hand.data.train.labels)
        label = 3 - label;
    task.flip_labels = true;
    EXPECT_TRUE(task.run()->params == by_hand.run()->params);
}

TEST(Local, AKeptOptimizerMakesOneRunOfTwoRounds) {
    for (const auto& optimizer : {sgd(0.9), adam(), rmsprop(0.5, true)}) {
        SCOPED_TRACE(optimizer.function);
        Training whole = classification();
        whole.shuffles = false;
        whole.optimizer = optimizer;
        whole.lr = 0.01;
        whole.rate = [](std::int64_t step) { return 0.01 / static_cast<double>(step); };
        Training round = whole;
        core::State memory;
        round.epochs = 2;
        round.memory = &memory;
        round.model.params = round.run()->params;
        EXPECT_EQ(memory.numbers.at("steps"), 10);
        EXPECT_TRUE(round.run()->params == whole.run()->params);
        EXPECT_EQ(memory.numbers.at("steps"), 20);
        whole.epochs = 2;
        whole.model.params = round.model.params;
        core::State none;
        whole.memory = &none;
        EXPECT_FALSE(round.run()->params == whole.run()->params) << "the memory counts";
    }
}

TEST(Local, OneResultWhateverElseRuns) {
    Training task = classification();
    task.adjustment.pull = 0.1;
    task.clip_norm = 0.5;
    task.label_smoothing = 0.1;
    task.inner_rate = 0.05;
    task.optimizer = rmsprop(0.9, true, 1e-3);
    task.lr = 0.001;
    const auto alone = task.run()->params;
    for (const std::size_t threads : {2U, 7U}) {
        std::vector<core::ParameterSet> results(threads);
        std::vector<std::thread> running;
        for (auto& result : results)
            running.emplace_back([&] { result = task.run()->params; });
        for (auto& thread : running)
            thread.join();
        for (const auto& result : results)
            EXPECT_TRUE(result == alone);
    }
}

// Least squares, where minima are known: (H + c) w = b + c·anchor by Gaussian elimination in double.
struct Quadratic {
    std::vector<double> hessian, linear;  ///< of the mean squared error: gradient = hessian·w − linear
    std::size_t size;
};

Quadratic quadratic(const Training& task) {
    const auto features = static_cast<std::size_t>(task.data.features());
    const std::size_t n = features + 1;  // and the bias
    Quadratic made{std::vector<double>(n * n), std::vector<double>(n), n};
    for (const std::uint32_t sample : task.part) {
        std::vector<double> x(
            task.data.train.floats.begin() + static_cast<std::ptrdiff_t>(sample * features),
            task.data.train.floats.begin() + static_cast<std::ptrdiff_t>((sample + 1) * features));
        x.push_back(1);
        const double share = 2.0 / static_cast<double>(task.part.size());
        for (std::size_t i = 0; i < n; ++i) {
            made.linear[i] += share * x[i] * task.data.train.targets[sample];
            for (std::size_t j = 0; j < n; ++j)
                made.hessian[i * n + j] += share * x[i] * x[j];
        }
    }
    return made;
}

std::vector<double> minimum(Quadratic q, double pull, const std::vector<double>& anchor) {
    const std::size_t n = q.size;
    for (std::size_t i = 0; i < n; ++i) {
        q.hessian[i * n + i] += pull;
        q.linear[i] += pull * anchor[i];
    }
    for (std::size_t k = 0; k < n; ++k) {
        for (std::size_t i = k + 1; i < n; ++i) {
            const double factor = q.hessian[i * n + k] / q.hessian[k * n + k];
            for (std::size_t j = k; j < n; ++j)
                q.hessian[i * n + j] -= factor * q.hessian[k * n + j];
            q.linear[i] -= factor * q.linear[k];
        }
    }
    for (std::size_t k = n; k-- > 0;) {
        for (std::size_t j = k + 1; j < n; ++j)
            q.linear[k] -= q.hessian[k * n + j] * q.linear[j];
        q.linear[k] /= q.hessian[k * n + k];
    }
    return q.linear;
}

Training least_squares() {
    Training task = training(linear_net(5, 1), regression_rows(60, 5), sgd(), 0.1);
    core::Stream random(1, 2);
    for (float& target : task.data.train.targets)
        target += static_cast<float>(random.normal());
    task.batch = 60;
    task.epochs = 600;
    task.shuffles = false;
    return task;
}

void expect_near(std::span<const float> got, const std::vector<double>& expected) {
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i)
        EXPECT_NEAR(got[i], expected[i], 1e-5);
}

TEST(LeastSquares, LocalTrainingEndsAtTheMinimum) {
    const Training task = least_squares();
    expect_near(task.run()->params.floats(), minimum(quadratic(task), 0, std::vector<double>(6)));
}

TEST(LeastSquares, FedProxEndsAtTheRidgeTowardsTheReceivedModel) {
    Training task = least_squares();
    task.adjustment.pull = 0.8;
    const auto from = task.model.params.floats();
    expect_near(task.run()->params.floats(), minimum(quadratic(task), 0.8, {from.begin(), from.end()}));
}

TEST(LeastSquares, FedDynsClientsAgreeAtTheCommonMinimum) {
    // Two clients that each reach their own minimum, with the server's side by hand: the fixed point is the
    // minimum of the mean loss, although the clients' own minima differ.
    constexpr double alpha = 2;
    Training all = least_squares();
    std::vector<Training> clients{all, all};
    clients[0].part = first_samples(30);
    for (std::uint32_t& sample : clients[1].part = first_samples(30))
        sample += 30;
    std::vector<std::vector<float>> pulls(2, std::vector<float>(6)), corrections = pulls;
    std::vector<double> h(6);
    std::vector<float> model(6);
    for (int round = 0; round < 60; ++round) {
        std::vector<double> mean(6), moved(6);
        for (std::size_t c = 0; c < 2; ++c) {
            core::ParameterBuffer start = all.model.params.copy();
            std::ranges::copy(model, start.floats().begin());
            clients[c].model.params = std::move(start).freeze();
            std::ranges::transform(pulls[c], corrections[c].begin(), std::negate<>());
            clients[c].adjustment = {corrections[c], alpha, {}};
            clients[c].epochs = 60;
            const auto trained = clients[c].run()->params;
            for (std::size_t i = 0; i < 6; ++i) {
                const double step = double{trained.floats()[i]} - model[i];
                pulls[c][i] = static_cast<float>(pulls[c][i] - alpha * step);
                mean[i] += trained.floats()[i] / 2.0;
                moved[i] += step;
            }
        }
        for (std::size_t i = 0; i < 6; ++i) {
            h[i] -= alpha / 2 * moved[i];
            model[i] = static_cast<float>(mean[i] - h[i] / alpha);
        }
    }
    expect_near(model, minimum(quadratic(all), 0, std::vector<double>(6)));
}

}  // namespace
}  // namespace trama::test
