// model("net.pt"): TorchScript that somebody else made.
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reference.hpp"

namespace trama::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class UserNet : public testing::Test {
  protected:
    UserNet() : folder_(fs::temp_directory_path() / ("trama-user-net-" + std::to_string(::getpid()))) {
        fs::create_directories(folder_);
    }
    ~UserNet() override { fs::remove_all(folder_); }

    fs::path path() const { return folder_ / "net.pt"; }

    learn::Net open(const UserScript& script, learn::Loss loss = learn::Loss::cross_entropy) {
        write(script, path());
        auto net = backend().open_script(path());
        if (!net) throw std::runtime_error(net.error().message);
        net->loss = loss;
        return *net;
    }

    core::Error refusal(const UserScript& script) {
        write(script, path());
        const auto net = backend().open_script(path());
        return net ? core::Error{} : net.error();
    }

    fs::path folder_;
};

UserScript perceptron() {
    return {{{"w0", {20, 144}}, {"b0", {20}}, {"w1", {5, 20}}, {"b1", {5}}}, {}, R"(
def forward(self, x: Tensor) -> Tensor:
    x = torch.flatten(x, 1)
    x = torch.relu(torch.linear(x, self.w0, self.b0))
    return torch.linear(x, self.w1, self.b1)
)"};
}

/// Normalises over the batch, and counts in a buffer that it replaces instead of writing to it.
UserScript normalising() {
    return {{{"w", {3, 4}}},
            {{"mean", {4}, {0, 0, 0, 0}}, {"var", {4}, {1, 1, 1, 1}}, {"seen", {1}, {0}}},
            R"(
def forward(self, x: Tensor) -> Tensor:
    if self.training:
        self.seen = self.seen + 1.
        self.calls = self.calls + 1
    x = torch.batch_norm(x, None, None, self.mean, self.var, self.training, 0.1, 1e-05, False)
    return torch.linear(x, self.w) + 0 * self.calls
)"};
}

UserScript one_logit() {
    return {{{"w", {1, 4}}, {"b", {1}}}, {}, R"(
def forward(self, x: Tensor) -> Tensor:
    return torch.linear(x, self.w, self.b)
)"};
}

UserScript with_body(const std::string& body, const std::string& arguments = "x: Tensor",
                     const std::string& gives = "Tensor") {
    return {
        {{"w", {3, 4}}}, {}, "\ndef forward(self, " + arguments + ") -> " + gives + ":\n    " + body + "\n"};
}

learn::Evaluated evaluate(const Training& task) {
    learn::EvaluateTask evaluation;
    evaluation.model = &task.model;
    evaluation.net = &task.net;
    evaluation.data = &task.data;
    return backend().evaluate(evaluation).value();
}

TEST_F(UserNet, StartsFromTheNumbersInTheFile) {
    UserScript script = one_logit();
    script.params[0].values = {1, 2, 3, 4};
    script.params[1].values = {5};
    const core::Model model = fresh_model(open(script));
    EXPECT_THAT(model.params.floats(), ElementsAre(1, 2, 3, 4, 5));
    EXPECT_EQ(model.params.layout().entries()[0].name, "w");
    EXPECT_TRUE(model.buffers.empty()) << "a counter does not travel";
}

TEST_F(UserNet, TrainsLikeTheSameNetOfLayers) {
    for (const core::Call& optimizer : {sgd(0.9, 1e-3), adam()}) {
        Training task = training(open(perceptron()), byte_images(150, {1, 12, 12}, 5), optimizer, 0.01);
        task.epochs = 3;
        Training layers = task;
        layers.net = mlp_net({144, 20, 5});
        core::ParameterBuffer same(layers.net.params);
        std::ranges::copy(task.model.params.floats(), same.floats().begin());
        layers.model.params = std::move(same).freeze();
        const learn::Trained trained = task.run().value();
        EXPECT_EQ(numbers(trained.params), plain_training(layers).parameters);

        task.model.params = trained.params;
        layers.model.params = layers.run()->params;
        EXPECT_EQ(evaluate(task).loss, evaluate(layers).loss);
        EXPECT_EQ(evaluate(task).accuracy, evaluate(layers).accuracy);
    }
}

TEST_F(UserNet, EveryCallGivesTheSameBits) {
    Training task = training(open(normalising()), float_rows(60, 4, 3), adam(), 0.01);
    const learn::Trained first = task.run().value();
    EXPECT_NE(numbers(first.params), numbers(task.model.params));
    for (int i = 0; i < 20; ++i) {
        const learn::Trained again = task.run().value();
        ASSERT_TRUE(again.params == first.params && again.buffers == first.buffers) << "call " << i;
    }
    std::vector<core::ParameterSet> together(6);
    std::vector<std::thread> threads;
    for (core::ParameterSet& result : together)
        threads.emplace_back([&] { result = task.run()->params; });
    for (std::thread& thread : threads)
        thread.join();
    for (const core::ParameterSet& result : together)
        EXPECT_TRUE(result == first.params);
}

