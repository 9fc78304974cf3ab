#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support.hpp"

namespace trama {
namespace {

using test::Bench;
using testing::ElementsAre;
using testing::HasSubstr;

std::shared_ptr<const learn::Rule> rule(const std::string& name, const test::Arguments& arguments = {}) {
    static Bench bench;
    return *(*test::builtins().rule(name))(test::call(test::builtins(), name, arguments), bench.resources);
}

core::Result<core::Value> fold(const learn::Rule& rule, const core::Values& values) {
    Bench bench;
    core::State state;
    return rule.apply(bench.context(), state, values);
}

std::vector<float> floats(const core::Result<core::Value>& value) {
    auto all = value->model()->params.floats();
    return {all.begin(), all.end()};
}

std::vector<core::Model> random_models(std::size_t count, std::size_t size) {
    core::Stream stream(3, 4);
    std::vector<core::Model> models;
    for (std::size_t i = 0; i < count; ++i) {
        std::vector<float> parameters(size);
        for (auto& parameter : parameters)
            parameter = static_cast<float>(stream.normal());
        models.push_back(test::model(parameters, static_cast<double>(1 + stream.below(2000))));
    }
    return models;
}

/// How many floats are not the nearest one to the mean in long double; they may differ by one step only.
void expect_closed_form(const std::vector<core::Model>& models, const std::vector<float>& result) {
    std::size_t off = 0;
    for (std::size_t i = 0; i < result.size(); ++i) {
        long double sum = 0, total = 0;
        for (const auto& model : models) {
            sum +=
                static_cast<long double>(model.weight) * static_cast<long double>(model.params.floats()[i]);
            total += static_cast<long double>(model.weight);
        }
        auto exact = static_cast<float>(sum / total);
        if (result[i] == exact) continue;
        ++off;
        auto up = std::nextafter(exact, std::numeric_limits<float>::infinity());
        auto down = std::nextafter(exact, -std::numeric_limits<float>::infinity());
        EXPECT_TRUE(result[i] == up || result[i] == down) << i;
    }
    EXPECT_LE(off * 1000, result.size()) << off << " of " << result.size();
}

TEST(FedAvg, IsTheClosedForm) {
    auto models = random_models(9, 100'000);
    core::Values values(models.begin(), models.end());
    auto result = fold(*rule("fedavg"), values);
    ASSERT_TRUE(result) << result.error().message;
    expect_closed_form(models, floats(result));
    double total = 0;
    for (const auto& model : models)
        total += model.weight;
    EXPECT_EQ(result->model()->weight, total);
}

TEST(FedAvg, WeighsBySamplesOrUniformly) {
    core::Values values{test::model({1, 10}, 1), test::model({4, 40}, 2)};
    EXPECT_THAT(floats(fold(*rule("fedavg"), values)), ElementsAre(3, 30));
    EXPECT_THAT(floats(fold(*rule("fedavg", {{"weights", test::symbol("uniform")}}), values)),
                ElementsAre(2.5, 25));
}

/// What a tree is by its definition: float64 sums of the children in order, rounded once at the root.
std::vector<float> tree_of_two(const std::vector<core::Model>& models, std::size_t cut) {
    std::vector<float> result(models[0].params.floats().size());
    double total = 0;
    for (const auto& model : models)
        total += model.weight;
    for (std::size_t i = 0; i < result.size(); ++i) {
        double left = 0, right = 0;
        for (std::size_t m = 0; m < models.size(); ++m) {
            (m < cut ? left : right) += models[m].weight * static_cast<double>(models[m].params.floats()[i]);
        }
        result[i] = static_cast<float>((left + right) / total);
    }
    return result;
}

TEST(FedAvg, TreeIsItsDefinitionBitForBit) {
    auto models = random_models(5, 10'000);
    core::Values values(models.begin(), models.end());
    auto fedavg = rule("fedavg");
    auto left = fedavg->merge(std::span(values).first(3)),
         right = fedavg->merge(std::span(values).subspan(3));
    ASSERT_TRUE(left && right);
    EXPECT_EQ(left->partial()->count, 3);
    auto result = fold(*fedavg, {*left, *right});
    ASSERT_TRUE(result);
    EXPECT_EQ(floats(result), tree_of_two(models, 3));
    expect_closed_form(models, floats(result));
    EXPECT_EQ(result->model()->weight, fold(*fedavg, values)->model()->weight);
}

TEST(FedAvg, UnevenTreesMixPartialsAndModels) {
    auto models = random_models(5, 1000);
    core::Values values(models.begin(), models.end());
    for (const char* weights : {"samples", "uniform"}) {
        auto fedavg = rule("fedavg", {{"weights", test::symbol(weights)}});
        auto inner = fedavg->merge(std::span(values).first(2));
        auto outer = fedavg->merge(core::Values{*inner, values[2]});
        auto result = fold(*fedavg, {*outer, values[3], values[4]});
        ASSERT_TRUE(result) << result.error().message;
        EXPECT_EQ(outer->partial()->count, 3);
        auto flat = floats(fold(*fedavg, values)), tree = floats(result);
        for (std::size_t i = 0; i < flat.size(); ++i)
            EXPECT_NEAR(flat[i], tree[i], 1e-6F);
    }
}

TEST(FedAvg, StarsOfStarsGiveEverySampleTheSameSay) {
    auto models = random_models(6, 1000);
    core::Values values(models.begin(), models.end());
    auto fedavg = rule("fedavg");
    auto a = *fold(*fedavg, {values[0], values[1]}),
         b = *fold(*fedavg, {values[2], values[3], values[4], values[5]});
    auto nested = floats(fold(*fedavg, {a, b})), flat = floats(fold(*fedavg, values));
    for (std::size_t i = 0; i < flat.size(); ++i)
        EXPECT_NEAR(nested[i], flat[i], 3e-7F);
}

TEST(FedAvg, HistoryAndMetricsGoOn) {
    auto a = test::model({1}, 10), b = test::model({2}, 30);
    a.version = 4, b.version = 2;
    a.metrics = {{"train_loss", {1.0, 10}}};
    b.metrics = {{"train_loss", {2.0, 30}}, {"accuracy", {0.5, 5}}};
    a.architecture = std::make_shared<core::Call>(core::Call{"linear", "", {}});
    auto fedavg = rule("fedavg");
    for (const auto& result :
         {*fold(*fedavg, {a, b}), *fold(*fedavg, {*fedavg->merge(core::Values{a, b})})}) {
        EXPECT_EQ(result.model()->version, 5);
        EXPECT_EQ(result.model()->weight, 40);
        EXPECT_EQ(result.model()->metrics.at("train_loss"), (core::Metric{1.75, 40}));
        EXPECT_EQ(result.model()->metrics.at("accuracy"), (core::Metric{0.5, 5}));
        EXPECT_EQ(result.model()->architecture, a.architecture);
        EXPECT_EQ(result.type(), "Model");
    }
}

core::Value update(float parameter, std::shared_ptr<const core::Model> base) {
    return core::Update{test::model({parameter}), std::move(base)};
}

TEST(FedAvg, UpdatesOfOneBaseGiveAnUpdateOfIt) {
    auto base = std::make_shared<const core::Model>(test::model({0}));
    auto same = std::make_shared<const core::Model>(test::model({0}));
    auto fedavg = rule("fedavg");
    auto result = fold(*fedavg, {update(1, base), update(3, same)});
    ASSERT_TRUE(result);
    ASSERT_NE(result->update(), nullptr);
    EXPECT_EQ(result->update()->base, base);
    EXPECT_THAT(floats(result), ElementsAre(2));
    result = fold(*fedavg, {*fedavg->merge(core::Values{update(1, base), update(3, base)}), update(5, base)});
    ASSERT_NE(result->update(), nullptr);
    EXPECT_THAT(floats(result), ElementsAre(3));
    EXPECT_EQ(fold(*fedavg, {update(1, base), test::model({3})})->type(), "Model");
}

TEST(FedAvg, UpdatesOfDifferentBasesAreAnError) {
    auto a = std::make_shared<const core::Model>(test::model({0})),
         b = std::make_shared<const core::Model>(test::model({1}));
    auto result = fold(*rule("fedavg"), {update(1, a), update(3, b)});
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().message, HasSubstr("trained from different models"));
}

TEST(FedAvg, DifferentNetsAndNoSamplesAreErrors) {
    EXPECT_THAT(fold(*rule("fedavg"), {test::model({1}), test::model({1, 2})}).error().message,
                HasSubstr("models of different nets cannot be folded"));
    auto none = fold(*rule("fedavg"), {test::model({1}, 0), test::model({3}, 0)});
    ASSERT_FALSE(none);
    EXPECT_THAT(none.error().message, HasSubstr("there are no samples behind any of the 2 models"));
    EXPECT_THAT(floats(fold(*rule("fedavg", {{"weights", test::symbol("uniform")}}),
                            {test::model({1}, 0), test::model({3}, 0)})),
                ElementsAre(2));
    EXPECT_THROW((void)fold(*rule("fedavg"), {core::Value(core::Values{})}), std::invalid_argument);
}

TEST(FedAvg, AveragesBuffersToo) {
    auto a = test::model({1}, 1), b = test::model({2}, 3);
    a.buffers = test::model({10, 20}).params;
    b.buffers = test::model({30, 40}).params;
    auto rename = [](core::Model& model) {  // parameters and buffers share a namespace in a Partial
        auto layout = std::make_shared<const core::Layout>(
            std::vector<core::Entry>{{"running", core::DType::f32, {2}, 0}});
        core::ParameterBuffer buffer(layout);
        std::ranges::copy(model.buffers.floats(), buffer.floats().begin());
        model.buffers = std::move(buffer).freeze();
    };
    rename(a), rename(b);
    auto fedavg = rule("fedavg");
    for (const auto& result :
         {*fold(*fedavg, {a, b}), *fold(*fedavg, {*fedavg->merge(core::Values{a}), b})}) {
        EXPECT_THAT(result.model()->params.floats(), ElementsAre(1.75));
        EXPECT_THAT(result.model()->buffers.floats(), ElementsAre(25, 35));
    }
}

TEST(FedAvg, CopiesNoBuffer) {
    auto models = random_models(4, 1000);
    core::Values values(models.begin(), models.end());
    auto before = core::buffer_counts();
    auto result = fold(*rule("fedavg"), values);
    auto after = core::buffer_counts();
    EXPECT_EQ(after.copies, before.copies);
    EXPECT_LE(after.allocations - before.allocations, 2U);  // parameters, empty buffers
}

TEST(MetricsRule, MergesMetricsAndKeepsTheFirstModel) {
    auto a = test::model({1}, 10), b = test::model({2}, 30);
    a.metrics = {{"accuracy", {0.5, 10}}};
    b.metrics = {{"accuracy", {0.9, 30}}};
    auto metrics = rule("metrics");
    for (const auto& result :
         {*fold(*metrics, {a, b}), *fold(*metrics, {*metrics->merge(core::Values{a}), b})}) {
        EXPECT_NEAR(result.model()->metrics.at("accuracy").value, 0.8, 1e-15);
        EXPECT_EQ(result.model()->params.floats().data(), a.params.floats().data());
    }
}

}  // namespace
}  // namespace trama
