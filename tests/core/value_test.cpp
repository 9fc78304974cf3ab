#include "trama/core/value.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace trama::core {
namespace {

Model model_of(std::int64_t floats) {
    Model model;
    model.params =
        ParameterBuffer(std::make_shared<const Layout>(std::vector<Entry>{{"w", DType::f32, {floats}, 0}}))
            .freeze();
    return model;
}

TEST(Round, Prints) {
    EXPECT_EQ(to_text(Round{}), "");
    EXPECT_EQ(to_text(Round{3}), "3");
    EXPECT_EQ(to_text(Round{3, 1, 12}), "3.1.12");
}

TEST(Metrics, MergeBySamples) {
    const Metrics a{{"loss", {1.0, 10}}, {"accuracy", {0.5, 10}}};
    const Metrics b{{"loss", {4.0, 30}}};
    const auto merged = merge({&a, nullptr, &b});
    ASSERT_EQ(merged.size(), 2U);
    EXPECT_DOUBLE_EQ(merged.at("loss").value, (1.0 * 10 + 4.0 * 30) / 40);
    EXPECT_EQ(merged.at("loss").samples, 40);
    EXPECT_EQ(merged.at("accuracy"), (Metric{0.5, 10}));
    EXPECT_TRUE(merge({}).empty());
}

TEST(Metrics, MergeKeepsASingleValue) {
    const double odd = 0.1 + 0.2;
    const Metrics a{{"loss", {odd, 3}}};
    EXPECT_EQ(merge({&a}).at("loss").value, odd);
}

TEST(Metrics, MergeWithoutSamplesIsThePlainMean) {
    const Metrics a{{"x", {1, 0}}};
    const Metrics b{{"x", {2, 0}}};
    EXPECT_EQ(merge({&a, &b}).at("x"), (Metric{1.5, 0}));
}

TEST(Metrics, NaNIsNotHidden) {
    const Metrics a{{"loss", {std::nan(""), 1}}};
    const Metrics b{{"loss", {1, 1}}};
    EXPECT_TRUE(std::isnan(merge({&a, &b}).at("loss").value));
}

TEST(Value, SaysWhatItIs) {
    EXPECT_TRUE(Value().empty());
    EXPECT_EQ(Value().type(), "nothing");
    EXPECT_TRUE(Value(Skip{}).is_skip());
    EXPECT_EQ(Value(Skip{}).type(), "skip");
    EXPECT_EQ(Value(Model{}).type(), "Model");
    EXPECT_EQ(Value(Update{}).type(), "Update");
    EXPECT_EQ(Value(Partial{}).type(), "Partial");
    EXPECT_EQ(Value(Values{}).type(), "list");
    EXPECT_EQ(Value().model(), nullptr);
    EXPECT_EQ(Value(Skip{}).shared_model(), nullptr);
    EXPECT_EQ(Value(std::shared_ptr<const Model>()).model(), nullptr);
    EXPECT_EQ(Value(std::shared_ptr<const Update>()).shared_model(), nullptr);
}

TEST(Value, AnUpdateIsItsResult) {
    Update update{model_of(3), std::make_shared<const Model>(model_of(3))};
    update.result.weight = 12;
    const Value value(std::move(update));
    ASSERT_NE(value.model(), nullptr);
    EXPECT_EQ(value.model()->weight, 12);
    EXPECT_EQ(value.shared_model().get(), value.model());
    EXPECT_EQ(value.model(), &value.update()->result);
}

TEST(Value, ASharedModelOutlivesItsValue) {
    auto value = std::make_unique<Value>(Update{model_of(3), nullptr});
    const auto model = value->shared_model();
    value.reset();
    EXPECT_EQ(model->params.bytes().size(), 12U);
}

TEST(Value, PayloadCountsWhatIsSent) {
    auto model = model_of(10);
    model.extra["control"] = model_of(5).params;
    EXPECT_EQ(payload_bytes(Value(model)), 60U);
    model.extra["private"] = model_of(7).params;
    EXPECT_EQ(payload_bytes(Value(model)), 60U) << "it stays where it is";
    EXPECT_EQ(payload_bytes(Value(Update{model, std::make_shared<const Model>(model)})), 60U);
    EXPECT_EQ(payload_bytes(Value(Values{Value(model), Value(Skip{}), Value(model_of(1))})), 64U);
    EXPECT_EQ(payload_bytes(Value()), 0U);
    Partial partial;
    partial.sums =
        ParameterBuffer(std::make_shared<const Layout>(std::vector<Entry>{{"w", DType::f64, {10}, 0}}))
            .freeze();
    partial.like = model;
    EXPECT_EQ(payload_bytes(Value(partial)), 80U);
}

}  // namespace
}  // namespace trama::core