TEST_F(UserNet, BuffersAreUpdatedInTrainingOnly) {
    Training task = training(open(normalising()), float_rows(60, 4, 3), sgd(), 0.01);
    task.batch = 60;
    task.shuffles = false;
    task.model.buffers = task.run()->buffers;
    const std::vector<float> after = numbers(task.model.buffers);  // mean, var, seen
    for (std::size_t feature = 0; feature < 4; ++feature) {
        double sum = 0;
        for (std::size_t i = 0; i < 60; ++i)
            sum += task.data.train.floats[4 * i + feature];
        EXPECT_NEAR(after[feature], 0.1 * sum / 60, 1e-6);
    }
    EXPECT_EQ(after[8], 1);
    evaluate(task);
    EXPECT_EQ(numbers(task.model.buffers), after);
    EXPECT_EQ(numbers(task.run()->buffers)[8], 2) << "goes on from there";
}

TEST_F(UserNet, FrozenParametersStay) {
    UserScript script = perceptron();
    script.params[0].trained = false;
    Training task = training(open(script), byte_images(60, {1, 12, 12}, 5), sgd(0.9, 1e-2), 0.1);
    EXPECT_EQ(task.net.params->find("w0"), nullptr);
    const learn::Trained trained = task.run().value();
    EXPECT_TRUE(trained.buffers == task.model.buffers);
    EXPECT_FALSE(trained.params == task.model.params);
}

TEST_F(UserNet, BinaryCrossEntropyInClosedForm) {
    Training task = training(open(one_logit(), learn::Loss::bce), float_rows(50, 4, 2), sgd(), 0.5);
    task.batch = 50;
    const auto w = task.model.params.floats();
    double loss = 0;
    std::vector<double> gradient(5);
    for (std::size_t i = 0; i < 50; ++i) {
        const float* x = task.data.train.floats.data() + 4 * i;
        const double label = task.data.train.labels[i];
        double logit = w[4];
        for (std::size_t f = 0; f < 4; ++f)
            logit += double{w[f]} * x[f];
        loss += std::log1p(std::exp(-logit)) + (1 - label) * logit;
        const double error = 1 / (1 + std::exp(-logit)) - label;
        for (std::size_t f = 0; f < 4; ++f)
            gradient[f] += error * x[f] / 50;
        gradient[4] += error / 50;
    }
    const learn::Trained trained = task.run().value();
    EXPECT_NEAR(trained.loss, loss / 50, 1e-6);
    for (std::size_t i = 0; i < 5; ++i)
        EXPECT_NEAR(trained.params.floats()[i], w[i] - 0.5 * gradient[i], 1e-6);

    task.epochs = 60;
    task.model.params = task.run()->params;
    const learn::Evaluated learnt = evaluate(task);
    EXPECT_GT(learnt.accuracy, 0.8);
    EXPECT_LT(learnt.loss, 0.5);
}

TEST_F(UserNet, SquaredError) {
    Training task = training(open(one_logit(), learn::Loss::mse), regression_rows(50, 4), sgd(), 0.1);
    Training layers = training(linear_net(4, 1), task.data, sgd(), 0.1);
    core::ParameterBuffer same(layers.net.params);
    std::ranges::copy(task.model.params.floats(), same.floats().begin());
    layers.model.params = std::move(same).freeze();
    EXPECT_EQ(numbers(task.run()->params), plain_training(layers).parameters);
    EXPECT_TRUE(std::isnan(evaluate(task).accuracy));
}

TEST_F(UserNet, IsSavedWithWhatItHasLearnt) {
    Training task = training(open(normalising()), float_rows(60, 4, 3), adam(), 0.01);
    const learn::Trained trained = task.run().value();
    task.model.params = trained.params;
    task.model.buffers = trained.buffers;
    const fs::path saved = folder_ / "model.pt";
    ASSERT_TRUE(backend().save_script(task.model, task.net, &task.data, saved).has_value());
    const learn::Net again = backend().open_script(saved).value();
    EXPECT_TRUE(fresh_model(again).params == trained.params);
    EXPECT_TRUE(fresh_model(again).buffers == trained.buffers);
    // It evaluates: a row by its place in the batch.
    const std::vector<float> logits = script_logits(saved, task.data, true);
    double right = 0;
    for (std::size_t i = 0; i < 60; ++i) {
        const auto row = logits.begin() + static_cast<std::ptrdiff_t>(3 * i);
        right += std::max_element(row, row + 3) - row == task.data.test.labels[i] ? 1 : 0;
    }
    EXPECT_DOUBLE_EQ(evaluate(task).accuracy, right / 60);
}

