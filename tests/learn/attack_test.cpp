#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support.hpp"

namespace trama {
namespace {

using test::Bench;
using test::builtins;
using test::call;
using test::number;
using test::numbers;
using test::symbol;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;

core::Call attack(const char* kind, std::initializer_list<std::int64_t> copies, double strength = -1) {
    test::Arguments arguments{{"kind", symbol(kind)}, {"copies", numbers(copies)}};
    if (strength >= 0) arguments.emplace_back("strength", number(strength));
    return call(builtins(), "attack", arguments);
}

/// Updates from one base with these deltas.
core::Values updates(const std::vector<float>& base, const std::vector<std::vector<float>>& deltas) {
    const auto from = std::make_shared<const core::Model>(test::model(base));
    core::Values all;
    for (const auto& delta : deltas) {
        auto result = delta;
        for (std::size_t i = 0; i < base.size(); ++i)
            result[i] += base[i];
        all.emplace_back(core::Update{test::model(result, 20), from});
    }
    return all;
}

core::Values after(const core::Call& call, core::Values values) {
    Bench bench;
    auto made = bench.fire(call, core::Value(std::move(values)));
    if (!made) throw std::runtime_error(made.error().message);
    return *made->list();
}

std::vector<float> sent(const core::Value& value) {
    const auto all = value.model()->params.floats();
    return {all.begin(), all.end()};
}

TEST(Attack, SignFlipSendsTheOppositeOfWhatWasLearnt) {
    const auto all = updates({10, 20}, {{1, 2}, {3, -4}, {5, 6}});
    const auto bad = after(attack("sign_flip", {1}, 2), all);
    ASSERT_EQ(bad.size(), 3U);
    EXPECT_THAT(sent(bad[1]), ElementsAre(4, 28));
    EXPECT_EQ(bad[1].update()->base, all[1].update()->base);
    EXPECT_EQ(bad[1].model()->weight, 20);
    EXPECT_EQ(bad[0].model(), all[0].model()) << "honest ones are left alone";
    EXPECT_EQ(bad[2].model(), all[2].model());
    EXPECT_THAT(sent(after(attack("sign_flip", {1}), all)[1]), ElementsAre(7, 24));
}

TEST(Attack, IpmSendsTheOppositeOfTheHonestMean) {
    const auto bad = after(attack("ipm", {0, 3}, 0.5), updates({10}, {{100}, {2}, {4}, {-100}}));
    EXPECT_THAT(sent(bad[0]), ElementsAre(8.5));  // 10 − (2 + 4)/2 · 0.5
    EXPECT_THAT(sent(bad[3]), ElementsAre(8.5));
    EXPECT_THAT(sent(bad[1]), ElementsAre(12));
}

TEST(Attack, AlieStaysWithinTheDeviationOfTheHonest) {
    // 1, 2, 3, 6 have the mean 3 and the variance (4 + 1 + 0 + 9)/4.
    const auto bad = after(attack("alie", {4}, 2), updates({10}, {{1}, {2}, {3}, {6}, {50}}));
    EXPECT_THAT(sent(bad[4]), ElementsAre(FloatNear(static_cast<float>(13 - 2 * std::sqrt(3.5)), 1e-6F)));
}

TEST(Attack, AlieKnowsHowFarItMayGo) {
    // The honest ones are ±1, so the deviation is 1 and what the bad ones send is −z.
    const auto z = [](std::size_t all, std::size_t bad) {
        std::vector<std::vector<float>> deltas(all);
        for (std::size_t i = 0; i < all; ++i)
            deltas[i] = {i % 2 == 0 ? 1.0F : -1.0F};
        core::List copies;
        for (std::size_t i = all - bad; i < all; ++i)
            copies.push_back(number(static_cast<std::int64_t>(i)));
        const auto made = call(builtins(), "attack", {{"kind", symbol("alie")}, {"copies", {copies}}});
        return -sent(after(made, updates({0}, deltas)).back())[0];
    };
    // Quantiles of the normal distribution from tables: n = 50, m = 24 needs s = 2 others: 24/26 = 0.9231.
    EXPECT_NEAR(z(50, 24), 1.4261, 1e-3);
    EXPECT_NEAR(z(20, 4), 0.1573, 1e-3);  // s = 7: 9/16 = 0.5625
    EXPECT_NEAR(z(10, 2), 0, 1e-6);       // s = 4: 4/8
}

TEST(Attack, GaussianSendsNoiseAroundTheBase) {
    const std::vector<float> base(10000, 5), delta(10000, 100);
    const auto all = updates(base, {delta, delta});
    const auto bad = after(attack("gaussian", {0, 1}, 3), all);
    double sum = 0, squares = 0;
    for (const auto value : sent(bad[0])) {
        sum += value - 5;
        squares += (value - 5.0) * (value - 5.0);
    }
    EXPECT_NEAR(sum / 1e4, 0, 4 * 3 / 100.0);
    EXPECT_NEAR(squares / 1e4, 9, 4 * 9 * std::sqrt(2 / 1e4));
    EXPECT_NE(sent(bad[0]), sent(bad[1])) << "each draws its own";
    EXPECT_EQ(sent(after(attack("gaussian", {1, 0, 1}, 3), all)[1]), sent(bad[1])) << "and the same again";
}

TEST(Attack, LabelFlipMarksTheModelsBeforeTheClients) {
    const core::Value model = test::model({1, 2});
    const auto bad = after(attack("label_flip", {1}), {model, model, core::Skip{}});
    EXPECT_TRUE(bad[0].model()->facts.empty());
    EXPECT_EQ(bad[1].model()->facts.at("label_flip"), 1);
    EXPECT_EQ(bad[1].model()->params, model.model()->params);
    EXPECT_TRUE(bad[2].is_skip());
}

TEST(Attack, WhoSitsOutIsNeitherBadNorHonest) {
    auto all = updates({0}, {{1}, {3}, {50}, {7}});
    all[3] = core::Skip{};
    all.emplace_back(core::Skip{});
    const auto bad = after(attack("ipm", {2, 3}), all);
    EXPECT_THAT(sent(bad[2]), ElementsAre(-2));
    EXPECT_TRUE(bad[3].is_skip());
    EXPECT_TRUE(bad[4].is_skip());
    // With nobody to hide among they send what they learnt.
    const auto alone = updates({0}, {{5}});
    EXPECT_EQ(after(attack("alie", {0}), alone)[0].model(), alone[0].model());
}

TEST(Attack, StandsWhereItMakesSense) {
    Bench bench;
    EXPECT_THAT(bench.fire(attack("label_flip", {0}), updates({0}, {{1}})).error().hint,
                HasSubstr("before the clients"));
    EXPECT_THAT(bench.fire(attack("ipm", {0}), core::Values{test::model({1})}).error().hint,
                HasSubstr("behind the clients"));
    EXPECT_THROW((void)bench.fire(attack("ipm", {1}), updates({0}, {{1}})), std::invalid_argument);
}

}  // namespace
}  // namespace trama
