#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "support.hpp"

namespace trama {
namespace {

double at(const std::string& name, const test::Arguments& arguments, std::int64_t round) {
    return learn::scheduled(test::value(test::call(test::builtins(), name, arguments, "schedule")), {round});
}

TEST(Schedules, NumbersStayThemselves) {
    EXPECT_EQ(learn::scheduled(test::number(3), {7}), 3.0);
    EXPECT_EQ(learn::scheduled(test::number(0.1), {}), 0.1);
    EXPECT_EQ(learn::scheduled({core::Fraction{0.01}}, {7}), 0.01);
    EXPECT_EQ(at("constant", {{"value", test::number(0.5)}}, 9), 0.5);
}

TEST(Schedules, CosineFallsFromStartToEnd) {
    test::Arguments cosine{
        {"start", test::number(0.2)}, {"over", test::number(100)}, {"end", test::number(0.1)}};
    EXPECT_EQ(at("cosine", cosine, 1), 0.2);
    EXPECT_DOUBLE_EQ(at("cosine", cosine, 51), 0.15);
    EXPECT_DOUBLE_EQ(at("cosine", cosine, 101), 0.1);
    EXPECT_EQ(at("cosine", cosine, 5000), at("cosine", cosine, 101));
    for (std::int64_t round = 1; round <= 101; ++round) {
        EXPECT_NEAR(at("cosine", cosine, round),
                    0.1 + 0.05 * (1 + std::cos(M_PI * static_cast<double>(round - 1) / 100)), 1e-15);
    }
}

TEST(Schedules, Step) {
    test::Arguments step{
        {"start", test::number(0.1)}, {"every", test::number(10)}, {"by", test::number(0.5)}};
    EXPECT_EQ(at("step", step, 10), 0.1);
    EXPECT_EQ(at("step", step, 11), 0.05);
    EXPECT_EQ(at("step", step, 31), 0.0125);
}

TEST(Schedules, ExponentialDecay) {
    test::Arguments decay{{"start", test::number(2)}, {"by", test::number(0.5)}};
    EXPECT_EQ(at("exponential", decay, 1), 2.0);
    EXPECT_EQ(at("exponential", decay, 4), 0.25);
}

TEST(Schedules, WarmupGrowsToWhatFollows) {
    auto then = test::value(test::call(test::builtins(), "exponential",
                                       {{"start", test::number(8)}, {"by", test::number(0.5)}}, "schedule"));
    test::Arguments warmup{{"over", test::number(4)}, {"then", then}};
    EXPECT_EQ(at("warmup", warmup, 1), 2.0);
    EXPECT_EQ(at("warmup", warmup, 2), 2.0);
    EXPECT_EQ(at("warmup", warmup, 4), 1.0);
    EXPECT_EQ(at("warmup", warmup, 5), 0.5);
    EXPECT_EQ(at("warmup", {{"over", test::number(2)}, {"then", test::number(3)}}, 1), 1.5);
}

TEST(Schedules, TheInnermostRoundCounts) {
    auto decay = test::value(test::call(test::builtins(), "exponential",
                                        {{"start", test::number(1)}, {"by", test::number(0.5)}}, "schedule"));
    EXPECT_EQ(learn::scheduled(decay, {9, 2}), 0.5);
    EXPECT_EQ(learn::scheduled(decay, {}), 1.0);
}

TEST(Schedules, OthersAreBugs) {
    EXPECT_THROW(learn::scheduled(test::symbol("often"), {1}), std::invalid_argument);
    EXPECT_THROW(learn::scheduled(test::value(test::call(test::builtins(), "iid")), {1}),
                 std::invalid_argument);
}

TEST(Schedules, CountStepsInsteadOfRounds) {
    const auto per_step = [](const std::string& name, test::Arguments arguments) {
        arguments.emplace_back("per", test::symbol("step"));
        return test::value(test::call(test::builtins(), name, arguments, "schedule"));
    };
    const auto decay = per_step("exponential", {{"start", test::number(0.8)}, {"by", test::number(0.5)}});
    EXPECT_TRUE(learn::counts_steps(decay));
    EXPECT_EQ(learn::scheduled(decay, {7}, 1), 0.8);
    EXPECT_EQ(learn::scheduled(decay, {7}, 3), 0.2);
    EXPECT_EQ(learn::scheduled(decay, {3}), 0.2) << "a server makes one step a round";

    // Steps warm up to what falls from round to round.
    const auto by_round =
        test::value(test::call(test::builtins(), "exponential",
                               {{"start", test::number(0.8)}, {"by", test::number(0.5)}}, "schedule"));
    EXPECT_FALSE(learn::counts_steps(by_round));
    const auto warmup = per_step("warmup", {{"over", test::number(4)}, {"then", by_round}});
    EXPECT_EQ(learn::scheduled(warmup, {2}, 1), 0.1);
    EXPECT_EQ(learn::scheduled(warmup, {2}, 40), 0.4);
    const auto inside =
        test::value(test::call(test::builtins(), "warmup", {{"over", test::number(4)}, {"then", decay}}));
    EXPECT_TRUE(learn::counts_steps(inside));
    EXPECT_EQ(learn::scheduled(inside, {2}, 2), 0.2);
    EXPECT_FALSE(learn::counts_steps(test::number(0.1)));
}

}  // namespace
}  // namespace trama