TEST_F(UserNet, WhatIsNoNetIsRefused) {
    const std::string linear = "return torch.linear(x, self.w)";
    const auto expect = [&](const UserScript& script, const std::string& why) {
        const core::Error error = refusal(script);
        EXPECT_EQ(error.kind, core::ErrorKind::data);
        EXPECT_EQ(error.message, "this net " + why);
        EXPECT_EQ(error.where, path().string());
        EXPECT_FALSE(error.hint.empty());
    };
    expect(with_body("return (x, x)", "x: Tensor", "Tuple[Tensor, Tensor]"),
           "gives Tuple[Tensor, Tensor], not one tensor");
    expect(with_body(linear, "x: Tensor, y: Tensor"), "takes (Tensor, Tensor), not one tensor");
    expect(with_body("return torch.linear(torch.ones([1, 4]) * x, self.w)", "x: float"),
           "takes (float), not one tensor");
    EXPECT_EQ(refusal(with_body(linear, "x: Tensor, scale: float = 1.")).message, "");
    UserScript script = with_body(linear);
    script.doubles = true;
    expect(script, "has the parameter `w` of the type Double");
    script = with_body("return x");
    script.params.clear();
    expect(script, "has no parameters to train");
    script = with_body(linear);
    script.params[0].trained = false;
    expect(script, "has no parameters to train");
    script.methods = "\ndef other(self, x: Tensor) -> Tensor:\n    return x\n";
    expect(script, "has no method `forward`");
    std::ofstream(path()) << "nothing";
    EXPECT_THAT(backend().open_script(path()).error().message, HasSubstr("not TorchScript"));
    EXPECT_THAT(backend().open_script(folder_ / "missing.pt").error().message, HasSubstr("cannot read"));
}

TEST_F(UserNet, RandomOperationsAreRefused) {
    for (const auto& [body, name] :
         {std::pair("return torch.linear(torch.dropout(x, 0.5, self.training), self.w)", "dropout"),
          std::pair("return torch.linear(x + torch.rand_like(x), self.w)", "rand_like"),
          std::pair("return torch.linear(x.bernoulli_(0.5), self.w)", "bernoulli_"),
          std::pair("return torch.linear(torch.randn([1, 4]) if self.training else x, self.w)", "randn")}) {
        EXPECT_EQ(refusal(with_body(body)).message,
                  std::string("this net draws random numbers from libtorch's shared generator (`") + name +
                      "`): no run could be repeated");
    }
    UserScript calls = with_body("return self.inner(x)");
    calls.methods =
        "\ndef inner(self, x: Tensor) -> Tensor:\n    return torch.dropout(x, 0.5, True)\n" + calls.methods;
    EXPECT_THAT(refusal(calls).message, HasSubstr("`dropout`"));
}

TEST_F(UserNet, DataThatDoNotFitAreSaid) {
    const auto error = [&](const learn::Net& net, const learn::Dataset& data) {
        return training(net, data, sgd(), 0.1).run().error();
    };
    const core::Error shape = error(open(one_logit(), learn::Loss::bce), float_rows(10, 7, 2));
    EXPECT_EQ(shape.kind, core::ErrorKind::scheme);
    EXPECT_THAT(shape.message,
                HasSubstr("for samples of `rows`, a tensor of the shape [2, 7], the net fails: "));
    EXPECT_THAT(shape.message, HasSubstr("shapes cannot be multiplied (2x7 and 4x1)"));
    EXPECT_THAT(shape.message, Not(HasSubstr("\n")));

    EXPECT_THAT(error(open(with_body("return x.reshape([-1]) * self.w.sum()")), float_rows(10, 4, 3)).message,
                HasSubstr("gives a tensor of the shape [8]"));
    EXPECT_THAT(error(open(with_body("return (x * self.w.sum()).to(7)")), float_rows(10, 4, 3)).message,
                HasSubstr("gives the type Double instead of float32"));

    EXPECT_THAT(
        error(open(perceptron()), byte_images(10, {1, 12, 12}, 6)).message,
        HasSubstr(
            "`loss: cross_entropy` needs classes and an output for each; `images` has 6 classes, and the "
            "net gives 5 numbers"));
    EXPECT_THAT(error(open(one_logit()), regression_rows(10, 4)).message, HasSubstr("`loss: cross_entropy`"));
    EXPECT_THAT(error(open(one_logit(), learn::Loss::bce), float_rows(10, 4, 3)).message,
                HasSubstr("`loss: bce` needs two classes and one output"));
    EXPECT_THAT(error(open(one_logit(), learn::Loss::mse), float_rows(10, 4, 2)).message,
                HasSubstr("`loss: mse` needs regression"));
}

}  // namespace
}  // namespace trama::test
